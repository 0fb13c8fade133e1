"""Each participant beside colleagues who could have joined on the same day of tenure, and had not.

Method: risk-set matching (Y. P. Li, K. J. Propert and P. R. Rosenbaum, JASA 96, 2001; B. Lu, Biometrics 61, 2005) with
every eligible colleague as a match. A participant who joined on day J of tenure is matched to all people of the same
stratum who were employed after day J and had not joined. Both are followed from J; a matched person is followed until
they join themselves. Since all matches of one participant lie on the same clock, what Kaplan and Meier would find among
them from J to J + u is a ratio of the stratum's curve at two points, which is why no pair is ever written down. People
whose records begin after J are counted from then on (delayed entry).

The matched curve is the mean of those of all participants, in steps of a month: in each step, only sets count that are
still observed at its end, with the share of them still there as weight. Without censoring it is the plain mean. A
participant is followed no longer than there is a colleague left to compare with.

Intervals: the bootstrap of persons (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6) with
all that they did, as participants and as matches alike; standard errors of log(-log) for each curve, and of the
difference itself.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import ArrayLike

from reports.survival.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    RiskSets,
    count_distinct,
    normal_quantile,
    risk_sets,
    strata_of,
)
from reports.survival.curves import AT_RISK_FLOOR, TooFew
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, needed_at_least
from reports.survival.landmark import YEAR
from reports.survival.rows import ExposureRows, SpellSummary, summarise_spells

Side = Literal["left", "right"]

REPLICATES = 200
SEED = 20_240_601
# A stratum whose last colleague leaves: the logarithm of nearly nothing, so that later ratios can still be taken.
NOBODY_LEFT = -60.0


@dataclass(frozen=True)
class Share:
    """A share with its interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class MatchedPoint:
    """Both curves `days` after joining, and participants minus colleagues.

    `participants_at_risk` have been followed so long, and `colleagues_at_risk` are how many people stand beside them.
    """

    days: int
    participants: Share
    colleagues: Share
    difference: Share
    participants_at_risk: int
    colleagues_at_risk: int


@dataclass(frozen=True)
class MatchedStay:
    """The share still employed by time since joining, of participants and of colleagues like them.

    `headline` is the point at `horizon` days, one of `points`, which begin at 0 and end where either arm has too few.
    `participants` joined while followed; `unmatched` of them had no colleague to be compared with and are in neither
    curve; `already` had joined before they were followed, so that it is not known when. `colleagues` are the people who
    were a match of somebody. `leavers` left within the horizon while compared. `left` (arms × points × points) is how
    many different people left after one point and not after another.
    """

    headline: MatchedPoint
    points: tuple[MatchedPoint, ...]
    horizon: int
    participants: int
    unmatched: int
    already: int
    colleagues: int
    leavers: tuple[int, int]
    level: float
    replicates: int
    seed: int
    left: IntArray = field(repr=False, compare=False)

    def left_between(self, first: int, last: int) -> tuple[int, int]:
        """How many participants, and how many colleagues, it takes to tell two points apart, by their positions.

        A colleague beside several participants leaves at several points. So they are no more than the step between the
        points stands for, among as many people as are there at the first.
        """
        ours, theirs = self.left[:, first, last].tolist()
        begin, end = self.points[first], self.points[last]
        staying = end.colleagues.value / begin.colleagues.value if begin.colleagues.value > 0 else 1.0
        return ours, min(theirs, int(begin.colleagues_at_risk * (1 - staying) + 1e-9))


