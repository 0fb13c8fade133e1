"""How often something happens in a year of employment, such as promotion or absence, with and without taking part.

Method: participants' own rate beside that of others in the same stratum and band of tenure, weighted by the time that
participants spent there (direct standardisation; N. E. Breslow and N. E. Day, "Statistical Methods in Cancer Research"
II, 1987, chapter 2). The interval of the ratio is the infinitesimal jackknife over persons (L. Jaeckel, 1972), so that
one person who is absent often is one person.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import FloatArray, IntArray, count_distinct, normal_quantile, strata_of
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, needed_for
from reports.survival.rows import ExposureRows

DAYS_IN_YEAR = 365.25
# Days of tenure at which a new band begins: people are promoted at other rates in their first year than in their tenth.
TENURE_BANDS = (0, 365, 730, 1095, 1825, 3650)


@dataclass(frozen=True)
class RateComparison:
    """Amounts per person-year: of participants, and of others as they would be in participants' place.

    `ratio` is the first over the second, with its interval. `people` had at least one event in either state, and
    `years` are the person-years of participants and of others that could be compared. `outside` counts the events that
    fell on no day on which their person was followed.
    """

    participants: float
    others: float
    ratio: float
    lower: float
    upper: float
    people: tuple[int, int]
    years: tuple[float, float]
    outside: int


def matched_rates(
    rows: ExposureRows,
    *,
    spell: ArrayLike,
    day: ArrayLike,
    amount: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    floor: int = LEAVERS_FLOOR,
) -> RateComparison | TooFewEvents:
    """Compare the rates of events, each given by its spell, its day of tenure and its amount (1 unless told).

    `strata` is one label for each row. Answers TooFewEvents unless `floor` people of each arm had an event in a stratum
    and band of tenure that the other arm was in too.
    """
    spells, days = _whole(spell), np.asarray(day, dtype=np.float64).reshape(-1)
    amounts = np.ones(len(spells)) if amount is None else np.asarray(amount, dtype=np.float64).reshape(-1)
    if not len(spells) == len(days) == len(amounts):
        raise ValueError("Each event needs a spell, a day and an amount.")
    if not (np.isfinite(days).all() and np.isfinite(amounts).all() and (amounts >= 0).all()):
        raise ValueError("Days and amounts of events must be finite, and no amount is below nothing.")
    codes = strata_of(strata, len(rows))
    codes = np.zeros(len(rows), np.int64) if codes is None else codes
    bands = len(TENURE_BANDS)
    size = (int(codes.max(initial=0)) + 1) * bands

    at = _row_of(rows, spells, days)
    outside = int((at < 0).sum())
    days, amounts, at = days[at >= 0], amounts[at >= 0], at[at >= 0]
    band = np.searchsorted(TENURE_BANDS, days, "left") - 1
    event_cell, event_exposed = codes[at] * bands + band, rows.exposed[at]

    cells, lived, piece_row = [], [], []
    for position, begin in enumerate(TENURE_BANDS):
        end = TENURE_BANDS[position + 1] if position + 1 < bands else np.inf
        inside = np.minimum(rows.exit, end) - np.maximum(rows.entry, begin)
        some = np.flatnonzero(inside > 0)
        cells.append(codes[some] * bands + position)
        lived.append(inside[some] / DAYS_IN_YEAR)
        piece_row.append(some)
    cell, years, row = np.concatenate(cells), np.concatenate(lived), np.concatenate(piece_row)
    exposed = rows.exposed[row]
    years_ours = np.bincount(cell[exposed], years[exposed], size)
    years_theirs = np.bincount(cell[~exposed], years[~exposed], size)
    amount_theirs = np.bincount(event_cell[~event_exposed], amounts[~event_exposed], size)
    both = (years_ours > 0) & (years_theirs > 0)

    counted = both[event_cell] & (amounts > 0)
    people = (
        count_distinct(rows.person[at[counted & event_exposed]]),
        count_distinct(rows.person[at[counted & ~event_exposed]]),
    )
    total_ours, total_theirs = float(years_ours[both].sum()), float(years_theirs[both].sum())
    if min(people) < floor:
        share = total_ours / (total_ours + total_theirs) if total_ours else 0.0
        return TooFewEvents(people, floor, needed_for(share, level=level))

    observed = float(amounts[counted & event_exposed].sum())
    weight = np.divide(years_ours, years_theirs, out=np.zeros(size), where=both)
    rate = np.divide(amount_theirs, years_theirs, out=np.zeros(size), where=both)
    expected = float((weight * amount_theirs).sum())
    # What the logarithm of the ratio owes to each person.
    by_event = np.where(event_exposed, 1 / observed, -weight[event_cell] / expected) * amounts * both[event_cell]
    by_piece = np.where(exposed, -rate[cell], (weight * rate)[cell]) * years / expected * both[cell]
    influence = _by_person(rows, at, by_event) + _by_person(rows, row, by_piece)
    error = math.sqrt(float((influence**2).sum()))
    ratio, z = observed / expected, normal_quantile(level)
    return RateComparison(
        participants=observed / total_ours,
        others=expected / total_ours,
        ratio=ratio,
        lower=ratio * math.exp(-z * error),
        upper=ratio * math.exp(z * error),
        people=people,
        years=(total_ours, total_theirs),
        outside=outside,
    )


def _whole(values: ArrayLike) -> IntArray:
    found = np.asarray(values).reshape(-1)
    if len(found) and found.dtype.kind not in "iu":
        raise ValueError("Spells are whole numbers.")
    return found.astype(np.int64)


def _row_of(rows: ExposureRows, spells: IntArray, days: FloatArray) -> IntArray:
    """The row of the spell with entry < day <= exit; -1 where there is none."""
    if not len(rows):
        return np.full(len(spells), -1, np.int64)
    order = np.lexsort((rows.entry, rows.spells))
    width = float(max(rows.exit.max(), days.max(initial=0))) + 2
    keys = rows.spells[order] * width + rows.entry[order]
    found = np.searchsorted(keys, spells * width + days, "left") - 1
    at = order[np.maximum(found, 0)]
    inside = (found >= 0) & (rows.spells[at] == spells) & (rows.entry[at] < days) & (days <= rows.exit[at])
    return np.where(inside, at, -1).astype(np.int64)


def _by_person(rows: ExposureRows, at: IntArray, values: FloatArray) -> FloatArray:
    people, number = np.unique(rows.person, return_inverse=True)
    return np.bincount(number[at], values, len(people)).astype(np.float64)
