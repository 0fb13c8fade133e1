"""Who had joined by a day of tenure, beside who had not: a second opinion that needs no clock that changes sides.

Source: J. R. Anderson, K. C. Cain and R. D. Gelber, Journal of Clinical Oncology 1 (1983).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reports.survival.curves import AT_RISK_FLOOR, Curve, Estimate, TooFew, kaplan_meier, survival_at
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, needed_at_least
from reports.survival.rows import ExposureRows, summarise_spells

LANDMARKS = (90, 180, 365)
YEAR = 365


@dataclass(frozen=True)
class Landmark:
    """Of people employed on day `day` of tenure, the share still there `horizon` days on, by who had joined by then.

    Who joined later counts among the others throughout. `difference` is participants minus others, with its interval.
    """

    day: int
    horizon: float
    participants: Estimate
    others: Estimate
    difference: tuple[float, float, float]
    people: tuple[int, int]
    leavers: tuple[int, int]


def landmark(
    rows: ExposureRows,
    *,
    day: int,
    horizon: float = YEAR,
    level: float = 0.95,
    floor: int = AT_RISK_FLOOR,
    leavers_floor: int = LEAVERS_FLOOR,
) -> Landmark | TooFew | TooFewEvents:
    """Compare both groups over `horizon` days from day `day` of tenure.

    Answers TooFew unless at least `floor` people of each group are followed from the day to the end of the horizon,
    and TooFewEvents unless `leavers_floor` of each left in it.
    """
    spells = summarise_spells(rows)
    joined = spells.already & (spells.entry <= day) | (spells.joined >= 0) & (spells.joined <= day)
    end = day + horizon
    there = (spells.exit > day) & (spells.entry < end)
    # Whose records begin after the day enters late; whoever had joined by then, nobody knows when, is left out.
    there &= (spells.entry <= day) | ~spells.already
    entry, exit_ = np.maximum(spells.entry, day), np.minimum(spells.exit, end)
    event = spells.event & (spells.exit <= end)
    arms = [there & joined, there & ~joined]
    leavers = (int(event[arms[0]].sum()), int(event[arms[1]].sum()))
    people = (int(arms[0].sum()), int(arms[1].sum()))
    estimates = []
    for arm in arms:
        curve = kaplan_meier(entry[arm], exit_[arm], event[arm], level=level, floor=floor)
        if not isinstance(curve, Curve):
            return curve
        (found,) = survival_at(curve, [end])
        if curve.starts_at > day or found is None:
            # Followed by enough people, but not from the first day to the last.
            last = int(((spells.entry < end) & (spells.exit >= end) & arm).sum())
            return TooFew(floor=floor, most_at_risk=last)
        estimates.append(found)
    if min(leavers) < leavers_floor:
        return TooFewEvents(leavers, leavers_floor, needed_at_least(level=level))
    ours, theirs = estimates
    return Landmark(
        day=day,
        horizon=horizon,
        participants=ours,
        others=theirs,
        difference=difference(ours, theirs),
        people=people,
        leavers=leavers,
    )


def landmarks(
    rows: ExposureRows, *, days: Iterable[int] = LANDMARKS, level: float = 0.95
) -> dict[int, Landmark | TooFew | TooFewEvents]:
    """The comparison from each of several days of tenure."""
    return {day: landmark(rows, day=day, level=level) for day in days}


def difference(ours: Estimate, theirs: Estimate) -> tuple[float, float, float]:
    """The difference of two shares with an interval that needs no symmetry.

    Source: G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008).
    """
    middle = ours.survival - theirs.survival
    below = math.hypot(ours.survival - ours.lower, theirs.upper - theirs.survival)
    above = math.hypot(ours.upper - ours.survival, theirs.survival - theirs.lower)
    return middle, middle - below, middle + above
