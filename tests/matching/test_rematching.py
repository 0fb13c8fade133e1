from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assignment import STEPS, Pair, assign
from matching.rematching import rematch
from matching.scoring import Candidates


def rematched(scores, capacity, *, current, may_move=(), gain=None, allowed=None, locked=()):
    """Mentees are 1, 2, …, mentors 101, 102, …"""
    scores = np.asarray(scores, dtype=float)
    mentees = range(1, len(scores) + 1)
    mentors = range(101, 101 + len(capacity))
    return rematch(
        Candidates.dense(mentees, mentors, scores, allowed),
        mentees=mentees,
        capacity=dict(zip(mentors, capacity, strict=True)),
        current=current,
        may_move=may_move,
        gain=gain,
        locked=locked,
    )


def ids(found):
    return [(pair.mentee, pair.mentor) for pair in found.assignment.pairs]


# Worked out by hand.


def test_running_pairs_stay_however_badly_they_score():
    found = rematched([[0.1, 0.9], [0.9, 0.2]], [1, 1], current={1: 101})
    assert found.assignment.pairs == (Pair(1, 101, 0.1, locked=True), Pair(2, 102, 0.2))
    assert (found.disturbed, found.moved, found.kept) == ((), (), ((1, 101),))


def test_running_pairs_stay_even_if_somebody_stays_alone_for_it():
    allowed = [[True, True], [True, False]]
    found = rematched([[0.5, 0.5], [0.9, 0.0]], [1, 1], current={1: 101}, allowed=allowed)
    assert ids(found) == [(1, 101)]
    assert found.assignment.unmatched == (2,)
    assert found.assignment.free_seats == {102: 1}


def test_with_a_gain_a_running_pair_makes_room_for_somebody_more():
    allowed = [[True, True], [True, False]]
    found = rematched([[0.9, 0.1], [0.1, 0.0]], [1, 1], current={1: 101}, allowed=allowed, gain=1)
    assert ids(found) == [(1, 102), (2, 101)]
    assert found.disturbed == ((1, 101, 102),)
    assert found.kept == ()


@pytest.mark.parametrize(("gain", "pairs"), [(0.39, [(1, 102), (2, 101)]), (0.4, [(1, 101), (2, 102)])])
def test_a_running_pair_is_broken_only_for_more_than_the_gain(gain, pairs):
    # 0.5 + 0.3 as they are; 0.6 + 0.6 the other way round: 0.4 more.
    found = rematched([[0.5, 0.6], [0.6, 0.3]], [1, 1], current={1: 101}, gain=gain)
    assert ids(found) == pairs


def test_two_broken_pairs_need_twice_the_gain():
    scores = [[0.2, 0.5], [0.5, 0.2]]
    assert ids(rematched(scores, [1, 1], current={1: 101, 2: 102}, gain=0.3)) == [(1, 101), (2, 102)]
    found = rematched(scores, [1, 1], current={1: 101, 2: 102}, gain=0.29)
    assert found.disturbed == ((1, 101, 102), (2, 102, 101))


def test_nobody_loses_a_mentor_to_a_better_pair():
    found = rematched([[0.1], [1.0]], [1], current={1: 101}, gain=0)
    assert ids(found) == [(1, 101)]
    assert found.assignment.unmatched == (2,)


def test_who_asked_gets_another_mentor_even_one_of_lower_score():
    found = rematched([[0.9, 0.2]], [1, 1], current={1: 101}, may_move=[1])
    assert ids(found) == [(1, 102)]
    assert (found.moved, found.disturbed, found.replaced) == (((1, 101, 102),), (), ((1, 101, 102),))


def test_who_asked_keeps_the_mentor_if_there_is_no_other():
    found = rematched([[0.9, 0.2], [0.8, 0.7]], [1, 1], current={1: 101, 2: 102}, may_move=[1])
    assert ids(found) == [(1, 101), (2, 102)]
    assert (found.moved, found.kept) == ((), ((1, 101), (2, 102)))


