from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.panels import NoPanel, Share, choose_panels

# Worked out by hand.


def test_a_panel_is_composed_like_the_pool():
    # Half of the pool is in department 1; sites are three to one.
    found = choose_panels(
        range(1, 9), {"department": [1, 1, 1, 1, 2, 2, 2, 2], "site": [5, 5, 5, 6, 5, 5, 5, 6]}, panels=1, size=4
    )
    (panel,) = found.panels
    assert panel.shares == (
        Share("department", 1, 2, 0.5, 0.5),
        Share("department", 2, 2, 0.5, 0.5),
        Share("site", 5, 3, 0.75, 0.75),
        Share("site", 6, 1, 0.25, 0.25),
    )
    assert found.largest == 0
    assert found.proven
    # 4 is the first from site 6, 1 and 5 the first from their departments.
    assert panel.members == (1, 4, 5, 6)
    assert found.rest == (2, 3, 7, 8)


def test_the_largest_deviation_is_measured():
    # One in three is in department 2; a panel of two has none or half of them.
    found = choose_panels([1, 2, 3], {"department": [1, 1, 2]}, panels=1, size=2)
    assert found.largest == found.least == 0.166667
    assert found.panels[0].members == (1, 3)


def test_two_panels_share_the_pool():
    found = choose_panels(range(8), {"level": [1, 1, 1, 1, 2, 2, 2, 2]}, panels=2, size=4)
    assert [panel.largest for panel in found.panels] == [0, 0]
    assert sorted(person for panel in found.panels for person in panel.members) == list(range(8))
    assert found.rest == ()


def test_those_who_must_not_meet_are_in_different_panels():
    found = choose_panels(range(4), {}, panels=2, size=2, apart=[(0, 1)])
    assert [panel.members for panel in found.panels] == [(0, 2), (1, 3)]


def test_nobody_sits_beside_their_own_boss():
    found = choose_panels([1, 2, 3, 4], {}, panels=2, size=2, barred=[(1, 0), (2, 0)])
    assert [panel.members for panel in found.panels] == [(3, 4), (1, 2)]


def test_balance_comes_before_scores_and_scores_before_ids():
    found = choose_panels([1, 2, 3, 4], {"site": [1, 1, 2, 2]}, panels=1, size=2, scores=[0.1, 0.9, 0.5, 0.3])
    assert found.panels[0].members == (2, 3)
    assert found.total == 1.4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 3}, "1 panels of 3 need 3 people; the pool has 2"),
        ({"size": 2, "apart": [(1, 2)]}, "leaves no way to fill 1 panels of 2"),
        ({"size": 2, "barred": [(1, 0)]}, "leaves no way to fill 1 panels of 2"),
    ],
)
def test_no_panel(arguments, sentence):
    with pytest.raises(NoPanel, match=sentence):
        choose_panels([1, 2], {"site": [1, 1]}, panels=1, **arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ids": [1, 1]}, "Person 1 is listed twice"),
        ({"traits": {"site": [1]}}, "site is known of 1 people; the pool has 2"),
        ({"traits": {"site": [1, 1.5]}}, "The values of site must be whole numbers"),
        ({"scores": [0.5]}, "Scores are known of 1 people"),
        ({"scores": [0.5, 2]}, "Scores must lie between 0 and 1"),
        ({"apart": [(1, 9)]}, "Person 9 is not in the pool"),
        ({"apart": [(1, 1)]}, "Person 1 can't be kept apart from themselves"),
        ({"barred": [(9, 0)]}, "Person 9 is not in the pool"),
        ({"barred": [(1, 1)]}, "There is no panel 1"),
        ({"panels": 0}, "0 panels of 1 can't be chosen"),
        ({"size": 0}, "1 panels of 0 can't be chosen"),
    ],
)
def test_bad_input(arguments, sentence):
    given = {"ids": [1, 2], "traits": {}, "panels": 1, "size": 1} | arguments
    with pytest.raises(ValueError, match=sentence):
        choose_panels(given.pop("ids"), given.pop("traits"), **given)


