from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.circles import Circle, Filled, Unplaced, fill_circles
from matching.scoring import Candidates


def fill(scores, sizes, *, allowed=None, **kwargs):
    """Mentees 1, 2, …; circle 100 of mentor 1000, circle 101 of mentor 1001, … with (minimum, maximum)."""
    scores = np.asarray(scores, dtype=float)
    mentees = np.arange(1, len(scores) + 1)
    mentors = np.arange(1000, 1000 + len(sizes))
    circles = [Circle(100 + at, (1000 + at,), *size) for at, size in enumerate(sizes)]
    return fill_circles(Candidates.dense(mentees, mentors, scores, allowed), circles=circles, mentees=mentees, **kwargs)


# Worked out by hand.


def test_a_circle_that_cant_fill_is_dissolved_and_its_people_placed():
    # 3 likes 101 best, but 101 needs two.
    found = fill([[0.9, 0.1], [0.8, 0.1], [0.2, 0.9]], [(2, 3), (2, 3)])
    assert found.filled == (Filled(100, (1, 2, 3), 1.9),)
    assert found.dissolved == (101,)
    assert found.unplaced == ()
    assert found.proven


def test_people_move_to_a_circle_that_would_be_too_small():
    # All three like 100 best; with room for two there, 101 needs two and takes nobody else.
    found = fill([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.1]], [(2, 2), (2, 2)])
    assert found.filled == (Filled(100, (1, 2), 1.7), Filled(101, (3, 4), 0.4))
    assert found.total == 2.1


def test_more_people_come_before_a_higher_total():
    # Three with 100 would be 2.7; all five need both circles.
    scores = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.0, 0.1], [0.0, 0.1]]
    allowed = [[True, True]] * 3 + [[False, True]] * 2
    found = fill(scores, [(2, 3), (3, 3)], allowed=allowed)
    assert [len(each.mentees) for each in found.filled] == [2, 3]
    assert found.total == 2.1


def test_a_circle_of_several_mentors_takes_those_who_may_meet_all_of_them():
    candidates = Candidates.dense([1, 2, 3], [7, 8], [[0.4, 0.8], [0.5, 0.5], [0.9, 0.9]], [[1, 1], [1, 1], [1, 0]])
    found = fill_circles(candidates, circles=[Circle(100, (7, 8), 2, 3)], mentees=[1, 2, 3])
    assert found.filled == (Filled(100, (1, 2), 1.1),)
    assert found.unplaced == (Unplaced(3, 0, 0),)


