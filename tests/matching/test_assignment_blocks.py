"""With few of the pairs, and in any order, the answer is the one that all of them give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assignment import search, solve, sources
from tests.matching.assigning import assign_dense, assign_in_blocks, by_place, correlated, small_problems


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_small():
    """Take the way of large programmes with small ones: look for pairs, in blocks, and compute all scores anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "FEW", 0)
        patch.setattr(sources, "BLOCK", 7)
        patch.setattr(sources, "LARGEST_TABLE", 0)
        patch.setattr(search, "ROWS_ALIKE", 3)
        yield


def assign_all(scores, capacity, **options):
    """What the solver says when it gets all pairs at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "FEW", 10**9)
        return assign_dense(scores, capacity, **options)


@given(small_problems(), st.integers(0, 10**6), st.sampled_from(["most", "fairest"]))
@settings(deadline=None, max_examples=200)
def test_blocks_give_what_all_pairs_give(problem, seed, objective):
    scores, capacity, allowed = problem
    options = {"allowed": allowed, "objective": objective}
    random = np.random.default_rng(seed)
    everything = assign_all(scores, capacity, **options)
    assert assign_dense(scores, capacity, **options) == everything
    assert assign_in_blocks(scores, capacity, keep=1, random=random, **options) == everything


@pytest.mark.parametrize("seed", range(40))
def test_correlated_scores_with_tight_places(seed, monkeypatch):
    if seed % 4 == 0:
        # As with more than 5,000 mentors, whose prices outgrow 32 bits.
        monkeypatch.setattr(search, "LARGEST_SHORT", 0)
    random = np.random.default_rng(seed)
    m, n = int(random.integers(10, 120)), int(random.integers(3, 40))
    # Every third has many equal scores.
    scores = correlated(random, m, n, step=0.1 if seed % 3 == 0 else None)
    allowed = random.random((m, n)) < random.choice([0.1, 0.6, 1.0])
    capacity = random.multinomial(m, np.full(n, 1 / n)).tolist()
    seated = [101 + j for j in range(n) if capacity[j]]
    locked = [(int(random.integers(m)) + 1, seated[0])] if seed % 2 else []
    options = {"allowed": allowed, "locked": locked, "objective": "fairest" if seed % 5 == 0 else "most"}
    everything = assign_all(scores, capacity, **options)
    rounds = []
    found = assign_in_blocks(scores, capacity, keep=3, random=random, on_round=rounds.append, **options)
    assert found == everything
    assert found.bound == found.total
    assert rounds[-1].improving == 0
    assert assign_dense(scores, capacity, **options) == everything


def test_ten_thousand_ties():
    random = np.random.default_rng(3)
    scores = random.integers(0, 3, (250, 40)) / 2
    found = assign_in_blocks(scores, [5] * 40, random=random)
    assert found == assign_in_blocks(scores, [5] * 40, random=random, keep=2) == assign_all(scores, [5] * 40)
    assert len(found.pairs) == 200
    assert found.total == found.bound == 200


def test_everyone_identical_goes_in_the_order_of_the_ids():
    found = assign_in_blocks(np.full((60, 20), 0.5), [2] * 20, keep=2, random=np.random.default_rng(1))
    assert by_place(found) == [(i, i // 2) for i in range(40)]
    assert found.unmatched == tuple(range(41, 61))


@pytest.mark.parametrize(
    ("scores", "capacity", "allowed"),
    [
        (np.zeros((0, 3)), [1, 1, 1], None),
        (np.zeros((0, 0)), [], None),
        (np.zeros((3, 0)), [], None),
        (np.ones((3, 2)), [0, 0], None),
        (np.ones((3, 2)), [5, 5], np.zeros((3, 2), dtype=bool)),
    ],
)
@pytest.mark.parametrize("objective", ["most", "fairest"])
def test_nobody_can_be_placed(scores, capacity, allowed, objective):
    found = assign_in_blocks(scores, capacity, allowed=allowed, objective=objective)
    assert found.pairs == ()
    assert found.unmatched == tuple(range(1, len(scores) + 1))
    assert found.total == found.bound == 0


def test_one_person():
    found = assign_in_blocks([[0.25]], [1])
    assert by_place(found) == [(0, 0)]
    assert found.total == found.bound == 0.25


def test_mentors_without_places_and_mentees_who_are_locked_are_left_out():
    scores = [[0.9, 0.1, 0.8], [0.9, 0.2, 0.7], [0.9, 0.3, 0.6]]
    found = assign_in_blocks(scores, [0, 2, 1], locked=[(2, 103)])
    assert by_place(found) == [(0, 1), (1, 2), (2, 1)]
    assert [pair.score for pair in found.pairs] == [0.1, 0.7, 0.3]
    assert [pair.locked for pair in found.pairs] == [False, True, False]


def test_a_locked_pair_that_is_forbidden_has_no_score():
    found = assign_in_blocks([[0.5]], [1], allowed=[[False]], locked=[(1, 101)])
    assert [(pair.mentee, pair.mentor, pair.score) for pair in found.pairs] == [(1, 101, None)]


def test_forbidden_pairs_may_have_any_score_and_others_may_not():
    assert by_place(assign_in_blocks([[np.nan, 0.5], [7, 0.25]], [1, 2], allowed=[[0, 1], [0, 1]])) == [(0, 1), (1, 1)]
    with pytest.raises(ValueError, match="Scores must lie between 0 and 1"):
        assign_in_blocks([[np.nan, 0.5]], [1, 1])


def test_an_id_listed_twice_is_refused():
    def source(start, stop):
        return np.zeros((stop - start, 2), np.float32), np.zeros((stop - start, 2), np.uint16)

    with pytest.raises(ValueError, match="Mentee 1 is listed twice"):
        solve.assign_blocks(source, mentees=[1, 1], mentors=[5, 6], capacity={5: 1})
    with pytest.raises(ValueError, match="Mentor 5 is listed twice"):
        solve.assign_blocks(source, mentees=[1, 2], mentors=[5, 5], capacity={5: 1})


def test_whoever_follows_the_rounds_can_stop_them():
    class Stop(Exception):
        pass

    def stop(_):
        raise Stop

    with pytest.raises(Stop):
        assign_in_blocks(np.full((9, 9), 0.5), [1] * 9, on_round=stop)
