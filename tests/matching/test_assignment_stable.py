import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assignment import assign_stable
from matching.scoring import Candidates
from tests.matching.assigning import by_place, every_choice, small_problems


def stable(scores, capacity, *, mentees, mentors, allowed=None, locked=(), order=None):
    """The wishes are matrices like the scores."""
    scores = np.asarray(scores, dtype=float)
    m, n = scores.shape
    fine = np.ones((m, n), bool) if allowed is None else np.asarray(allowed, bool)
    given_ = Candidates.dense(np.arange(m) + 1, np.arange(n) + 101, scores, fine)
    order = np.arange(len(given_)) if order is None else order(len(given_))
    return assign_stable(
        Candidates(given_.mentees[order], given_.mentors[order], given_.scores[order]),
        mentees=np.arange(m) + 1,
        capacity={101 + j: places for j, places in enumerate(capacity)},
        mentee_scores=np.asarray(mentees, dtype=float)[fine][order],
        mentor_scores=np.asarray(mentors, dtype=float)[fine][order],
        locked=locked,
    )


def test_nobody_is_talked_out_of_their_first_choice():
    # The highest total would part 1 and 101, who both like each other best.
    scores = [[0.6, 0.5], [0.5, 0.0]]
    found = stable(scores, [1, 1], mentees=scores, mentors=scores)
    assert by_place(found) == [(0, 0), (1, 1)]
    assert found.total == pytest.approx(0.6)
    assert found.bound is None


def test_of_several_stable_choices_the_mentees_get_theirs():
    scores = np.full((2, 2), 0.5)
    found = stable(scores, [1, 1], mentees=[[1, 0], [0, 1]], mentors=[[0, 1], [1, 0]])
    assert by_place(found) == [(0, 0), (1, 1)]


def test_equals_go_by_score_and_then_by_id():
    same = np.zeros((3, 2))
    assert by_place(stable([[0.5, 0.6], [0.5, 0.7], [0.5, 0.5]], [1, 1], mentees=same, mentors=same)) == [
        (0, 0),
        (1, 1),
    ]
    assert by_place(stable(np.full((3, 2), 0.5), [1, 1], mentees=same, mentors=same)) == [(0, 0), (1, 1)]


def test_locked_pairs_stay_and_use_their_places():
    scores = [[0.9, 0.1], [0.8, 0.2]]
    found = stable(scores, [1, 1], mentees=scores, mentors=scores, locked=[(2, 101)])
    assert [(pair.mentee, pair.mentor, pair.locked) for pair in found.pairs] == [(1, 102, False), (2, 101, True)]
    assert found.total == pytest.approx(0.9)


def test_nobody_there():
    none = np.zeros((0, 0))
    assert stable(none, [], mentees=none, mentors=none).pairs == ()
    found = stable([[0.5]], [0], mentees=[[1]], mentors=[[1]])
    assert (found.pairs, found.unmatched) == ((), (1,))


@pytest.mark.parametrize("wrong", [[[np.nan]], [[np.inf]], [[1, 2]]])
def test_wishes_must_be_numbers_for_each_candidate(wrong):
    pairs = Candidates.dense([1], [101], [[0.5]])
    with pytest.raises(ValueError, match="mentors’ own scores must be one finite number"):
        assign_stable(pairs, mentees=[1], capacity={101: 1}, mentee_scores=[1], mentor_scores=wrong)


wishes = st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).integers(0, 4, (5, 3)))


@given(small_problems(), wishes, wishes, st.integers(0, 10**6))
@settings(deadline=None, max_examples=200)
def test_no_pair_would_rather_have_each_other_and_no_mentee_could_have_better(problem, wanted, liked, seed):
    scores, capacity, allowed = problem
    m, n = scores.shape
    wanted, liked = wanted[:m, :n], liked[:m, :n]
    found = stable(scores, capacity, mentees=wanted, mentors=liked, allowed=allowed)
    pairs = by_place(found)

    def wants(i, j):
        return wanted[i, j], scores[i, j], -j

    def likes(i, j):
        return liked[i, j], scores[i, j], -i

    def blocking(chosen):
        of = dict(chosen)
        for i, j in zip(*np.nonzero(allowed), strict=True):
            if i in of and wants(i, of[i]) >= wants(i, j):
                continue
            theirs = [each for each, mentor in chosen if mentor == j]
            if capacity[j] and (len(theirs) < capacity[j] or any(likes(i, j) > likes(each, j) for each in theirs)):
                return True
        return False

    assert not blocking(pairs)
    mine = dict(pairs)
    for other in every_choice(capacity, allowed):
        if not blocking(other):
            assert len(other) == len(pairs)
            assert all(wants(i, mine[i]) >= wants(i, j) for i, j in other)

    shuffled = np.random.default_rng(seed).permutation
    assert stable(scores, capacity, mentees=wanted, mentors=liked, allowed=allowed, order=shuffled) == found
