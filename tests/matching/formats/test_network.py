from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.network import Served, serve_topics

PYTHON, LAW = 1, 2


def serve(ways, capacity, *, wanted=None, **kwargs):
    ways = list(ways)
    columns = list(zip(*ways, strict=True)) if ways else [(), (), (), ()]
    return serve_topics(
        wanted=wanted if wanted is not None else {way[:2] for way in ways},
        mentees=columns[0], topics=columns[1], mentors=columns[2], scores=columns[3], capacity=capacity, **kwargs,
    )  # fmt: skip


def test_one_mentor_for_each_topic():
    # 101 is the better one in both, but serves 1 only once.
    ways = [(1, PYTHON, 101, 0.9), (1, LAW, 101, 0.8), (1, LAW, 102, 0.3), (1, PYTHON, 102, 0.1)]
    found = serve(ways, {101: 2, 102: 2})
    assert found.served == (Served(1, PYTHON, 101, 0.9), Served(1, LAW, 102, 0.3))
    assert found.total == 1.2
    assert found.free_seats == {101: 1, 102: 1}


def test_the_same_mentor_for_several_topics_where_that_is_allowed():
    ways = [(1, PYTHON, 101, 0.9), (1, LAW, 101, 0.8), (1, LAW, 102, 0.3)]
    found = serve(ways, {101: 2, 102: 2}, several=True)
    assert [each.mentor for each in found.served] == [101, 101]


def test_more_topics_come_before_a_higher_total():
    ways = [(1, PYTHON, 101, 1.0), (1, PYTHON, 102, 0.1), (2, PYTHON, 101, 0.2)]
    found = serve(ways, {101: 1, 102: 1})
    assert [(each.mentee, each.mentor) for each in found.served] == [(1, 102), (2, 101)]


def test_topics_left_over_are_told():
    found = serve([(1, PYTHON, 101, 0.5)], {101: 1}, wanted=[(1, PYTHON), (1, LAW), (2, LAW)])
    assert found.unserved == ((1, LAW), (2, LAW))


def test_no_more_topics_than_one_mentee_may_have():
    ways = [(1, PYTHON, 101, 0.5), (1, LAW, 102, 0.6)]
    assert serve(ways, {101: 1, 102: 1}, at_most=1).served == (Served(1, LAW, 102, 0.6),)


def test_equals_go_in_the_order_of_their_ids():
    ways = [(mentee, PYTHON, mentor, 0.5) for mentee in (3, 2, 1) for mentor in (102, 101)]
    found = serve(ways, {101: 1, 102: 1})
    assert [(each.mentee, each.mentor) for each in found.served] == [(1, 101), (2, 102)]


def test_nothing_to_serve():
    assert serve([], {}).served == ()
    assert serve([(1, PYTHON, 101, 0.5)], {101: 0}).unserved == ((1, PYTHON),)


@pytest.mark.parametrize(
    ("ways", "capacity", "kwargs", "sentence"),
    [
        ([(1, 1, 101, 1.2)], {101: 1}, {}, "Scores must lie between 0 and 1"),
        ([(1, 1, 101, 0.2)], {101: -1}, {}, "Mentor 101 can't serve -1 topics"),
        ([(1, 1, 101, 0.2)] * 2, {101: 1}, {}, "Mentee 1 and mentor 101 are listed twice for topic 1"),
        ([(1, 1, 101, 0.2)], {101: 1}, {"wanted": []}, "Mentee 1 did not want topic 1"),
        ([(1, 1, 101, 0.2)], {101: 1}, {"at_most": -1}, "Nobody can be served in -1 topics"),
    ],
)
def test_bad_input(ways, capacity, kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        serve(ways, capacity, **kwargs)


@st.composite
def networks(draw):
    possible = list(product((1, 2, 3), (1, 2), (101, 102, 103)))
    ways = draw(st.lists(st.sampled_from(possible), unique=True, max_size=9))
    scores = draw(st.lists(st.integers(0, 10), min_size=len(ways), max_size=len(ways)))
    capacity = draw(st.fixed_dictionaries({mentor: st.integers(0, 2) for mentor in (101, 102, 103)}))
    ways = [(*way, score / 10) for way, score in zip(ways, scores, strict=True)]
    return ways, capacity, draw(st.sampled_from([None, 0, 1, 2])), draw(st.booleans())


def best(ways, capacity, at_most, several):
    """Most topics, then highest total, of all choices of ways."""
    found = (0, 0.0)
    for choice in product((False, True), repeat=len(ways)):
        chosen = [way for way, taken in zip(ways, choice, strict=True) if taken]
        topics = [way[:2] for way in chosen]
        pairs = [(way[0], way[2]) for way in chosen]
        mentees = [way[0] for way in chosen]
        mentors = [way[2] for way in chosen]
        if (
            len(set(topics)) == len(topics)
            and (several or len(set(pairs)) == len(pairs))
            and all(mentors.count(mentor) <= capacity[mentor] for mentor in mentors)
            and (at_most is None or all(mentees.count(mentee) <= at_most for mentee in mentees))
        ):
            found = max(found, (len(chosen), round(sum(way[3] for way in chosen), 6)))
    return found


@settings(max_examples=150, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_as_good_as_the_best_of_all_choices_in_any_order_of_the_rows(network, rnd):
    ways, capacity, at_most, several = network
    found = serve(ways, capacity, at_most=at_most, several=several)
    topics = [(each.mentee, each.topic) for each in found.served]
    assert len(set(topics)) == len(topics)
    assert {(each.mentee, each.topic, each.mentor, each.score) for each in found.served} <= set(ways)
    if not several:
        assert len({(each.mentee, each.mentor) for each in found.served}) == len(topics)
    for mentor, seats in capacity.items():
        assert sum(each.mentor == mentor for each in found.served) + found.free_seats.get(mentor, 0) == seats
    assert (len(topics), pytest.approx(found.total)) == best(ways, capacity, at_most, several)
    assert sorted([*topics, *found.unserved]) == sorted({way[:2] for way in ways})
    shuffled = list(ways)
    rnd.shuffle(shuffled)
    assert serve(shuffled, capacity, at_most=at_most, several=several) == found


def test_a_large_network_is_served():
    rnd = np.random.default_rng(1)
    ways = [
        (mentee, topic, mentor, float(rnd.integers(0, 100)) / 100)
        for mentee in range(300) for topic in range(3) for mentor in rnd.choice(np.arange(1000, 1100), 8, replace=False)
    ]  # fmt: skip
    found = serve(ways, dict.fromkeys(range(1000, 1100), 12))
    assert len(found.served) == 900
