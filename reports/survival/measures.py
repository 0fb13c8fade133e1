"""The standard measures of HR, each with its definition and formula, so that nobody need guess what was divided by what.

Days are numbers (`date.toordinal()`). A period runs from the beginning of its first day to the end of its last. Somebody
whose last day of work is a day of the period left in it. Sources: M. Armstrong, "A Handbook of Human Resource Management
Practice" (turnover, stability index); the formula of the 90-day and first-year retention is that of Kaplan and Meier, so
that people hired lately count for as long as they have been here.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import FloatArray, IntArray, normal_quantile
from reports.survival.curves import AT_RISK_FLOOR, Curve, kaplan_meier, survival_at
from reports.survival.rows import VOLUNTARY, Spells

YEAR = 365
DAYS_IN_YEAR = 365.25

Unit = Literal["percent", "per_100_years", "days_per_year"]


@dataclass(frozen=True)
class Measure:
    """What a measure is called, what it means, how it is worked out, and its unit.

    Units: "percent" is a share of 0 to 1 (turnover may exceed it), "per_100_years" a number per 100 years of
    employment, "days_per_year" a number of days per year of employment.
    """

    code: str
    name: str
    definition: str
    formula: str
    unit: Unit


MEASURES = (
    Measure(
        "turnover",
        "Turnover",
        "People who left in the period, for whatever reason, compared with how many were employed on an average day of it.",
        "leavers ÷ average headcount, where average headcount = days of employment ÷ days in the period",
        "percent",
    ),
    Measure(
        "voluntary_turnover",
        "Voluntary turnover",
        "People who chose to leave in the period, compared with how many were employed on an average day of it.",
        "leavers whose reason is voluntary ÷ average headcount",
        "percent",
    ),
    Measure(
        "retention",
        "Retention",
        "Of the people employed when the period began, the share still employed, without a break, at its end.",
        "employed at the beginning and still at the end ÷ employed at the beginning",
        "percent",
    ),
    Measure(
        "stability",
        "Stability index, of last year’s staff",
        "People who have a year’s service or more at the end of the period, compared with everybody employed a year "
        "before that day.",
        "employed at the end with a year’s service or more ÷ employed one year earlier",
        "percent",
    ),
    Measure(
        "stability_now",
        "Stability index, of today’s staff",
        "Of everybody employed at the end of the period, the share with a year’s service or more.",
        "employed at the end with a year’s service or more ÷ employed at the end",
        "percent",
    ),
    Measure(
        "retention_90_days",
        "90-day retention",
        "The estimated share of new people who are still employed 90 days after their first day; people hired less than "
        "90 days ago count for as long as they have been here.",
        "Kaplan–Meier estimate at day 90 of those hired in the period, followed to its end",
        "percent",
    ),
    Measure(
        "retention_first_year",
        "First-year retention",
        "The estimated share of new people who are still employed a year after their first day; people hired less than "
        "a year ago count for as long as they have been here.",
        "Kaplan–Meier estimate at day 365 of those hired in the year before the period or in it, followed to its end",
        "percent",
    ),
    Measure(
        "promotion_rate",
        "Promotion rate",
        "How many promotions there were in the period for every 100 years that people were employed, as far as job "
        "changes are known.",
        "promotions ÷ (days of employment ÷ 365.25) × 100",
        "per_100_years",
    ),
    Measure(
        "internal_moves",
        "Internal moves",
        "How many moves to another department, team or site there were in the period for every 100 years that people "
        "were employed, as far as job changes are known. A promotion is not a move.",
        "moves ÷ (days of employment ÷ 365.25) × 100",
        "per_100_years",
    ),
    Measure(
        "absence_days",
        "Absence days",
        "How many days people were absent in the period for every year that they were employed. The people data tells "
        "them for twelve months at a time; they are taken to be spread evenly over these.",
        "days of absence ÷ (days of employment for which absence is told ÷ 365.25)",
        "days_per_year",
    ),
    Measure(
        "mentees_to_mentors",
        "Mentees who go on to mentor",
        "Of the people who first took part as a mentee by the end of the period, the share who have taken part as a "
        "mentor on a later day. Who mentored before is not counted.",
        "mentees who mentored later ÷ mentees who had not mentored before",
        "percent",
    ),
)
# What is of every day of the period and can't be told of some.
OF_ALL_DAYS = ("turnover", "voluntary_turnover", "retention", "stability")
DEFINITIONS = {measure.code: measure for measure in MEASURES}

NOTHING = "There is nothing to measure: nobody counts for this in the period."
NOT_TOLD = "The people data does not say."
NOT_COVERED = "Not told: leavers are not on record for the whole of the year that this takes."
NOT_COVERED_SO_LONG = "Not told: leavers are not on record for the 90 days that this takes."
TOO_FEW = f"Too few to tell: fewer than {AT_RISK_FLOOR} people were followed for so long."


@dataclass(frozen=True)
class Measured:
    """One measure of one period: `value` in its unit with an interval, `count` over `of`; or `why_not`, a sentence.

    `of` is the denominator: average headcount, people, or years of employment; `people` is of how many people the
    number tells, where that is not the count. Shares have Wilson's interval or that of
    the curve, rates that of a Poisson count; absence has none, since one long illness is not many short ones.
    """

    code: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    count: float | None = None
    of: float | None = None
    why_not: str = ""
    people: int | None = None

    @property
    def measure(self) -> Measure:
        return DEFINITIONS[self.code]


@dataclass(frozen=True, eq=False)
class Happenings:
    """What happened to people besides coming and going; None is what the people data does not tell.

    `promotions` and `moves` are pairs of arrays: whose each one was, and its day number; `changes_known` the first and
    the last day of which they are known, None for all. `absences` are three arrays with an entry for each person: the
    first and the last day of employment for which days absent are told, and how many there were. `mentee_since` and `mentor_since` have one entry for each person who was a mentee or a
    mentor: the first day, NEVER where it has not come.
    """

    promotions: tuple[ArrayLike, ArrayLike] | None = None
    moves: tuple[ArrayLike, ArrayLike] | None = None
    changes_known: tuple[int, int] | None = None
    absences: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None
    mentee_since: ArrayLike | None = None
    mentor_since: ArrayLike | None = None


def standard_measures(
    spells: Spells,
    *,
    first: int,
    last: int,
    kind: ArrayLike | None = None,
    happenings: Happenings | None = None,
    covered_from: int | None = None,
    level: float = 0.95,
    floor: int = AT_RISK_FLOOR,
) -> list[Measured]:
    """All measures of the period from day `first` to day `last`, in the order of MEASURES.

    `spells` are employments as `continue_spells` makes them, `kind` how each ended (1 voluntary, 2 involuntary, 3 other,
    0 not known), None when no reason is known at all. Leavers are known from day `covered_from` on, always if None:
    rates per year are then of the rest of the period, what takes all of it is not told, and new people enter late.
    Raises ValueError when the period ends before it begins.
    """
    if last < first:
        raise ValueError("A period can't end before it begins.")
    covered = first - YEAR if covered_from is None else covered_from
    told = happenings or Happenings()
    hired, left = np.asarray(spells.hired, np.int64), np.asarray(spells.left, np.int64)
    sound = left >= hired
    kinds = None if kind is None else np.asarray(kind).reshape(-1)[sound]
    hired, left = hired[sound], left[sound]

    employed_days = _days_between(hired, left, first, last)
    headcount = employed_days / (last - first + 1)
    leaving = (left >= first) & (left <= last)
    at_start, at_end = (hired < first) & (left >= first), (hired <= last) & (left > last)
    long_there = at_end & (hired <= last - YEAR)
    year_ago = (hired <= last - YEAR) & (left > last - YEAR)

    found = [
        _rate("turnover", int(leaving.sum()), headcount, level=level),
        Measured("voluntary_turnover", why_not=NOT_TOLD)
        if kinds is None
        else _rate("voluntary_turnover", int((leaving & (kinds == VOLUNTARY)).sum()), headcount, level=level),
        _share("retention", int((at_start & at_end).sum()), int(at_start.sum()), level=level),
        _share("stability", int(long_there.sum()), int(year_ago.sum()), level=level),
        _share("stability_now", int(long_there.sum()), int(at_end.sum()), level=level),
        _curve("retention_90_days", hired, left, first, last, day=90, covered=covered, level=level, floor=floor),
        _curve(
            "retention_first_year", hired, left, first - YEAR, last, day=YEAR, covered=covered, level=level, floor=floor
        ),
    ]
    if covered > first:
        found = [Measured(each.code, why_not=NOT_COVERED) if each.code in OF_ALL_DAYS else each for each in found]
    first = max(first, covered)
    since, until = told.changes_known or (first, last)
    since, until = max(since, first), min(until, last)
    years = _days_between(hired, left, since, until) / DAYS_IN_YEAR
    for code, changes in (("promotion_rate", told.promotions), ("internal_moves", told.moves)):
        if changes is None or (until < since and told.changes_known):
            found.append(Measured(code, why_not=NOT_TOLD))
            continue
        who, on = (np.asarray(column).reshape(-1) for column in changes)
        counted = (on >= since) & (on <= until)
        people = len(np.unique(who[counted]))
        found.append(replace(_rate(code, int(counted.sum()), years, level=level, per=100), people=people))
    found.append(Measured("absence_days", why_not=NOT_TOLD) if told.absences is None else _absence(told, first, last))
    found.append(_mentors(told, last, level))
    return found


def _days_between(hired: IntArray, left: IntArray, first: int, last: int) -> int:
    """How many days of employment fall on the days from `first` to `last`."""
    return int(np.maximum(np.minimum(left, last) - np.maximum(hired, first) + 1, 0).sum())


def _absence(told: Happenings, first: int, last: int) -> Measured:
    """The share of each window that lies in the period, of its days absent and of its time."""
    assert told.absences is not None
    begins, ends, days = (np.asarray(column, np.float64).reshape(-1) for column in told.absences)
    inside = np.maximum(np.minimum(ends, last) - np.maximum(begins, first) + 1, 0)
    share = np.divide(inside, ends - begins + 1, out=np.zeros(len(ends)), where=ends >= begins)
    people = int(((days > 0) & (share > 0)).sum())
    amount, years = float((days * share).sum()), float(inside.sum()) / DAYS_IN_YEAR
    return replace(_mean("absence_days", amount, years), people=people)


def _mentors(told: Happenings, last: int, level: float) -> Measured:
    if told.mentee_since is None or told.mentor_since is None:
        return Measured("mentees_to_mentors", why_not=NOT_TOLD)
    mentee, mentor = (np.asarray(days, np.int64).reshape(-1) for days in (told.mentee_since, told.mentor_since))
    if len(mentee) != len(mentor):
        raise ValueError("mentee_since and mentor_since must have one entry for each person.")
    new = (mentee <= last) & (mentor > mentee)
    return _share("mentees_to_mentors", int((new & (mentor <= last)).sum()), int(new.sum()), level=level)


def _share(code: str, count: int, of: int, *, level: float) -> Measured:
    """A share with Wilson's interval (E. B. Wilson, JASA 22, 1927); above one, as stability may be, without."""
    if of == 0:
        return Measured(code, count=count, of=of, why_not=NOTHING)
    p, z = count / of, normal_quantile(level)
    if p > 1:
        return Measured(code, p, count=count, of=of)
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return Measured(code, p, max(0.0, middle - half), min(1.0, middle + half), count, of)


