from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.cascade import build_cascade
from matching.scoring import Candidates


def pairs_of(rows):
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return Candidates(
        np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=np.int64), np.array(columns[2], np.float32)
    )


def as_ids(found):
    return [(pair.mentee, pair.mentor) for pair in found.pairs]


# Directors 1 and 2, managers 11 and 12, juniors 21 and 22.
TIERS = [[1, 2], [11, 12], [21, 22]]
ROWS = [(11, 1, 0.9), (11, 2, 0.5), (12, 1, 0.8), (12, 2, 0.1), (21, 11, 0.5), (22, 11, 0.7), (22, 12, 0.2)]


def test_a_mentee_of_one_tier_is_a_mentor_in_the_next():
    found = build_cascade(pairs_of(ROWS), tiers=TIERS, capacity={1: 1, 2: 1, 11: 1, 12: 1})
    assert as_ids(found) == [(11, 2), (12, 1), (21, 11), (22, 12)]
    assert found.chains == ((1, 12, 22), (2, 11, 21))
    assert found.unmatched == ()
    assert found.proven


def test_chains_branch_where_a_mentor_takes_several():
    found = build_cascade(pairs_of(ROWS), tiers=TIERS, capacity={1: 2, 11: 2})
    assert found.chains == ((1, 11, 21), (1, 11, 22), (1, 12))


def test_only_those_who_want_a_mentor_get_one():
    found = build_cascade(pairs_of([ROWS[0], ROWS[4]]), tiers=TIERS, capacity={1: 1, 11: 1}, mentees=[21])
    assert as_ids(found) == [(21, 11)]


def test_a_running_mentorship_is_not_closed_to_a_circle():
    # 22 mentors director 1 in reverse: 1 → 11 → 22 → 1 would be a circle, so 22 goes to 12.
    found = build_cascade(
        pairs_of(ROWS), tiers=TIERS, capacity={1: 1, 2: 0, 11: 2, 12: 2}, mentees=[11, 22], running=[(1, 22)]
    )
    assert as_ids(found) == [(11, 1), (22, 12)]
    assert found.struck == ((22, 11),)
    assert not found.proven


def test_never_both_ways_between_the_same_two():
    found = build_cascade(pairs_of([(11, 1, 0.9)]), tiers=[[1], [11]], capacity={1: 1}, running=[(1, 11)])
    assert found.pairs == ()
    assert found.unmatched == (11,)


def test_a_locked_pair_stays():
    found = build_cascade(pairs_of(ROWS), tiers=TIERS, capacity={1: 1, 2: 1, 11: 1, 12: 1}, locked=[(12, 2)])
    assert as_ids(found)[:2] == [(11, 1), (12, 2)]


@pytest.mark.parametrize("tiers", [[], [[1, 2, 3]], [[], []]])
def test_nothing_to_build(tiers):
    found = build_cascade(pairs_of([]), tiers=tiers, capacity={})
    assert found.pairs == ()
    assert found.chains == ()


@pytest.mark.parametrize(
    ("rows", "arguments", "sentence"),
    [
        ([], {"tiers": [[1], [1]], "capacity": {}}, "Person 1 is listed twice"),
        ([(21, 1, 0.5)], {"tiers": TIERS, "capacity": {}}, "Mentor 1 is not in the tier above mentee 21"),
        ([(1, 11, 0.5)], {"tiers": TIERS, "capacity": {}}, "Mentor 11 is not in the tier above mentee 1"),
        ([], {"tiers": TIERS, "capacity": {9: 1}}, "Person 9 is in no tier"),
        ([], {"tiers": TIERS, "capacity": {1: 1}, "locked": [(11, 1)], "running": [(1, 11)]}, "closes a circle"),
        ([(11, 1, 1.5)], {"tiers": TIERS, "capacity": {1: 1}}, "Scores must lie between 0 and 1"),
    ],
)
def test_bad_input(rows, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        build_cascade(pairs_of(rows), **arguments)


@st.composite
def cascades(draw):
    tiers = [[1, 2], [11, 12, 13], [21, 22, 23]]
    possible = [(mentee, mentor) for above, tier in pairwise(tiers) for mentee in tier for mentor in above]
    pairs = draw(st.lists(st.sampled_from(possible), unique=True))
    rows = [(*pair, draw(st.integers(0, 10)) / 10) for pair in pairs]
    capacity = {mentor: draw(st.integers(0, 2)) for mentor in (1, 2, 11, 12, 13)}
    upwards = [(1, 21), (1, 22), (2, 23), (11, 21), (2, 11)]
    return tiers, rows, capacity, draw(st.lists(st.sampled_from(upwards), unique=True, max_size=2))


def best_step(rows, mentees, capacity):
    """Most people, then the highest total, of one tier, by trying everything."""
    options = [[None, *[row for row in rows if row[0] == mentee]] for mentee in mentees]
    found = (0, 0.0)
    for choice in product(*options):
        chosen = [row for row in choice if row]
        mentors = [row[1] for row in chosen]
        if all(mentors.count(mentor) <= capacity.get(mentor, 0) for mentor in mentors):
            found = max(found, (len(chosen), round(sum(row[2] for row in chosen), 6)))
    return found


@settings(max_examples=150, deadline=None)
@given(cascades(), st.randoms(use_true_random=False))
def test_each_tier_is_as_good_as_can_be_and_nobody_is_in_a_circle(cascade, rnd):
    tiers, rows, capacity, running = cascade
    found = build_cascade(pairs_of(rows), tiers=tiers, capacity=capacity, running=running)
    for step, tier in zip(found.steps, tiers[1:], strict=True):
        reached = (len(step.pairs), pytest.approx(step.total, abs=1e-5))
        mine = best_step([row for row in rows if row[0] in tier], tier, capacity)
        if found.proven:
            assert reached == mine
        else:
            assert len(step.pairs) <= mine[0]
    # Nobody can be followed back to themselves.
    edges = {*as_ids(found), *running}
    left = {person for edge in edges for person in edge}
    while gone := {person for person in left if not any(e[1] == person and e[0] in left for e in edges)}:
        left -= gone
    assert not left
    shuffled = list(rows)
    rnd.shuffle(shuffled)
    again = build_cascade(
        pairs_of(shuffled), tiers=[rnd.sample(tier, len(tier)) for tier in tiers], capacity=capacity, running=running
    )
    assert again == found
