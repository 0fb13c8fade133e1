"""What somebody could work out who asks for several reports that count participants otherwise, and subtracts; or who
knows two breakdowns crossed, where few are in a cell.

The attacker is a solver of its own: it knows every headcount by what people count as in each report, who left and when,
and all that was told; it looks for the fewest and the most of each small group who may have left.
"""

import os
from datetime import date
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import PCG64, Generator
from ortools.sat.python import cp_model

from reports.carrying import Earlier, Gone, _window, settle
from reports.disclosure import may_be_told
from reports.leavers import ALL, OTHERS, Fact, Report, count_jointly, count_leavers

FLOOR, END, NEVER = 5, 10, 10**6
DEPARTMENT = "department"


class World:
    """Made-up people: the group of each in each breakdown, the day they left, and what they are by each choice."""

    def __init__(self, *, labels, left_on, joined, outside=None, reports):
        self.labels = {name: np.asarray(each).astype(str) for name, each in labels.items()}
        self.left_on, self.joined, self.reports = np.asarray(left_on), np.asarray(joined), reports
        self.outside = np.zeros_like(self.joined, bool) if outside is None else np.asarray(outside)

    def counted(self, reports):
        return count_jointly(
            hired=np.zeros(len(self.left_on)), left=self.left_on, joined=self.joined, outside=self.outside,
            labels=self.labels, reports=self.reports[:reports],
        )  # fmt: skip

    def arm(self, report):
        """What each counts as: 0 a participant, 1 another, 2 left out."""
        choice = self.reports[report].choice
        return np.where(self.joined[choice] < END, np.where(self.outside[choice], 2, 0), 1)

    def left(self, report):
        return self.left_on <= self.reports[report].last

    def inside(self, breakdown, group):
        return np.ones(len(self.left_on), bool) if breakdown == ALL else self.labels[breakdown] == group

    def facts(self, report):
        """What one report tells by itself: each arm to the nearest five, where enough left and stayed."""
        found = []
        arm, left = self.arm(report), self.left(report)
        groups = [(name, str(group)) for name, labels in self.labels.items() for group in np.unique(labels)]
        for breakdown, group in [(ALL, ALL), *groups]:
            inside = self.inside(breakdown, group)
            told = []
            for which in (0, 1):
                people, gone = int((inside & (arm == which)).sum()), int((inside & (arm == which) & left).sum())
                rounded = (gone + 2) // 5 * 5
                told.append((max(FLOOR, rounded - 2), min(people - FLOOR, rounded + 2), min(gone, people - gone)))
            if min(each[2] for each in told) >= FLOOR:
                (low, high, _), (fewest, most, _) = told
                found.append(Fact(breakdown, group, report, low, high, ((OTHERS, fewest, most),)))
        return found

    def told(self):
        """Report after report, each beside those before."""
        found = []
        for at in range(len(self.reports)):
            found += may_be_told(self.counted(at + 1), found, self.facts(at))
        return found


