"""Checked arrays, and where each row is at risk among the times at which somebody leaves."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def normal_quantile(level: float) -> float:
    """Half the width, in standard errors, of an interval of this level: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"A level lies between 0 and 1, which {level} does not.")
    return NormalDist().inv_cdf(0.5 + level / 2)


def times_of(values: ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64).reshape(-1)


def checked_rows(entry: ArrayLike, exit_: ArrayLike, event: ArrayLike) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Rows (entry, exit] as arrays. Raises ValueError when lengths differ or a row does not enter before it exits."""
    entries, exits, events = times_of(entry), times_of(exit_), np.asarray(event, dtype=bool).reshape(-1)
    if not len(entries) == len(exits) == len(events):
        raise ValueError("entry, exit and event must have the same length.")
    if not (np.isfinite(entries).all() and np.isfinite(exits).all() and (entries < exits).all()):
        raise ValueError("Each row must be finite and enter before it exits.")
    return entries, exits, events


def count_distinct(values: IntArray) -> int:
    """How many different numbers there are."""
    ordered = np.sort(values)
    return int((ordered[1:] != ordered[:-1]).sum()) + 1 if len(ordered) else 0


def strata_of(strata: ArrayLike | None, size: int) -> IntArray | None:
    """Whole numbers from 0 for any labels, in the order of the labels; None when there is one stratum only."""
    if strata is None:
        return None
    labels = np.asarray(strata).reshape(-1)
    if len(labels) != size:
        raise ValueError(f"There are {size} rows, but {len(labels)} strata: one is needed for each row.")
    found, codes = np.unique(labels, return_inverse=True)
    return None if len(found) < 2 else codes.astype(np.int64)


def combine_strata(*columns: ArrayLike) -> IntArray:
    """One whole number for each combination of labels, such as department, level band and hire-year band.

    Columns of one length n; answers n numbers from 0. Order of rows plays no part in which number a combination gets
    as long as the same combinations occur.
    """
    if not columns:
        raise ValueError("At least one column is needed to make strata of.")
    combined: IntArray | None = None
    for column in columns:
        found, codes = np.unique(np.asarray(column).reshape(-1), return_inverse=True)
        if combined is None:
            combined = codes.astype(np.int64)
        elif len(codes) != len(combined):
            raise ValueError("Columns of strata must have the same length.")
        else:
            combined = np.unique(combined * len(found) + codes, return_inverse=True)[1].astype(np.int64)
    assert combined is not None
    return combined


def count_at_risk(entries: FloatArray, exits: FloatArray, times: FloatArray) -> IntArray:
    """Count, in sorted entries and exits, the rows with entry < time <= exit."""
    numbers = np.searchsorted(entries, times, "left") - np.searchsorted(exits, times, "left")
    return numbers.astype(np.int64)


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Moments of leaving, which are the distinct (stratum, time) of leavers, and who is at risk at each.

    Row i is at risk at the moments first[i] to last[i] - 1. `leavers` are the rows that end by leaving, in order of
    the moment, and `moment` says at which. Sums over risk sets are running sums of what enters minus what has left,
    so that they take time in proportion to the rows.
    """

    first: IntArray
    last: IntArray
    leavers: IntArray
    moment: IntArray
    times: FloatArray

    def __len__(self) -> int:
        return len(self.times)

    def total(self, weights: FloatArray | None = None) -> FloatArray:
        """The number, or the sum of weights, of the rows at risk at each moment."""
        size = len(self) + 1
        entered = np.bincount(self.first, weights, size)
        gone = np.bincount(self.last, weights, size)
        found: FloatArray = np.cumsum(entered - gone, dtype=np.float64)[:-1]
        return found

    def left(self, weights: FloatArray | None = None) -> FloatArray:
        """The number, or the sum of weights, of those who leave at each moment."""
        taken = None if weights is None else weights[self.leavers]
        return np.bincount(self.moment, taken, len(self)).astype(np.float64)


def risk_sets(entries: FloatArray, exits: FloatArray, events: BoolArray, strata: IntArray | None = None) -> RiskSets:
    """Find the moments of leaving within each stratum, and between which of them every row is at risk."""
    times = np.unique(exits[events])
    first, last = _passed(times, entries), _passed(times, exits)
    leavers = np.flatnonzero(events)
    if strata is None:
        moment = last[leavers] - 1
        at = times
    else:
        # One line of moments on which the strata lie one after the other.
        width = len(times) + 1
        keys = strata[leavers] * width + last[leavers] - 1
        cells = np.unique(keys)
        first = np.searchsorted(cells, strata * width + first, "left")
        last = np.searchsorted(cells, strata * width + last, "left")
        moment = np.searchsorted(cells, keys, "left")
        at = times[cells % width] if len(cells) else times
    order = np.argsort(moment, kind="stable")
    return RiskSets(
        first=first.astype(np.int64),
        last=last.astype(np.int64),
        leavers=leavers[order].astype(np.int64),
        moment=moment[order].astype(np.int64),
        times=at,
    )


def _passed(times: FloatArray, values: FloatArray) -> IntArray:
    """How many of the sorted times are not after each value.

    Whole days are looked up in a table of days, which is several times as fast as searching.
    """
    span = int(times[-1] - times[0]) + 1 if len(times) else 0
    if span == 0 or span > 4 * len(values) + 1000 or (times != np.floor(times)).any():
        return np.searchsorted(times, values, "right").astype(np.int64)
    table = np.zeros(span + 1, np.int64)
    table[(times - times[0]).astype(np.int64) + 1] = 1
    days = np.clip(np.floor(values - times[0]), -1, span - 1).astype(np.int64)
    found: IntArray = np.cumsum(table)[days + 1]
    return found
