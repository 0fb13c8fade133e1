"""How many leave in which way: cumulative incidence of each kind while the others compete with it.

Sources: O. O. Aalen and S. Johansen, Scandinavian Journal of Statistics 5 (1978); variance by the delta method as in
E. Marubini and M. G. Valsecchi, "Analysing Survival Data from Clinical Trials and Observational Studies" (1995),
section 10.3; intervals for log(-log F).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import BoolArray, FloatArray, IntArray, checked_rows, count_at_risk, normal_quantile
from reports.survival.curves import AT_RISK_FLOOR, TooFew, Window, common_window
from reports.survival.rows import KINDS


@dataclass(frozen=True, eq=False)
class Incidence:
    """The share that has left in each way, among people who were employed at `starts_at`.

    `times` and `at_risk` have shape (t,); `incidence`, `variance`, `lower`, `upper` and `leavers` have shape (k, t) for
    the k `kinds`, and stand just after each time. At every time the shares of all kinds and the share still employed,
    `survival`, add up to 1. It says nothing before `starts_at` or after `ends_at`.
    """

    kinds: tuple[str, ...]
    times: FloatArray
    incidence: FloatArray
    variance: FloatArray
    lower: FloatArray
    upper: FloatArray
    survival: FloatArray
    at_risk: IntArray
    leavers: IntArray
    starts_at: float
    ends_at: float
    level: float


@dataclass(frozen=True)
class IncidenceAt:
    """The share that has left in one way by a time, with its interval."""

    kind: str
    at: float
    share: float
    lower: float
    upper: float
    leavers: int


def aalen_johansen(
    entry: ArrayLike,
    exit: ArrayLike,
    kind: ArrayLike,
    *,
    kinds: Sequence[str] = KINDS,
    level: float = 0.95,
    floor: int = AT_RISK_FLOOR,
    window: Window | None = None,
) -> Incidence | TooFew:
    """Estimate cumulative incidence, for n rows (entry, exit] that end by leaving in the way `kind`, 0 for not at all.

    `kind` counts from 1 in the order of `kinds`. As for a curve, at least `floor` people are at risk throughout.
    Raises ValueError when lengths differ, a kind is unknown, or a row does not enter before it exits.
    """
    ways = np.asarray(kind).reshape(-1)
    if len(ways) and (ways.dtype.kind not in "iub" or ways.min() < 0 or ways.max() > len(kinds)):
        raise ValueError(f"A kind is a whole number from 0 to {len(kinds)}.")
    entries, exits, _events = checked_rows(entry, exit, ways != 0)
    window = window or common_window([(entries, exits)], floor=floor)
    if window is None:
        most = count_at_risk(np.sort(entries), np.sort(exits), np.unique(exits)).max(initial=0)
        return TooFew(floor=floor, most_at_risk=int(most))
    inside = (entries < window.ends_at) & (exits > window.starts_at)
    entries = np.maximum(entries[inside], window.starts_at)
    ways = np.where(exits[inside] <= window.ends_at, ways[inside], 0)
    exits = np.minimum(exits[inside], window.ends_at)

    times, moment = np.unique(exits[ways != 0], return_inverse=True)
    cells = (ways[ways != 0].astype(np.int64) - 1) * len(times) + moment
    leavers = np.bincount(cells, minlength=len(kinds) * len(times)).reshape(len(kinds), len(times))
    at_risk = count_at_risk(np.sort(entries), np.sort(exits), times)
    n = at_risk.astype(np.float64)
    survival = np.cumprod(1 - leavers.sum(axis=0) / n)
    before = np.concatenate([[1.0], survival[:-1]]) if len(times) else survival
    incidence = np.cumsum(before * leavers / n, axis=1)
    variance = _variance(incidence, before, leavers.astype(np.float64), n)
    lower, upper = _intervals(incidence, variance, level)
    return Incidence(
        kinds=tuple(kinds),
        times=times,
        incidence=incidence,
        variance=variance,
        lower=lower,
        upper=upper,
        survival=survival,
        at_risk=at_risk,
        leavers=leavers.astype(np.int64),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        level=level,
    )


def incidence_at(found: Incidence, times: Iterable[float]) -> list[tuple[IncidenceAt, ...] | None]:
    """Read all kinds at each time; None where nothing is said. A kind in which nobody has left yet is 0 to 0."""
    answers: list[tuple[IncidenceAt, ...] | None] = []
    for time in times:
        if not found.starts_at <= time <= found.ends_at:
            answers.append(None)
            continue
        position = int(np.searchsorted(found.times, time, "right")) - 1
        row = []
        for at, kind in enumerate(found.kinds):
            share, low, high, left = 0.0, 0.0, 0.0, 0
            if position >= 0:
                share, low, high = (float(each[at, position]) for each in (found.incidence, found.lower, found.upper))
                left = int(found.leavers[at, : position + 1].sum())
            row.append(IncidenceAt(kind, float(time), share, low, high, left))
        answers.append(tuple(row))
    return answers


def _variance(incidence: FloatArray, before: FloatArray, leavers: FloatArray, n: FloatArray) -> FloatArray:
    """Sums over earlier times of products with what came since, written out so that running sums will do."""
    gone = leavers.sum(axis=0)
    # Once all have left nothing more is added, so what is infinite there is multiplied by 0.
    some: BoolArray = n > gone
    greenwood = np.where(some, gone / (n * np.where(some, n - gone, 1)), 0)
    mixed = before * leavers / n**2

    def since(weights: FloatArray, power: int) -> FloatArray:
        return np.cumsum(weights * incidence**power, axis=1)

    spread = incidence**2 * since(greenwood, 0) - 2 * incidence * since(greenwood, 1) + since(greenwood, 2)
    own = np.cumsum(before**2 * leavers * (n - leavers) / n**3, axis=1)
    both = incidence * since(mixed, 0) - since(mixed, 1)
    return np.maximum(spread + own - 2 * both, 0)


def _intervals(incidence: FloatArray, variance: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    lower, upper = incidence.copy(), incidence.copy()
    some = (incidence > 0) & (incidence < 1)
    share = incidence[some]
    width = normal_quantile(level) * np.sqrt(variance[some]) / (share * np.abs(np.log(share)))
    lower[some], upper[some] = share ** np.exp(width), share ** np.exp(-width)
    return lower, upper