def _rate(code: str, count: int, of: float, *, level: float, per: float = 1) -> Measured:
    """A number of events over what they could happen in, with the interval of a Poisson count."""
    if of == 0:
        return Measured(code, count=count, of=of, why_not=NOTHING)
    lower, upper = _poisson(count, level)
    return Measured(code, count / of * per, lower / of * per, upper / of * per, count, of)


def _mean(code: str, amount: float, of: float) -> Measured:
    if of == 0:
        return Measured(code, count=amount, of=of, why_not=NOTHING)
    return Measured(code, amount / of, count=amount, of=of)


def _poisson(count: int, level: float) -> tuple[float, float]:
    """Byar's approximation of the exact limits (Breslow and Day, 1987, page 69); exact for none."""
    z = normal_quantile(level)
    if count == 0:
        return 0.0, -math.log((1 - level) / 2)
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    more = count + 1
    return low, more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3


def _curve(
    code: str,
    hired: IntArray,
    left: IntArray,
    since: int,
    last: int,
    *,
    day: int,
    covered: int,
    level: float,
    floor: int,
) -> Measured:
    if last - covered + 1 < day:
        return Measured(code, why_not=NOT_COVERED if day == YEAR else NOT_COVERED_SO_LONG)
    new = (hired >= since) & (hired <= last) & (left >= covered)
    of = int(new.sum())
    if of == 0:
        return Measured(code, of=0, why_not=NOTHING)
    stayed: FloatArray = (np.minimum(left[new], last) - hired[new] + 1).astype(np.float64)
    entered = np.maximum(covered - hired[new], 0).astype(np.float64)
    curve = kaplan_meier(entered, stayed, left[new] <= last, level=level, floor=floor)
    estimate = survival_at(curve, [day])[0] if isinstance(curve, Curve) and curve.starts_at == 0 else None
    if estimate is None:
        return Measured(code, of=of, why_not=TOO_FEW)
    return Measured(code, estimate.survival, estimate.lower, estimate.upper, of=of)
