from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats import peers
from matching.formats.peers import Alone, Group, pair_peers

ODD_SCORES = [
    [0.0, 0.9, 0.2, 0.1, 0.4],
    [0.9, 0.0, 0.3, 0.1, 0.6],
    [0.2, 0.3, 0.0, 0.8, 0.1],
    [0.1, 0.1, 0.8, 0.0, 0.2],
    [0.4, 0.6, 0.1, 0.2, 0.0],
]


# Worked out by hand.


def test_the_highest_total_wins_over_the_best_pair():
    # 1 with 2 would be 0.9 + 0.1; two pairs of 0.7 are more.
    scores = [[0, 0.9, 0.7, 0.2], [0.9, 0, 0.2, 0.7], [0.7, 0.2, 0, 0.1], [0.2, 0.7, 0.1, 0]]
    found = pair_peers([1, 2, 3, 4], scores)
    assert found.groups == (Group((1, 3), 0.7), Group((2, 4), 0.7))
    assert found.total == 2.8
    assert found.alone == ()
    assert found.proven


def test_the_odd_one_joins_where_the_three_mutual_scores_are_best():
    # 5 with 1 and 2: (0.9 + 0.4 + 0.6) / 3; with 3 and 4 it would be (0.8 + 0.1 + 0.2) / 3.
    found = pair_peers([1, 2, 3, 4, 5], ODD_SCORES)
    assert found.groups == (Group((1, 2, 5), 0.633333), Group((3, 4), 0.8))
    assert found.alone == ()


def test_the_odd_one_joins_nobody_they_may_not_meet():
    allowed = np.ones((5, 5), dtype=bool)
    allowed[4, 0] = False
    found = pair_peers([1, 2, 3, 4, 5], ODD_SCORES, allowed=allowed)
    assert found.groups == (Group((1, 2), 0.9), Group((3, 4, 5), 0.366667))


def test_a_mutual_score_is_the_mean_of_both_directions():
    assert pair_peers([7, 8], [[0, 0.2], [0.8, 0]]).groups == (Group((7, 8), 0.5),)


def test_somebody_else_is_left_when_the_one_who_is_left_could_join_nobody():
    # The best pair is 1 with 2, but then 3, who may meet only 1, would stay alone; 2, 4 and 5 may all meet.
    allowed = np.ones((5, 5), dtype=bool)
    allowed[2, [1, 3, 4]] = False
    scores = np.full((5, 5), 0.5)
    scores[0, 1] = scores[1, 0] = 1
    scores[0, 2] = scores[2, 0] = 0.0
    found = pair_peers([1, 2, 3, 4, 5], scores, allowed=allowed)
    assert found.groups == (Group((1, 3), 0.0), Group((2, 4, 5), 0.5))
    assert found.proven


def test_who_stays_alone_is_told_with_the_number_of_possible_partners():
    # Everyone may meet 1 only; 4 may meet nobody.
    allowed = np.zeros((4, 4), dtype=bool)
    allowed[0, [1, 2]] = allowed[[1, 2], 0] = True
    found = pair_peers([1, 2, 3, 4], np.full((4, 4), 0.5), allowed=allowed)
    assert found.groups == (Group((1, 2), 0.5),)
    assert found.alone == (Alone(3, 1), Alone(4, 0))


def test_equals_go_in_the_order_of_their_ids():
    found = pair_peers(range(10, 17), np.full((7, 7), 0.5))
    assert [group.members for group in found.groups] == [(10, 11, 16), (12, 13), (14, 15)]


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_to_pair(count):
    found = pair_peers(range(count), np.zeros((count, count)))
    assert found.groups == ()
    assert found.alone == tuple(Alone(person, 0) for person in range(count))


@pytest.mark.parametrize(
    ("ids", "scores", "sentence"),
    [
        ([1, 1], np.zeros((2, 2)), "Person 1 is listed twice"),
        ([1, 2], [[0, 1.5], [0, 0]], "Scores must lie between 0 and 1"),
        ([1, 2], [[0, np.nan], [0, 0]], "Scores must lie between 0 and 1"),
        ([1, 2], np.zeros((2, 3)), "2 × 2 are needed"),
    ],
)
def test_bad_input(ids, scores, sentence):
    with pytest.raises(ValueError, match=sentence):
        pair_peers(ids, scores)


# Against every possibility.


def best_pairs(scores, allowed):
    """Number of pairs and their total of the best matching, by trying all of them."""

    @cache
    def best(left):
        if len(left) < 2:
            return (0, 0.0)
        one, rest = left[0], left[1:]
        options = [best(rest)]
        for other in rest:
            if allowed[one, other]:
                count, total = best(tuple(each for each in rest if each != other))
                options.append((count + 1, round(total + scores[one, other], 6)))
        return max(options)

    return best(tuple(range(len(scores))))


