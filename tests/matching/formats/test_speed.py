from collections import Counter
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats import speed
from matching.formats.solving import in_steps
from matching.formats.speed import Meeting, rotate_pool, rotate_sides


def pairs_of(timetable):
    return [[(each.one, each.other) for each in part.meetings] for part in timetable.rounds]


def sat_out(timetable):
    return Counter(person for part in timetable.rounds for person in part.sitting_out)


def check(timetable, people, *, tables=None):
    """Nobody meets anyone twice, nobody is in two places at once, and everyone is told where they are."""
    met = [frozenset(pair) for pairs in pairs_of(timetable) for pair in pairs]
    assert len(set(met)) == len(met)
    for part in timetable.rounds:
        here = [person for each in part.meetings for person in (each.one, each.other)]
        assert sorted([*here, *part.sitting_out]) == sorted(people)
        assert tables is None or len(part.meetings) <= tables


# Two sides, worked out by hand.


def test_the_best_pairs_meet_when_there_is_one_round_only():
    found = rotate_sides([1, 2], [11, 12], [[0.9, 0.8], [0.8, 0.1]], rounds=1)
    assert pairs_of(found) == [[(1, 12), (2, 11)]]
    assert found.rounds[0].meetings[0] == Meeting(1, 12, 0.8)
    assert found.proven


def test_everyone_meets_everyone_when_there_are_rounds_enough():
    found = rotate_sides([1, 2, 3], [11, 12, 13], np.full((3, 3), 0.5), rounds=3)
    check(found, [1, 2, 3, 11, 12, 13])
    assert found.meetings == 9
    assert sat_out(found) == {}


def test_better_scores_come_in_earlier_rounds():
    found = rotate_sides([1, 2], [11, 12], [[0.1, 0.9], [0.9, 0.1]], rounds=2)
    assert pairs_of(found) == [[(1, 12), (2, 11)], [(1, 11), (2, 12)]]


def test_nobody_sits_out_twice_before_everybody_has_once():
    # 11 and 12 are everybody's favourites; still all four mentors sit out in turn.
    scores = [[0.9, 0.9, 0.1, 0.1], [0.9, 0.9, 0.1, 0.1]]
    found = rotate_sides([1, 2], [11, 12, 13, 14], scores, rounds=4)
    check(found, [1, 2, 11, 12, 13, 14])
    assert pairs_of(found)[0] in ([(1, 11), (2, 12)], [(1, 12), (2, 11)])
    assert found.rounds[0].sitting_out == (13, 14)
    assert found.rounds[1].sitting_out == (11, 12)
    assert sat_out(found) == {11: 2, 12: 2, 13: 2, 14: 2}


def test_no_more_meetings_at_once_than_tables():
    found = rotate_sides([1, 2, 3], [11, 12, 13], np.full((3, 3), 0.5), rounds=3, tables=2)
    check(found, [1, 2, 3, 11, 12, 13], tables=2)
    assert found.meetings == 6
    assert set(sat_out(found).values()) == {1}


def test_rounds_end_when_nobody_is_left_to_meet():
    found = rotate_sides([1], [11, 12], [[0.5, 0.9]], rounds=7)
    assert sorted(pairs_of(found)) == [[(1, 11)], [(1, 12)]]


def test_a_round_leaves_the_others_possible():
    # 2 can meet 11 only, so 1, who is needed in both rounds, meets 12 at the same time and 11 in the other one.
    found = rotate_sides([1, 2], [11, 12], [[0.9, 0.1], [0.1, 0.0]], rounds=2, allowed=[[True, True], [True, False]])
    assert sorted(len(pairs) for pairs in pairs_of(found)) == [1, 2]
    assert {pair for pairs in pairs_of(found) for pair in pairs} == {(1, 11), (1, 12), (2, 11)}


# One pool, worked out by hand.


def test_three_rounds_of_four():
    found = rotate_pool([1, 2, 3, 4], np.full((4, 4), 0.5), rounds=3)
    check(found, [1, 2, 3, 4])
    assert found.meetings == 6
    assert found.proven


@pytest.mark.parametrize("count", [2, 3, 5, 6, 7, 8, 9, 12])
def test_a_whole_tournament_wastes_no_round(count):
    rounds = count - 1 if count % 2 == 0 else count
    found = rotate_pool(range(count), np.random.default_rng(count).random((count, count)), rounds=rounds)
    check(found, range(count))
    assert found.meetings == count * (count - 1) // 2
    assert found.proven
    assert set(sat_out(found).values()) <= {1}


def test_five_sit_out_in_turn():
    found = rotate_pool([1, 2, 3, 4, 5], np.random.default_rng(3).random((5, 5)), rounds=2)
    check(found, [1, 2, 3, 4, 5])
    assert found.meetings == 4
    assert set(sat_out(found).values()) == {1}


