"""Fills circles of one or several mentors with mentees; a circle that can't fill is dissolved.

What counts, in this order:
1. as many mentees as possible are in a circle that has its smallest size or more,
2. the sum of the scores, counted in steps of 0.00001, is as high as possible,
3. earlier ids go first: every place counts the mentee's from the end of all ids, times the circle's, and the sum is as high
   as possible (in very large programmes neighbouring ids share a place),
4. the solver's own choice, which sees everything in the order of the ids.

Method: which circles open is the hard part (choosing them is NP-hard); for open circles a minimum-cost flow with lower
bounds is exact. First all are open, and the emptiest of those that can't fill are dissolved one after the other; then
one circle at a time is opened or dissolved as long as that helps. Leaving the smallest sizes out gives a bound: where
it is reached, that is the optimum. Else CP-SAT chooses circles and people at once, up to a size and a limit of work.
`proven` says whether 1 and 2 are the best there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.assignment import STEPS
from matching.formats.solving import (
    Ids,
    Scores,
    cheapest_flow,
    check_scores,
    flow_costs,
    from_the_end,
    in_steps,
    solve_in_order,
    unique_ids,
)
from matching.scoring import Candidates

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# Places that CP-SAT is given to weigh, at most.
_MOST_PLACES = 20_000
# How much work each goal is worth, in CP-SAT's own measure.
_EFFORT = 10.0
# Arcs that are looked at while circles are opened and dissolved one by one, at most.
_LOOKS = 3_000_000


@dataclass(frozen=True)
class Circle:
    """A circle on offer: its id, its mentors, and the fewest and most mentees it works with."""

    id: int
    mentors: tuple[int, ...]
    minimum: int = 5
    maximum: int = 6


@dataclass(frozen=True, order=True)
class Filled:
    """A circle that takes place; the score is the sum of its mentees' scores with it."""

    circle: int
    mentees: tuple[int, ...]
    score: float


@dataclass(frozen=True, order=True)
class Unplaced:
    """Somebody without a circle: in how many, and in how many that take place, they might have been."""

    mentee: int
    circles: int
    open: int


@dataclass(frozen=True)
class Circles:
    """The circles that take place in the order of their ids.

    dissolved  ids of the others, in order
    unplaced   mentees without a circle, in order
    total      the sum of the scores
    bound      no choice with as many people can have a higher total; equal to `total` when proven
    """

    filled: tuple[Filled, ...]
    dissolved: tuple[int, ...]
    unplaced: tuple[Unplaced, ...]
    total: float
    bound: float
    proven: bool


@dataclass(frozen=True)
class _Places:
    """All places that may be taken, by rows and columns in the order of the ids."""

    rows: Scores
    columns: Scores
    steps: Scores
    mentees: int
    minimum: Scores
    maximum: Scores


def fill_circles(
    candidates: Candidates, *, circles: Iterable[Circle], mentees: ArrayLike, effort: float = _EFFORT
) -> Circles:
    """Place as many mentees as possible in circles that take place.

    candidates  (mentee, mentor) ids that may meet; a mentee may be in a circle when they may meet all of its mentors, and
                the score is the mean of those with them
    mentees     ids of everyone who is to be placed
    effort      how much work each goal is worth to CP-SAT, in its own measure: a few seconds each
    Raises ValueError in a sentence for a circle listed twice, without mentors or with sizes that make no sense, scores
    outside 0 to 1, a pair listed twice, and a candidate who is not among the mentees.
    """
    offers = sorted(circles, key=lambda circle: circle.id)
    _check_circles(offers)
    mentee_ids = np.sort(unique_ids(mentees, "Mentee"))
    scores, allowed = _means(candidates, offers, mentee_ids)
    rows, columns = np.nonzero(allowed)
    places = _Places(
        rows.astype(np.int64),
        columns.astype(np.int64),
        in_steps(scores[rows, columns]),
        mentee_ids.size,
        np.array([circle.minimum for circle in offers], dtype=np.int64),
        np.array([min(circle.maximum, mentee_ids.size) for circle in offers], dtype=np.int64),
    )
    chosen, bound, proven = _solve(places, effort)
    found = []
    for column in np.unique(columns[chosen]).tolist():
        members = rows[chosen][columns[chosen] == column]
        found.append(
            Filled(
                offers[column].id, tuple(mentee_ids[members].tolist()), round(float(scores[members, column].sum()), 6)
            )
        )
    is_open = np.isin(np.arange(len(offers)), columns[chosen])
    left = np.setdiff1d(np.arange(mentee_ids.size), rows[chosen])
    total = round(sum(each.score for each in found), 6)
    return Circles(
        filled=tuple(found),
        dissolved=tuple(circle.id for circle, stays in zip(offers, is_open.tolist(), strict=True) if not stays),
        unplaced=tuple(
            Unplaced(int(mentee_ids[row]), int(allowed[row].sum()), int(allowed[row, is_open].sum()))
            for row in left.tolist()
        ),
        total=total,
        bound=total if proven else max(total, bound),
        proven=proven,
    )