class Attacker:
    """Whoever knows how many there are of everybody, in some breakdowns crossed and by what they count as."""

    def __init__(self, world, facts, known):
        self.world, self.model = world, cp_model.CpModel()
        profile = np.stack([world.arm(at) for at in range(len(world.reports))])
        self.profiles, code = np.unique(profile, axis=1, return_inverse=True)
        self.code = code.reshape(-1)
        self.cells, cell = np.unique(np.stack([world.labels[name] for name in known]), axis=1, return_inverse=True)
        self.cell = cell.reshape(-1)
        self.known = known
        # Days are told apart by the last ones of the reports.
        self.days = sorted({each.last for each in world.reports})
        self.span = np.searchsorted(self.days, world.left_on, "left")
        self.items = {}
        every, parts = range(self.cells.shape[1]), range(self.profiles.shape[1])
        for cell, span in product(every, range(len(self.days))):
            here = int(((self.cell == cell) & (self.span == span)).sum())
            for part in parts:
                self.items[cell, span, part] = self.model.new_int_var(0, here, "")
            self.model.add(sum(self.items[cell, span, part] for part in parts) == here)
        for cell, part in product(every, parts):
            there = int(((self.cell == cell) & (self.code == part)).sum())
            self.model.add(sum(self.items[cell, span, part] for span in range(len(self.days))) <= there)
        for fact in facts:
            if fact.breakdown in (ALL, *known):
                for arm, low, high in [(0, fact.low, fact.high), *fact.more]:
                    told = self.number(
                        self.cells_of(fact.breakdown, fact.group), fact.window, self.parts(fact.window, arm)
                    )
                    self.model.add_linear_constraint(told, low, high)

    def cells_of(self, breakdown, group):
        every = range(self.cells.shape[1])
        return (
            tuple(every)
            if breakdown == ALL
            else tuple(np.flatnonzero(self.cells[self.known.index(breakdown)] == group))
        )

    def parts(self, report, arm):
        return tuple(np.flatnonzero(self.profiles[report] == arm))

    def number(self, cells, report, parts):
        until = self.days.index(self.world.reports[report].last) + 1
        return sum(self.items[cell, span, part] for cell, span, part in product(cells, range(until), parts))

    def is_open(self, told):
        """Whether there are two answers to how many left."""
        if isinstance(told, int):
            return False
        ends = []
        for sign in (1, -1):
            model = self.model.clone()
            model.minimize(sign * told)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            assert solver.solve(model) == cp_model.OPTIMAL
            ends.append(round(solver.objective_value) * sign)
        return ends[0] < ends[1]

    def secrets(self):
        """Groups of one to four who left, or stayed: an arm, who is in one of two only, and who is the same in all."""
        reports = range(len(self.world.reports))
        arms = {self.parts(at, arm) for at in reports for arm in (0, 1)}
        apart = {tuple(sorted({*one} - {*other})) for one, other in product(arms, arms)}
        whole = {self.cells_of(ALL, ALL), *((cell,) for cell in range(self.cells.shape[1]))}
        whole |= {self.cells_of(name, group) for name in self.known for group in np.unique(self.world.labels[name])}
        for parts in sorted({*arms, *apart, *((part,) for part in range(self.profiles.shape[1]))} - {()}):
            for cells, report in product(sorted(whole), reports):
                here = np.isin(self.cell, cells) & np.isin(self.code, parts)
                left = int((here & self.world.left(report)).sum())
                if 1 <= left <= 4 or 1 <= here.sum() - left <= 4:
                    yield cells, report, parts


def given_away(world, facts, known=(DEPARTMENT,)):
    before, after = Attacker(world, [], known), Attacker(world, facts, known)
    return [
        each
        for each in before.secrets()
        if not after.is_open(after.number(*each)) and before.is_open(before.number(*each))
    ]


def one_after_the_other(seed, *, steps, people=150, departments=3, months=1):
    """Everybody signed up, some were matched, some of them met: each asked for by itself, month after month."""
    random = Generator(PCG64(seed))
    joined = np.full((steps, people), NEVER)
    reached = random.random(people) < 0.6
    for step in range(steps):
        joined[step, reached] = 0
        reached &= random.random(people) < 0.75
    return World(
        labels={DEPARTMENT: random.integers(0, departments, people)},
        left_on=np.select([random.random(people) < 0.4, random.random(people) < 0.1], [5, END + 5], 99),
        joined=joined,
        reports=[Report(step, None, END + 10 * month) for month in range(months) for step in range(steps)],
    )


def programmes(seed, *, people=150, departments=3):
    """Of programme A, of programme B, of both, and of all: who is in another is left out. C is asked for by nobody."""
    random = Generator(PCG64(seed))
    program = random.choice(4, people, p=[0.3, 0.3, 0.05, 0.35])
    chosen = [(0,), (1,), (0, 1), (0, 1, 2)]
    return World(
        labels={DEPARTMENT: random.integers(0, departments, people)},
        left_on=np.where(random.random(people) < 0.4, 5, 99),
        joined=np.tile(np.where(program < 3, 0, NEVER), (4, 1)),
        outside=np.array([~np.isin(program, each) & (program < 3) for each in chosen]),
        reports=[Report(choice, None, END) for choice in range(4)],
    )


