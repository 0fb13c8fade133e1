"""Chooses who is paired with whom: candidates and capacities in, pairs out, neither Django nor a database.

A minimum-cost flow from mentees to mentors. What counts, in this order:
1. as many mentees as possible have a mentor,
2. the sum of the scores, counted in steps of 0.00001, is as high as possible,
3. earlier ids go first: every pair counts the mentee's place from the end of all mentees' ids, times the mentor's from
   the end of those with any capacity, and the sum is as high as possible. In very large programmes neighbouring ids
   share a place,
4. the solver's own choice, which sees people in the order of their ids and never in the order of the rows.
So the same people give the same pairs, however they are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from matching.scoring import Candidates

STEPS = 100_000
# OR-Tools multiplies costs by the number of nodes in 64 bits; beyond that it answers with a status.
_LARGEST_COST = 2**61


@dataclass(frozen=True, order=True)
class Pair:
    """A mentee and a mentor by id; the score is None for a locked pair that was not among the candidates."""

    mentee: int
    mentor: int
    score: float | None
    locked: bool = False


@dataclass(frozen=True)
class Assignment:
    """Who is paired with whom, in the order of the mentees' ids.

    unmatched   ids of the mentees without a mentor, in order
    total       the sum of the scores that are known
    free_seats  mentor id → places left, of every mentor with any
    """

    pairs: tuple[Pair, ...]
    unmatched: tuple[int, ...]
    total: float
    free_seats: Mapping[int, int]


class SolverFailed(RuntimeError):
    """The solver gave no optimal answer, which no input should lead to."""


def assign(
    candidates: Candidates,
    *,
    mentees: ArrayLike,
    capacity: Mapping[int, int],
    locked: Iterable[tuple[int, int]] = (),
) -> Assignment:
    """Give as many mentees as possible a mentor, with the highest total score.

    candidates  the pairs that may be made, in any order; whatever is not among them is forbidden
    mentees     ids of everyone who is to be placed, with or without candidates
    capacity    mentor id → how many mentees they take at most; a mentor who is missing takes none
    locked      (mentee, mentor) ids that stay as they are, candidates or not; they use their mentor's places
    Raises ValueError in a sentence for scores outside 0 to 1, a pair listed twice, a negative capacity, a candidate
    who is not among the mentees, a mentee locked twice, and more locked pairs than a mentor has places.
    """
    mentee_ids = np.unique(np.asarray(mentees, dtype=np.int64).reshape(-1))
    mentor_ids = np.array(sorted(mentor for mentor, seats in capacity.items() if seats), dtype=np.int64)
    # In the order of the ids, so that nothing depends on the order of the rows.
    order = np.lexsort((candidates.mentors, candidates.mentees))
    arc_mentees, arc_mentors = candidates.mentees[order], candidates.mentors[order]
    scores = candidates.scores[order].astype(np.float64)
    _check(arc_mentees, arc_mentors, scores, mentee_ids=mentee_ids, capacity=capacity)
    held = _check_locked(locked, mentee_ids, capacity)

    seats = np.array([capacity[mentor] for mentor in mentor_ids.tolist()], dtype=np.int64)
    seats -= _count(held.values(), mentor_ids)
    usable = np.isin(arc_mentors, mentor_ids) & ~np.isin(arc_mentees, np.fromiter(held, dtype=np.int64))
    rows = np.searchsorted(mentee_ids, arc_mentees[usable])
    columns = np.searchsorted(mentor_ids, arc_mentors[usable])
    chosen = np.flatnonzero(usable)[_flow(rows, columns, scores[usable], seats, mentee_ids.size)]

    pairs = [Pair(int(arc_mentees[at]), int(arc_mentors[at]), round(float(scores[at]), 6)) for at in chosen.tolist()]
    pairs += _locked_pairs(held, arc_mentees, arc_mentors, scores)
    pairs.sort()
    seats -= _count((pair.mentor for pair in pairs if not pair.locked), mentor_ids)
    placed = {pair.mentee for pair in pairs}
    return Assignment(
        pairs=tuple(pairs),
        unmatched=tuple(mentee for mentee in mentee_ids.tolist() if mentee not in placed),
        total=round(sum(pair.score for pair in pairs if pair.score is not None), 6),
        free_seats={mentor: int(left) for mentor, left in zip(mentor_ids.tolist(), seats, strict=True) if left},
    )


def _flow(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    scores: NDArray[np.float64],
    seats: NDArray[np.int64],
    mentees: int,
) -> NDArray[np.intp]:
    """Which arcs of a bipartite graph carry a pair. Arcs are sorted; rows and columns count from 0 in id order."""
    if not rows.size:
        return np.zeros(0, dtype=np.intp)
    costs = _costs(rows, columns, scores, mentees=mentees, mentors=seats.size, seats=int(seats.sum()))
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (mentees + columns).astype(np.int32), np.ones(rows.size, dtype=np.int64), costs
    )
    flow.set_nodes_supplies(
        np.arange(mentees + seats.size, dtype=np.int32), np.concatenate([np.ones(mentees, dtype=np.int64), -seats])
    )
    status = flow.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise SolverFailed(f"Minimum-cost flow ended with {status} for {mentees} mentees and {seats.size} mentors.")
    return np.flatnonzero(flow.flows(arcs) > 0)


def _costs(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    scores: NDArray[np.float64],
    *,
    mentees: int,
    mentors: int,
    seats: int,
) -> NDArray[np.int64]:
    """Whole numbers that order assignments by total score and, only where that is equal, by the ids."""
    pairs = min(mentees, seats) or 1
    room = _LARGEST_COST // ((mentees + mentors + 2) * (STEPS + 1) * pairs)
    places = isqrt(max(room, 1))
    early_mentee = _from_the_end(rows, mentees, places)
    early_mentor = _from_the_end(columns, mentors, places)
    early = early_mentee * early_mentor
    # More than all the pairs of one assignment can make of it.
    step = pairs * min(mentees, places) * min(mentors, places) + 1
    costs: NDArray[np.int64] = -(np.rint(scores * STEPS).astype(np.int64) * step + early)
    return costs


def _from_the_end(at: NDArray[np.intp], count: int, places: int) -> NDArray[np.int64]:
    """The last of `count` is 1, the first is `count`, or `places` if that is less."""
    back = (count - at).astype(np.int64)
    return back if count <= places else (back * places + count - 1) // count


def _count(mentors: Iterable[int], mentor_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each of the mentors, who are in order, occurs."""
    at = np.searchsorted(mentor_ids, np.fromiter(mentors, dtype=np.int64))
    return np.bincount(at, minlength=mentor_ids.size).astype(np.int64)