def matched_stay(
    rows: ExposureRows,
    *,
    strata: ArrayLike | None = None,
    horizon: int = YEAR,
    until: int | None = None,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
    floor: int = AT_RISK_FLOOR,
    leavers_floor: int = LEAVERS_FLOOR,
) -> MatchedStay | TooFew | TooFewEvents:
    """Compare how many participants and matched colleagues are still there `horizon` days after joining.

    `strata` is one label for each row (`combine_strata` makes it from department, level band and hire-year band).
    Curves go on to `until` days, by months, as far as `floor` people of each arm are followed. The same rows give the
    same numbers to the last digit whatever their order, `seed` being that of NumPy's PCG64.

    Answers TooFew when fewer than `floor` participants, or colleagues, are followed to the horizon, and TooFewEvents
    when fewer than `leavers_floor` of either left within it.
    """
    if horizon < 1 or replicates < 2:
        raise ValueError("A horizon takes one day at least, a bootstrap two replicates.")
    matches = _Matches(rows, strata, _steps(horizon, until or horizon))
    headline = matches.steps.tolist().index(horizon)
    at_risk = matches.participants_at_risk(), matches.colleagues_at_risk()
    enough = np.minimum(*at_risk) >= floor
    if not enough[: headline + 1].all():
        # As many as are followed to the horizon in the smaller arm.
        return TooFew(
            floor=floor,
            most_at_risk=int(np.minimum(*at_risk)[headline]),
            already=matches.already if matches.participants < floor else 0,
        )
    leavers = matches.leavers(horizon)
    if min(leavers) < leavers_floor:
        return TooFewEvents(leavers, leavers_floor, needed_at_least(level=level))

    last = int(np.argmin(enough)) if not enough.all() else len(enough)
    ours, theirs = matches.curves(None)
    random = Generator(PCG64(seed))
    # Of all persons as many are drawn as there are, each as often as chance has it.
    drawn = [
        matches.curves(np.bincount(random.integers(0, matches.people, matches.people), minlength=matches.people))
        for _ in range(replicates)
    ]
    theirs_drawn = np.array([each[1] for each in drawn])
    ours_drawn = np.array([each[0] for each in drawn])
    z = normal_quantile(level)
    points = []
    for at in range(last):
        gap = float(ours[at] - theirs[at])
        half = z * float(np.std(ours_drawn[:, at] - theirs_drawn[:, at], ddof=1))
        points.append(
            MatchedPoint(
                days=int(matches.steps[at]),
                participants=_share(float(ours[at]), ours_drawn[:, at], z),
                colleagues=_share(float(theirs[at]), theirs_drawn[:, at], z),
                difference=Share(gap, max(-1.0, gap - half), min(1.0, gap + half)),
                participants_at_risk=int(at_risk[0][at]),
                colleagues_at_risk=int(at_risk[1][at]),
            )
        )
    return MatchedStay(
        headline=points[headline],
        points=tuple(points),
        horizon=horizon,
        participants=matches.participants,
        unmatched=matches.participants - len(matches.joined),
        already=matches.already,
        colleagues=matches.colleagues,
        leavers=leavers,
        level=level,
        replicates=replicates,
        seed=seed,
        left=matches.left()[:, :last, :last],
    )


def matched_left(
    rows: ExposureRows, *, strata: ArrayLike | None = None, horizon: int = YEAR, until: int | None = None
) -> IntArray:
    """How many different people of each arm (arms × steps × steps) left after one step and not after another, as
    `matched_stay` would count them in all steps from 0 to `until`."""
    return _Matches(rows, strata, _steps(horizon, until or horizon)).left()


