import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from matching.assignment import Assignment, Pair, SolverFailed, assign
from matching.assignment.flow import best_flow, prices_of
from matching.scoring import Candidates, Scorer
from tests.matching.assigning import assign_dense, by_place, correlated, early, every_choice, small_problems
from tests.matching.sample import read_sample


def as_ids(found):
    return [(pair.mentee, pair.mentor) for pair in found.pairs]


# Worked out by hand.


def test_the_highest_total_wins_over_everyones_first_choice():
    # 1 and 2 both like 101 best; 0.9 + 0.2 is less than 0.8 + 0.7.
    found = assign_dense([[0.9, 0.7], [0.8, 0.2]], [1, 1])
    assert found.pairs == (Pair(1, 102, 0.7), Pair(2, 101, 0.8))
    assert found.total == 1.5
    assert found.unmatched == ()
    assert found.free_seats == {}


def test_more_people_placed_comes_before_a_higher_total():
    # 1 with 101 alone would be worth 1.0; but 2 can have no other mentor.
    found = assign_dense([[1.0, 0.1], [0.1, 0.0]], [1, 1], allowed=[[True, True], [True, False]])
    assert as_ids(found) == [(1, 102), (2, 101)]
    assert found.total == pytest.approx(0.2)


def test_a_mentor_takes_no_more_than_their_places():
    found = assign_dense([[0.9], [0.8], [0.7]], [2])
    assert as_ids(found) == [(1, 101), (2, 101)]
    assert found.unmatched == (3,)


def test_places_left_are_told():
    assert assign_dense([[0.9, 0.1]], [3, 2]).free_seats == {101: 2, 102: 2}


def test_forbidden_pairs_are_not_made():
    found = assign_dense([[0.9, 0.5]], [1, 1], allowed=[[False, True]])
    assert as_ids(found) == [(1, 102)]


def test_locked_pairs_stay_and_use_their_places():
    found = assign_dense([[0.9, 0.2], [0.8, 0.1]], [1, 1], locked=[(2, 101)])
    assert found.pairs == (Pair(1, 102, 0.2), Pair(2, 101, 0.8, locked=True))
    assert found.total == 1.0


def test_a_locked_pair_need_not_be_a_candidate():
    found = assign_dense([[0.9], [0.8]], [2], allowed=[[True], [False]], locked=[(2, 101)])
    assert found.pairs == (Pair(1, 101, 0.9), Pair(2, 101, None, locked=True))
    assert found.total == 0.9


def test_equals_go_in_the_order_of_their_ids():
    found = assign_dense(np.full((4, 2), 0.5), [1, 2])
    assert as_ids(found) == [(1, 101), (2, 102), (3, 102)]
    assert found.unmatched == (4,)


def test_where_even_the_ids_are_level_a_draw_between_them_decides():
    # Mentees count 3, 2, 1 and so do mentors: 3×3 + 2×1 + 1×2 is as much as 3×2 + 2×3 + 1×1.
    allowed = np.ones((3, 3), bool)
    allowed[1, 1] = False
    drawn = []
    for first in range(1, 60):
        found = assign_dense(np.full((3, 3), 0.5), [1, 1, 1], allowed=allowed, first_mentee=first)
        drawn.append([pair.mentor - 101 for pair in found.pairs])
    assert {tuple(each) for each in drawn} == {(0, 2, 1), (1, 0, 2)}
    assert 15 < drawn.count([0, 2, 1]) < 44


def test_a_hair_more_score_goes_before_any_order_of_ids():
    scores = np.full((300, 1), 0.5)
    scores[299] = 0.50002
    assert as_ids(assign_dense(scores, [1])) == [(300, 101)]


