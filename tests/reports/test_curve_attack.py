"""What somebody who knows every headcount could work out from the curve of who stays, as it is published."""

import itertools
import math
import os

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from reports.published import mean_stay, month_of, publish_curve, publish_study, told_apart
from reports.redrawing import Drawn, may_be_redrawn, redraw
from reports.survival import ExposureRows, MatchedStay, matched_left, study

FLOOR = 5
ARMS = ("participants", "colleagues")
ON_A_DAY = 3
WORLDS = range(int(os.environ.get("ATTACKS", 40)))


def world(seed, ago=0):
    """20 to 150 participants and some more colleagues of a few departments, of whom few or many leave; rows and strata,
    as they were so many days ago."""
    random = Generator(PCG64(seed))
    ours, theirs = int(random.integers(20, 151)), int(random.integers(60, 400))
    size = ours + theirs
    # Some have just joined, some long ago; the data begins three to six years ago.
    here = random.integers(30, 365 * 9, size)
    covered = here - int(random.integers(3, 7)) * 365
    joins = np.where(np.arange(size) < ours, (random.random(size) * here).astype(int) + 1, 10**6)
    leaves = 1 + np.ceil(random.exponential(365 / random.uniform(0.15, 0.9), size)).astype(int)
    leaves = np.where(joins < 10**6, joins + leaves, np.maximum(leaves, np.maximum(covered, 0) + leaves))
    strata = random.integers(0, int(random.integers(1, 5)), size)
    here = here - ago
    entry, exit_, event = np.maximum(covered, 0), np.minimum(leaves, here), leaves <= here
    before = np.flatnonzero(entry < np.minimum(joins, exit_))
    after = np.flatnonzero(np.maximum(joins, entry) < exit_)
    people = np.concatenate([before, after])
    rows = ExposureRows(
        entry=np.concatenate([entry[before], np.maximum(joins, entry)[after]]),
        exit=np.concatenate([np.minimum(joins, exit_)[before], exit_[after]]),
        event=np.concatenate([(event & (joins >= exit_))[before], event[after]]),
        exposed=np.arange(len(people)) >= len(before),
        person=people,
    )
    return rows, strata[people]


def studied(seed, ago=0):
    rows, strata = world(seed, ago)
    return study(rows, strata=strata, until=3 * 365, replicates=20)


def published(found, floor=FLOOR):
    return publish_study(found, floor=floor)


def every_month(found, floor):
    """The rule that the attack must see through: each month as long as enough are followed."""
    few = (
        at for at, each in enumerate(found.points) if min(each.participants_at_risk, each.colleagues_at_risk) < floor
    )
    return list(range(next(few, len(found.points))))


# What a published number stands for ---------------------------------------------------------------------------------


def share_of(number, *, is_start=False):
    if is_start:
        return 1.0, 1.0
    return (0.0 if number == 1 else (number - 0.5) / 100), (1.0 if number == 99 else (number + 0.5) / 100)


def shares_of(points):
    """How much may still be here of each arm at each point, from the share, its interval and the difference."""
    found = {arm: [] for arm in ARMS}
    for at, point in enumerate(points):
        ends = {}
        for arm in ARMS:
            told = point[arm]
            low, high = share_of(told["percent"], is_start=at == 0)
            if at:
                # The interval is as long on either side of log(-log) of the share.
                sides = [[_twice_log(each) for each in share_of(told[end])] for end in ("lower", "upper")]
                least, most = ((sides[0][end] + sides[1][end]) / 2 for end in (1, 0))
                low, high = max(low, math.exp(-math.exp(most))), min(high, math.exp(-math.exp(least)))
            ends[arm] = low, high
        gap = [(point["difference"]["points"] + half) / 100 for half in (-0.5, 0.5)]
        (low, high), (other_low, other_high) = (ends[arm] for arm in ARMS)
        found["participants"].append((max(low, other_low + gap[0]), min(high, other_high + gap[1])))
        found["colleagues"].append((max(other_low, low - gap[1]), min(other_high, high - gap[0])))
    return found


def _twice_log(share):
    return math.inf if share <= 0 else -math.inf if share >= 1 else math.log(-math.log(share))


def number_of(at_risk):
    return (0, 4) if at_risk is None else (at_risk - 2, at_risk + 2)


def leavers_between(points, shares, arm, first, last):
    """Every number of leavers of an arm that fits two points: whoever wasn't seen to leave went out of sight, all of
    them before the others left or all after."""
    (before, was), (then, later) = shares[arm][first], shares[arm][last]
    least, most = then / was, min(1.0, later / before) if before else 1.0
    few, many = number_of(points[first][arm]["at_risk"])
    # Who left on the very day of a point is still counted there.
    few_then = max(0, number_of(points[last][arm]["at_risk"])[0] - ON_A_DAY)
    fits = []
    for left in range(many + 1):
        if arm == "participants" and many - left < few_then:
            break
        lowest = min(few_then / (few_then + left) if few_then + left else 1.0, max(0.0, 1 - left / max(few, 1)))
        if lowest <= most + 1e-9 and 1 - left / many >= least - 1e-9:
            fits.append(left)
    return fits


