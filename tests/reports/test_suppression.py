"""What may be shown of groups beside their total, and what somebody could work out from it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reports.suppression import Shown, shown, shown_sizes, shown_together


def counts(groups):
    return [each.count for each in shown_together(groups)]


@pytest.mark.parametrize(
    ("people", "count", "expected"),
    [
        (100, 37, Shown(100, 35)),
        (103, 38, Shown(105, 40)),
        # Fewer than five did, or all but fewer than five.
        (100, 4, Shown(100, None)),
        (100, 0, Shown(100, None)),
        (100, 96, Shown(100, None)),
        (100, 95, Shown(100, 95)),
        (9, 5, Shown(10, None)),
        (10, 5, Shown(10, 5)),
        (4, 2, Shown(None, None)),
        (0, 0, Shown(None, None)),
    ],
)
def test_one_number(people, count, expected):
    assert shown(people, count) == expected


def test_shares_are_worked_out_from_rounded_numbers():
    # 7 of 23 is 30%, from which anybody who knows the 23 would have the 7.
    assert shown(23, 7) == Shown(25, 5)
    assert shown(23, 7).percent == 20
    assert shown(100, 2).percent is None
    assert shown(3, 1).percent is None


def test_groups_that_are_large_enough_are_all_shown():
    assert counts([(50, 20), (30, 10), (12, 6)]) == [20, 10, 5]


def test_a_single_hidden_group_takes_the_next_smallest_with_it():
    # 36 in all, 20 and 10 shown: the third would be known.
    assert counts([(50, 20), (30, 10), (12, 3)]) == [20, None, None]


def test_hidden_groups_need_five_between_them():
    # Two and one are known to be three together, so a third group is hidden too.
    assert counts([(50, 20), (30, 10), (12, 2), (12, 1)]) == [20, None, None, None]
    assert counts([(50, 20), (30, 10), (12, 3), (12, 2)]) == [20, 10, None, None]


def test_hidden_groups_need_five_who_did_not_too():
    assert counts([(50, 20), (30, 10), (12, 11), (12, 11)]) == [20, None, None, None]
    assert counts([(50, 20), (30, 10), (12, 10), (12, 9)]) == [20, 10, None, None]


def test_groups_of_fewer_than_five_people_are_hidden_with_their_size():
    assert shown_together([(50, 20), (30, 10), (3, 3), (20, 2)]) == [
        Shown(50, 20), Shown(30, 10), Shown(None, None), Shown(20, None),
    ]  # fmt: skip


def test_one_group_alone_and_none_at_all():
    assert counts([(50, 20)]) == [20]
    assert counts([(50, 2)]) == [None]
    assert counts([]) == []


groups = st.lists(
    st.integers(1, 60).flatmap(lambda people: st.tuples(st.just(people), st.integers(0, people))),
    min_size=2,
    max_size=9,
)


@settings(max_examples=150, deadline=None)
@given(groups)
def test_nobody_who_knows_all_headcounts_can_work_out_a_hidden_number(table):
    """The attack: of all counts that fit what is shown, the smallest and the largest for each hidden group."""
    told, total = shown_together(table), shown(sum(p for p, _ in table), sum(c for _, c in table))
    hidden = [position for position, each in enumerate(told) if each.count is None]
    if not hidden:
        return
    # A number shown as n stands for n - 2 to n + 2, and never for fewer than five.
    bounds = [
        (0, people) if each.count is None else (max(5, each.count - 2), min(people - 5, each.count + 2))
        for (people, _), each in zip(table, told, strict=True)
    ]
    limits = {}
    if total.count is not None:
        everybody = np.ones((1, len(table)))
        limits = {
            "A_ub": np.vstack([everybody, -everybody]),
            "b_ub": [total.count + 2, -max(5, total.count - 2)],
        }
    for position in hidden:
        goal = np.eye(len(table))[position]
        least = linprog(goal, bounds=bounds, **limits)
        most = linprog(-goal, bounds=bounds, **limits)
        assert least.success
        assert most.success
        # Nobody's part is known for certain: neither that all did nor that none did, nor how many.
        assert -most.fun - least.fun >= min(table[position][0], 1)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([10, 20, 30], [True, True, True]),
        # One hidden group would be told by the mean of all: the next smallest goes with it.
        ([10, 20, 3], [False, True, False]),
        # Two that make five together hide each other.
        ([10, 2, 3], [True, False, False]),
        ([10, 2, 2], [False, False, False]),
        # Nobody in it: nothing to give away.
        ([10, 0, 20], [True, False, True]),
        ([3], [False]),
        ([], []),
    ],
)
def test_groups_of_which_a_mean_may_be_shown(sizes, expected):
    assert shown_sizes(sizes) == expected