class _Matches:
    """Participants who have a match, colleagues, and both on one line of strata after strata.

    Everything is in an order that depends on what the rows say, never on where they stand.
    """

    def __init__(self, rows: ExposureRows, strata: ArrayLike | None, steps: IntArray) -> None:
        self.steps = steps
        spells, codes = _ordered(summarise_spells(rows), strata_of(strata, len(rows)))
        self.participants = int((spells.joined >= 0).sum())
        self.already = int(spells.already.sum())
        _found, person = np.unique(spells.person, return_inverse=True)
        # Persons are numbered by where they first come.
        first = np.full(len(_found), len(spells), np.int64)
        np.minimum.at(first, person, np.arange(len(spells)))
        number = np.empty(len(_found), np.int64)
        number[np.argsort(first, kind="stable")] = np.arange(len(_found))
        person = number[person]
        self.people = len(_found)

        # Colleagues: everybody until the day of joining.
        other = ~spells.already
        end = np.where(spells.joined >= 0, spells.joined, spells.exit)[other].astype(np.float64)
        begin = spells.entry[other].astype(np.float64)
        left = (spells.event & (spells.joined < 0))[other]
        self.other_person = person[other]
        self.other_codes = codes[other]
        self.sets: RiskSets = risk_sets(begin, end, left, self.other_codes)
        self.begin, self.end = begin, end
        self._width = float(max(end.max(initial=0), spells.exit.max(initial=0)) + steps[-1] + 2)
        self._begins = np.sort(self._key(self.other_codes, begin))
        self._ends = np.sort(self._key(self.other_codes, end))

        # Participants, and whether anybody is left to compare them with at each step.
        joined = np.flatnonzero(spells.joined >= 0)
        day = spells.joined[joined].astype(np.float64)
        code = codes[joined]
        # At risk just after day J: begun by then, and there for longer.
        matched = self._at_risk(code, day, after=True) > 0
        joined, day, code = joined[matched], day[matched], code[matched]
        # Neighbours on the line of moments look up neighbouring numbers.
        along = np.lexsort((np.arange(len(day)), day, code))
        joined, day, code = joined[along], day[along], code[along]
        self.joined, self.code, self.day = joined, code, day
        self.person = person[joined]
        stratum = self._stratum_of_moment()
        cells = self._key(stratum, self.sets.times)
        # Each stratum's curve begins at a place of its own, before its first moment of leaving.
        counts = np.bincount(stratum, minlength=int(codes.max(initial=0)) + 1)
        begins = np.repeat(np.cumsum(counts) - counts, counts + 1)
        self._moment_of_place = np.arange(len(begins)) - np.repeat(np.arange(len(counts)), counts + 1)
        self._begin_of_place = begins
        self.moments = np.array(
            [np.searchsorted(cells, self._key(code, day + step), "right") + code for step in steps], dtype=np.int64
        ).reshape(len(steps), len(day))
        watched = np.array([self._at_risk(code, day + step) > 0 for step in steps[1:]], dtype=bool)
        curve = self._cumulative(None)
        gone = curve[self.moments[1:]] - curve[self.moments[0]] <= NOBODY_LEFT / 2
        self.observed: BoolArray = np.logical_and.accumulate(watched | gone, axis=0)
        # None where all sets are still observed, as nearly always at first.
        self._watched = [None if row.all() else row.astype(np.float64) for row in self.observed]
        whole = self.observed.sum(axis=0)
        stay = (spells.exit[joined] - spells.joined[joined]).astype(np.int64)
        followed = np.minimum(stay, steps[whole])
        self.followed = followed
        self.left_at_end: BoolArray = spells.event[joined] & (followed == stay)
        self.colleagues = self._matched_people(spells.joined)

    @property
    def size(self) -> int:
        return len(self.joined)

    def curves(self, weights: IntArray | None) -> tuple[FloatArray, FloatArray]:
        """Both curves at every step, each person counting `weights` times."""
        own = np.ones(self.size) if weights is None else weights[self.person].astype(np.float64)
        return self._participants(own), self._colleagues(own, weights)

    def participants_at_risk(self) -> IntArray:
        """How many are there at each step."""
        counts = np.bincount(self.followed, minlength=int(self.steps[-1]) + 1)
        there = counts[::-1].cumsum()[::-1]
        return np.array([int(there[step]) for step in self.steps], dtype=np.int64)

    def colleagues_at_risk(self) -> IntArray:
        """How many people stand beside the participants who could be there at each step."""
        found = np.zeros(len(self.steps), np.int64)
        for at, step in enumerate(self.steps):
            still = np.ones(self.size, bool) if at == 0 else self.observed[at - 1]
            found[at] = self._standing(self.code[still], self.day[still] + step, after=at == 0)
        return found

    def leavers(self, horizon: int) -> tuple[int, int]:
        """How many participants, and how many colleagues beside one of them, left within the horizon."""
        ours = int((self.left_at_end & (self.followed <= horizon)).sum())
        # A colleague counts who leaves after a participant's day and no more than the horizon later.
        leaver = self.sets.leavers
        key = self._key(self.other_codes[leaver], self.end[leaver])
        days = np.sort(self._key(self.code, self.day))
        near = np.searchsorted(days, key, "left") - np.searchsorted(days, key - min(horizon, self._width - 1), "left")
        return ours, int((near > 0).sum())

    def left(self) -> IntArray:
        """How many different people of each arm (arms × steps × steps) left after one step and not after another."""
        ours = np.flatnonzero(self.left_at_end)
        found = [_left_between(np.searchsorted(self.steps, self.followed[ours]), self.person[ours], len(self.steps))]
        leaver = self.sets.leavers
        key = self._key(self.other_codes[leaver], self.end[leaver])
        along = np.argsort(key, kind="stable")
        key, who = key[along], self.other_person[leaver][along]
        days = np.sort(self._key(self.code, self.day))
        steps, people = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        until: IntArray | None = None
        for at in range(1, len(self.steps)):
            watched = self._watched[at - 1]
            near = days if watched is None else np.sort(self._key(self.code, self.day)[self.observed[at - 1]])
            # Somebody joined so many days before that it falls into this step.
            if until is None or watched is not None:
                until = np.searchsorted(near, key - self.steps[at - 1], "left")
            since = np.searchsorted(near, key - min(self.steps[at], self._width - 1), "left")
            gone = np.flatnonzero(until > since)
            until = None if watched is not None else since
            steps.append(np.full(len(gone), at))
            people.append(who[gone])
        found.append(_left_between(np.concatenate(steps), np.concatenate(people), len(self.steps)))
        return np.stack(found)

    def _participants(self, own: FloatArray) -> FloatArray:
        size = int(self.steps[-1]) + 1
        days = np.minimum(self.followed, size)
        total = np.bincount(days, own, size + 1)[::-1].cumsum()[::-1][:size]
        gone = np.bincount(self.followed[self.left_at_end], own[self.left_at_end], size)[:size]
        factors = 1 - np.divide(gone, total, out=np.zeros(size), where=total > 0)
        found: FloatArray = np.cumprod(factors)[self.steps]
        return found

    def _colleagues(self, own: FloatArray, weights: IntArray | None) -> FloatArray:
        curve = self._cumulative(weights)
        # Ratios of what is looked up are quicker than a power for each, unless a curve has run out of numbers.
        fine = float(curve.min(initial=0)) > -600
        levels = np.exp(curve) if fine else curve
        base = own / levels[self.moments[0]] if fine else own
        share = levels[self.moments[0]] if fine else np.ones(self.size)
        found = np.ones(len(self.steps))
        for at in range(1, len(self.steps)):
            watched = self._watched[at - 1]
            weight = base if watched is None else base * watched
            before = _dot(weight, share)
            share = levels[self.moments[at]]
            if not fine:
                share = np.exp(share - curve[self.moments[0]])
            found[at] = found[at - 1] * (_dot(weight, share) / before if before > 0 else 1.0)
        return found

    def _cumulative(self, weights: IntArray | None) -> FloatArray:
        """The logarithm of the share of colleagues still there, of one stratum after the other; each begins with 0."""
        each = None if weights is None else weights[self.other_person].astype(np.float64)
        total, left = self.sets.total(each), self.sets.left(each)
        with np.errstate(divide="ignore"):
            steps = np.log1p(-np.divide(left, total, out=np.zeros(len(total)), where=total > 0))
        running = np.concatenate([[0.0], np.cumsum(np.maximum(steps, NOBODY_LEFT))])
        found: FloatArray = running[self._moment_of_place] - running[self._begin_of_place]
        return found

    def _key(self, codes: IntArray, times: FloatArray) -> FloatArray:
        found: FloatArray = (codes * self._width + np.minimum(times, self._width - 1)).astype(np.float64)
        return found

    def _at_risk(self, codes: IntArray, times: FloatArray, *, after: bool = False) -> IntArray:
        """How many colleagues of each stratum are there at a time, or just after it."""
        keys = self._key(codes, times)
        side: Side = "right" if after else "left"
        found: IntArray = np.searchsorted(self._begins, keys, side) - np.searchsorted(self._ends, keys, side)
        return found

    def _standing(self, codes: IntArray, times: FloatArray, *, after: bool) -> int:
        """How many colleagues are there at one of these times or more."""
        keys = np.unique(self._key(codes, times))
        begins, ends = self._key(self.other_codes, self.begin), self._key(self.other_codes, self.end)
        side: Side = "left" if after else "right"
        return int((np.searchsorted(keys, ends, side) > np.searchsorted(keys, begins, side)).sum())

    def _matched_people(self, joined: IntArray) -> int:
        """How many persons were there, not joined, when somebody of their stratum joined."""
        keys = np.unique(self._key(self.code, self.day))
        begins, ends = self._key(self.other_codes, self.begin), self._key(self.other_codes, self.end)
        used = np.searchsorted(keys, ends, "left") > np.searchsorted(keys, begins, "left")
        return count_distinct(self.other_person[used])

    def _stratum_of_moment(self) -> IntArray:
        found = np.zeros(len(self.sets), np.int64)
        found[self.sets.moment] = self.other_codes[self.sets.leavers]
        return found