# Bad input.


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
def test_nobody_can_be_placed(scores, capacity, allowed):
    found = assign_dense(scores, capacity, allowed=allowed)
    assert found.pairs == ()
    assert found.unmatched == tuple(range(1, len(scores) + 1))
    assert found.total == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"scores": [[1.5]], "capacity": [1]}, "Scores must lie between 0 and 1"),
        ({"scores": [[np.nan]], "capacity": [1]}, "Scores must lie between 0 and 1"),
        ({"scores": [[0.5]], "capacity": [-1]}, "Mentor 101 can't take -1 mentees"),
        ({"scores": [[0.5], [0.5]], "capacity": [1], "locked": [(1, 101), (2, 101)]}, "has 1 places but 2 locked"),
        ({"scores": [[0.5, 0.5]], "capacity": [1, 1], "locked": [(1, 101), (1, 102)]}, "locked to two mentors"),
        ({"scores": [[0.5]], "capacity": [1], "locked": [(9, 101)]}, "Mentee 9 is locked but is not to be placed"),
        ({"scores": [[0.5]], "capacity": [1], "locked": [(1, 109)]}, "Mentor 109 has 0 places but 1 locked"),
    ],
)
def test_impossible_input_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        assign_dense(arguments.pop("scores"), arguments.pop("capacity"), **arguments)


def test_a_pair_listed_twice_and_a_stranger_are_refused():
    twice = Candidates(np.array([1, 1]), np.array([101, 101]), np.array([0.5, 0.5], dtype=np.float32))
    with pytest.raises(ValueError, match="Mentee 1 and mentor 101 are listed twice"):
        assign(twice, mentees=[1], capacity={101: 2})
    with pytest.raises(ValueError, match="Mentee 1 has candidates but is not to be placed"):
        assign(twice, mentees=[2], capacity={101: 2})


def test_a_solver_that_gives_up_is_an_error_and_not_an_empty_answer():
    one, places = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    with pytest.raises(SolverFailed, match="BAD_COST_RANGE"):
        best_flow(one, one, one + 2**62, places, 1)


def test_a_choice_that_is_not_the_best_has_no_prices():
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    worth, places = np.array([9, 5, 5, 9]), np.array([1, 1])
    assert prices_of(rows, columns, worth, places, 2, np.array([True, False, False, True])).total(places) == 18
    with pytest.raises(SolverFailed, match="not the best"):
        prices_of(rows, columns, worth, places, 2, np.array([False, True, True, False]))


# Against brute force and SciPy.


def best_by_trying_everything(scores, capacity, allowed):
    """(how many, total, early) of the best assignment, by the stated order; for a handful of people."""
    steps = np.rint(scores * 100_000).astype(int)
    return max(
        (len(pairs), sum(int(steps[pair]) for pair in pairs), early(pairs, len(scores), capacity))
        for pairs in every_choice(capacity, allowed)
    )


@given(small_problems())
@settings(deadline=None, max_examples=200)
def test_equals_brute_force(problem):
    scores, capacity, allowed = problem
    found = assign_dense(scores, capacity, allowed=allowed)
    mine = (len(found.pairs), round(found.total * 100_000), early(by_place(found), len(scores), capacity))
    assert mine == best_by_trying_everything(scores, capacity, allowed)
    assert found.bound == found.total
    check(found, scores, capacity, allowed)


def check(found: Assignment, scores, capacity, allowed):
    for pair in found.pairs:
        assert allowed[pair.mentee - 1, pair.mentor - 101]
        assert pair.score == pytest.approx(scores[pair.mentee - 1, pair.mentor - 101], abs=1e-6)
    for j, seats in enumerate(capacity):
        taken = sum(pair.mentor == 101 + j for pair in found.pairs)
        assert found.free_seats.get(101 + j, 0) == seats - taken >= 0
    assert sorted([pair.mentee for pair in found.pairs] + list(found.unmatched)) == list(range(1, len(scores) + 1))