def test_who_is_left_out_is_told_with_the_circles_they_might_have_joined():
    found = fill(np.full((5, 2), 0.5), [(2, 2), (4, 4)], allowed=[[1, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    assert found.filled == (Filled(100, (1, 2), 1.0),)
    assert found.unplaced == (Unplaced(3, 2, 1), Unplaced(4, 1, 0), Unplaced(5, 0, 0))


def test_five_or_six_is_the_usual_size():
    circle = Circle(1, (9,))
    assert (circle.minimum, circle.maximum) == (5, 6)


def test_equals_go_in_the_order_of_their_ids():
    found = fill(np.full((5, 3), 0.5), [(2, 2)] * 3)
    assert found.filled == (Filled(100, (1, 2), 1.0), Filled(101, (3, 4), 1.0))
    assert [each.mentee for each in found.unplaced] == [5]
    assert found.dissolved == (102,)


@pytest.mark.parametrize(
    ("scores", "sizes"),
    [(np.zeros((0, 2)), [(1, 2)] * 2), (np.zeros((0, 0)), []), (np.zeros((3, 0)), []), (np.ones((3, 1)), [(4, 6)])],
)
def test_nobody_can_be_placed(scores, sizes):
    found = fill(scores, sizes)
    assert found.filled == ()
    assert [each.mentee for each in found.unplaced] == list(range(1, len(scores) + 1))
    assert len(found.dissolved) == len(sizes)
    assert found.proven


@pytest.mark.parametrize(
    ("circles", "mentees", "score", "sentence"),
    [
        ([Circle(1, (7,)), Circle(1, (8,))], [1], 0.5, "Circle 1 is listed twice"),
        ([Circle(1, ())], [1], 0.5, "Circle 1 has no mentor"),
        ([Circle(1, (7, 7))], [1], 0.5, "Circle 1 names a mentor twice"),
        ([Circle(1, (7,), 4, 3)], [1], 0.5, "Circle 1 can't have 4 to 3 mentees"),
        ([Circle(1, (7,), 0, 3)], [1], 0.5, "Circle 1 can't have 0 to 3 mentees"),
        ([Circle(1, (7,))], [2], 0.5, "Mentee 1 has candidates but is not to be placed"),
        ([Circle(1, (7,))], [1], 1.5, "Scores must lie between 0 and 1"),
        ([Circle(1, (7,))], [1, 1], 0.5, "Mentee 1 is listed twice"),
    ],
)
def test_bad_input(circles, mentees, score, sentence):
    with pytest.raises(ValueError, match=sentence):
        fill_circles(Candidates.dense([1], [7], [[score]]), circles=circles, mentees=mentees)


# Against every possibility.


def best(scores, allowed, sizes):
    """Most people in circles that take place, then the highest total, by trying all of them."""
    found = (0, 0.0)
    for choice in product(range(-1, len(sizes)), repeat=len(scores)):
        placed = [(row, column) for row, column in enumerate(choice) if column >= 0]
        counts = [choice.count(column) for column in range(len(sizes))]
        fits = all(not count or low <= count <= high for count, (low, high) in zip(counts, sizes, strict=True))
        if fits and all(allowed[place] for place in placed):
            found = max(found, (len(placed), round(sum(scores[place] for place in placed), 6)))
    return found


@st.composite
def offers(draw):
    mentees, circles = draw(st.integers(0, 6)), draw(st.integers(1, 3))
    cells = mentees * circles
    scores = np.array(draw(st.lists(st.integers(0, 20), min_size=cells, max_size=cells)), float) / 20
    flags = np.array(draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells)), int)
    allowed = flags < draw(st.sampled_from([4, 7, 10]))
    sizes = [
        (low, low + draw(st.integers(0, 2)))
        for low in draw(st.lists(st.integers(1, 4), min_size=circles, max_size=circles))
    ]
    return scores.reshape(mentees, circles), allowed.reshape(mentees, circles).astype(bool), sizes


@settings(max_examples=150, deadline=None)
@given(offers(), st.randoms(use_true_random=False))
def test_as_good_as_the_best_of_all_choices_in_any_order_of_the_rows(offer, rnd):
    scores, allowed, sizes = offer
    found = fill(scores, sizes, allowed=allowed)
    placed = [mentee for each in found.filled for mentee in each.mentees]
    assert len(set(placed)) == len(placed)
    for each in found.filled:
        column = each.circle - 100
        assert sizes[column][0] <= len(each.mentees) <= sizes[column][1]
        assert all(allowed[mentee - 1, column] for mentee in each.mentees)
        assert each.score == pytest.approx(sum(scores[mentee - 1, column] for mentee in each.mentees), abs=1e-5)
    assert found.proven
    assert found.bound == found.total
    assert (len(placed), pytest.approx(found.total, abs=1e-5)) == best(scores, allowed, sizes)
    assert sorted([*placed, *(each.mentee for each in found.unplaced)]) == list(range(1, len(scores) + 1))

    everything = Candidates.dense(range(1, len(scores) + 1), range(1000, 1000 + len(sizes)), scores, allowed)
    order = list(range(len(everything)))
    rnd.shuffle(order)
    circles = [Circle(100 + at, (1000 + at,), *size) for at, size in enumerate(sizes)]
    again = fill_circles(
        Candidates(everything.mentees[order], everything.mentors[order], everything.scores[order]),
        circles=rnd.sample(circles, len(circles)),
        mentees=rnd.sample(range(1, len(scores) + 1), len(scores)),
    )
    assert again == found


def test_a_large_programme_is_filled():
    rnd = np.random.default_rng(1)
    found = fill(rnd.random((400, 100)), [(5, 6)] * 100)
    assert found.unplaced == ()
    assert all(5 <= len(each.mentees) <= 6 for each in found.filled)
    assert found.total <= found.bound


def test_without_work_for_the_proof_there_is_a_bound():
    scores = np.random.default_rng(2).random((30, 12))
    proven, hurried = fill(scores, [(5, 6)] * 12), fill(scores, [(5, 6)] * 12, effort=0.0)
    assert proven.proven
    assert proven.bound == proven.total
    assert not hurried.proven
    assert hurried.unplaced == ()
    assert hurried.total <= proven.total <= hurried.bound