def test_two_who_asked_change_over():
    found = rematched([[0.9, 0.1], [0.1, 0.9]], [1, 1], current={1: 101, 2: 102}, may_move=[1, 2])
    assert found.moved == ((1, 101, 102), (2, 102, 101))


def test_who_waits_comes_before_who_has_a_mentor_and_asked():
    # The one free place is for 2, who has none; only so do both have a mentor.
    found = rematched([[0.5, 0.9], [0.0, 0.1]], [1, 1], current={1: 101}, may_move=[1], allowed=[[1, 1], [0, 1]])
    assert ids(found) == [(1, 101), (2, 102)]


def test_who_asked_makes_room_by_moving():
    found = rematched([[0.5, 0.1], [0.3, 0.0]], [1, 1], current={1: 101}, may_move=[1], allowed=[[1, 1], [1, 0]])
    assert ids(found) == [(1, 102), (2, 101)]


def test_a_running_pair_that_a_rule_forbids_now_stays_and_has_no_score():
    found = rematched([[0.0, 0.9]], [1, 1], current={1: 101}, allowed=[[False, True]])
    assert found.assignment.pairs == (Pair(1, 101, None, locked=True),)


def test_a_mentor_with_more_pairs_than_places_keeps_them_and_gets_nobody_new():
    scores = [[0.5, 0.0], [0.5, 0.9], [0.9, 0.0]]
    found = rematched(scores, [1, 1], current={1: 101, 2: 101}, may_move=[2], allowed=[[1, 0], [1, 1], [1, 0]])
    assert ids(found) == [(1, 101), (2, 102)]
    assert found.assignment.unmatched == (3,)


def test_a_locked_pair_takes_a_running_mentee_elsewhere():
    found = rematched([[0.9, 0.1], [0.9, 0.9]], [1, 1], current={1: 101}, locked=[(1, 102)])
    assert ids(found) == [(1, 102), (2, 101)]
    assert found.disturbed == ((1, 101, 102),)


def test_equals_go_in_the_order_of_their_ids():
    # 1 asked for somebody else, so that who goes where is open for all of them.
    found = rematched(np.full((4, 3), 0.5), [1, 1, 1], current={1: 101}, may_move=[1])
    assert ids(found) == [(1, 102), (2, 101), (3, 103)]


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="Mentor 101 has 1 places but 2 locked or running pairs"):
        rematched([[0.5], [0.5]], [1], current={1: 101}, locked=[(2, 101)])
    with pytest.raises(ValueError, match="number from 0"):
        rematched([[0.5]], [1], current={}, gain=-0.1)
    with pytest.raises(ValueError, match="locked to two"):
        rematched([[0.5, 0.5]], [1, 1], current={}, locked=[(1, 101), (1, 102)])
    with pytest.raises(ValueError, match="between 0 and 1"):
        rematched([[1.5, 0.5]], [1, 1], current={1: 101}, may_move=[1])


# Against everything that could be done.


@st.composite
def problems(draw):
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    scores = [[draw(st.sampled_from([0.0, 0.25, 0.5, 0.50001, 1.0])) for _ in range(n)] for _ in range(m)]
    allowed = [[draw(st.booleans()) or draw(st.booleans()) for _ in range(n)] for _ in range(m)]
    capacity = [draw(st.integers(0, 3)) for _ in range(n)]
    current, used = {}, [0] * n
    for mentee in range(m):
        mentor = draw(st.integers(-1, n - 1))
        if mentor >= 0 and used[mentor] < capacity[mentor]:
            current[mentee + 1] = 101 + mentor
            used[mentor] += 1
    may_move = draw(st.sets(st.integers(1, m)))
    gain = draw(st.sampled_from([None, 0.0, 0.1, 0.25, 0.5, 2.0]))
    return np.array(scores), capacity, current, may_move, gain, np.array(allowed)