@given(st.integers(0, 10_000), st.integers(5, 40), st.integers(2, 12), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_equals_scipy_with_mentors_repeated_for_each_place(seed, m, n, seats):
    random = np.random.default_rng(seed)
    # Correlated: some mentors suit everybody.
    scores = np.round((random.random(n) + random.random((m, n))) / 2, 5)
    found = assign_dense(scores, [seats] * n)
    assert (len(found.pairs), round(found.total * 100_000)) == scipy_optimum(scores, [seats] * n)


@pytest.mark.parametrize("seed", range(4))
def test_equals_scipy_where_places_are_tight_and_pairs_forbidden(seed):
    random = np.random.default_rng(seed)
    scores, allowed = correlated(random, 400, 130), random.random((400, 130)) < 0.8
    capacity = random.multinomial(400, np.full(130, 1 / 130)).tolist()
    found = assign_dense(scores, capacity, allowed=allowed)
    made = sum(round(float(scores[place]) * 100_000) for place in by_place(found))
    assert (len(found.pairs), made) == scipy_optimum(scores, capacity, allowed)
    assert found.bound == found.total


def scipy_optimum(scores, capacity, allowed=None):
    """(how many, total in steps): forbidden pairs cost more than everything else together, and are then left out."""
    steps = np.rint(np.repeat(np.asarray(scores, dtype=float), capacity, axis=1) * 100_000)
    fine = np.repeat(np.ones(np.shape(scores), bool) if allowed is None else allowed, capacity, axis=1)
    bonus = 100_000 * (min(steps.shape) + 1)
    rows, columns = linear_sum_assignment(np.where(fine, steps + bonus, 0), maximize=True)
    made = fine[rows, columns]
    return int(made.sum()), int(steps[rows, columns][made].sum())


@given(small_problems(), st.randoms(use_true_random=False), st.data())
@settings(deadline=None, max_examples=100)
def test_the_order_of_the_rows_changes_nothing(problem, random, data):
    scores, capacity, allowed = problem
    m, n = scores.shape
    mentees, mentors = list(range(1, m + 1)), list(range(101, 101 + n))
    locked = []
    if capacity[0] and data.draw(st.booleans()):
        locked = [(data.draw(st.sampled_from(mentees)), 101)]
    seats = dict(zip(mentors, capacity, strict=True))
    here = Candidates.dense(mentees, mentors, scores, allowed)
    assume(len(here) > 1)
    order = list(range(len(here)))
    random.shuffle(order)
    there = Candidates(here.mentees[order], here.mentors[order], here.scores[order])
    random.shuffle(mentees)
    shuffled_seats = dict(random.sample(sorted(seats.items()), n))
    assert assign(there, mentees=mentees, capacity=shuffled_seats, locked=locked) == assign(
        here, mentees=sorted(mentees), capacity=seats, locked=locked
    )


def test_a_thousand_ties_come_out_the_same_in_any_order():
    random = np.random.default_rng(3)
    scores = random.integers(0, 4, (200, 40)) / 4
    mentees, mentors = np.arange(1, 201), np.arange(1001, 1041)
    capacity = dict.fromkeys(mentors.tolist(), 4)
    rows, columns = random.permutation(200), random.permutation(40)
    first = assign(Candidates.dense(mentees, mentors, scores), mentees=mentees, capacity=capacity)
    second = assign(
        Candidates.dense(mentees[rows], mentors[columns], scores[np.ix_(rows, columns)]),
        mentees=mentees[rows],
        capacity=capacity,
    )
    assert first == second
    assert len(first.pairs) == 160


def test_the_sample_sign_ups_reach_scipys_optimum():
    sample = read_sample()
    scorer = Scorer(sample.mentees, sample.mentors, managers=sample.managers)
    block = scorer.block(0, len(sample.mentees))
    found = assign(block.eligible(), mentees=sample.mentees.ids, capacity=sample.capacity)
    capacity = [sample.capacity[mentor] for mentor in sample.mentors.ids.tolist()]
    optimum = scipy_optimum(block.scores, capacity, block.blocked == 0)
    steps = np.rint(block.scores.astype(float) * 100_000)
    mine = sum(int(steps[pair.mentee - 1, pair.mentor - 1001]) for pair in found.pairs)
    assert (len(found.pairs), mine) == optimum
    assert len(found.pairs) == 258
    assert all(block.blocked[pair.mentee - 1, pair.mentor - 1001] == 0 for pair in found.pairs)
    taken = np.bincount([pair.mentor - 1001 for pair in found.pairs], minlength=len(capacity))
    assert (taken <= capacity).all()