def test_the_best_of_one_pool_meet_first():
    scores = np.full((4, 4), 0.1)
    scores[0, 3] = scores[3, 0] = 0.9
    assert pairs_of(rotate_pool([1, 2, 3, 4], scores, rounds=1)) == [[(1, 4), (2, 3)]]


def test_tables_of_one_pool_are_taken_in_turn():
    found = rotate_pool(range(6), np.full((6, 6), 0.5), rounds=3, tables=1)
    check(found, range(6), tables=1)
    assert set(sat_out(found).values()) == {2}


def test_a_large_pool_meets_without_anyone_sitting_out():
    found = rotate_pool(range(120), np.random.default_rng(1).random((120, 120)), rounds=8)
    check(found, range(120))
    assert found.meetings == 480
    assert found.proven


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_to_meet(count):
    assert rotate_pool(range(count), np.zeros((count, count)), rounds=3).rounds == ()
    assert rotate_sides(range(count), [], np.zeros((count, 0)), rounds=3).rounds == ()


def test_all_forbidden():
    nobody = np.zeros((3, 3), dtype=bool)
    assert rotate_pool([1, 2, 3], np.ones((3, 3)), rounds=2, allowed=nobody).meetings == 0
    assert rotate_sides([1, 2, 3], [4, 5, 6], np.ones((3, 3)), rounds=2, allowed=nobody).meetings == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ids": [1, 1]}, "Person 1 is listed twice"),
        ({"scores": [[0, 2], [0, 0]]}, "Scores must lie between 0 and 1"),
        ({"rounds": -1}, "An event can't have -1 rounds"),
        ({"tables": -1}, "A room can't have -1 tables"),
        ({"scores": np.zeros((2, 3))}, "2 × 2 are needed"),
    ],
)
def test_bad_input_of_one_pool(arguments, sentence):
    given = {"ids": [1, 2], "scores": np.zeros((2, 2)), "rounds": 1} | arguments
    with pytest.raises(ValueError, match=sentence):
        rotate_pool(given.pop("ids"), given.pop("scores"), **given)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"mentees": [1, 1]}, "Mentee 1 is listed twice"),
        ({"mentors": [1, 4]}, "Person 1 is on both sides"),
        ({"scores": np.full((2, 2), np.nan)}, "Scores must lie between 0 and 1"),
        ({"rounds": -1}, "An event can't have -1 rounds"),
        ({"tables": -1}, "A room can't have -1 tables"),
        ({"allowed": [[True]]}, "2 × 2 are needed"),
    ],
)
def test_bad_input_of_two_sides(arguments, sentence):
    given = {"mentees": [1, 2], "mentors": [3, 4], "scores": np.zeros((2, 2)), "rounds": 1} | arguments
    with pytest.raises(ValueError, match=sentence):
        rotate_sides(given.pop("mentees"), given.pop("mentors"), given.pop("scores"), **given)


# Against every possibility.


def matchings(edges, seats):
    """All sets of pairs that can meet at the same time."""
    found = [()]
    for edge in edges:
        found += [
            (*each, edge) for each in found if len(each) < seats and not any(set(edge) & set(other) for other in each)
        ]
    return found


def most_meetings(edges, rounds, seats):
    every = [frozenset(each) for each in matchings(edges, seats)]

    @cache
    def most(left, remaining):
        if not remaining:
            return 0
        return max(len(each) + most(left - each, remaining - 1) for each in every if each <= left)

    return most(frozenset(edges), rounds)


def best_of_sides(scores, edges, rounds, seats, height):
    """Most meetings, most evenly spread, highest total, of all sets of pairs that fit into the rounds (König)."""
    best = None
    for size in range(min(len(edges), rounds * seats), -1, -1):
        for chosen in combinations(edges, size):
            met = Counter(person for pair in chosen for person in pair)
            if all(count <= rounds for count in met.values()):
                squares = sum(count**2 for count in met.values())
                total = round(sum(scores[one, other - height] for one, other in chosen), 6)
                merit = (size, -squares, total)
                best = merit if best is None or merit > best else best
        if best:
            return best
    return (0, 0, 0)


@st.composite
def sides(draw):
    height, width = draw(st.integers(0, 3)), draw(st.integers(0, 4))
    cells = height * width
    scores = np.array(draw(st.lists(st.integers(0, 20), min_size=cells, max_size=cells)), float) / 20
    allowed = np.array(draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells)), int) < draw(
        st.sampled_from([5, 8, 10])
    )
    tables = draw(st.sampled_from([None, 0, 1, 2]))
    return scores.reshape(height, width), allowed.reshape(height, width), draw(st.integers(0, 4)), tables


