"""Pairs everyone in one pool with a peer; an odd person makes a pair a triad.

What counts, in this order:
1. as many people as possible are in a pair or a triad (a pair takes one more at most),
2. as few triads as that allows,
3. the sum of the pairs' mutual scores, counted in steps of 0.00001, is as high as possible,
4. whoever is left joins the pair where the mean of the three mutual scores is highest, all three pairs being allowed;
   the sum over all triads is as high as possible,
5. earlier ids go first: every pair counts one person's place from the end of all ids, times the other's, and the sum is
   as high as possible (in large pools first with neighbouring ids sharing a place),
6. the solver's own choice, which sees people in the order of their ids.
Where somebody who has an allowed partner would stay alone that way, pairs and triads are chosen together by CP-SAT: most
people, then the highest sum of everyone's mean score with those of their group, then fewest triads, then earlier ids.
With too many groups to weigh, those who would stay alone are paired first instead, and `proven` is False.

Method: maximum-weight matching of a general graph (Edmonds' blossoms, after Galil, "Efficient algorithms for finding
maximum matching in graphs", 1986), by rustworkx. A pool of 1,000 has half a million pairs, too many for it; so most
are ruled out first, with proof. The assignment of the pool to itself is the matching problem without blossoms; its
prices y satisfy y[i] + y[j] >= weight[i, j] for all pairs, whence every perfect matching weighs the sum of y less the
slack of its pairs. A pair with more slack than that sum is above a matching already known is in no better one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
import rustworkx
from numpy.typing import ArrayLike, NDArray
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

from matching.assignment import STEPS, SolverFailed, assign
from matching.formats.solving import Mask, Scores, from_the_end, in_steps, pool_scores, solve_in_order
from matching.scoring import Candidates

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# Up to so many pairs are given to the matching as they are.
_FEW = 20_000
# Pairs of each person for the first matching, by score and by nearness of the ids.
_FIRST = 20
# OR-Tools multiplies costs by the number of people, and prices grow to three times as many of them, in 64 bits.
_LARGEST_COST = 2**60
_FORBIDDEN = -(2**61)
# Groups that are weighed together at most when people would stay alone otherwise.
_MOST_GROUPS = 5_000
# How often others are paired first, so that nobody stays alone.
_ROUNDS = 10

Edge = tuple[int, int]


@dataclass(frozen=True, order=True)
class Group:
    """Two or three people by id, in order; the score is the mean of their mutual scores."""

    members: tuple[int, ...]
    score: float


@dataclass(frozen=True, order=True)
class Alone:
    """Somebody without a group: with how many people they might have been paired."""

    person: int
    partners: int


@dataclass(frozen=True)
class Peers:
    """The groups in the order of their first members.

    total   the sum over all people of their mean score with those of their group
    proven  whether the order of what counts is kept to the letter; False only where forbidden pairs got in the way and there
            are thousands of possible groups (from about 30 people on)
    """

    groups: tuple[Group, ...]
    alone: tuple[Alone, ...]
    total: float
    proven: bool


def pair_peers(ids: ArrayLike, scores: ArrayLike, *, allowed: ArrayLike | None = None) -> Peers:
    """Find a peer for everyone who can have one.

    ids      (P,) of people, in any order
    scores   (P, P), 0 to 1: what the row's person gets from the column's; a mutual score is the mean of both directions
    allowed  (P, P): False in either direction forbids the pair; all pairs are allowed without it
    Raises ValueError in a sentence for an id listed twice, other shapes, and scores of allowed pairs outside 0 to 1.
    """
    people, mutual, mask = pool_scores(ids, scores, allowed)
    steps = in_steps(mutual)
    pairs = best_matching(steps, mask)
    groups = _joined(pairs, mutual, mask)
    proven = True
    if _stuck(groups, mask):
        groups, proven = _together(_in_turn(groups, steps, mutual, mask), steps, mask)
    placed = {at for group in groups for at in group}
    found = [Group(tuple(people[list(group)].tolist()), _score(group, mutual)) for group in groups]
    return Peers(
        groups=tuple(sorted(found)),
        alone=tuple(
            Alone(person, int(mask[at].sum())) for at, person in enumerate(people.tolist()) if at not in placed
        ),
        total=round(sum(group.score * len(group.members) for group in found), 6),
        proven=proven,
    )


def _score(group: Iterable[int], mutual: NDArray[np.float64]) -> float:
    scores = [mutual[one, other] for one, other in combinations(group, 2)]
    return round(float(sum(scores)) / len(scores), 6)


def _stuck(groups: Iterable[tuple[int, ...]], mask: Mask) -> set[int]:
    """Those who have an allowed partner and yet no group."""
    return set(np.flatnonzero(mask.any(axis=1)).tolist()) - {at for group in groups for at in group}


def _in_turn(
    groups: list[tuple[int, ...]], steps: Scores, mutual: NDArray[np.float64], mask: Mask
) -> list[tuple[int, ...]]:
    """Pair those who are stuck first, whereupon others are left, who may find a triad; the best of a few rounds."""
    first: set[int] = set()
    best = groups
    for _round in range(_ROUNDS):
        stuck = _stuck(groups, mask)
        if not stuck - first:
            break
        first |= stuck
        groups = _joined(best_matching(steps, mask, first=first), mutual, mask)
        best = min(best, groups, key=lambda each: len(_stuck(each, mask)))
    return best


def best_matching(steps: Scores, mask: Mask, first: Collection[int] = ()) -> list[Edge]:
    """The pairs, as places in the order of the ids: most of them, then the highest total, then earlier ids.

    As many as possible of those who are to be `first` are in a pair, before the total; in pools of about 200 and more
    (over `_FEW` possible pairs) the total is then the highest of the pairs that were worth it without them.
    """
    people = len(mask)
    edges = _edges(mask)
    if not len(edges):
        return []
    fine = np.multiply.outer(from_the_end(people, people), from_the_end(people, people))
    if len(edges) > _FEW:
        worth = _worth_it(steps, mask)
        for at in first:
            worth[at] = mask[at]
            worth[:, at] = mask[:, at]
        edges = _edges(worth)
    # Whole numbers of any size: Python's are, and rustworkx counts in 128 bits.
    room = people * people * people
    coarse = _ordered(steps, people)
    weights = [
        int(weight) * room + int(tie)
        for weight, tie in zip(coarse[edges[:, 0], edges[:, 1]], fine[edges[:, 0], edges[:, 1]], strict=True)
    ]
    if first:
        above = (max(weights) + 1) * people
        weights = [
            weight + above * len({one, other}.intersection(first))
            for weight, (one, other) in zip(weights, edges.tolist(), strict=True)
        ]
    return _matching(people, edges, weights)


def _edges(mask: Mask) -> NDArray[np.int64]:
    return np.argwhere(np.triu(mask, 1)).astype(np.int64)


def _matching(people: int, edges: NDArray[np.int64], weights: list[int]) -> list[Edge]:
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(people))
    graph.add_edges_from([(one, other, weight) for (one, other), weight in zip(edges.tolist(), weights, strict=True)])
    found = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return sorted((min(edge), max(edge)) for edge in found)


def _ordered(steps: Scores, people: int) -> Scores:
    """Weights that order matchings by total score and, only where that is equal, by the ids as far as 64 bits allow."""
    pairs = max(people // 2, 1)
    step = _LARGEST_COST // (12 * people * people * (STEPS + 1))
    places = min(isqrt(max(step // pairs - 1, 1)), people)
    early = from_the_end(people, places)
    return steps * (pairs * places * places + 1) + np.multiply.outer(early, early)


def _worth_it(steps: Scores, mask: Mask) -> Mask:
    """The pairs that may be in a best matching: all others are proven not to be."""
    people = len(mask)
    weights = _ordered(steps, people)
    first = _matching_of(weights, _nearest(np.where(mask, weights, _FORBIDDEN)) & mask)
    if len(first) < people // 2:
        # Perhaps a person who is hard to place has only pairs that were left out.
        edges = _edges(mask)
        first = _matching(people, edges, [1] * len(edges))
    # Those who must stay without a pair get one nobody each, so that every matching worth a look is perfect.
    nobodies = people - 2 * len(first)
    size = people + nobodies
    full = np.zeros((size, size), dtype=np.int64)
    full[:people, :people] = np.where(mask, weights, _FORBIDDEN)
    full[people:, people:] = _FORBIDDEN
    twice = _twice_the_prices(full)
    slack = twice[:, None] + twice[None, :] - 2 * full
    if (slack < 0).any():
        raise SolverFailed(f"The prices of {people} people do not hold.")
    near = _cheapest(slack[:people, :people]) & mask
    for one, other in first:
        near[one, other] = near[other, one] = True
    known = max(_weight(weights, pairs) for pairs in (first, _matching_of(weights, near)) if len(pairs) == len(first))
    worth: Mask = mask & (slack[:people, :people] <= int(twice.sum()) - 2 * known)
    return worth


def _matching_of(weights: Scores, mask: Mask) -> list[Edge]:
    edges = _edges(mask)
    return _matching(len(mask), edges, weights[edges[:, 0], edges[:, 1]].tolist())


def _weight(weights: Scores, pairs: list[Edge]) -> int:
    return sum(int(weights[one, other]) for one, other in pairs)


def _nearest(weights: Scores) -> Mask:
    """The best pairs of each person, and those with neighbours in the order of the ids."""
    at = np.arange(len(weights))
    near: Mask = np.abs(at[:, None] - at[None, :]) <= _FIRST // 2
    return near | _cheapest(-weights)


def _cheapest(costs: Scores) -> Mask:
    near = np.zeros(costs.shape, dtype=np.bool_)
    best = np.argpartition(costs, min(_FIRST, len(costs) - 1), axis=1)[:, :_FIRST]
    near[np.arange(len(costs))[:, None], best] = True
    return near | near.T


def _twice_the_prices(weights: Scores) -> Scores:
    """Twice the prices y of the best assignment of everyone to everyone else: y[i] + y[j] >= weights[i, j]."""
    size = len(weights)
    rows, columns = np.nonzero(weights > _FORBIDDEN)
    keep = rows != columns
    rows, columns = rows[keep], columns[keep]
    solver = SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(rows.astype(np.int32), columns.astype(np.int32), -weights[rows, columns])
    status = solver.solve()
    if status != SimpleLinearSumAssignment.OPTIMAL:
        raise SolverFailed(f"The assignment of {size} people to each other ended with {status}.")
    mate = np.array([solver.right_mate(at) for at in range(size)])
    own = weights[np.arange(size), mate]
    # Longest paths over the columns; they end, because no exchange improves a best assignment.
    column = np.zeros(size, dtype=np.int64)
    for _round in range(size + 1):
        raised = np.maximum(column, (weights - own[:, None] + column[mate][:, None]).max(axis=0))
        if (raised == column).all():
            break
        column = raised
    return own - column[mate] + column


def _joined(pairs: list[Edge], mutual: NDArray[np.float64], mask: Mask) -> list[tuple[int, ...]]:
    """The pairs, some of which take in one of those who are left."""
    left = np.setdiff1d(np.arange(len(mask)), np.array(pairs, dtype=np.int64).reshape(-1))
    if not left.size or not pairs:
        return [*pairs]
    one, other = np.array(pairs).T
    may = mask[np.ix_(left, one)] & mask[np.ix_(left, other)]
    mean = (mutual[np.ix_(left, one)] + mutual[np.ix_(left, other)] + mutual[one, other]) / 3
    found = assign(
        Candidates.dense(left, np.arange(len(pairs)), mean, may),
        mentees=left,
        capacity=dict.fromkeys(range(len(pairs)), 1),
    )
    joins = {pair.mentor: pair.mentee for pair in found.pairs}
    return [tuple(sorted((*pair, joins[at]))) if at in joins else pair for at, pair in enumerate(pairs)]


def _together(start: list[tuple[int, ...]], steps: Scores, mask: Mask) -> tuple[list[tuple[int, ...]], bool]:
    """Pairs and triads chosen together; the start stays when there are too many to weigh."""
    options = _groups(mask)
    if options is None:
        return start, False
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"g{at}") for at in range(len(options))]
    of_person: list[list[cp_model.IntVar]] = [[] for _person in mask]
    for chosen, group in zip(taken, options, strict=True):
        for at in group:
            of_person[at].append(chosen)
    for each in of_person:
        model.add_at_most_one(each)
    back = [len(mask) - at for at in range(len(mask))]
    goals = [
        [(chosen, len(group)) for chosen, group in zip(taken, options, strict=True)],
        [
            # Twice the score for two, thrice the mean of three pairs for three.
            (chosen, sum(int(steps[pair]) for pair in combinations(group, 2)) * (2 if len(group) == 2 else 1))
            for chosen, group in zip(taken, options, strict=True)
        ],
        [(chosen, -1) for chosen, group in zip(taken, options, strict=True) if len(group) == 3],
        [
            (chosen, sum(back[one] * back[other] for one, other in combinations(group, 2)))
            for chosen, group in zip(taken, options, strict=True)
        ],
    ]
    begun = set(start)
    found = solve_in_order(model, taken, goals, proof_of=2, hint=[int(group in begun) for group in options])
    if found is None:
        raise SolverFailed(f"No groups were found for {len(mask)} people.")
    return [group for group, value in zip(options, found.values, strict=True) if value], found.proven


def _groups(mask: Mask) -> list[tuple[int, ...]] | None:
    """All pairs and triads that are allowed; None when there are too many."""
    edges = _edges(mask).tolist()
    options: list[tuple[int, ...]] = [(one, other) for one, other in edges]
    for one, other in edges:
        thirds = np.flatnonzero(mask[one] & mask[other])
        options += [(one, other, third) for third in thirds[thirds > other].tolist()]
        if len(options) > _MOST_GROUPS:
            return None
    return options