def _ordered(spells: SpellSummary, strata: IntArray | None) -> tuple[SpellSummary, IntArray]:
    """Spells in the order of what is known of them, those of one person after that too."""
    codes = np.zeros(len(spells), np.int64) if strata is None else strata[spells.row]
    content = (codes, spells.entry, spells.exit, spells.event, spells.joined, spells.already)
    along = np.lexsort(content[::-1])
    differs = np.zeros(len(spells), bool)
    for column in content:
        differs[1:] |= column[along][1:] != column[along][:-1]
    rank = np.empty(len(spells), np.int64)
    rank[along] = np.cumsum(differs)
    # Two people may share a spell in all that is known of it, and differ in another.
    _people, person = np.unique(spells.person, return_inverse=True)
    total = np.bincount(person, rank + 1.0)[person] if len(spells) else rank.astype(np.float64)
    order = np.lexsort((spells.person, total, rank))
    return (
        SpellSummary(
            **{
                name: getattr(spells, name)[order]
                for name in ("spell", "person", "entry", "exit", "event", "joined", "already", "row")
            }
        ),
        codes[order],
    )


def _left_between(when: IntArray, who: IntArray, size: int) -> IntArray:
    """How many different people (size × size) are told of at a position after one and up to another."""
    _people, number = np.unique(who, return_inverse=True)
    latest = np.zeros((size, len(_people)), np.int64)
    latest[when, number.reshape(-1)] = when
    np.maximum.accumulate(latest, axis=0, out=latest)
    counts = np.stack([np.bincount(row, minlength=size)[:size] for row in latest])
    found: IntArray = (counts.sum(axis=1, keepdims=True) - counts.cumsum(axis=1)).T
    return found


def _dot(left: FloatArray, right: FloatArray) -> float:
    """Without BLAS, whose threads wait for each other longer than so little work takes."""
    return float(np.einsum("i,i", left, right))


def _steps(horizon: int, until: int) -> IntArray:
    """Days after joining at which the curves are read: months, the horizon among them."""
    months = np.round(np.arange(0, math.ceil(max(horizon, until) * 12 / 365.25) + 1) * 365.25 / 12)
    steps = np.unique(np.concatenate([months[months <= max(horizon, until)], [horizon]])).astype(np.int64)
    return steps


def _share(value: float, drawn: FloatArray, z: float) -> Share:
    """An interval that stays between 0 and 1."""
    if not 0 < value < 1:
        return Share(value, value, value)
    error = float(np.std(drawn, ddof=1)) / (value * abs(math.log(value)))
    return Share(value, value ** math.exp(z * error), value ** math.exp(-z * error))