def value(choice, scores, allowed, current, may_move, gain):
    """(placed, sum in steps less the gain, minus disturbed pairs), or None where it may not be."""
    total = disturbed = 0
    for i, j in enumerate(choice):
        old = current.get(i + 1)
        stays = j >= 0 and old == 101 + j
        if j < 0:
            if old is not None:
                return None
            continue
        if stays and i + 1 in may_move:
            continue
        if not allowed[i, j]:
            if not stays:
                return None
            continue
        total += round(scores[i, j] * STEPS)
        if old is not None and not stays and i + 1 not in may_move:
            if gain is None:
                return None
            disturbed += 1
    return sum(j >= 0 for j in choice), total - round((gain or 0) * STEPS) * disturbed, -disturbed


@given(problems())
@settings(deadline=None, max_examples=300)
def test_equals_brute_force(problem):
    scores, capacity, current, may_move, gain, allowed = problem
    m, n = scores.shape
    found = rematched(scores, capacity, current=current, may_move=may_move, gain=gain, allowed=allowed)
    now = dict(ids(found))
    choice = [now.get(i + 1, 100) - 101 for i in range(m)]
    assert all(choice.count(j) <= capacity[j] for j in range(n))
    every = (
        value(other, scores, allowed, current, may_move, gain)
        for other in product(range(-1, n), repeat=m)
        if all(other.count(j) <= capacity[j] for j in range(n))
    )
    assert value(choice, scores, allowed, current, may_move, gain) == max(each for each in every if each is not None)
    changed = {mentee for mentee in current if now[mentee] != current[mentee]}
    assert {each[0] for each in found.disturbed} == changed - may_move
    assert {each[0] for each in found.moved} == changed & may_move
    assert dict(found.kept) == {mentee: current[mentee] for mentee in current.keys() - changed}
    if gain is None:
        assert found.disturbed == ()


@given(problems(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150)
def test_the_order_of_the_rows_makes_no_difference(problem, random):
    scores, capacity, current, may_move, gain, allowed = problem
    m, n = scores.shape
    pairs = Candidates.dense(range(1, m + 1), range(101, 101 + n), scores, allowed)
    order = list(range(len(pairs)))
    random.shuffle(order)
    people = list(range(1, m + 1))
    random.shuffle(people)
    running = list(current.items())
    random.shuffle(running)
    shuffled = rematch(
        Candidates(pairs.mentees[order], pairs.mentors[order], pairs.scores[order]),
        mentees=people,
        capacity={101 + j: capacity[j] for j in random.sample(range(n), n)},
        current=dict(running),
        may_move=may_move,
        gain=gain,
    )
    assert shuffled == rematched(scores, capacity, current=current, may_move=may_move, gain=gain, allowed=allowed)


@given(problems())
@settings(deadline=None, max_examples=100)
def test_where_nobody_has_a_mentor_it_is_the_plain_assignment(problem):
    scores, capacity, _, _, gain, allowed = problem
    m, n = scores.shape
    plain = assign(
        Candidates.dense(range(1, m + 1), range(101, 101 + n), scores, allowed),
        mentees=range(1, m + 1),
        capacity={101 + j: capacity[j] for j in range(n)},
    )
    assert rematched(scores, capacity, current={}, gain=gain, allowed=allowed).assignment == plain


def test_a_large_programme_fits_the_solvers_numbers():
    random = np.random.default_rng(7)
    m, n = 1500, 400
    scores = np.round((random.random(n) + random.random((m, n))) / 2, 5)
    capacity = dict.fromkeys(range(10_001, 10_001 + n), 3)
    current = {mentee: 10_001 + mentee % n for mentee in range(1, 1001)}
    found = rematch(
        Candidates.dense(range(1, m + 1), range(10_001, 10_001 + n), scores, random.random((m, n)) < 0.1),
        mentees=range(1, m + 1),
        capacity=capacity,
        current=current,
        may_move=range(1, 101),
        gain=0.3,
    )
    assert len(found.assignment.pairs) == 1200
    assert {pair.mentee for pair in found.assignment.pairs} >= set(range(1, 1001))
    assert len(found.kept) + len(found.disturbed) + len(found.moved) == 1000