def _check_circles(offers: Sequence[Circle]) -> None:
    unique_ids([circle.id for circle in offers], "Circle")
    for circle in offers:
        if not circle.mentors:
            raise ValueError(f"Circle {circle.id} has no mentor.")
        if len(set(circle.mentors)) < len(circle.mentors):
            raise ValueError(f"Circle {circle.id} names a mentor twice.")
        if not 1 <= circle.minimum <= circle.maximum:
            raise ValueError(f"Circle {circle.id} can't have {circle.minimum} to {circle.maximum} mentees.")


def _means(
    candidates: Candidates, offers: Sequence[Circle], mentee_ids: Ids
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores of mentees with circles (M, C), and who may be in which."""
    check_scores(candidates.scores.astype(np.float64))
    strangers = candidates.mentees[~np.isin(candidates.mentees, mentee_ids)]
    if strangers.size:
        raise ValueError(f"Mentee {strangers.min()} has candidates but is not to be placed.")
    mentors = np.unique(np.array([mentor for circle in offers for mentor in circle.mentors], dtype=np.int64))
    known = np.isin(candidates.mentors, mentors)
    rows = np.searchsorted(mentee_ids, candidates.mentees[known])
    columns = np.searchsorted(mentors, candidates.mentors[known])
    met = np.zeros((mentee_ids.size, mentors.size), dtype=np.int64)
    np.add.at(met, (rows, columns), 1)
    if (met > 1).any():
        row, column = np.argwhere(met > 1)[0]
        raise ValueError(f"Mentee {mentee_ids[row]} and mentor {mentors[column]} are listed twice.")
    single = np.zeros(met.shape, dtype=np.float64)
    single[rows, columns] = candidates.scores[known]
    scores = np.zeros((mentee_ids.size, len(offers)), dtype=np.float64)
    allowed = np.zeros(scores.shape, dtype=np.bool_)
    for number, circle in enumerate(offers):
        # A mentor meets nobody in a circle in which they are a mentee themselves.
        members = np.searchsorted(mentors, np.array(circle.mentors, dtype=np.int64))
        scores[:, number] = single[:, members].mean(axis=1)
        allowed[:, number] = met[:, members].all(axis=1) & ~np.isin(mentee_ids, circle.mentors)
    return scores, allowed


def _solve(places: _Places, effort: float) -> tuple[Scores, float, bool]:
    """Which places are taken, a bound for the total score, and whether that is the best there is."""
    everyone = np.ones(places.minimum.size, dtype=np.bool_)
    free = _fill(places, everyone, bounded=False)
    limit = _worth(places, free)
    is_open, worth = _improve(places, *_dissolve(places))
    proven = worth == limit
    if not proven and places.rows.size <= _MOST_PLACES:
        is_open, proven = _choose(places, is_open, limit[0], effort)
    chosen = _fill(places, is_open, ties=True)
    if chosen is None:
        raise AssertionError("Circles that can fill did not.")
    if chosen.size == limit[0]:
        bound = limit[1] / STEPS
    else:
        # With fewer people than in the bound, nobody does better than in their favourite circle.
        favourite = np.zeros(places.mentees, dtype=np.int64)
        np.maximum.at(favourite, places.rows, places.steps)
        bound = int(np.sort(favourite)[places.mentees - chosen.size :].sum()) / STEPS
    return chosen, round(float(bound), 6), proven


def _worth(places: _Places, chosen: Scores | None) -> tuple[int, int]:
    return (-1, 0) if chosen is None else (chosen.size, int(places.steps[chosen].sum()))


def _fill(places: _Places, is_open: NDArray[np.bool_], *, bounded: bool = True, ties: bool = False) -> Scores | None:
    """The places that are taken when these circles are open; None when one of them can't fill."""
    usable = np.flatnonzero(is_open[places.columns])
    chosen = _flow(places, usable, is_open, bounded=bounded, ties=ties)
    sizes = np.bincount(places.columns[chosen], minlength=is_open.size)
    return None if bounded and (sizes[is_open] < places.minimum[is_open]).any() else chosen


def _flow(places: _Places, usable: Scores, is_open: NDArray[np.bool_], *, bounded: bool, ties: bool) -> Scores:
    """Most people first; among those, as many as possible of the places that a circle can't do without; then scores."""
    if not usable.size:
        return usable
    rows, columns, steps = places.rows[usable], places.columns[usable], places.steps[usable]
    circles = is_open.size
    # Each circle leads to the end by two ways: the places it can't do without, and the others.
    end = places.mentees + circles
    nodes = end + 1
    needed = np.where(is_open, places.minimum if bounded else 0, 0)
    further = np.where(is_open, places.maximum - needed, 0)
    if (further < 0).any():
        return usable[:0]
    pairs = min(places.mentees, int((needed + further).sum()))
    if ties:
        # The bonus makes costs larger by about as much as there are pairs.
        costs = flow_costs(
            steps, rows, columns, shape=(places.mentees, circles), pairs=pairs, nodes=nodes * (pairs + 2)
        )
    else:
        costs = -steps
    bonus = pairs * -int(costs.min(initial=0)) + 1
    at = np.arange(circles)
    flow = cheapest_flow(
        np.concatenate([rows, places.mentees + at, places.mentees + at]),
        np.concatenate([places.mentees + columns, np.full(2 * circles, end)]),
        np.concatenate([np.ones(rows.size, dtype=np.int64), needed, further]),
        np.concatenate([costs, np.full(circles, -bonus), np.zeros(circles, dtype=np.int64)]),
        np.concatenate([np.ones(places.mentees, np.int64), np.zeros(circles, np.int64), [-places.mentees]]),
        f"{places.mentees} mentees and {circles} circles",
    )
    return usable[flow[: rows.size] > 0]


def _dissolve(places: _Places) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Open all circles, then dissolve the emptiest of those that can't fill, until all that are left can."""
    reachable = np.bincount(places.columns, minlength=places.minimum.size)
    is_open = reachable >= places.minimum
    while True:
        chosen = _flow(places, np.flatnonzero(is_open[places.columns]), is_open, bounded=True, ties=False)
        sizes = np.bincount(places.columns[chosen], minlength=is_open.size)
        short = np.flatnonzero(is_open & (sizes < places.minimum))
        if not short.size:
            return is_open, _worth(places, chosen)
        totals = np.bincount(places.columns[chosen], weights=places.steps[chosen], minlength=is_open.size)
        # The latest id goes first among equals; many at once when there are very many.
        order = short[np.lexsort((-short, totals[short], sizes[short]))]
        is_open[order[: max(1, short.size // 8)]] = False


def _improve(
    places: _Places, is_open: NDArray[np.bool_], worth: tuple[int, int]
) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Open or dissolve one circle, or one for another, as long as that makes it better and is worth the looks."""
    looks = _LOOKS
    improved = True
    while improved:
        improved = False
        for changes in _changes(is_open):
            looks -= places.rows.size
            if looks < 0:
                return is_open, worth
            other = is_open.copy()
            other[list(changes)] ^= True
            found = _worth(places, _fill(places, other))
            if found > worth:
                is_open, worth, improved = other, found, True
                break
    return is_open, worth


def _changes(is_open: NDArray[np.bool_]) -> Iterable[tuple[int, ...]]:
    yield from ((at,) for at in range(is_open.size))
    yield from (
        (opened, closed) for opened in np.flatnonzero(~is_open).tolist() for closed in np.flatnonzero(is_open).tolist()
    )


def _choose(places: _Places, is_open: NDArray[np.bool_], most: int, effort: float) -> tuple[NDArray[np.bool_], bool]:
    """CP-SAT: which circles are open, beginning from those that are; and whether that is the best."""
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"p{at}") for at in range(places.rows.size)]
    opened = [model.new_bool_var(f"c{at}") for at in range(places.minimum.size)]
    of_mentee: list[list[cp_model.IntVar]] = [[] for _mentee in range(places.mentees)]
    of_circle: list[list[cp_model.IntVar]] = [[] for _circle in opened]
    for place, row, column in zip(taken, places.rows.tolist(), places.columns.tolist(), strict=True):
        of_mentee[row].append(place)
        of_circle[column].append(place)
        model.add_implication(place, opened[column])
    for each in of_mentee:
        model.add_at_most_one(each)
    for circle, members, minimum, maximum in zip(
        opened, of_circle, places.minimum.tolist(), places.maximum.tolist(), strict=True
    ):
        model.add(sum(members) >= minimum * circle)
        model.add(sum(members) <= maximum * circle)
    early = from_the_end(places.mentees, 1000)[places.rows] * from_the_end(len(opened), 1000)[places.columns]
    goals: list[list[tuple[cp_model.IntVar, int]]] = [
        list(zip(taken, places.steps.tolist(), strict=True)),
        list(zip(taken, early.tolist(), strict=True)),
    ]
    begun = np.zeros(places.rows.size, dtype=np.int64)
    start = _fill(places, is_open)
    if start is not None:
        begun[start] = 1
    if _worth(places, start)[0] == most:
        # More people can't be placed: one question less.
        model.add(sum(taken) == most)
    else:
        goals.insert(0, [(place, 1) for place in taken])
    found = solve_in_order(
        model,
        [*taken, *opened],
        goals,
        proof_of=len(goals) - 1,
        hint=[*begun.tolist(), *is_open.astype(int).tolist()],
        effort=effort,
    )
    if found is None:
        return is_open, False
    better = np.array(found.values[len(taken) :], dtype=np.bool_)
    if _worth(places, _fill(places, better)) < _worth(places, start):
        return is_open, False
    return better, found.proven