def sparse(seed, *, people=60):
    """Four breakdowns of few people, two of them with many groups: all four crossed, a cell holds about one of them."""
    random = Generator(PCG64(seed))
    groups = {"department": 2, "level": 2, "site": 9, "hire_year": 12}
    return World(
        labels={name: random.integers(0, size, people) for name, size in groups.items()},
        left_on=np.where(random.random(people) < 0.45, 5, 99),
        joined=np.where(random.random(people) < 0.45, 0, NEVER)[None],
        reports=[Report(0, None, END)],
    )


def unguarded(world):
    return [fact for at in range(len(world.reports)) for fact in world.facts(at)]


MAKERS = {
    "two steps": lambda seed: one_after_the_other(seed, steps=2),
    "three steps": lambda seed: one_after_the_other(seed, steps=3),
    "programmes A, B, A and B, all": programmes,
}
# More of them on demand.
EXAMPLES = int(os.environ.get("ATTACKS", 4))


@pytest.mark.parametrize("kind", MAKERS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10_000))
def test_several_choices_of_one_month_pin_down_nobody(kind, seed):
    world = MAKERS[kind](seed)
    assert given_away(world, world.told()) == []


@pytest.mark.parametrize(
    ("kind", "seed"), [("two steps", 21), ("three steps", 1), ("programmes A, B, A and B, all", 1)]
)
def test_the_attack_finds_what_each_choice_by_itself_would_give_away(kind, seed):
    world = MAKERS[kind](seed)
    told = world.told()
    assert given_away(world, unguarded(world))
    assert given_away(world, told) == []
    # And not all is lost for it.
    assert len(told) > len(unguarded(world)) / 2


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10_000))
def test_nor_do_several_choices_of_two_months(seed):
    world = one_after_the_other(seed, steps=2, months=2)
    told = world.told()
    # What earlier reports give away together with who left since, nobody can take back.
    before = [fact for fact in told if fact.window < len(world.reports) - 1]
    assert {*given_away(world, told)} <= {*given_away(world, before)}


PAIRS = list(combinations(("department", "level", "site", "hire_year"), 2))


def given_away_in_pairs(world, facts):
    return [(pair, each) for pair in PAIRS for each in given_away(world, facts, pair)]


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.integers(0, 10_000))
def test_two_breakdowns_crossed_pin_down_nobody_where_cells_are_sparse(seed):
    world = sparse(seed)
    assert given_away_in_pairs(world, world.told()) == []


@pytest.mark.parametrize(("seed", "shown", "rest"), [(24, 5, 4), (46, 5, 3)])
def test_the_attack_finds_what_sparse_cells_would_give_away(seed, shown, rest):
    world = sparse(seed)
    cells = len(np.unique(np.stack(list(world.labels.values())), axis=1).T)
    assert len(world.left_on) < 1.5 * cells
    told = world.told()
    assert given_away_in_pairs(world, unguarded(world))
    assert given_away_in_pairs(world, told) == []
    assert (len(unguarded(world)), len(told)) == (shown, rest)


# Kinds of leaving -----------------------------------------------------------------------------------------------------

WAYS = ("voluntary", "involuntary", "other")


def days(first, last):
    return {"covered_from": f"2026-01-{first:02d}", "as_of": f"2026-01-{last:02d}"}


def report_on(window, shown):
    return {
        "floor": FLOOR, **days(*window), "measures_from": days(*window)["covered_from"], "verdict": {"code": "unclear"},
        "evidence": "unclear", "people": {}, "headline": None, "matched": None, "curve": [], "naive": None, "ratio": {},
        "ratio_plain": {}, "landmarks": [], "funnel": [], "carried": {}, "groups": {}, "measures": [],
        "kinds": {"rows": [{"kind": kind, "hidden": kind not in shown} for kind in WAYS]},
    }  # fmt: skip


def leaving(table):
    """Who left, from (first and last day of a span, how many of each kind of participants, and of others)."""
    found = [
        (first, arm, kind + 1)
        for first, *arms in table
        for arm, kinds in enumerate(arms)
        for kind, number in enumerate(kinds)
        for _each in range(number)
    ]
    day, arm, kind = np.array(found).T
    return Gone(day=day + date(2026, 1, 1).toordinal() - 1, exposed=arm == 0, kind=kind)