def best_groups(scores, allowed):
    """Number of people in groups of two and three, and the highest sum of their mean scores."""

    @cache
    def best(left):
        if len(left) < 2:
            return (0, 0.0)
        one, rest = left[0], left[1:]
        options = [best(rest)]
        for size in (1, 2):
            for others in combinations(rest, size):
                pairs = list(combinations((one, *others), 2))
                if all(allowed[pair] for pair in pairs):
                    count, total = best(tuple(each for each in rest if each not in others))
                    mean = sum(scores[pair] for pair in pairs) / len(pairs)
                    options.append((count + size + 1, round(total + mean * (size + 1), 6)))
        return max(options)

    return best(tuple(range(len(scores))))


@st.composite
def pools(draw, most=7, share=None):
    count = draw(st.integers(0, most))
    values = draw(st.lists(st.integers(0, 20), min_size=count * count, max_size=count * count))
    flags = draw(st.lists(st.integers(0, 9), min_size=count * count, max_size=count * count))
    scores = np.array(values, dtype=float).reshape(count, count) / 20
    scores = (scores + scores.T) / 2
    allowed = np.array(flags).reshape(count, count) < draw(st.sampled_from([3, 6, 8, 10]))
    allowed = allowed & allowed.T & ~np.eye(count, dtype=bool)
    ids = draw(st.permutations(range(100, 100 + count)))
    return np.array(ids, dtype=int), scores, allowed


@settings(max_examples=150, deadline=None)
@given(pools())
def test_as_good_as_the_best_of_all_groupings(pool):
    ids, scores, allowed = pool
    found = pair_peers(ids, scores, allowed=allowed)
    order = np.argsort(ids)
    sorted_scores, sorted_allowed = scores[np.ix_(order, order)], allowed[np.ix_(order, order)]
    at = {person: number for number, person in enumerate(sorted(ids.tolist()))}
    members = [at[person] for group in found.groups for person in group.members]
    assert len(set(members)) == len(members)
    for group in found.groups:
        pairs = list(combinations([at[person] for person in group.members], 2))
        assert all(sorted_allowed[pair] for pair in pairs)
        assert group.score == pytest.approx(np.mean([sorted_scores[pair] for pair in pairs]), abs=1e-6)
    most, total = best_groups(sorted_scores, sorted_allowed)
    count, pairs_total = best_pairs(sorted_scores, sorted_allowed)
    assert len(members) == most
    assert sorted([*members, *(at[each.person] for each in found.alone)]) == list(range(len(ids)))
    assert all(each.partners == sorted_allowed[at[each.person]].sum() for each in found.alone)
    assert found.proven
    if len(found.groups) == count and 2 * count == most:
        assert sum(group.score for group in found.groups) == pytest.approx(pairs_total, abs=1e-5)
    assert found.total <= total + 1e-5


@settings(max_examples=60, deadline=None)
@given(pools(most=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(pool, rnd):
    ids, scores, allowed = pool
    order = list(range(len(ids)))
    rnd.shuffle(order)
    shuffled = pair_peers(ids[order], scores[np.ix_(order, order)], allowed=allowed[np.ix_(order, order)])
    assert shuffled == pair_peers(ids, scores, allowed=allowed)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.sampled_from([1, 5, 1000]), st.sampled_from([0.2, 0.7, 1.0]))
def test_what_is_ruled_out_is_in_no_better_matching(seed, count, grain, share):
    # The pairs that are left over by the proof give the same pairs as all of them.
    rnd = np.random.default_rng(seed)
    scores = np.triu(rnd.integers(0, grain + 1, (count, count)), 1) / grain
    allowed = np.triu(rnd.random((count, count)) < share, 1)
    scores, allowed = scores + scores.T, allowed | allowed.T
    steps = peers.in_steps(scores)
    everything = peers.best_matching(steps, allowed)
    few, peers._FEW = peers._FEW, 0
    first, peers._FIRST = peers._FIRST, 2
    try:
        worth = peers.best_matching(steps, allowed)
    finally:
        peers._FEW, peers._FIRST = few, first
    assert len(worth) == len(everything)
    assert sum(steps[pair] for pair in worth) == sum(steps[pair] for pair in everything)
    early = count - np.arange(count)
    assert sum(early[a] * early[b] for a, b in worth) == sum(early[a] * early[b] for a, b in everything)


def test_a_large_pool_leaves_nobody_alone_who_can_meet_one_person_only():
    rnd = np.random.default_rng(4)
    scores = 0.5 + rnd.random((301, 301)) / 2
    allowed = np.ones((301, 301), dtype=bool)
    scores[17, :] = scores[:, 17] = 0.0
    allowed[17, :] = False
    allowed[17, 200] = True
    found = pair_peers(range(301), scores, allowed=allowed)
    assert found.alone == ()
    assert (17, 200) in [group.members for group in found.groups]
    assert not found.proven
