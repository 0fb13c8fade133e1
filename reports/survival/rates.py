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
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, needed_at_least
from reports.survival.rows import ExposureRows, Spells

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
        return TooFewEvents(people, floor, needed_at_least(level=level))

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


def spell_at(spells: Spells, *, person: ArrayLike, day: ArrayLike) -> IntArray:
    """The position of the spell that each person was in on a day; -1 where there was none. Days are day numbers."""
    people, days = _whole(person), _whole(day)
    if not len(spells.person):
        return np.full(len(people), -1, np.int64)
    # Spells are in order of person and first day, so the last one that begins by then is the only one that can be it.
    first = int(min(spells.hired.min(), days.min(initial=0)))
    width = int(max(spells.hired.max(), days.max(initial=0))) - first + 2
    keys = spells.person * width + (spells.hired - first)
    found = np.searchsorted(keys, people * width + (days - first), "right") - 1
    at = np.maximum(found, 0)
    inside = (found >= 0) & (spells.person[at] == people) & (days <= spells.left[at])
    return np.where(inside, at, -1).astype(np.int64)


def followed_between(rows: ExposureRows, *, hired: ArrayLike, first: int, last: int) -> tuple[ExposureRows, IntArray]:
    """The rows as far as they fall on the days from `first` to `last`, and their positions in `rows`.

    `hired` is the first day of each row's spell. What happened is known for those days only, so no other time counts.
    """
    begun = _whole(hired)
    return _clipped(rows, np.maximum(rows.entry, first - begun), np.minimum(rows.exit, last - begun + 1))


def absence_within(
    rows: ExposureRows, *, hired: ArrayLike, spell: ArrayLike, first: ArrayLike, last: ArrayLike, days: ArrayLike
) -> tuple[ExposureRows, IntArray, FloatArray]:
    """The time for which absence is told, as rows, their positions in `rows`, and the days absent of each.

    `first` and `last` are the days from which to which the `days` absent of a spell were counted, at most one such
    window for each spell. Days are taken to be spread evenly over their window; a window that lies on both sides of
    joining is left out, as nobody knows which of its days were before.
    """
    begun, which = _whole(hired), _whole(spell)
    told = np.asarray(days, np.float64).reshape(-1)
    size = int(max(rows.spells.max(initial=-1), which.max(initial=-1))) + 1
    begins, ends, amounts = np.zeros(size, np.int64), np.full(size, -1, np.int64), np.zeros(size)
    begins[which], ends[which], amounts[which] = _whole(first), _whole(last), told
    begin, end = begins[rows.spells] - begun, ends[rows.spells] - begun + 1
    entry, exit_ = np.maximum(rows.entry, begin), np.minimum(rows.exit, end)
    inside = np.maximum(exit_ - entry, 0)
    whole = inside == np.bincount(rows.spells, inside, size)[rows.spells]
    clipped, kept = _clipped(rows, entry, np.where(whole, exit_, entry))
    share = inside[kept] / (end - begin)[kept]
    return clipped, kept, amounts[clipped.spells] * share


def spread_over(rows: ExposureRows, amount: ArrayLike) -> tuple[IntArray, FloatArray, FloatArray]:
    """The amount of each row as events, evenly over the bands of tenure that it covers: spells, days and amounts."""
    amounts = np.asarray(amount, np.float64).reshape(-1)
    spells, days, parts = [], [], []
    for position, begin in enumerate(TENURE_BANDS):
        end = TENURE_BANDS[position + 1] if position + 1 < len(TENURE_BANDS) else np.inf
        inside = np.minimum(rows.exit, end) - np.maximum(rows.entry, begin)
        some = np.flatnonzero(inside > 0)
        spells.append(rows.spells[some])
        days.append(np.minimum(rows.exit[some], end))
        parts.append(amounts[some] * inside[some] / (rows.exit[some] - rows.entry[some]))
    return np.concatenate(spells), np.concatenate(days).astype(np.float64), np.concatenate(parts)


def _clipped(rows: ExposureRows, entry: IntArray, exit_: IntArray) -> tuple[ExposureRows, IntArray]:
    kept = np.flatnonzero(entry < exit_)
    found = ExposureRows(
        entry=entry[kept],
        exit=exit_[kept],
        event=np.zeros(len(kept), bool),
        exposed=rows.exposed[kept],
        person=rows.person[kept],
        spell=rows.spells[kept],
    )
    return found, kept


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
