import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.assigning import assign_dense, by_place, correlated, early, every_choice, small_problems


def test_nobody_is_left_with_little_for_the_sake_of_the_total():
    # 0.9 + 0.1 would be more than 0.5 + 0.4.
    scores = [[0.9, 0.5], [0.4, 0.1]]
    assert by_place(assign_dense(scores, [1, 1])) == [(0, 0), (1, 1)]
    found = assign_dense(scores, [1, 1], objective="fairest")
    assert by_place(found) == [(0, 1), (1, 0)]
    assert found.total == found.bound == pytest.approx(0.9)


def test_more_people_come_before_a_higher_minimum():
    found = assign_dense([[0.9, 0.1], [0.9, 0.0]], [1, 1], objective="fairest")
    assert by_place(found) == [(0, 1), (1, 0)]


def test_a_locked_pair_does_not_lower_what_the_others_get():
    # With the threshold at the locked 0.05, 0.9 + 0.1 would win again.
    scores = [[0.9, 0.5, 0.0], [0.4, 0.1, 0.0], [0.0, 0.0, 0.05]]
    found = assign_dense(scores, [1, 1, 1], objective="fairest", locked=[(3, 103)])
    assert by_place(found) == [(0, 1), (1, 0), (2, 2)]


def test_an_unknown_objective_is_refused():
    with pytest.raises(ValueError, match="no objective happiest"):
        assign_dense([[0.5]], [1], objective="happiest")


@given(small_problems(), st.data())
@settings(deadline=None, max_examples=200)
def test_equals_brute_force(problem, data):
    scores, capacity, allowed = problem
    m = len(scores)
    locked = []
    if capacity[0] and data.draw(st.booleans()):
        locked = [(data.draw(st.integers(1, m)), 101)]
    steps = np.rint(scores * 100_000).astype(int)
    held = {(mentee - 1, mentor - 101) for mentee, mentor in locked}

    def rank(pairs):
        own = [pair for pair in pairs if pair not in held]
        return (
            len(pairs),
            min((int(steps[pair]) for pair in own), default=0),
            sum(int(steps[pair]) for pair in own),
            early(own, m, capacity),
        )

    found = assign_dense(scores, capacity, allowed=allowed, locked=locked, objective="fairest")
    best = max(rank(pairs) for pairs in every_choice(capacity, allowed, locked=locked))
    assert rank(by_place(found)) == best


def test_the_minimum_of_a_larger_one_cannot_be_raised():
    random = np.random.default_rng(4)
    scores = correlated(random, 300, 100)
    found = assign_dense(scores, [3] * 100, objective="fairest")
    least = min(pair.score for pair in found.pairs)
    assert len(found.pairs) == 300
    higher = assign_dense(scores, [3] * 100, allowed=np.round(scores.astype(float), 5) > round(least, 5))
    assert len(higher.pairs) < 300
    at_least = assign_dense(scores, [3] * 100, allowed=np.round(scores.astype(float), 5) >= round(least, 5))
    assert at_least == found