def settled_on(gone, reports):
    """Each report beside those before."""
    told = []
    for window, shown in reports:
        windows = [(date(2026, 1, first).toordinal(), date(2026, 1, last).toordinal()) for first, last in
                   [*(each for each, _shown in reports[: len(told)]), window]]  # fmt: skip
        leavers = count_leavers(
            begin=np.zeros(len(gone.day)), end=gone.day, event=np.ones(len(gone.day), bool), exposed=gone.exposed,
            spell=np.arange(len(gone.day)), labels={}, hired=np.zeros(len(gone.day)), windows=windows,
        )  # fmt: skip
        told.append(settle(report_on(window, shown), leavers, [Earlier(each) for each in told], gone=gone))
    return told


def tells_kinds(report):
    """Whether it tells of kinds anew, not as an earlier one did."""
    return report["kinds"] is not None and "as_of" not in report["kinds"] and "comparison" not in report["carried"]


def kinds_given_away(gone, reports):
    """Which numbers of one to four, of an arm and a kind in the days that some reports share, follow from what is shown,
    were each share as good as its number."""
    inside = np.array([gone.inside(_window(each), 0) for each in reports])
    columns, span = np.unique(inside, axis=1, return_inverse=True)
    span = span.reshape(-1)
    model = cp_model.CpModel()
    keys = list(product(range(columns.shape[1]), (True, False), (1, 2, 3)))
    truth = {key: int(((span == key[0]) & (gone.exposed == key[1]) & (gone.kind == key[2])).sum()) for key in keys}
    items = {key: model.new_int_var(0, 1000, "") for key in keys}
    for at in range(columns.shape[1]):
        model.add(sum(items[key] for key in keys if key[0] == at) == int((span == at).sum()))
    for at, each in enumerate(reports):
        rows = each["kinds"]["rows"] if tells_kinds(each) else []
        for row, arm in product(rows, (True, False)):
            if not row["hidden"]:
                chosen = [key for key in keys if columns[at, key[0]] and key[1:] == (arm, WAYS.index(row["kind"]) + 1)]
                model.add(sum(items[key] for key in chosen) == sum(truth[key] for key in chosen))
    found = []
    for key in keys:
        ends = []
        for sign in (1, -1):
            copy, solver = model.clone(), cp_model.CpSolver()
            copy.minimize(sign * items[key])
            assert solver.solve(copy) == cp_model.OPTIMAL
            ends.append(sign * round(solver.objective_value))
        if ends[0] == ends[1] and 1 <= truth[key] <= 4:
            found.append((*key, truth[key]))
    return found


def test_kinds_of_leaving_in_the_days_that_two_reports_share():
    # Two chose to leave in the days that the first two reports share: 9 and 10 without the 17 of both.
    gone = leaving([(3, (7, 7, 7), (20, 20, 20)), (8, (2, 6, 6), (20, 20, 20)), (12, (8, 8, 8), (20, 20, 20))])
    reports = [((1, 10), WAYS), ((6, 15), WAYS), ((1, 15), WAYS)]
    apart = [report_on(*each) for each in reports]
    assert [each[1:] for each in kinds_given_away(gone, apart)] == [(True, 1, 2)]
    told = settled_on(gone, reports)
    assert [tells_kinds(each) for each in told] == [True, True, False]
    assert kinds_given_away(gone, told) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10_000))
def test_kinds_of_leaving_over_months_and_periods_pin_down_nobody(seed):
    random = Generator(PCG64(seed))
    table = [(first, *random.integers(0, 14, (2, 3)).tolist()) for first in (2, 5, 8, 11, 14)]
    windows = [(first, last) for first in (1, 4, 7) for last in (9, 12, 15)]
    reports = [(windows[at], WAYS if random.random() < 0.5 else ("voluntary",)) for at in random.permutation(9)[:5]]
    gone = leaving(table)
    told = settled_on(gone, reports)
    # A single report is looked at by its own thresholds.
    alone = {each for at in range(5) for each in kinds_given_away(gone, told[at : at + 1])}
    assert len(kinds_given_away(gone, told)) <= len(alone)
