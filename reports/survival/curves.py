"""Kaplan–Meier curves, their restricted means, and the log-rank test, for rows that enter late.

Sources: E. L. Kaplan and P. Meier, JASA 53 (1958); delayed entry and time-varying groups as in R. Simon and
R. W. Makuch, Statistics in Medicine 3 (1984); log-log intervals as in J. D. Kalbfleisch and R. L. Prentice, "The
Statistical Analysis of Failure Time Data" (2002), section 1.4; restricted means as in
P. Royston and M. K. B. Parmar, BMC Medical Research Methodology 13:152 (2013).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    checked_rows,
    count_at_risk,
    normal_quantile,
    risk_sets,
    strata_of,
    times_of,
)

AT_RISK_FLOOR = 10


@dataclass(frozen=True)
class Window:
    """Days of tenure (starts_at, ends_at] over which enough people are at risk throughout."""

    starts_at: float
    ends_at: float


@dataclass(frozen=True)
class TooFew:
    """The answer when at no time enough people are at risk to draw a curve.

    `already` is how many had joined before they were followed, where too few joined later.
    """

    floor: int
    most_at_risk: int
    already: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """The share still employed, among people who were employed at `starts_at`, at each time when somebody left.

    All arrays have one length, that of `times`: `survival` just after the time with its interval `lower` to `upper`,
    `at_risk` just before it, and the number of `leavers` at it. It says nothing before `starts_at` or after `ends_at`.
    """

    times: FloatArray
    survival: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: IntArray
    leavers: IntArray
    starts_at: float
    ends_at: float
    level: float
    _entries: FloatArray = field(repr=False)
    _exits: FloatArray = field(repr=False)

    @property
    def median(self) -> float | None:
        """The first time at which half or fewer are still there; None when the curve does not get so far."""
        reached = np.flatnonzero(self.survival <= 0.5)
        return float(self.times[reached[0]]) if len(reached) else None


@dataclass(frozen=True)
class Estimate:
    """The share still employed at one time, with its interval."""

    at: float
    survival: float
    lower: float
    upper: float
    at_risk: int


@dataclass(frozen=True)
class LogRank:
    """Leavers seen and expected among the exposed, were both groups alike."""

    observed: int
    expected: float
    variance: float
    statistic: float
    p_value: float


def common_window(groups: Sequence[tuple[ArrayLike, ArrayLike]], *, floor: int = AT_RISK_FLOOR) -> Window | None:
    """Find where every group, each given as (entry, exit), has at least `floor` people at risk without a gap.

    Of several such stretches the one is taken in which the smallest group was followed for the most person-days. Only
    numbers at risk decide, never who left.
    """
    arms = [(np.sort(times_of(entry)), np.sort(times_of(exit_))) for entry, exit_ in groups]
    if not arms or any(len(entry) == 0 for entry, _ in arms):
        return None
    points = np.unique(np.concatenate([times for arm in arms for times in arm]))
    # Nobody enters or exits between two neighbouring points, so the number at risk is the same all the way.
    numbers = np.array(
        [np.searchsorted(entry, points, "right") - np.searchsorted(exit_, points, "right") for entry, exit_ in arms]
    )
    enough = np.concatenate([[False], (numbers >= floor).all(axis=0), [False]]).astype(np.int8)
    firsts, lasts = np.flatnonzero(np.diff(enough) == 1), np.flatnonzero(np.diff(enough) == -1)
    if not len(firsts):
        return None
    followed = np.concatenate([np.zeros((len(arms), 1)), np.cumsum(numbers[:, :-1] * np.diff(points), axis=1)], axis=1)
    best = int(np.argmax((followed[:, lasts] - followed[:, firsts]).min(axis=0)))
    return Window(float(points[firsts[best]]), float(points[lasts[best]]))


def kaplan_meier(
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    *,
    level: float = 0.95,
    floor: int = AT_RISK_FLOOR,
    window: Window | None = None,
) -> Curve | TooFew:
    """Estimate the share still employed, for n rows (entry, exit] of which `event` says whether they end by leaving.

    With delayed entry the first risk sets are small, and one leaver among one would take the curve to zero for good.
    Therefore it begins where `floor` people are at risk and ends where they no longer are (or at the given `window`).
    """
    entries, exits, events = checked_rows(entry, exit, event)
    window = window or common_window([(entries, exits)], floor=floor)
    if window is None:
        return TooFew(floor=floor, most_at_risk=_most_at_risk(entries, exits))
    entries, exits, events = _clipped(entries, exits, events, window)
    entries_sorted, exits_sorted = np.sort(entries), np.sort(exits)
    times, leavers = np.unique(exits[events], return_counts=True)
    numbers = count_at_risk(entries_sorted, exits_sorted, times)

    survival = np.cumprod(1 - leavers / numbers, dtype=np.float64)
    lower, upper = _log_log(survival, numbers, leavers, level=level)
    return Curve(
        times=times,
        survival=survival,
        lower=lower,
        upper=upper,
        at_risk=numbers,
        leavers=leavers.astype(np.int64),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        level=level,
        _entries=entries_sorted,
        _exits=exits_sorted,
    )


def at_risk(curve: Curve, times: Iterable[float]) -> list[int]:
    """Count who is at risk at each time: entered before it, not gone before it. 0 where the curve says nothing."""
    asked = np.array(list(times), dtype=np.float64)
    numbers = count_at_risk(curve._entries, curve._exits, asked)
    # At the very start nobody can have left yet: those who set out then are at risk.
    numbers = np.where(asked == curve.starts_at, int((curve._entries == curve.starts_at).sum()), numbers)
    inside = (asked >= curve.starts_at) & (asked <= curve.ends_at)
    return [int(n) for n in np.where(inside, numbers, 0)]


def survival_at(curve: Curve, times: Iterable[float]) -> list[Estimate | None]:
    """Read the curve at each time; None where it says nothing.

    While nobody has left there is no variance to make an interval from. Its lower end is then the exact Poisson limit
    for no leavers in the person-days followed so far, at a rate that does not change in them.
    """
    asked = list(times)
    answers: list[Estimate | None] = []
    for time, number in zip(asked, at_risk(curve, asked), strict=True):
        if not curve.starts_at <= time <= curve.ends_at:
            answers.append(None)
            continue
        position = int(np.searchsorted(curve.times, time, "right")) - 1
        if position >= 0:
            s, low, high = (float(a[position]) for a in (curve.survival, curve.lower, curve.upper))
        else:
            s, low, high = 1.0, _none_left_limit(curve, time), 1.0
        answers.append(Estimate(at=float(time), survival=s, lower=low, upper=high, at_risk=number))
    return answers


@dataclass(frozen=True)
class RestrictedMean:
    """The mean number of days still employed between two times, of people who were employed at the first."""

    days: float
    lower: float
    upper: float
    error: float
    starts_at: float
    ends_at: float


def restricted_mean(curve: Curve, until: float | None = None) -> RestrictedMean:
    """The area under the curve from its start to `until` (its end unless told), in days, with its interval.

    Where nobody leaves, or all at once, the error is 0: the interval then says nothing of chance. Raises ValueError
    when the curve says nothing about `until`.
    """
    end = curve.ends_at if until is None else float(until)
    if not curve.starts_at <= end <= curve.ends_at:
        raise ValueError(f"The curve runs from {curve.starts_at:g} to {curve.ends_at:g} and says nothing of {end:g}.")
    inside = curve.times <= end
    times, survival = curve.times[inside], curve.survival[inside]
    heights = np.concatenate([[1.0], survival])
    areas = heights * np.diff(np.concatenate([[curve.starts_at], times, [end]]))
    # What lies under the curve after each time of leaving.
    after = np.cumsum(areas[::-1])[::-1][1:]
    n, d = curve.at_risk[inside].astype(np.float64), curve.leavers[inside].astype(np.float64)
    some = n > d
    variance = float((after[some] ** 2 * d[some] / (n[some] * (n[some] - d[some]))).sum())
    days, error = float(areas.sum()), math.sqrt(variance)
    half = normal_quantile(curve.level) * error
    length = end - curve.starts_at
    return RestrictedMean(
        days=days,
        lower=max(0.0, days - half),
        upper=min(length, days + half),
        error=error,
        starts_at=curve.starts_at,
        ends_at=end,
    )


def log_rank(
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    exposed: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    window: Window | None = None,
) -> LogRank | None:
    """Test whether exposed and unexposed rows leave at the same rate; None when the rows cannot tell.

    At each time of leaving, the leavers are expected to fall on the exposed in proportion to the numbers at risk then
    (hypergeometric variance; N. Mantel, Cancer Chemotherapy Reports 50, 1966), within each stratum if there are some.
    """
    entries, exits, events = checked_rows(entry, exit, event)
    arm = np.asarray(exposed, dtype=bool).reshape(-1)
    if len(arm) != len(entries):
        raise ValueError("exposed must have one value for each row.")
    codes = strata_of(strata, len(entries))
    if window is not None:
        inside = (entries < window.ends_at) & (exits > window.starts_at)
        arm = arm[inside]
        codes = None if codes is None else codes[inside]
        entries, exits, events = _clipped(entries, exits, events, window)
    sets = risk_sets(entries, exits, events, codes)
    leavers, total, ours = sets.left(), sets.total(), sets.total(arm.astype(np.float64))
    observed = int((events & arm).sum())
    expected = float((leavers * ours / total).sum())
    share = ours / total
    spread = leavers * share * (1 - share) * (total - leavers) / np.maximum(total - 1, 1)
    variance = float(spread.sum())
    if variance <= 0:
        return None
    statistic = (observed - expected) ** 2 / variance
    return LogRank(observed, expected, variance, statistic, math.erfc(math.sqrt(statistic / 2)))


def _clipped(
    entries: FloatArray, exits: FloatArray, events: BoolArray, window: Window
) -> tuple[FloatArray, FloatArray, BoolArray]:
    inside = (entries < window.ends_at) & (exits > window.starts_at)
    return (
        np.maximum(entries[inside], window.starts_at),
        np.minimum(exits[inside], window.ends_at),
        events[inside] & (exits[inside] <= window.ends_at),
    )


def _most_at_risk(entries: FloatArray, exits: FloatArray) -> int:
    return int(count_at_risk(np.sort(entries), np.sort(exits), np.unique(exits)).max(initial=0))


def _log_log(
    survival: FloatArray, numbers: IntArray, leavers: IntArray, *, level: float
) -> tuple[FloatArray, FloatArray]:
    """Intervals for log(-log S) by Greenwood's formula; where everyone has left, the exact limit for all of them."""
    lower, upper = np.zeros_like(survival), np.zeros_like(survival)
    z = normal_quantile(level)
    some = survival > 0
    n, d, s = numbers[some].astype(np.float64), leavers[some].astype(np.float64), survival[some]
    error = np.sqrt(np.cumsum(d / (n * (n - d)))) / -np.log(s)
    lower[some], upper[some] = s ** np.exp(z * error), s ** np.exp(-z * error)
    if len(s) < len(survival):
        before = float(upper[len(s) - 1]) if len(s) else 1.0
        upper[len(s) :] = before * (1 - ((1 - level) / 2) ** (1 / float(numbers[len(s)])))
    return lower, upper


def _none_left_limit(curve: Curve, time: float) -> float:
    if time <= curve.starts_at:
        return 1.0
    followed = np.minimum(curve._exits, time) - np.minimum(curve._entries, time)
    average = float(followed.sum()) / (time - curve.starts_at)
    return float(((1 - curve.level) / 2) ** (1 / average))
