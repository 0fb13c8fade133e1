"""Access to mentoring: what is published of counts by group, and what somebody could work out from it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reports import access_counts
from reports.access_counts import Person, hide, publish_breakdowns, publish_declared, publish_everybody, settled

FLOOR = 5


def people_of(size, enrolled, matched, *, days=20.0):
    """So many people, of whom some signed up, of whom some were matched after so many days; the others wait for 90."""
    return (
        [Person(enrolled=True, matched=True, wait=days)] * matched
        + [Person(enrolled=True, wait=90.0)] * (enrolled - matched)
        + [Person()] * (size - enrolled)
    )


def breakdown(table, *, floor=FLOOR):
    """Rows of one breakdown; `table` is {group: (people, enrolled, matched)}."""
    people, labels = [], []
    for group, numbers in table.items():
        people += people_of(*numbers)
        labels += [group] * numbers[0]
    return publish_breakdowns(people, {"department": labels}, order={"department": list(table)}, floor=floor)[
        "department"
    ]


def test_a_group_that_is_large_enough():
    (row, _other) = breakdown({"Sales": (103, 38, 17), "Legal": (50, 20, 10)})
    assert row == {
        "group": "Sales", "hidden": False, "people": 105, "enrolled": 40, "enrolled_percent": 38, "matched": 15,
        "matched_percent": 38, "wait_days": None, "most_wait": True,
    }  # fmt: skip


def test_the_days_until_half_were_matched():
    (row,) = breakdown({"Sales": (100, 40, 30)})
    assert (row["wait_days"], row["most_wait"]) == (20, False)


def test_one_programme_beside_all_of_them_tells_of_no_few():
    """Whoever takes the numbers of one programme from those of all learns of no group of 1 to 4 in the others."""
    told = {n: publish_everybody(people_of(300, n, n), floor=FLOOR)["enrolled"] for n in range(FLOOR, 120)}
    behind = {number: [n for n, said in told.items() if said == number] for number in set(told.values())}
    assert behind[5] == [5, 6, 7]
    assert behind[10] == [8, 9, 10, 11, 12]
    for everybody, of_all in behind.items():
        for own, of_one in behind.items():
            others = {one - other for one in of_all for other in of_one if one >= other}
            assert not others or not others <= {1, 2, 3, 4}, (everybody, own)


def test_of_a_few_nothing_is_said():
    rows = breakdown({"Sales": (90, 40, 20), "Finance": (60, 20, 10), "Legal": (12, 3, 3), "Press": (3, 3, 1)})
    assert [row["hidden"] for row in rows] == [False, False, True, True]
    # Six who signed up in Legal and Press together, and nine who did not.
    assert [row["people"] for row in rows] == [90, 60, 10, None]
    for row in rows[2:]:
        assert [row[name] for name in ("enrolled", "enrolled_percent", "matched", "matched_percent", "wait_days")] == [
            None
        ] * 5
        assert not row["most_wait"]


def test_one_that_stands_alone_takes_the_next_smallest_with_it():
    rows = breakdown({"Sales": (90, 40, 20), "Finance": (60, 20, 10), "Legal": (12, 3, 3)})
    assert [row["hidden"] for row in rows] == [False, True, True]


def test_all_and_none_are_hidden():
    rows = breakdown({"Sales": (40, 40, 20), "Finance": (60, 0, 0), "Legal": (80, 20, 20), "Press": (80, 20, 0)})
    assert [row["hidden"] for row in rows] == [True, True, False, False]
    # All of Legal were matched, and nobody of Press: neither is told.
    assert [row["matched"] for row in rows] == [None, None, None, None]
    assert [row["wait_days"] for row in rows] == [None, None, 20, None]
    assert [row["most_wait"] for row in rows] == [False, False, False, True]


def test_half_of_fewer_than_ten_would_be_fewer_than_five():
    (row,) = breakdown({"Sales": (100, 9, 9)})
    assert (row["enrolled"], row["wait_days"], row["most_wait"]) == (10, None, False)


def test_an_organisation_may_ask_for_more_than_five_and_never_for_less():
    table = {"Sales": (90, 40, 20), "Finance": (60, 8, 4)}
    assert [row["hidden"] for row in breakdown(table)] == [False, False]
    assert [row["hidden"] for row in breakdown(table, floor=10)] == [True, True]
    assert [row["enrolled"] for row in breakdown({"Sales": (90, 3, 0)}, floor=1)] == [None]


def test_nearly_the_same_people_in_another_breakdown_are_hidden_with_them():
    people = people_of(70, 30, 15) + people_of(60, 20, 10) + people_of(12, 3, 1)
    department = ["A"] * 70 + ["B"] * 60 + ["C"] * 12
    # All of B but one work at Leeds, nobody else does.
    site = ["Bonn"] * 70 + ["Leeds"] * 59 + ["Bonn"] + ["Bonn"] * 12
    order = {"department": ["A", "B", "C"], "site": ["Bonn", "Leeds"]}
    found = publish_breakdowns(people, {"department": department, "site": site}, order=order, floor=FLOOR)
    assert [row["hidden"] for row in found["department"]] == [False, True, True]
    assert [row["hidden"] for row in found["site"]] == [True, True]


def test_everybody():
    found = publish_everybody(people_of(153, 58, 37), floor=FLOOR)
    assert (found["people"], found["enrolled"], found["matched"], found["wait_days"]) == (155, 60, 35, 20)
    nobody = publish_everybody([], floor=FLOOR)
    assert (nobody["people"], nobody["enrolled"], nobody["hidden"]) == (None, None, True)


def test_of_what_people_declared_nothing_is_said_of_who_did_not_sign_up():
    women, men, others, unsaid = people_of(20, 20, 10), people_of(15, 15, 8), people_of(2, 2, 2), people_of(9, 9, 3)
    rows = publish_declared([("Woman", women), ("Man", men), ("Other", others), ("Not declared", unsaid)], floor=FLOOR)
    assert "people" not in rows[0]
    assert "enrolled_percent" not in rows[0]
    # The two of one kind would be known by the rest, so the next smallest group goes with them.
    assert [row["enrolled"] for row in rows] == [20, 15, None, None]
    assert [row["matched"] for row in rows] == [10, 10, None, None]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], None),
        ([(1, 1), (1, 2), (2, 3), (3, 4)], None),
        ([(1, 1), (1, 2), (2, 3), (3, 4), (7, 5)], 7),
        # One person's many changes are one person's.
        ([(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)], None),
        # The sixth waits for four more.
        ([(1, 1), (1, 2), (2, 3), (3, 4), (7, 5), (9, 6)], 7),
        ([(1, each) for each in range(5)] + [(9, each) for each in range(9)], 9),
    ],
)
def test_what_was_declared_is_told_anew_only_when_five_people_have_changed_it(changes, expected):
    assert settled(changes, floor=FLOOR) == expected


def test_between_two_reports_there_is_never_the_lot_of_one_to_four():
    rng = np.random.default_rng(7)
    changes = [(int(day), int(person)) for day, person in rng.integers(0, [60, 30], size=(80, 2))]
    ends = [settled([each for each in changes if each[0] <= day], floor=FLOOR) for day in range(60)]
    cuts = sorted({end for end in ends if end is not None})
    assert len(cuts) > 3
    for before, after in zip([-1, *cuts], cuts, strict=False):
        assert len({person for day, person in changes if before < day <= after}) >= FLOOR


# The attack ---------------------------------------------------------------------------------------------------------

numbers = st.integers(0, 60).flatmap(
    lambda size: st.integers(0, size).flatmap(
        lambda enrolled: st.tuples(st.just(size), st.just(enrolled), st.integers(0, enrolled))
    )
)
tables = st.lists(numbers, min_size=2, max_size=7)


def bounds_of(value, most):
    """What a published number stands for."""
    return (0, most) if value is None else (max(FLOOR, value - 2), min(most, value + 2))


def widths(table, rows, total):
    """For each hidden number of signed up or matched, how far it stays open to who knows all headcounts."""
    sizes = [size for size, _enrolled, _matched in table]
    groups = len(table)
    bounds = [bounds_of(row["enrolled"], size) for row, size in zip(rows, sizes, strict=True)]
    # Who did not sign up are as many as it takes as well, where a number is shown.
    bounds = [
        (low, high if row["enrolled"] is None else min(high, size - FLOOR))
        for (low, high), row, size in zip(bounds, rows, sizes, strict=True)
    ]
    bounds += [bounds_of(row["matched"], size) for row, size in zip(rows, sizes, strict=True)]
    above, most = [], []
    for at, row in enumerate(rows):
        line = np.zeros(2 * groups)
        line[groups + at], line[at] = 1, -1
        above.append(line)
        most.append(0 if row["matched"] is None else -FLOOR)
    for offset, name in ((0, "enrolled"), (groups, "matched")):
        if total[name] is not None:
            line = np.zeros(2 * groups)
            line[offset : offset + groups] = 1
            above += [line, -line]
            most += [total[name] + 2, -max(FLOOR, total[name] - 2)]
    found = {}
    for offset, name in ((0, "enrolled"), (groups, "matched")):
        for at, row in enumerate(rows):
            if row[name] is None:
                goal = np.eye(2 * groups)[offset + at]
                ends = [
                    linprog(sign * goal, A_ub=np.array(above), b_ub=most, bounds=bounds, method="highs")
                    for sign in (1, -1)
                ]
                assert all(end.success for end in ends)
                found[name, at] = -ends[1].fun - ends[0].fun
    return found


def assert_nobody_is_pinned_down(table):
    rows = breakdown({str(at): each for at, each in enumerate(table)})
    everybody = [person for each in table for person in people_of(*each)]
    for (name, at), width in widths(table, rows, publish_everybody(everybody, floor=FLOOR)).items():
        assert width >= min(table[at][0], 1) - 1e-6, (name, at, table)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_nobody_who_knows_all_headcounts_can_work_out_a_hidden_number(table):
    assert_nobody_is_pinned_down(table)


def test_the_attack_finds_what_thresholds_alone_would_give_away(monkeypatch):
    def small(cells, *, floor, also=()):
        return {at for at, each in enumerate(cells) if min(each) < floor}

    assert_nobody_is_pinned_down([(10, 5, 0), (3, 3, 0)])
    monkeypatch.setattr(access_counts, "hide", small)
    # "5 of 10" is exactly five, and "10 of all" at least eight: so all three of the other group.
    with pytest.raises(AssertionError, match="enrolled"):
        assert_nobody_is_pinned_down([(10, 5, 0), (3, 3, 0)])


def test_hidden_numbers_stand_for_five_on_either_side():
    assert hide([(40, 50), (20, 40), (3, 9), (2, 9)], floor=5) == {2, 3}
    assert hide([(40, 50), (20, 40), (3, 9), (1, 9)], floor=5) == {1, 2, 3}
    assert hide([(40, 50), (20, 40), (9, 2), (9, 2)], floor=5) == {1, 2, 3}
    assert hide([(40, 50), (20, 40)], floor=5) == set()
    # A group of nobody hides nobody.
    assert hide([(40, 50), (20, 40), (3, 9), (0, 0)], floor=5) == {1, 2, 3}