def read(curve):
    """For each arm and pair of points, every number of leavers that fits."""
    shares = shares_of(curve)
    return {
        (arm, first, last): leavers_between(curve, shares, arm, first, last)
        for arm in ARMS
        for first in range(len(curve))
        for last in range(first + 1, len(curve))
    }


def small_for_sure(curve, floor=FLOOR):
    return [key for key, fits in read(curve).items() if fits and max(fits) < floor]


# The attack ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worlds():
    found = [studied(seed) for seed in WORLDS]
    return [each for each in found if isinstance(each.headline, MatchedStay)]


def test_there_is_something_to_attack(worlds):
    curves = [published(each)["curve"] for each in worlds]
    assert len([curve for curve in curves if len(curve) > 3]) > len(WORLDS) / 2
    # The headline is one of the points, and the first is the day of joining.
    assert all(0 in _months(curve) and 12 in _months(curve) for curve in curves if curve)


def _months(curve):
    return [point["months"] for point in curve]


def test_no_step_of_the_curve_and_no_steps_in_a_row_tell_of_fewer_than_five(worlds):
    for each in worlds:
        assert small_for_sure(published(each)["curve"]) == []


@pytest.mark.parametrize("floor", [8, 12])
def test_nor_of_fewer_than_an_organisation_asks_for(worlds, floor):
    assert any(published(each, floor)["curve"] for each in worlds)
    for each in worlds:
        assert small_for_sure(published(each, floor)["curve"], floor) == []


@pytest.mark.parametrize("rule", [every_month, lambda found, _floor: told_apart(found, 1)], ids=["months", "one"])
def test_the_attack_finds_what_a_weaker_rule_would_give_away(worlds, monkeypatch, rule):
    monkeypatch.setattr("reports.published.told_apart", rule)
    caught = 0
    for each in worlds:
        curve, told = published(each)["curve"], rule(each.headline, FLOOR)
        known = small_for_sure(curve)
        caught += any(min(read(curve)[key]) > 0 for key in known)
        # And it is right.
        for (arm, first, last), fits in read(curve).items():
            if arm == "participants":
                assert each.headline.left[0, told[first], told[last]] in fits
    assert caught > len(worlds) / 2


def test_the_mean_is_made_of_the_told_points_alone(worlds):
    """So that nobody learns from it what these don't tell."""
    told = [published(each) for each in worlds]
    assert [each["means"] for each in told] == [mean_stay(each["curve"]) for each in told]
    assert len([each for each in told if each["means"]]) > len(worlds) / 10
    # The truth lies within its interval.
    for each, found in zip(worlds, told, strict=True):
        if found["means"]:
            points = [point for point in each.headline.points if point.days <= 365]
            stay = sum((one.participants.value + two.participants.value) / 2 for one, two in itertools.pairwise(points))
            assert found["means"]["participants"]["lower"] <= stay <= found["means"]["participants"]["upper"] + 0.1


def test_between_two_points_five_of_each_group_have_left(worlds):
    for each in worlds:
        found = each.headline
        told = told_apart(found, FLOOR)
        assert found.points.index(found.headline) in told
        for first, last in itertools.pairwise(told):
            assert min(found.left_between(first, last)) >= FLOOR
            assert found.left[:, first, last].min() >= FLOOR


def test_a_colleague_of_many_participants_is_one_person():
    # Twenty join on days 100, 110 … 290 of their service; of 60 colleagues one leaves each ten days from day 400 on.
    ours = [(100 + 10 * at, 900, False, True) for at in range(20)]
    ours += [(100, 100 + 29 * (at + 1), True, True) for at in range(12)]
    theirs = [(0, 400 + 10 * at, True, False) for at in range(20)] + [(0, 900, False, False)] * 40
    entry, exit_, event, exposed = (np.array(column) for column in zip(*ours, *theirs, strict=True))
    rows = ExposureRows(entry=entry, exit=exit_, event=event, exposed=exposed, person=np.arange(len(entry)))
    before = ExposureRows(
        entry=np.zeros(32, int), exit=entry[:32], event=np.zeros(32, bool), exposed=np.zeros(32, bool),
        person=np.arange(32),
    )  # fmt: skip
    together = ExposureRows(
        **{name: np.concatenate([getattr(rows, name), getattr(before, name)]) for name in
           ("entry", "exit", "event", "exposed", "person")}
    )  # fmt: skip
    found = study(together, replicates=5).headline
    # Within the year all who left on days 400 to 590 did so beside the one who joined on day 290 or the one on day 240.
    assert (found.left[0, 0, 12], found.left[1, 0, 12]) == (12, 20)
    # In the first three months after any day of joining, up to day 381, nobody did: the last joined on day 290.
    assert found.left[:, 0, 3].tolist() == [3, 0]
    assert [int(found.left[0, at, at + 1]) for at in range(12)] == [1] * 12


