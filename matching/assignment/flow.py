"""Who goes with whom along given arcs, and the prices that prove it: a minimum-cost flow and shortest paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Whole = NDArray[np.int64]


class SolverFailed(RuntimeError):
    """The solver gave no optimal answer, which no input should lead to."""


@dataclass(frozen=True, eq=False)
class Prices:
    """What a place with each mentor costs and what each mentee has left, in the units of the arcs' worth.

    No arc is worth more than its two ends; those that carry a pair are worth exactly that, and whoever has a price
    above 0 is taken. So nothing that keeps to the places is worth more than all prices together.
    """

    mentees: Whole
    mentors: Whole

    def total(self, seats: Whole) -> int:
        return int(self.mentees.sum()) + int((self.mentors * seats).sum())


def largest_worth(mentees: int, mentors: int) -> int:
    """What the solver can count with: it multiplies by the number of nodes, adds up along paths, and has 64 bits.

    Beyond that OR-Tools answers with a status. The prices, which hold a bonus for everybody on a path, fit as well.
    """
    return int(2**60 // (mentees + mentors + 3) ** 2)


def best_flow(
    rows: Whole,
    columns: Whole,
    worth: Whole,
    seats: Whole,
    mentees: int,
    *,
    must: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
) -> NDArray[np.bool_]:
    """Which arcs carry a pair so that they are worth most: of as many as possible, or of those who must be taken.

    must  which mentees must have a mentor, and which mentors must have all their mentees
    """
    if not rows.size:
        return np.zeros(0, dtype=np.bool_)
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (mentees + columns).astype(np.int32), np.ones(rows.size, dtype=np.int64), -worth
    )
    supplies = np.concatenate([np.ones(mentees, dtype=np.int64), -seats])
    if must is not None:
        # Whoever need not be taken may go to nobody, and so may the places.
        free, open_ = np.flatnonzero(~must[0]), np.flatnonzero(~must[1])
        empty, nobody = mentees + seats.size, mentees + seats.size + 1
        number = mentees + int(seats.sum())
        tails = np.concatenate([free, np.full(open_.size, empty), [empty]])
        heads = np.concatenate([np.full(free.size, nobody), mentees + open_, [nobody]])
        flow.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32),
            heads.astype(np.int32),
            np.concatenate([np.ones(free.size, dtype=np.int64), seats[open_], [number]]),
            np.zeros(tails.size, dtype=np.int64),
        )
        supplies = np.concatenate([supplies, [number - mentees, -mentees]])
    flow.set_nodes_supplies(np.arange(supplies.size, dtype=np.int32), supplies)
    status = flow.solve_max_flow_with_min_cost() if must is None else flow.solve()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise SolverFailed(f"Minimum-cost flow ended with {status} for {mentees} mentees and {seats.size} mentors.")
    chosen: NDArray[np.bool_] = flow.flows(arcs) > 0
    return chosen


def prices_of(
    rows: Whole, columns: Whole, worth: Whole, seats: Whole, mentees: int, chosen: NDArray[np.bool_]
) -> Prices:
    """Prices at which exactly this choice is worth most.

    The prices that do so lie between a lowest and a highest, each found by longest or shortest paths through the
    mentors (Bellman-Ford); those in the middle leave fewest arcs undecided. Raises SolverFailed if there are none.
    """
    n = seats.size
    mentor_of = np.full(mentees, -1, dtype=np.int64)
    mentor_of[rows[chosen]] = columns[chosen]
    has = np.zeros(mentees, dtype=np.int64)
    has[rows[chosen]] = worth[chosen]

    placed = mentor_of[rows] >= 0
    least = np.zeros(n, dtype=np.int64)
    np.maximum.at(least, columns[~placed], worth[~placed])
    most = np.full(n, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(most, columns[chosen], worth[chosen])
    most[np.bincount(columns[chosen], minlength=n) < seats] = 0

    # A mentee who could go from one mentor to another for this much more.
    going = placed & ~chosen
    source, target = mentor_of[rows[going]], columns[going]
    more = worth[going] - has[rows[going]]
    order = np.lexsort((more, target, source))
    source, target, more = source[order], target[order], more[order]
    last = np.ones(source.size, dtype=np.bool_)
    last[:-1] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    source, target, more = source[last], target[last], more[last]

    low = _rise(least, source, target, more)
    high = -_rise(-most, target, source, more)
    if (low > high).any():
        raise SolverFailed("The solver's choice is not the best: no prices fit it.")
    middle = low + (high - low) // 2
    left = np.zeros(mentees, dtype=np.int64)
    held = mentor_of >= 0
    left[held] = has[held] - middle[mentor_of[held]]
    return Prices(left, middle)


def _rise(start: Whole, source: Whole, target: Whole, more: Whole) -> Whole:
    """The least values from `start` up with value[target] ≥ value[source] + more for every step."""
    value = start.copy()
    order = np.argsort(source, kind="stable")
    source, target, more = source[order], target[order], more[order]
    first = np.searchsorted(source, np.arange(start.size + 1))
    active = np.arange(start.size)
    for _ in range(start.size + 1):
        counts = first[active + 1] - first[active]
        if not counts.any():
            return value
        if active.size == start.size:
            at: Whole | slice = slice(None)
        else:
            ends = np.cumsum(counts)
            at = np.arange(ends[-1]) + np.repeat(first[active] - ends + counts, counts)
        before = value.copy()
        reached = value[source[at]] + more[at]
        np.maximum.at(value, target[at], reached)
        active = np.flatnonzero(value > before)
        if not active.size:
            return value
    raise SolverFailed("The solver's choice is not the best: its prices rise for ever.")