@settings(max_examples=150, deadline=None)
@given(sides(), st.randoms(use_true_random=False))
def test_sides_are_as_good_as_the_best_of_all_in_any_order_of_the_rows(event, rnd):
    scores, allowed, rounds, tables = event
    height, width = scores.shape
    mentees, mentors = np.arange(height), np.arange(10, 10 + width)
    found = rotate_sides(mentees, mentors, scores, rounds=rounds, allowed=allowed, tables=tables)
    check(found, [*mentees.tolist(), *mentors.tolist()], tables=tables)
    assert all(allowed[one, other - 10] for pairs in pairs_of(found) for one, other in pairs)
    assert len(found.rounds) <= rounds
    edges = [(int(one), int(other) + height) for one, other in np.argwhere(allowed)]
    seats = min(height, width) if tables is None else min(tables, height, width)
    met = Counter(person for pairs in pairs_of(found) for pair in pairs for person in pair)
    most, squares, total = best_of_sides(scores, edges, rounds, seats, height)
    assert (found.meetings, -sum(count**2 for count in met.values())) == (most, squares)
    assert found.total <= total + 1e-5
    chosen = speed._who_meets(in_steps(scores), allowed, rounds, seats)
    assert scores[chosen].sum() == pytest.approx(total, abs=1e-5)
    if all(sat == 0 for sat in sat_out(found).values()):
        assert found.total == pytest.approx(total, abs=1e-5)
    assert found.proven
    if found.rounds:
        sizes = [len(part.meetings) for part in found.rounds] + [0] * (rounds - len(found.rounds))
        assert max(sizes) - min(sizes) <= 1
    by, of = rnd.sample(range(height), height), rnd.sample(range(width), width)
    again = rotate_sides(
        mentees[by], mentors[of], scores[np.ix_(by, of)], rounds=rounds, allowed=allowed[np.ix_(by, of)], tables=tables
    )
    assert again == found


@st.composite
def pools(draw):
    count = draw(st.integers(0, 5))
    cells = count * count
    scores = np.array(draw(st.lists(st.integers(0, 20), min_size=cells, max_size=cells)), float).reshape(count, count)
    flags = np.array(draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells)), int).reshape(count, count)
    allowed = flags < draw(st.sampled_from([7, 9, 10]))
    return scores / 20, allowed, draw(st.integers(0, 4)), draw(st.sampled_from([None, 0, 1]))


@settings(max_examples=100, deadline=None)
@given(pools(), st.randoms(use_true_random=False))
def test_pools_have_the_most_meetings_in_any_order_of_the_rows(event, rnd):
    scores, allowed, rounds, tables = event
    people = np.arange(20, 20 + len(scores))
    found = rotate_pool(people, scores, rounds=rounds, allowed=allowed, tables=tables)
    check(found, people.tolist(), tables=tables)
    both = allowed & allowed.T
    assert all(both[one - 20, other - 20] for pairs in pairs_of(found) for one, other in pairs)
    edges = [(int(one), int(other)) for one, other in np.argwhere(np.triu(both, 1))]
    seats = len(people) // 2 if tables is None else min(tables, len(people) // 2)
    assert found.meetings == most_meetings(edges, rounds, seats)
    assert found.proven
    order = rnd.sample(range(len(people)), len(people))
    grid = np.ix_(order, order)
    assert rotate_pool(people[order], scores[grid], rounds=rounds, allowed=allowed[grid], tables=tables) == found


def spread(timetable, people):
    """After each round: how often who sat out most did so more than who sat out least."""
    sat = dict.fromkeys(people, 0)
    for part in timetable.rounds:
        for person in part.sitting_out:
            sat[person] += 1
        yield max(sat.values()) - min(sat.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 10**6), st.data())
def test_of_the_larger_side_nobody_sits_out_twice_before_everybody_has_once(height, more, seed, data):
    scores = np.random.default_rng(seed).random((height, height + more))
    rounds = data.draw(st.integers(1, height + more))
    mentors = range(100, 100 + height + more)
    found = rotate_sides(range(height), mentors, scores, rounds=rounds)
    assert found.meetings == rounds * height
    assert all(len(part.meetings) == height for part in found.rounds)
    assert max(spread(found, mentors)) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 13), st.integers(0, 10**6))
def test_of_one_pool_nobody_sits_out_twice_before_everybody_has_once(count, seed):
    found = rotate_pool(range(count), np.random.default_rng(seed).random((count, count)), rounds=count // 2)
    assert found.meetings == (count // 2) ** 2
    assert max(spread(found, range(count))) <= 1