# Two reports --------------------------------------------------------------------------------------------------------


def two_reports(seed, ago):
    """The curve of a report, and what is told so many days later beside it; None where there is no comparison."""
    before, now = (studied(seed, days).headline for days in (ago, 0))
    rows, strata = world(seed, ago)
    if not all(isinstance(each, MatchedStay) and min(each.left_between(0, 12)) >= FLOOR for each in (before, now)):
        return None
    first = publish_curve(before, told_apart(before, FLOOR), FLOOR)
    drawn = Drawn(matched_left(rows, strata=strata, until=3 * 365), frozenset(_months(first)))
    if not may_be_redrawn(now, [drawn], floor=FLOOR):
        return first, [], now, drawn
    redrawn = redraw(now, [drawn], first, floor=FLOOR)
    # The headline is told anew in any case.
    points = redrawn["curve"] if redrawn else publish_curve(now, [0, now.points.index(now.headline)], FLOOR)
    return first, points, now, drawn


def few_since(first, points):
    """Between which points that both have, one to four participants have left since, for sure."""
    once, again = ({_month_pair(curve, key): fits for key, fits in read(curve).items() if key[0] == "participants"}
                   for curve in (first, points))  # fmt: skip
    found = []
    for pair in once.keys() & again.keys():
        new = [more - fewer for fewer in once[pair] for more in again[pair] if more >= fewer]
        if new and min(new) > 0 and max(new) < FLOOR:
            found.append(pair)
    return found


def _month_pair(curve, key):
    return curve[key[1]]["months"], curve[key[2]]["months"]


PAIRS = [(seed, ago) for seed in range(len(WORLDS)) for ago in (31, 122)]


@pytest.fixture(scope="module")
def pairs():
    return [found for seed, ago in PAIRS if (found := two_reports(seed, ago)) is not None]


def test_two_reports_tell_of_no_few_who_left_since(pairs):
    redrawn = [each for each in pairs if each[1]]
    # Some are told anew, some stand as they were.
    assert 0 < len(redrawn) < len(pairs)
    for first, points, now, drawn in pairs:
        assert few_since(first, points) == []
        positions = [
            next(at for at, each in enumerate(now.points) if month_of(each) == month) for month in _months(points)
        ]
        shared = [at for at in positions if month_of(now.points[at]) in drawn.months]
        for one, other in itertools.pairwise(shared):
            new = now.left[:, one, other] - drawn.left[:, one, other]
            assert new.tolist() == [0, 0] or new.min() >= FLOOR


def test_the_attack_finds_what_two_reports_by_themselves_would_give_away(pairs):
    caught = [first for first, _points, now, _drawn in pairs
              if few_since(first, publish_curve(now, told_apart(now, FLOOR), FLOOR))]  # fmt: skip
    assert len(caught) > 5


def test_a_curve_stays_where_it_would_have_fewer_points():
    now = studied(3).headline
    told = told_apart(now, FLOOR)
    curve = publish_curve(now, told, FLOOR)
    nobody_since = Drawn(now.left, frozenset(_months(curve)))
    assert may_be_redrawn(now, [nobody_since], floor=FLOOR)
    assert redraw(now, [nobody_since], curve, floor=FLOOR) == {"curve": curve}
    # One more of the participants has left since, in the twelfth month.
    assert not may_be_redrawn(now, [since(now, nobody_since, {12: (1, 0)})], floor=FLOOR)
    # Six of each have: all other steps are as they were.
    six = since(now, nobody_since, {12: (6, 6)})
    assert redraw(now, [six], curve, floor=FLOOR) == {"curve": curve}
    # Three before the last point of the year and three after it would be known.
    three = since(now, nobody_since, {told[told.index(12) - 1]: (3, 3), 12: (3, 3)})
    assert may_be_redrawn(now, [three], floor=FLOOR)
    assert redraw(now, [three], curve, floor=FLOOR) is None
    # Where the earlier report had its curve from an older one, its headline alone is laid beside this one.
    headline = Drawn(three.left, frozenset())
    assert redraw(now, [headline], curve, floor=FLOOR) == {"curve": curve}


def since(now, drawn, months):
    """As it was before so many of each arm left in those months."""
    left = now.left.copy()
    for month, (ours, theirs) in months.items():
        left[0, :month, month:] -= ours
        left[1, :month, month:] -= theirs
    return Drawn(left, drawn.months)
