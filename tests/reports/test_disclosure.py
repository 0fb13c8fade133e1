"""What somebody could work out who knows how many of each department, level, site and hire year took part and left."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import PCG64, Generator
from scipy.optimize import linprog

from reports.disclosure import may_be_told
from reports.leavers import ALL, Fact, count_leavers

NAMES = ("department", "level", "site", "hire_year")
DAYS = (10, 20)


def crossed(seed, *, people=160, groups=3):
    """Two reports on made-up people, of whom some left by the first one's last day and some after."""
    random = Generator(PCG64(seed))
    labels = {name: random.integers(0, groups, people) for name in NAMES}
    ours = random.random(people) < 0.4
    left_on = np.select([random.random(people) < 0.25, random.random(people) < 0.15], [5, 15], 99)
    return count_leavers(
        begin=np.zeros(people), end=left_on, event=left_on < 99, exposed=ours, spell=np.arange(people),
        labels=labels, hired=np.zeros(people), windows=[(None, day) for day in DAYS],
    )  # fmt: skip


def facts_of(leavers, window):
    """What the totals and every group say, to the nearest five, as bounds on how many participants left."""
    found = []
    for breakdown, names in [(ALL, (ALL,)), *leavers.names.items()]:
        for group in names:
            (_, left), _others = leavers.count(leavers.inside(breakdown, group), window)
            rounded = (left + 2) // 5 * 5
            found.append(Fact(breakdown, group, window, max(0, rounded - 2), rounded + 2))
    return found


def widths_of(leavers, facts):
    """How far it stays open what a group, a cell, or either's change is, for whoever solves a linear program."""
    cells, spans = leavers.left.shape[:2]
    rows, most = [], []

    def at_most(chosen, number, sign=1):
        rows.append(sign * np.asarray(chosen, float).reshape(-1))
        most.append(sign * number)

    for window, inside in enumerate(leavers.windows):
        for cell in range(cells):
            chosen = np.zeros((cells, spans))
            chosen[cell, inside] = 1
            gone = int(leavers.left[cell, inside].sum())
            at_most(chosen, int(leavers.people[cell, window, 0]))
            at_most(chosen, gone - int(leavers.people[cell, window, 1]), -1)
    for fact in facts:
        chosen = leavers.inside(fact.breakdown, fact.group)[:, None] & leavers.windows[fact.window][None, :]
        at_most(chosen, fact.high)
        at_most(chosen, fact.low, -1)
    bounds = [(0, int(each)) for each in leavers.left.sum(axis=2).reshape(-1)]

    def width(chosen):
        goal = np.asarray(chosen, float).reshape(-1)
        ends = [linprog(sign * goal, A_ub=np.array(rows), b_ub=most, bounds=bounds, method="highs") for sign in (1, -1)]
        assert all(end.success for end in ends)
        return -ends[1].fun - ends[0].fun

    return width


def small_ones(leavers):
    """Of which groups and cells one to four left, by the end of a report or between the two."""
    sets = [
        np.eye(len(leavers.left), dtype=bool),
        *(np.array([leavers.inside(b, g) for g in leavers.names[b]]) for b in NAMES),
    ]
    for cells in (each for group in sets for each in group):
        for spans in (*leavers.windows, leavers.windows[1] & ~leavers.windows[0]):
            left = leavers.left[cells].sum(axis=0)[spans].sum(axis=0)
            if any(1 <= each <= 4 for each in left):
                yield cells[:, None] & spans[None, :]


def given_away(leavers, facts):
    told, before = widths_of(leavers, facts), widths_of(leavers, [])
    return [chosen for chosen in small_ones(leavers) if told(chosen) < 1 - 1e-6 and before(chosen) >= 1]


@settings(max_examples=int(os.environ.get("ATTACKS", 2)), deadline=None)
@given(st.integers(0, 10_000))
def test_all_breakdowns_together_in_two_reports_pin_down_nobody(seed):
    leavers = crossed(seed, people=70, groups=2)
    first = may_be_told(leavers, [], facts_of(leavers, 0))
    second = may_be_told(leavers, first, facts_of(leavers, 1))
    assert given_away(leavers, first) == []
    # What the first gives away only together with who left since, nobody can take back.
    assert len(given_away(leavers, [*first, *second])) <= len(given_away(leavers, first))


def table(groups, *, windows=1):
    """Each group's (people, left) of participants and of others; one cell for each."""
    ends, ours, labels = [], [], []
    for name, arms in groups.items():
        for arm, (people, left) in enumerate(arms):
            ends += [5] * left + [99] * (people - left)
            ours += [arm == 0] * people
            labels += [name] * people
    ends = np.array(ends)
    return count_leavers(
        begin=np.zeros(len(ends)), end=ends, event=ends < 99, exposed=ours, spell=np.arange(len(ends)),
        labels={"department": labels}, hired=np.zeros(len(ends)), windows=[(None, 10)] * windows,
    )  # fmt: skip


def test_counts_by_cell_span_and_window():
    leavers = table({"A": ((9, 3), (20, 4)), "B": ((5, 0), (7, 7))})
    assert leavers.count(leavers.inside("department", "A"), 0) == ((9, 3), (20, 4))
    assert leavers.count(leavers.inside(ALL, ALL), 0) == ((14, 3), (27, 11))
    assert leavers.inside("department", "gone") is None


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        # Seven who left, of whom three took part: that between one and five did says little, that three did all.
        (1, 5, True),
        (3, 3, False),
        # At one end of what it may be there is still room at the other.
        (3, 4, True),
    ],
)
def test_what_leaves_no_room_is_not_told(low, high, told):
    leavers = table({"A": ((9, 3), (20, 4)), "B": ((50, 12), (70, 20))})
    fact = Fact("department", "A", 0, low, high)
    assert may_be_told(leavers, [], [fact]) == ([fact] if told else [])


def test_what_is_known_anyhow_is_no_secret():
    # Everybody of B has left, and so it is known how many of them took part.
    leavers = table({"B": ((3, 3), (2, 2))})
    fact = Fact("department", "B", 0, 3, 3)
    assert may_be_told(leavers, [], [fact]) == [fact]


def test_the_total_goes_when_hidden_groups_would_be_known_from_it():
    leavers = table({"A": ((9, 2), (20, 4)), "B": ((9, 0), (20, 0))})
    total = Fact(ALL, ALL, 0, 2, 2)
    assert may_be_told(leavers, [], [total]) == []
