"""Cox's regression for rows that enter late, and the hazard ratio of those who take part.

Sources: D. R. Cox, JRSS B 34 (1972); rows per state as in P. K. Andersen and R. D. Gill, Annals of Statistics 10 (1982);
ties as in B. Efron, JASA 72 (1977) and N. Breslow, Biometrics 30 (1974).

Sums over risk sets are running sums over the moments of leaving, and second derivatives are one matrix product over
the rows, so that a step costs n·p² for n rows and p covariates, however many moments there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import (
    FloatArray,
    IntArray,
    RiskSets,
    checked_rows,
    count_distinct,
    normal_quantile,
    risk_sets,
    strata_of,
)
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, needed_at_least
from reports.survival.rows import ExposureRows, summarise_spells

Ties = Literal["efron", "breslow"]
Reason = Literal["no_leavers", "no_contrast", "monotone"]

MOST_STEPS = 60
MOST_FLAGS = 4
# Of the information that independent covariates would give; what is less is rounding.
NO_INFORMATION = 1e-9


@dataclass(frozen=True)
class NotEstimable:
    """The answer when no finite ratio describes the rows.

    "no_leavers": nobody left while followed. "no_contrast": the covariates named never differ among those at risk
    when somebody leaves, or one follows from others. "monotone": the more extreme the coefficients of the covariates
    named, the better they fit, as when all leavers are on one side.
    """

    reason: Reason
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Coefficients of log hazard, in the order of `names`, which has p.

    `coefficients`, `errors`, `lower` and `upper` have shape (p,) and are in units of one over that of the covariate;
    `covariance` has shape (p, p). `log_likelihood` is the partial one, at no effect and at the estimate.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    errors: FloatArray
    covariance: FloatArray
    log_likelihood: tuple[float, float]
    rows: int
    leavers: int
    ties: Ties
    level: float
    steps: int

    @property
    def ratios(self) -> FloatArray:
        return np.exp(self.coefficients)

    @property
    def lower(self) -> FloatArray:
        return np.exp(self.coefficients - normal_quantile(self.level) * self.errors)

    @property
    def upper(self) -> FloatArray:
        return np.exp(self.coefficients + normal_quantile(self.level) * self.errors)

    @property
    def p_values(self) -> FloatArray:
        """Wald's, two-sided."""
        return np.array([math.erfc(abs(z) / math.sqrt(2)) for z in self.coefficients / self.errors])


@dataclass(frozen=True)
class HazardRatio:
    """How many times as often participants leave as others do, at the same tenure; below 1 they leave less.

    `coefficient` is its logarithm with the standard `error`. `leavers` are those of participants and of others at
    moments when both could be compared, `people` how many were followed in either state.
    """

    ratio: float
    lower: float
    upper: float
    coefficient: float
    error: float
    p_value: float
    leavers: tuple[int, int]
    people: tuple[int, int]


