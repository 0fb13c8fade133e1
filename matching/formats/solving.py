"""What the formats share: checks of their input, and CP-SAT asked for several things one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from matching.assignment import STEPS, SolverFailed

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Ids = NDArray[np.int64]
Scores = NDArray[np.int64]
Mask = NDArray[np.bool_]
Terms = Sequence[tuple["cp_model.IntVar", int]]

# CP-SAT's own measure of work, which unlike seconds is the same on every machine: up to some seconds each.
EFFORT = 20.0
_SEED = 1
# OR-Tools multiplies costs by the number of nodes in 64 bits; beyond that it answers with a status.
_LARGEST_COST = 2**60


@dataclass(frozen=True)
class Solution:
    """Values of the variables that were asked for; `proven` when the first `proof_of` goals are the best possible."""

    values: tuple[int, ...]
    best: tuple[int, ...]
    proven: bool


def solve_in_order(
    model: cp_model.CpModel,
    variables: Sequence[cp_model.IntVar],
    goals: Sequence[Terms],
    *,
    proof_of: int,
    hint: Sequence[int] | None = None,
    effort: float = EFFORT,
) -> Solution | None:
    """Maximise the first goal, then the second among those that are best in the first, and so on; None when infeasible.

    One worker, a fixed seed and a limit in work instead of seconds: the same model gives the same answer.
    """
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    values = tuple(hint) if hint is not None else ()
    best: list[int] = []
    proven = True
    for number, goal in enumerate(goals):
        objective = sum(variable * weight for variable, weight in goal)
        model.clear_hints()
        for variable, value in zip(variables, values, strict=False):
            model.add_hint(variable, value)
        if goal:
            model.maximize(objective)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = _SEED
        solver.parameters.max_deterministic_time = effort
        solver.parameters.linearization_level = 2
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE and not best:
            return None
        if status == cp_model.UNKNOWN and values:
            # The work was used up before anything was found: what there was stays.
            return Solution(values, tuple(best), proven and number >= proof_of)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise SolverFailed(f"CP-SAT ended with {solver.status_name(status)} for {len(variables)} variables.")
        values = tuple(int(solver.value(variable)) for variable in variables)
        reached = round(solver.objective_value) if goal else 0
        best.append(reached)
        if number < proof_of:
            proven = proven and status == cp_model.OPTIMAL
        if goal:
            model.add(objective >= reached)
    return Solution(values, tuple(best), proven)


def unique_ids(ids: ArrayLike, what: str) -> Ids:
    """The ids as given. Raises ValueError when one occurs twice; `what` is the singular with a capital."""
    array = np.asarray(ids, dtype=np.int64).reshape(-1)
    found, counts = np.unique(array, return_counts=True)
    if (counts > 1).any():
        raise ValueError(f"{what} {found[counts > 1][0]} is listed twice.")
    return array


def score_matrix(scores: ArrayLike, rows: int, columns: int) -> NDArray[np.float64]:
    matrix = np.asarray(scores, dtype=np.float64)
    if matrix.size == 0 and rows * columns == 0:
        matrix = matrix.reshape(rows, columns)
    if matrix.shape != (rows, columns):
        raise ValueError(f"Scores have the shape {matrix.shape}; {rows} × {columns} are needed.")
    return matrix


def mask_matrix(allowed: ArrayLike | None, rows: int, columns: int) -> Mask:
    if allowed is None:
        return np.ones((rows, columns), dtype=np.bool_)
    mask = np.asarray(allowed, dtype=np.bool_)
    if mask.size == 0 and rows * columns == 0:
        mask = mask.reshape(rows, columns)
    if mask.shape != (rows, columns):
        raise ValueError(f"What is allowed has the shape {mask.shape}; {rows} × {columns} are needed.")
    return mask


def check_scores(scores: NDArray[np.float64]) -> None:
    """Raises ValueError for anything but 0 to 1; written so that NaN fails too."""
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("Scores must lie between 0 and 1.")


def in_steps(scores: NDArray[np.float64]) -> Scores:
    """Scores as whole numbers of 0.00001 each."""
    return np.rint(scores * STEPS).astype(np.int64)


def pool_scores(ids: ArrayLike, scores: ArrayLike, allowed: ArrayLike | None) -> tuple[Ids, NDArray[np.float64], Mask]:
    """One pool in the order of its ids: ids, mutual scores (P, P), and which pairs both may be in.

    A mutual score is the mean of both directions; a pair is allowed when both directions are. The scores of pairs
    that aren't allowed are not looked at and become 0.
    """
    people = unique_ids(ids, "Person")
    matrix = score_matrix(scores, people.size, people.size)
    mask = mask_matrix(allowed, people.size, people.size)
    mask = mask & mask.T & ~np.eye(people.size, dtype=np.bool_)
    check_scores(matrix[mask])
    matrix = np.where(mask, matrix, 0.0)
    order = np.argsort(people)
    grid = np.ix_(order, order)
    matrix, mask = matrix[grid], mask[grid]
    return people[order], (matrix + matrix.T) / 2, mask


def count_pairs(pairs: Iterable[tuple[int, int]], known: Iterable[int], what: str) -> list[tuple[int, int]]:
    """Pairs of ids, checked against those that are known, each once and in order."""
    ids = set(known)
    checked = set()
    for one, other in pairs:
        for each in (one, other):
            if each not in ids:
                raise ValueError(f"{what} {each} is not in the pool.")
        if one == other:
            raise ValueError(f"{what} {one} can't be kept apart from themselves.")
        checked.add((min(one, other), max(one, other)))
    return sorted(checked)


def from_the_end(count: int, most: int) -> Scores:
    """Places from the end of so many ids: the last is 1, the first is `count`, or `most` if that is less."""
    back = np.arange(count, 0, -1, dtype=np.int64)
    return back if count <= most else (back * most + count - 1) // count


def flow_costs(
    steps: Scores, rows: Scores, columns: Scores, *, shape: tuple[int, int], pairs: int, nodes: int
) -> Scores:
    """Costs that order flows by total score and, only where that is equal, by earlier ids.

    rows, columns  places of each arc's ends in the order of the ids, out of `shape`
    pairs          how many arcs carry something at most
    nodes          of the whole graph: OR-Tools multiplies costs by them, in 64 bits
    """
    pairs = max(pairs, 1)
    room = _LARGEST_COST // ((nodes + 2) * (STEPS + 1) * pairs)
    most = isqrt(max(room // pairs, 1))
    early = from_the_end(shape[0], most)[rows] * from_the_end(shape[1], most)[columns]
    step = pairs * min(shape[0], most) * min(shape[1], most) + 1
    costs: Scores = -(steps * step + early)
    return costs


def cheapest_flow(tails: Scores, heads: Scores, capacity: Scores, costs: Scores, supply: Scores, what: str) -> Scores:
    """What each arc carries in the largest flow of least cost; supply is positive at sources, negative at sinks."""
    if not tails.size:
        return np.zeros(0, dtype=np.int64)
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), capacity.astype(np.int64), costs.astype(np.int64)
    )
    flow.set_nodes_supplies(np.arange(supply.size, dtype=np.int32), supply.astype(np.int64))
    status = flow.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise SolverFailed(f"Minimum-cost flow ended with {status} for {what}.")
    return np.asarray(flow.flows(arcs), dtype=np.int64)
