"""The timetable of an event of many short meetings: rounds in which nobody meets the same person twice.

Two sides (`rotate_sides`). What counts, in this order:
1. as many meetings as possible, and as equally many in each round as can be: then the fewest sit out,
2. sitting out is spread: the sum of the squares of everyone's meetings is as low as possible,
3. nobody sits out twice before everybody has once, as far as one of the two plans below gets,
4. the sum of the scores, counted in steps of 0.00001, is as high as possible,
5. earlier ids go first.
Method, exact for 1 and 2, and for 4 unless 3 has its price: which pairs meet is one minimum-cost flow in which nobody has more meetings than there are rounds. Such
pairs can always be dealt out to the rounds in equal shares (König 1916; de Werra, "Balanced schedules", 1971). Round by
round another flow takes the share that leaves the rest possible: all who are needed in each round that is left, then
those who sat out most, then the best scores. The other plan fills one round after the other from all pairs, those who
sat out most first; it is taken when it has as many meetings, spread as well, and more evenly on the way.

One pool (`rotate_pool`). Round by round the maximum-weight matching of those who have not met yet: most pairs, then those
who sat out most, then the best scores. With all pairs allowed nobody sits out needlessly in the first half of all
possible rounds (Dirac); towards the end it may fail, so the circle method (Kirkman 1847), which never does, is tried too, and
CP-SAT where a small event may still have more meetings. The best of them counts: most meetings, spread most evenly,
highest total. `proven` says whether no timetable has more meetings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rustworkx
from numpy.typing import ArrayLike, NDArray

from matching.assignment import SolverFailed
from matching.formats.peers import best_matching
from matching.formats.solving import (
    Mask,
    Scores,
    cheapest_flow,
    check_scores,
    flow_costs,
    in_steps,
    mask_matrix,
    pool_scores,
    score_matrix,
    solve_in_order,
    unique_ids,
)

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# Meetings times rounds that CP-SAT is given to weigh, at most, and how much work that is worth.
_MOST_CHOICES = 1_500
_EFFORT = 5.0

Edge = tuple[int, int]


@dataclass(frozen=True, order=True)
class Meeting:
    """Two people by id: mentee and mentor, or in one pool the earlier id first."""

    one: int
    other: int
    score: float


@dataclass(frozen=True)
class Round:
    """Who meets at the same time, best score first (so that it can be read as tables 1, 2, …), and who sits out."""

    meetings: tuple[Meeting, ...]
    sitting_out: tuple[int, ...]


@dataclass(frozen=True)
class Timetable:
    """The rounds in order; there are fewer than asked for when nobody has anyone left to meet.

    most    no timetable of so many rounds has more meetings than this
    proven  whether this one has as many
    """

    rounds: tuple[Round, ...]
    total: float
    most: int
    proven: bool

    @property
    def meetings(self) -> int:
        return sum(len(each.meetings) for each in self.rounds)


def rotate_sides(
    mentees: ArrayLike,
    mentors: ArrayLike,
    scores: ArrayLike,
    *,
    rounds: int,
    allowed: ArrayLike | None = None,
    tables: int | None = None,
) -> Timetable:
    """Mentees (M,) meet mentors (N,) by scores (M, N), 0 to 1, and which pairs are allowed (M, N).

    tables  meetings at the same time at most; no limit without it
    Raises ValueError in a sentence for an id listed twice or on both sides, other shapes, scores of allowed pairs
    outside 0 to 1, and negative rounds or tables.
    """
    rows, columns = unique_ids(mentees, "Mentee"), unique_ids(mentors, "Mentor")
    both = np.intersect1d(rows, columns)
    if both.size:
        raise ValueError(f"Person {both[0]} is on both sides.")
    matrix = score_matrix(scores, rows.size, columns.size)
    mask = mask_matrix(allowed, rows.size, columns.size)
    check_scores(matrix[mask])
    _check(rounds, tables)
    grid = np.ix_(np.argsort(rows), np.argsort(columns))
    rows, columns, matrix, mask = np.sort(rows), np.sort(columns), np.where(mask, matrix, 0.0)[grid], mask[grid]
    seats = min(rows.size, columns.size) if tables is None else min(tables, rows.size, columns.size)
    steps = in_steps(matrix)
    chosen = _who_meets(steps, mask, rounds, seats)
    plans = [_deal(steps, chosen, rounds), _as_they_come(steps, mask, rounds, seats)]
    best = max(plans, key=lambda plan: _merit_of_sides(plan, steps, rounds))
    found = [[(row, rows.size + column) for row, column in pairs] for pairs in best if pairs]
    everyone = np.concatenate([rows, columns])
    full = np.zeros((everyone.size, everyone.size))
    full[: rows.size, rows.size :] = matrix
    return _timetable(found, everyone, full, int(chosen.sum()))


def rotate_pool(
    ids: ArrayLike, scores: ArrayLike, *, rounds: int, allowed: ArrayLike | None = None, tables: int | None = None
) -> Timetable:
    """Everyone in one pool (P,) meets others by mutual scores: the mean of both directions of (P, P), 0 to 1.

    allowed  (P, P): False in either direction forbids the pair
    tables   meetings at the same time at most; no limit without it
    Raises ValueError in a sentence for an id listed twice, other shapes, scores of allowed pairs outside 0 to 1, and
    negative rounds or tables.
    """
    people, mutual, mask = pool_scores(ids, scores, allowed)
    _check(rounds, tables)
    seats = people.size // 2 if tables is None else min(tables, people.size // 2)
    steps = in_steps(mutual)
    plans = [_one_by_one(steps, mask, rounds, seats)]
    most = _most(mask, rounds, seats)
    if seats == people.size // 2:
        plans.append(_circle(steps, mask, rounds))
    best = max(plans, key=lambda plan: _merit(plan, steps, rounds))
    if _size(best) < most and int(mask.sum()) // 2 * rounds <= _MOST_CHOICES:
        plan, proven = _weighed(best, mask, rounds, seats)
        best = max(best, plan, key=lambda plan: _merit(plan, steps, rounds))
        most = _size(best) if proven else most
    return _timetable([pairs for pairs in best if pairs], people, mutual, most)


def _check(rounds: int, tables: int | None) -> None:
    if rounds < 0:
        raise ValueError(f"An event can't have {rounds} rounds.")
    if tables is not None and tables < 0:
        raise ValueError(f"A room can't have {tables} tables.")


def _timetable(found: Sequence[list[Edge]], ids: Scores, scores: NDArray[np.float64], most: int) -> Timetable:
    rounds = []
    for pairs in found:
        meetings = [
            Meeting(int(ids[one]), int(ids[other]), round(float(scores[one, other]), 6)) for one, other in pairs
        ]
        busy = {at for pair in pairs for at in pair}
        rounds.append(
            Round(
                tuple(sorted(meetings, key=lambda each: (-each.score, each.one, each.other))),
                tuple(sorted(int(person) for at, person in enumerate(ids.tolist()) if at not in busy)),
            )
        )
    total = round(sum(each.score for part in rounds for each in part.meetings), 6)
    return Timetable(tuple(rounds), total, most, proven=sum(len(each.meetings) for each in rounds) == most)


# Two sides.


def _who_meets(steps: Scores, mask: Mask, rounds: int, seats: int) -> Mask:
    """The pairs that meet in the event: nobody in more than there are rounds, in all no more than there is room for."""
    met: Mask = np.zeros(mask.shape, dtype=np.bool_)
    rows, columns = np.nonzero(mask)
    pairs = min(rows.size, rounds * seats)
    if not pairs:
        return met
    height, width = mask.shape
    # From the start by way of one arc for each meeting a person may have, each dearer than the one before.
    start, end = height + width, height + width + 1
    turns = np.arange(1, min(rounds, max(height, width)) + 1)
    costs = flow_costs(
        steps[rows, columns], rows, columns, shape=mask.shape, pairs=pairs, nodes=(end + 1) * (pairs + 2) * 2 * rounds
    )
    dearer = (pairs * -int(costs.min()) + 1) * np.tile(turns, height + width)
    people = np.repeat(np.arange(height + width), turns.size)
    is_row = people < height
    supply = np.zeros(end + 1, dtype=np.int64)
    supply[start], supply[end] = pairs, -pairs
    carried = cheapest_flow(
        np.concatenate([rows, np.where(is_row, start, people)]),
        np.concatenate([height + columns, np.where(is_row, people, end)]),
        np.ones(rows.size + people.size, dtype=np.int64),
        np.concatenate([costs, dearer]),
        supply,
        f"{height} mentees and {width} mentors in {rounds} rounds",
    )
    chosen = carried[: rows.size] > 0
    met[rows[chosen], columns[chosen]] = True
    return met


def _deal(steps: Scores, chosen: Mask, rounds: int) -> list[list[Edge]]:
    """Deal the pairs that meet out to the rounds in equal shares, each such that the others fit into the rest."""
    left = chosen.copy()
    sat = np.zeros(sum(left.shape), dtype=np.int64)
    plan = []
    for remaining in range(rounds, 0, -1):
        pairs = -(-int(left.sum()) // remaining)
        degrees = np.concatenate([left.sum(axis=1), left.sum(axis=0)])
        plan.append(_next_round(steps, left, pairs, degrees == remaining, sat))
        if len(plan[-1]) != pairs:
            raise SolverFailed(f"A round of {pairs} meetings got {len(plan[-1])}.")
        _sit(plan[-1], left, sat)
    return plan


def _as_they_come(steps: Scores, mask: Mask, rounds: int, seats: int) -> list[list[Edge]]:
    """Fill one round after the other from all pairs, those who sat out most first."""
    left = mask.copy()
    sat = np.zeros(sum(left.shape), dtype=np.int64)
    plan = []
    for _round in range(rounds):
        plan.append(_next_round(steps, left, min(seats, int(left.sum())), np.zeros(sat.size, dtype=np.bool_), sat))
        _sit(plan[-1], left, sat)
    return plan


def _sit(pairs: Sequence[Edge], left: Mask, sat: Scores) -> None:
    """Note who sat out, and that these pairs have met."""
    sat += 1
    for row, column in pairs:
        left[row, column] = False
        sat[row] -= 1
        sat[left.shape[0] + column] -= 1


def _merit_of_sides(plan: Sequence[list[Edge]], steps: Scores, rounds: int) -> tuple[int, int, int, int, int]:
    """Most meetings, in equal shares, spread most evenly in the end, then after each round, then the highest total."""
    sat = np.zeros(sum(steps.shape), dtype=np.int64)
    left = np.ones(steps.shape, dtype=np.bool_)
    on_the_way = 0
    for pairs in plan:
        _sit(pairs, left, sat)
        on_the_way += int((sat**2).sum())
    return (
        _size(plan),
        -sum(len(pairs) ** 2 for pairs in plan),
        -int(((rounds - sat) ** 2).sum()),
        -on_the_way,
        sum(int(steps[pair]) for pairs in plan for pair in pairs),
    )


def _next_round(steps: Scores, left: Mask, pairs: int, needed: NDArray[np.bool_], sat: Scores) -> list[Edge]:
    """So many pairs that have not met, or as many as there are: with all who are needed, then who sat out most."""
    rows, columns = np.nonzero(left)
    if not pairs:
        return []
    height, width = left.shape
    start, end = height + width, height + width + 1
    costs = flow_costs(
        steps[rows, columns],
        rows,
        columns,
        shape=left.shape,
        pairs=pairs,
        nodes=(end + 1) * (pairs + 2) * (2 * pairs + 2) * (int(sat.max(initial=0)) + 2),
    )
    waited = sat * (pairs * -int(costs.min()) + 1)
    waited += needed * (2 * pairs * int(waited.max(initial=0)) + pairs * -int(costs.min()) + 1)
    people = np.arange(height + width)
    is_row = people < height
    supply = np.zeros(end + 1, dtype=np.int64)
    supply[start], supply[end] = pairs, -pairs
    carried = cheapest_flow(
        np.concatenate([rows, np.where(is_row, start, people)]),
        np.concatenate([height + columns, np.where(is_row, people, end)]),
        np.ones(rows.size + people.size, dtype=np.int64),
        np.concatenate([costs, -waited]),
        supply,
        f"a round of {pairs} meetings",
    )
    chosen = carried[: rows.size] > 0
    return list(zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True))


# One pool.


def _size(plan: Sequence[list[Edge]]) -> int:
    return sum(len(pairs) for pairs in plan)


def _merit(plan: Sequence[list[Edge]], steps: Scores, rounds: int) -> tuple[int, int, int]:
    """Most meetings, then sitting out spread most evenly, then the highest total."""
    met = np.zeros(len(steps), dtype=np.int64)
    for pairs in plan:
        for pair in pairs:
            met[list(pair)] += 1
    return _size(plan), -int(((rounds - met) ** 2).sum()), sum(int(steps[pair]) for pairs in plan for pair in pairs)


def _most(mask: Mask, rounds: int, seats: int) -> int:
    """No timetable has more meetings than this: everyone's possible partners, room, and the odd one in each part."""
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(mask)))
    graph.add_edges_from_no_data([(one, other) for one, other in np.argwhere(np.triu(mask, 1)).tolist()])
    most = 0
    for part in rustworkx.connected_components(graph):
        members = sorted(part)
        degrees = np.minimum(mask[np.ix_(members, members)].sum(axis=1), rounds)
        most += min(int(degrees.sum()) // 2, len(members) // 2 * rounds)
    return min(most, seats * rounds)


def _one_by_one(steps: Scores, mask: Mask, rounds: int, seats: int) -> list[list[Edge]]:
    left = mask.copy()
    sat = np.zeros(len(mask), dtype=np.int64)
    plan = []
    for _round in range(rounds):
        pairs = _best_round(steps, left, seats, sat)
        plan.append(pairs)
        sat += 1
        for one, other in pairs:
            left[one, other] = left[other, one] = False
            sat[[one, other]] -= 1
    return plan


def _best_round(steps: Scores, left: Mask, seats: int, sat: Scores) -> list[Edge]:
    """Those who sat out most meet each other, as many as there is room for."""
    everyone = best_matching(steps, left, first=_waiting(sat, np.arange(sat.size)))
    if len(everyone) <= seats or not seats:
        return everyone[:seats]
    order = np.lexsort((np.arange(sat.size), -sat))
    pairs = everyone
    for count in range(2 * seats, sat.size):
        members = np.sort(order[:count])
        grid = np.ix_(members, members)
        within = best_matching(steps[grid], left[grid], first=_waiting(sat[members], np.arange(count)))
        if len(within) >= seats:
            pairs = [(int(members[one]), int(members[other])) for one, other in within]
            break
    return sorted(sorted(pairs, key=lambda pair: (-int(sat[list(pair)].sum()), -int(steps[pair]), pair))[:seats])


def _waiting(sat: Scores, people: Scores) -> list[int]:
    """Those who sat out more often than others."""
    return people[sat > sat.min(initial=0)].tolist() if sat.size and sat.max() > sat.min() else []


def _circle(steps: Scores, mask: Mask, rounds: int) -> list[list[Edge]]:
    """The circle method: one stays, the others move on by one; the rounds with most meetings and the best scores."""
    people = len(mask)
    seats = people + people % 2
    turns = []
    for turn in range(max(seats - 1, 0)):
        ring = [seats - 1, *((turn + at) % (seats - 1) for at in range(seats - 1))]
        pairs = [(min(pair), max(pair)) for pair in ((ring[at], ring[-at]) for at in range(1, seats // 2))]
        pairs.append((ring[0], ring[seats // 2]) if ring[0] < ring[seats // 2] else (ring[seats // 2], ring[0]))
        turns.append(sorted(pair for pair in pairs if pair[1] < people and mask[pair]))
    turns.sort(key=lambda pairs: (-len(pairs), -sum(int(steps[pair]) for pair in pairs), pairs))
    return turns[:rounds]


def _weighed(plan: Sequence[list[Edge]], mask: Mask, rounds: int, seats: int) -> tuple[list[list[Edge]], bool]:
    """CP-SAT: the most meetings, beginning from a plan; and whether that is proven."""
    edges = [(one, other) for one, other in np.argwhere(np.triu(mask, 1)).tolist()]
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    meets = [[model.new_bool_var(f"m{at}r{number}") for number in range(rounds)] for at in range(len(edges))]
    for each in meets:
        model.add_at_most_one(each)
    for number in range(rounds):
        of_person: list[list[cp_model.IntVar]] = [[] for _person in mask]
        for at, (one, other) in enumerate(edges):
            of_person[one].append(meets[at][number])
            of_person[other].append(meets[at][number])
        for busy in of_person:
            model.add_at_most_one(busy)
        model.add(sum(each[number] for each in meets) <= seats)
    flat = [variable for each in meets for variable in each]
    begun = [set(plan[number]) if number < len(plan) else set() for number in range(rounds)]
    found = solve_in_order(
        model,
        flat,
        [[(variable, 1) for variable in flat]],
        proof_of=1,
        hint=[int(edge in begun[number]) for edge in edges for number in range(rounds)],
        effort=_EFFORT,
    )
    if found is None:
        raise SolverFailed(f"No timetable was found for {len(mask)} people.")
    values = np.array(found.values, dtype=np.int64).reshape(len(edges), rounds)
    return [[edges[at] for at in np.flatnonzero(values[:, number]).tolist()] for number in range(rounds)], found.proven