def cox(
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    names: Sequence[str] = (),
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> CoxFit | NotEstimable:
    """Fit log hazard = a baseline of each stratum + covariates · coefficients, for n rows (entry, exit].

    `covariates` has shape (n,) or (n, p); one that changes with time is one with a row for each state. `strata` is any
    label for each row, `names` say what the covariates are called.
    Raises ValueError when lengths differ, a row does not enter before it exits, or a covariate is not finite.
    """
    entries, exits, events = checked_rows(entry, exit, event)
    x = np.asarray(covariates, dtype=np.float64)
    x = x.reshape(len(entries), 1) if x.ndim == 1 and x.shape == entries.shape else x
    if x.ndim != 2 or len(x) != len(entries):
        raise ValueError(f"There are {len(entries)} rows, but covariates have the shape {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError("Each covariate must be finite: leave rows out, or give what is missing a column of its own.")
    if ties not in ("efron", "breslow"):
        raise ValueError(f"Ties are dealt with by efron or breslow, not by {ties}.")
    called = tuple(names) or tuple(f"x{at}" for at in range(x.shape[1]))
    if len(called) != x.shape[1]:
        raise ValueError("Each covariate needs one name.")
    normal_quantile(level)
    if not x.shape[1]:
        raise ValueError("There is no covariate.")
    sets = risk_sets(entries, exits, events, strata_of(strata, len(entries)))
    return _fit(sets, x, called, rows=len(entries), ties=ties, level=level)


def hazard_ratio(
    rows: ExposureRows,
    *,
    strata: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
    floor: int = LEAVERS_FLOOR,
) -> HazardRatio | TooFewEvents | NotEstimable:
    """How many times as often people leave once they take part, at the same tenure.

    `strata`, one label for each row, are compared within themselves; `covariates`, of shape (rows, p), are held equal.
    Answers TooFewEvents when fewer than `floor` people left in either arm at a moment when both were at risk.
    """
    exposed = rows.exposed.astype(np.float64)
    codes = strata_of(strata, len(rows))
    entries, exits, events = checked_rows(rows.entry, rows.exit, rows.event)
    people = (count_distinct(rows.person[rows.exposed]), count_distinct(rows.person[~rows.exposed]))
    sets = risk_sets(entries, exits, events, codes)
    ours, total = sets.total(exposed), sets.total()
    comparable = (ours > 0.5) & (total - ours > 0.5)
    left = int(sets.left()[comparable].sum())
    left_ours = int(sets.left(exposed)[comparable].sum())
    counts = (left_ours, left - left_ours)
    if min(counts) < floor:
        return TooFewEvents(counts=counts, floor=floor, needed=needed_at_least(level=level))
    x = exposed[:, None]
    if covariates is not None:
        others = np.asarray(covariates, dtype=np.float64)
        if len(others) != len(rows) or not np.isfinite(others).all():
            raise ValueError(f"There are {len(rows)} rows: covariates need a finite value for each.")
        x = np.column_stack([x, others.reshape(len(rows), -1)])
    names = ("participation", *(f"x{at}" for at in range(x.shape[1] - 1)))
    fit = _fit(sets, x, names, rows=len(rows), ties=ties, level=level)
    if isinstance(fit, NotEstimable):
        return fit
    return _ratio(fit, counts, people)


@dataclass(frozen=True)
class SimpleCount:
    """What one gets by counting who ever joined beside who never did: shown only to say why it is wrong.

    `difference` is the share of participants who stayed minus that of others, and `ratio` the hazard ratio of ever
    having joined, both of which flatter: one must stay to join.
    """

    participants: int
    participants_left: int
    others: int
    others_left: int
    difference: float | None
    ratio: HazardRatio | TooFewEvents | NotEstimable


def simple_count(rows: ExposureRows, *, level: float = 0.95, floor: int = LEAVERS_FLOOR) -> SimpleCount:
    """Count, for each spell, who ever joined and who left, as if joining had been known from the first day."""
    spells = summarise_spells(rows)
    ever = spells.ever
    whole = ExposureRows(spells.entry, spells.exit, spells.event, ever, spells.person, spell=spells.spell)
    joined, joined_left = int(ever.sum()), int((spells.event & ever).sum())
    others, others_left = int((~ever).sum()), int((spells.event & ~ever).sum())
    return SimpleCount(
        participants=joined,
        participants_left=joined_left,
        others=others,
        others_left=others_left,
        difference=others_left / others - joined_left / joined if others and joined else None,
        ratio=hazard_ratio(whole, level=level, floor=floor),
    )


def _fit(
    sets: RiskSets, x: FloatArray, called: tuple[str, ...], *, rows: int, ties: Ties, level: float
) -> CoxFit | NotEstimable:
    if not len(sets):
        return NotEstimable("no_leavers")

    # Who is at risk at no moment of leaving has no part in it.
    used = sets.first < sets.last
    if not used.all():
        place = np.cumsum(used) - 1
        sets = RiskSets(sets.first[used], sets.last[used], place[sets.leavers], sets.moment, sets.times)
        x = x[used]
    # In units of their spread, so that covariates of days and of years are solved equally well.
    scale = x.std(axis=0)
    constant = scale <= 1e-12 * np.maximum(1.0, np.abs(x).max(axis=0))
    if constant.any():
        return NotEstimable("no_contrast", tuple(np.array(called)[constant].tolist()))
    return _solve(
        _likelihood(sets, (x - x.mean(axis=0)) / scale, ties), called, scale, rows=rows, ties=ties, level=level
    )


class _Likelihood:
    """The partial likelihood of rows with covariates x of shape (n, p), with its first two derivatives."""

    def __init__(self, sets: RiskSets, x: FloatArray, ties: Ties) -> None:
        self.sets, self.x = sets, x
        self.leaving = x[sets.leavers]
        counts = np.bincount(sets.moment, minlength=len(sets))
        starts = np.cumsum(counts) - counts
        # Efron: of d who leave at once, the l-th is taken from a risk set that l/d of them have left already.
        passed = (np.arange(len(sets.moment)) - starts[sets.moment]) / counts[sets.moment]
        self.passed = passed if ties == "efron" and (counts > 1).any() else None

    def at(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Logarithm, score of shape (p,), information of shape (p, p)."""
        sets, x = self.sets, self.x
        eta = x @ beta
        eta -= eta.max()
        w = np.exp(eta)
        wx = w[:, None] * x
        total, sums = sets.total(w), np.column_stack([sets.total(column) for column in wx.T])
        left = sets.left(w)
        gone = np.column_stack([sets.left(column) for column in wx.T]) if self.passed is not None else sums
        means, weight, spared, logarithm = self._at_moments(total, sums, left, gone)
        # The hazard that each row lived through, and for those who leave the part that Efron spares them.
        passing = np.concatenate([[0.0], np.cumsum(weight)])
        lived = passing[sets.last] - passing[sets.first]
        second = np.einsum("ij,ik->jk", wx, lived[:, None] * x)
        if spared is not None:
            second -= np.einsum("ij,ik->jk", wx[sets.leavers], spared[sets.moment][:, None] * self.leaving)
        return self._answer(float(eta[sets.leavers].sum()) - logarithm, means, second)

    def spread(self, beta: FloatArray) -> float:
        """The greatest logarithm of a ratio of two hazards."""
        return float(np.ptp(self.x @ beta))

    def _at_moments(
        self, total: FloatArray, sums: FloatArray, left: FloatArray, gone: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray | None, float]:
        """Means of x over the risk set of each leaver (e, p), and what is needed of the sets: see `at`."""
        moment, size = self.sets.moment, len(self.sets)
        # Rounding of running sums must not take more away than those who are leaving.
        at_risk = np.maximum(total, left)[moment]
        means = sums[moment]
        if self.passed is not None:
            at_risk = at_risk - self.passed * left[moment]
            means = means - self.passed[:, None] * gone[moment]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            means = means / at_risk[:, None]
            each = 1 / at_risk
            logarithm = float(np.log(at_risk).sum())
        spared = None
        if self.passed is not None:
            spared = np.bincount(moment, each * self.passed, size).astype(np.float64)
        return means, np.bincount(moment, each, size).astype(np.float64), spared, logarithm

    def _answer(self, value: float, means: FloatArray, second: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        information = second - np.einsum("ij,ik->jk", means, means)
        return value, self.leaving.sum(axis=0) - means.sum(axis=0), (information + information.T) / 2


class _FlagLikelihood(_Likelihood):
    """The same where covariates are flags: rows with the same flags are counted once and for all."""

    def __init__(self, sets: RiskSets, x: FloatArray, ties: Ties, patterns: FloatArray, codes: IntArray) -> None:
        super().__init__(sets, x, ties)
        self.patterns = patterns
        each = [(codes == at).astype(np.float64) for at in range(len(patterns))]
        self.there = np.column_stack([sets.total(flag) for flag in each])
        self.left = np.column_stack([sets.left(flag) for flag in each])

    def at(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        v = self.patterns
        eta = v @ beta
        eta -= eta.max()
        w = np.exp(eta)
        wv = w[:, None] * v
        means, weight, spared, logarithm = self._at_moments(
            self.there @ w, self.there @ wv, self.left @ w, self.left @ wv
        )
        lived = weight @ self.there
        if spared is not None:
            lived = lived - spared @ self.left
        second = wv.T @ (lived[:, None] * v)
        return self._answer(float(self.left.sum(axis=0) @ eta) - logarithm, means, second)

    def spread(self, beta: FloatArray) -> float:
        return float(np.ptp(self.patterns @ beta))


def _likelihood(sets: RiskSets, x: FloatArray, ties: Ties) -> _Likelihood:
    low, high = x.min(axis=0), x.max(axis=0)
    if x.shape[1] > MOST_FLAGS or not ((x == low) | (x == high)).all():
        return _Likelihood(sets, x, ties)
    powers = 2 ** np.arange(x.shape[1])
    codes = (x == high).astype(np.int64) @ powers
    flags = (np.arange(2 ** x.shape[1])[:, None] // powers) % 2 == 1
    return _FlagLikelihood(sets, x, ties, np.where(flags, high, low), codes)


def _solve(
    likelihood: _Likelihood, names: tuple[str, ...], scale: FloatArray, *, rows: int, ties: Ties, level: float
) -> CoxFit | NotEstimable:
    """Newton's steps, halved when they overshoot."""
    beta = np.zeros(len(names))
    value, score, information = null = likelihood.at(beta)
    leavers = len(likelihood.sets.leavers)
    roots, directions = np.linalg.eigh(null[2])
    blind = roots <= NO_INFORMATION * max(1.0, leavers)
    if blind.any():
        hidden = (np.abs(directions[:, blind]) > 1e-3).any(axis=1)
        return NotEstimable("no_contrast", tuple(np.array(names)[hidden].tolist()))

    steps = 0
    while steps < MOST_STEPS:
        steps += 1
        try:
            step: FloatArray = np.linalg.solve(information, score).astype(np.float64)
        except np.linalg.LinAlgError:
            return _monotone(names, beta, beta)
        gain = float(score @ step) / 2
        if not np.isfinite(step).all():
            return _monotone(names, beta, beta)
        if abs(gain) <= 1e-13 * max(1.0, abs(value)):
            # The likelihood has stopped to rise. Where the way is still long, it rises for ever towards a limit.
            if (np.abs(step) > 1e-3).any():
                return _monotone(names, step, beta)
            beta = beta + step
            break
        tried = likelihood.at(beta + step)
        for _ in range(30):
            if tried[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2
            tried = likelihood.at(beta + step)
        beta = beta + step
        value, score, information = tried
        # Nobody's hazard is e to the power of 30 times that of another.
        if likelihood.spread(beta) > 30:
            return _monotone(names, step, beta)
    else:
        return _monotone(names, beta, beta)

    covariance = np.linalg.inv(information) / np.outer(scale, scale)
    return CoxFit(
        names=names,
        coefficients=beta / scale,
        errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        log_likelihood=(null[0], value),
        rows=rows,
        leavers=leavers,
        ties=ties,
        level=level,
        steps=steps,
    )


def _monotone(names: tuple[str, ...], step: FloatArray, beta: FloatArray) -> NotEstimable:
    """Name the covariates that are still on their way."""
    moving = np.abs(step) > 0.1 * np.abs(step).max(initial=0) if np.abs(step).max(initial=0) else np.abs(beta) > 1
    return NotEstimable("monotone", tuple(np.array(names)[moving].tolist()))


def _ratio(fit: CoxFit, leavers: tuple[int, int], people: tuple[int, int]) -> HazardRatio:
    return HazardRatio(
        ratio=float(fit.ratios[0]),
        lower=float(fit.lower[0]),
        upper=float(fit.upper[0]),
        coefficient=float(fit.coefficients[0]),
        error=float(fit.errors[0]),
        p_value=float(fit.p_values[0]),
        leavers=leavers,
        people=people,
    )
