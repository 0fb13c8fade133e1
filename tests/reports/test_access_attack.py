"""What somebody who knows every headcount could work out from the figures on access of two and three months in a row."""

import os

from hypothesis import example, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from reports.access_counts import publish_breakdowns, publish_everybody, stays

from .test_access_counts import people_of

FLOOR = 5
NAMES = "enrolled", "matched"
ATTACKS = int(os.environ.get("ATTACKS", 60))


def reports_of(months):
    """The figures of each month beside those before; a month is (people, signed up, matched) of each department, of whom
    nobody goes."""
    found = []
    for at, table in enumerate(months):
        people, labels = [], []
        for group, numbers in enumerate(table):
            people += people_of(*numbers)
            labels += [str(group)] * numbers[0]
        order = [str(group) for group in range(len(table))]
        kept = {
            name: row
            for name, row in _last(found).items()
            if stays([_changed(months, then, at, name) for then in _told(found, name)], floor=FLOOR)
        }
        found.append(
            {
                "everybody": publish_everybody(people, floor=FLOOR, kept=kept.pop("", None)),
                "rows": publish_breakdowns(
                    people, {"department": labels}, order={"department": order}, floor=FLOOR, kept={"department": kept}
                )["department"],
            }
        )
    return found


def _rows(report):
    return {"": report["everybody"]} | {row["group"]: row for row in report["rows"]}


def _last(reports):
    if not reports:
        return {}
    at = len(reports) - 1
    return {name: row | {"as_of": row.get("as_of", at)} for name, row in _rows(reports[-1]).items()}


def _told(reports, name):
    """The months of which a row was told: the newest, hidden or not, and each before in which it was told anew."""
    shown = {at for at, each in enumerate(reports) if "as_of" not in (row := _rows(each)[name]) and not row["hidden"]}
    return shown | {_last(reports)[name]["as_of"]}


def _changed(months, then, now, name):
    chosen = range(len(months[0])) if name == "" else [int(name)]
    return tuple(sum(months[now][each][part] - months[then][each][part] for each in chosen) for part in (1, 2))


class Reader:
    """Knows how many people each department has and that none has gone, and takes each number for what it may stand for."""

    def __init__(self, months, reports):
        self.model = cp_model.CpModel()
        self.numbers = {}
        for at, table in enumerate(months):
            for group, (size, _enrolled, _matched) in enumerate(table):
                for name in NAMES:
                    self.numbers[at, group, name] = self.model.new_int_var(0, size, "")
                self.model.add(self.numbers[at, group, "matched"] <= self.numbers[at, group, "enrolled"])
                if at:
                    for name in NAMES:
                        self.model.add(self.numbers[at, group, name] >= self.numbers[at - 1, group, name])
        for at, (table, report) in enumerate(zip(months, reports, strict=True)):
            for group, row in enumerate(report["rows"]):
                self._read(row, [group], at, table[group][0])
            self._read(report["everybody"], range(len(table)), at, sum(size for size, *_rest in table))

    def _read(self, row, groups, at, size):
        enrolled, matched = (sum(self.numbers[at, group, name] for group in groups) for name in NAMES)
        if "as_of" in row:
            # It stays, so fewer than five signed up or were matched since; nothing else is told.
            before = [sum(self.numbers[row["as_of"], group, name] for group in groups) for name in NAMES]
            few = self.model.new_bool_var("")
            self.model.add(enrolled - before[0] < FLOOR).only_enforce_if(few)
            self.model.add(matched - before[1] < FLOOR).only_enforce_if(~few)
            return
        if row["enrolled"] is not None:
            self.model.add_linear_constraint(
                enrolled, max(FLOOR, row["enrolled"] - 2), min(size - FLOOR, row["enrolled"] + 2)
            )
        if row["matched"] is not None:
            self.model.add_linear_constraint(matched, max(FLOOR, row["matched"] - 2), row["matched"] + 2)
            self.model.add(enrolled - matched >= FLOOR)

    def ends(self, what):
        """The least and the most that a sum of (sign, month, group, name) may be."""
        found = []
        for sense in (1, -1):
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            goal = sum(sign * self.numbers[place] for sign, place in what)
            self.model.minimize(sense * goal)
            assert solver.solve(self.model) == cp_model.OPTIMAL
            found.append(round(sense * solver.objective_value))
        return tuple(found)


def secrets_of(months):
    """Groups of one to four: who signed up or was matched, who did not, and who did since the month before."""
    for at, table in enumerate(months):
        for group, (size, enrolled, matched) in enumerate(table):
            for name, number, whole in (("enrolled", enrolled, size), ("matched", matched, enrolled)):
                place = (at, group, name)
                if 1 <= number <= 4 or 1 <= whole - number <= 4:
                    yield [(1, place)]
                for then in range(at):
                    since = number - months[then][group][1 if name == "enrolled" else 2]
                    if 1 <= since <= 4:
                        yield [(1, place), (-1, (then, group, name))]


def given_away(months):
    reports = reports_of(months)
    reader = Reader(months, reports)
    found = []
    for secret in secrets_of(months):
        least, most = reader.ends(secret)
        if least == most:
            found.append(secret)
    return found


numbers = st.integers(4, 40).flatmap(
    lambda size: st.integers(0, size).flatmap(
        lambda enrolled: st.tuples(st.just(size), st.just(enrolled), st.integers(0, enrolled))
    )
)


@st.composite
def months_in_a_row(draw, months):
    """From one month to the next one person, or a few, signs up or is matched."""
    found = [draw(st.lists(numbers, min_size=2, max_size=5))]
    while len(found) < months:
        table = list(found[-1])
        for _person in range(draw(st.sampled_from([1, 1, 1, 2, 4, 7]))):
            group = draw(st.integers(0, len(table) - 1))
            size, enrolled, matched = table[group]
            if draw(st.booleans()) and matched < enrolled:
                table[group] = size, enrolled, matched + 1
            elif enrolled < size:
                table[group] = size, enrolled + 1, matched
        found.append(table)
    return found


# All numbers of both months are as high or as low as they can be.
TIGHT = [[(28, 22, 10), (21, 16, 8)], [(28, 23, 10), (21, 16, 8)]]


@settings(max_examples=ATTACKS, deadline=None)
@given(months_in_a_row(2))
@example(TIGHT)
def test_two_months_in_a_row_give_no_few_away(months):
    assert given_away(months) == []


@settings(max_examples=ATTACKS, deadline=None)
@given(months_in_a_row(3))
def test_nor_do_three(months):
    assert given_away(months) == []


def test_the_attack_finds_what_telling_each_month_anew_would_give_away(monkeypatch):
    monkeypatch.setattr(f"{__name__}.stays", lambda changes, *, floor: False)
    assert given_away(TIGHT) == [[(1, (1, 0, "enrolled")), (-1, (0, 0, "enrolled"))]]