# Against every possibility.


def ways(people, panels, size):
    """All ways to fill the panels from these people."""
    if not panels:
        yield ()
        return
    for members in combinations(people, size):
        for others in ways([each for each in people if each not in members], panels - 1, size):
            yield (members, *others)


def best(traits, scores, panels, size, apart, barred):
    """Smallest largest deviation, then smallest sum, then highest total; None when there is no way."""
    found = None
    pool = len(scores)
    for way in ways(list(range(pool)), panels, size):
        if any({*pair} <= {*members} for members in way for pair in apart):
            continue
        if any(person in way[number] for person, number in barred):
            continue
        deviations = [
            abs(Fraction(sum(given[at] == value for at in members), size) - Fraction(given.count(value), pool))
            for members in way for given in traits.values() for value in sorted(set(given))
        ]  # fmt: skip
        merit = (
            max(deviations, default=0),
            sum(deviations),
            -sum(round(scores[at] * 10) for members in way for at in members),
        )
        found = merit if found is None or merit < found else found
    return found


@st.composite
def pools(draw):
    pool = draw(st.integers(1, 6))
    size = draw(st.integers(1, 3))
    panels = draw(st.integers(1, 2))
    traits = {
        name: draw(st.lists(st.integers(-1, 2), min_size=pool, max_size=pool))
        for name in draw(st.sampled_from([(), ("site",), ("department", "level")]))
    }
    scores = [draw(st.integers(0, 10)) / 10 for _person in range(pool)]
    people = st.integers(0, pool - 1)
    apart = (
        draw(st.lists(st.tuples(people, people).filter(lambda pair: pair[0] != pair[1]), max_size=2))
        if pool > 1
        else []
    )
    barred = draw(st.lists(st.tuples(people, st.integers(0, panels - 1)), max_size=2))
    return traits, scores, panels, size, apart, barred


@settings(max_examples=120, deadline=None)
@given(pools(), st.randoms(use_true_random=False))
def test_as_good_as_the_best_of_all_panels_in_any_order_of_the_rows(pool, rnd):
    traits, scores, panels, size, apart, barred = pool
    kwargs = {"panels": panels, "size": size, "apart": apart, "barred": barred}
    ids = np.arange(len(scores))
    expected = best(traits, scores, panels, size, apart, barred)
    if expected is None:
        with pytest.raises(NoPanel):
            choose_panels(ids, traits, scores=scores, **kwargs)
        return
    found = choose_panels(ids, traits, scores=scores, **kwargs)
    members = [person for panel in found.panels for person in panel.members]
    assert len(set(members)) == len(members) == panels * size
    assert sorted([*members, *found.rest]) == ids.tolist()
    assert not any({*pair} <= {*panel.members} for panel in found.panels for pair in apart)
    assert not any(person in found.panels[number].members for person, number in barred)
    deviations = [share.deviation for panel in found.panels for share in panel.shares]
    assert found.proven
    assert found.largest == pytest.approx(float(expected[0]), abs=1e-5)
    assert found.least <= found.largest + 1e-5
    assert sum(deviations) == pytest.approx(float(expected[1]), abs=1e-4)
    assert found.total == pytest.approx(-expected[2] / 10)
    order = rnd.sample(range(len(scores)), len(scores))
    again = choose_panels(
        ids[order],
        {name: [given[at] for at in order] for name, given in traits.items()},
        scores=[scores[at] for at in order],
        **kwargs,
    )
    assert again == found


def test_a_large_pool():
    rnd = np.random.default_rng(1)
    traits = {"department": rnd.integers(0, 8, 200), "site": rnd.integers(0, 5, 200), "level": rnd.integers(1, 5, 200)}
    found = choose_panels(range(200), traits, panels=2, size=10, scores=rnd.integers(0, 11, 200) / 10)
    assert found.largest < 0.06
    assert found.least <= found.largest