def _check(
    mentees: NDArray[np.int64],
    mentors: NDArray[np.int64],
    scores: NDArray[np.float64],
    *,
    mentee_ids: NDArray[np.int64],
    capacity: Mapping[int, int],
) -> None:
    for mentor, seats in capacity.items():
        if seats < 0:
            raise ValueError(f"Mentor {mentor} can't take {seats} mentees.")
    # Written so that NaN fails too.
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("Scores must lie between 0 and 1.")
    strangers = mentees[~np.isin(mentees, mentee_ids)]
    if strangers.size:
        raise ValueError(f"Mentee {strangers[0]} has candidates but is not to be placed.")
    repeated = np.flatnonzero((mentees[1:] == mentees[:-1]) & (mentors[1:] == mentors[:-1]))
    if repeated.size:
        raise ValueError(f"Mentee {mentees[repeated[0]]} and mentor {mentors[repeated[0]]} are listed twice.")


def _check_locked(
    locked: Iterable[tuple[int, int]], mentee_ids: NDArray[np.int64], capacity: Mapping[int, int]
) -> dict[int, int]:
    """Mentee id → mentor id of the locked pairs."""
    known = set(mentee_ids.tolist())
    held: dict[int, int] = {}
    taken: dict[int, int] = {}
    for mentee, mentor in locked:
        if mentee not in known:
            raise ValueError(f"Mentee {mentee} is locked but is not to be placed.")
        if mentee in held:
            raise ValueError(f"Mentee {mentee} is locked to two mentors.")
        held[mentee] = mentor
        taken[mentor] = taken.get(mentor, 0) + 1
    for mentor, count in taken.items():
        if count > capacity.get(mentor, 0):
            raise ValueError(f"Mentor {mentor} has {capacity.get(mentor, 0)} places but {count} locked mentees.")
    return held


def _locked_pairs(
    held: Mapping[int, int], mentees: NDArray[np.int64], mentors: NDArray[np.int64], scores: NDArray[np.float64]
) -> list[Pair]:
    pairs = []
    for mentee, mentor in held.items():
        first, last = np.searchsorted(mentees, [mentee, mentee + 1])
        at = first + np.searchsorted(mentors[first:last], mentor)
        listed = at < last and mentors[at] == mentor
        pairs.append(Pair(mentee, mentor, round(float(scores[at]), 6) if listed else None, locked=True))
    return pairs
