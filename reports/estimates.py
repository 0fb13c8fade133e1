"""Shares, means, ranks and waiting times with honest uncertainty: numbers in, dataclasses out, no database.

Sources: shares by E. B. Wilson, JASA 22 (1927); means by Student's t, its quantile by the expansion of Abramowitz and
Stegun 26.7.5; Spearman's rank correlation with the interval of D. G. Bonett and T. A. Wright, Psychometrika 65 (2000);
median waiting times by E. L. Kaplan and P. Meier, JASA 53 (1958), so that those who still wait count as waiting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate, between which bounds the truth lies with a confidence of 95%, and from how many it was made."""

    value: float
    lower: float
    upper: float
    n: int


def share(count: int, n: int) -> Interval:
    """The share of `count` among `n`. Raises ValueError when there is nobody, or more than all."""
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n} is no share.")
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    p = count / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half), n)


def mean(values: ArrayLike) -> Interval:
    """The mean of some numbers. Raises ValueError for fewer than five, of which no interval is worth anything."""
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    n = array.size
    if n < 5:
        raise ValueError("A mean with an interval needs five values at least.")
    middle = float(array.mean())
    half = t_quantile(n - 1) * float(array.std(ddof=1)) / math.sqrt(n)
    return Interval(middle, middle - half, middle + half, n)


def t_quantile(freedom: int) -> float:
    """The quantile of Student's t at 97.5%; within 0.002 of the true one from four degrees of freedom on."""
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    v = float(freedom)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (power + 1) for power, term in enumerate(terms))


def rank_correlation(x: ArrayLike, y: ArrayLike) -> Interval | None:
    """Spearman's correlation of two columns of equal length; None for fewer than five, or where one never changes."""
    one, other = np.asarray(x, dtype=np.float64).reshape(-1), np.asarray(y, dtype=np.float64).reshape(-1)
    if one.size != other.size:
        raise ValueError("Both columns must be of one length.")
    n = one.size
    if n < 5 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    rho = float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])
    # At the very ends Fisher's transformation is infinite; nothing measured is as certain as that.
    centre = math.atanh(max(-0.9999, min(0.9999, rho)))
    half = NormalDist().inv_cdf(0.5 + LEVEL / 2) * math.sqrt((1 + rho * rho / 2) / (n - 3))
    return Interval(rho, math.tanh(centre - half), math.tanh(centre + half), n)


def median_wait(waits: Sequence[float], ended: Sequence[bool]) -> float | None:
    """The time after which half have what they waited for; `ended` is False for those whose wait was cut short.

    None while fewer than half have it: longer than anybody can say yet.
    """
    times, came = np.asarray(waits, dtype=np.float64), np.asarray(ended, dtype=np.bool_)
    waiting = 1.0
    for time in np.unique(times[came]):
        at_risk = int((times >= time).sum())
        waiting *= 1 - int((came & (times == time)).sum()) / at_risk
        if waiting <= 0.5 + 1e-12:
            return float(time)
    return None


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = ((last - counts + 1 + last) / 2)[inverse]
    return ranks
