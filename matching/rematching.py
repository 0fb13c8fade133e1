"""Matches anew while mentorships run: pairs that work stay, people without a mentor are placed around them.

What counts, in this order:
1. nobody who has a mentor loses them without getting another,
2. as many mentees as possible have a mentor; without `gain`, that much can be had without disturbing anybody,
3. the sum of the scores, less `gain` for each disturbed pair, in steps of 0.00001,
4. as few disturbed pairs as possible,
5. earlier ids go first, as in `matching.assignment`.

Who asked for somebody else keeps their mentor as long as no other is found, and never counts as disturbed. Staying is
worth nothing to the sum, however well the two would score: they have said so. So any other mentor is better, unless
somebody else gains more by the same place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite, isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from ortools.graph.python.max_flow import SimpleMaxFlow
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from matching.assignment import STEPS, Assignment, SolverFailed, assign
from matching.scoring import Candidates

Moved = tuple[int, int, int]
# OR-Tools multiplies costs by the number of nodes in 64 bits.
_LARGEST_COST = 2**61


@dataclass(frozen=True)
class Rematch:
    """Who is paired with whom when it is done: the pairs that stay and the new ones.

    assignment  everybody; pairs that were locked, or could not be broken, are marked as locked
    disturbed   (mentee, old mentor, new mentor) of the running pairs that were broken unasked, by mentee
    moved       likewise, of those who might move
    kept        (mentee, mentor) of the running pairs that stay, by mentee
    """

    assignment: Assignment
    disturbed: tuple[Moved, ...]
    moved: tuple[Moved, ...]
    kept: tuple[tuple[int, int], ...]

    @property
    def replaced(self) -> tuple[Moved, ...]:
        """Every running pair that another takes the place of, asked for or not."""
        return tuple(sorted(self.disturbed + self.moved))


def rematch(
    candidates: Candidates,
    *,
    mentees: ArrayLike,
    capacity: Mapping[int, int],
    current: Mapping[int, int],
    may_move: Collection[int],
    gain: float | None,
    locked: Iterable[tuple[int, int]] = (),
) -> Rematch:
    """Place who has no mentor, or asked for another, beside the pairs that run.

    candidates  as for `assign`. Running pairs should be among them: one that isn't counts nothing, and so breaks first
    mentees     ids of everyone who is to be placed; those in `current` are among them, listed or not
    capacity    mentor id → how many mentees they take at most, those in `current` included. Whoever has more running
                pairs than places keeps them, and gets nobody new
    current     mentee id → mentor id of the running pairs
    may_move    ids of the mentees who may move; those in `current` are the ones who asked for somebody else
    gain        how much the sum of the scores must grow, at least, for each running pair that is broken unasked, or
                that breaking it lets somebody be placed; None breaks none
    locked      (mentee, mentor) ids that are to be made or to stay, whatever else is said
    Raises ValueError as `assign` does, and where locked and running pairs together exceed a mentor's places.
    """
    if gain is not None and not (isfinite(gain) and gain >= 0):
        raise ValueError("The least gain for a running pair must be a number from 0.")
    held = dict(locked := list(locked))
    if len(held) < len(locked):
        raise ValueError("A mentee is locked to two mentors.")
    everyone = np.union1d(np.asarray(mentees, dtype=np.int64).reshape(-1), np.fromiter(current, dtype=np.int64))
    running = {mentee: mentor for mentee, mentor in current.items() if mentee not in held}
    askers = running.keys() & set(may_move)
    fixed = held | ({} if gain is not None else {m: running[m] for m in running.keys() - askers})
    places, crowded = _places(capacity, current, running, held)

    protected = {mentee: mentor for mentee, mentor in running.items() if mentee not in fixed}
    if protected:
        chosen = fixed | _place(
            _usable(candidates, fixed=fixed, protected=protected, askers=askers, crowded=crowded),
            protected=protected,
            askers=askers,
            places={mentor: seats - used for mentor, seats, used in _left(places, fixed)},
            gain=gain or 0.0,
        )
        placed = np.isin(candidates.mentees, np.fromiter(chosen, dtype=np.int64))
        listed = Candidates(candidates.mentees[placed], candidates.mentors[placed], candidates.scores[placed])
        found = assign(listed, mentees=everyone, capacity=places, locked=sorted(chosen.items()))
        found = replace(found, pairs=tuple(replace(pair, locked=pair.mentee in fixed) for pair in found.pairs))
    else:
        open_to_new = ~np.isin(candidates.mentors, np.fromiter(crowded, dtype=np.int64))
        open_to_new |= np.isin(candidates.mentees, np.fromiter(fixed, dtype=np.int64))
        listed = Candidates(
            candidates.mentees[open_to_new], candidates.mentors[open_to_new], candidates.scores[open_to_new]
        )
        found = assign(listed, mentees=everyone, capacity=places, locked=sorted(fixed.items()))

    now = {pair.mentee: pair.mentor for pair in found.pairs}
    changed = [(mentee, current[mentee], now[mentee]) for mentee in sorted(current) if now[mentee] != current[mentee]]
    return Rematch(
        assignment=found,
        disturbed=tuple(each for each in changed if each[0] not in may_move),
        moved=tuple(each for each in changed if each[0] in may_move),
        kept=tuple((mentee, current[mentee]) for mentee in sorted(current) if now[mentee] == current[mentee]),
    )


def _places(
    capacity: Mapping[int, int], current: Mapping[int, int], running: Mapping[int, int], held: Mapping[int, int]
) -> tuple[dict[int, int], set[int]]:
    """Mentor → places, enough for all their running pairs; and who has more of those than places."""
    for mentor, seats in capacity.items():
        if seats < 0:
            raise ValueError(f"Mentor {mentor} can't take {seats} mentees.")
    staying = Counter(current[mentee] for mentee in current if held.get(mentee, current[mentee]) == current[mentee])
    places = {mentor: max(capacity.get(mentor, 0), staying[mentor]) for mentor in capacity.keys() | staying.keys()}
    bound = Counter(running.values()) + Counter(held.values())
    for mentor, count in sorted(bound.items()):
        if count > places.get(mentor, 0):
            raise ValueError(f"Mentor {mentor} has {places.get(mentor, 0)} places but {count} locked or running pairs.")
    return places, {mentor for mentor, count in staying.items() if count > capacity.get(mentor, 0)}


def _left(places: Mapping[int, int], fixed: Mapping[int, int]) -> Iterable[tuple[int, int, int]]:
    used = Counter(fixed.values())
    return ((mentor, seats, used[mentor]) for mentor, seats in places.items())


def _usable(
    candidates: Candidates,
    *,
    fixed: Mapping[int, int],
    protected: Mapping[int, int],
    askers: Collection[int],
    crowded: Collection[int],
) -> Candidates:
    """The pairs to choose from, in the order of the ids; every protected mentee can stay, if only for nothing."""
    if not ((candidates.scores >= 0) & (candidates.scores <= 1)).all():
        raise ValueError("Scores must lie between 0 and 1.")
    mentee_of = np.array(sorted(protected), dtype=np.int64)
    mentor_of = np.array([protected[mentee] for mentee in mentee_of.tolist()], dtype=np.int64)
    at = np.searchsorted(mentee_of, candidates.mentees).clip(max=mentee_of.size - 1)
    own = (mentee_of[at] == candidates.mentees) & (mentor_of[at] == candidates.mentors)
    use = ~np.isin(candidates.mentees, np.fromiter(fixed, dtype=np.int64))
    use &= ~np.isin(candidates.mentors, np.fromiter(crowded, dtype=np.int64)) | own
    use &= ~(own & np.isin(candidates.mentees, np.fromiter(askers, dtype=np.int64)))
    unlisted = ~np.isin(mentee_of, candidates.mentees[use & own])
    all_mentees = np.concatenate([candidates.mentees[use], mentee_of[unlisted]])
    all_mentors = np.concatenate([candidates.mentors[use], mentor_of[unlisted]])
    scores = np.concatenate([candidates.scores[use], np.zeros(int(unlisted.sum()), dtype=np.float32)])
    order = np.lexsort((all_mentors, all_mentees))
    return Candidates(all_mentees[order], all_mentors[order], scores[order])


def _place(
    arcs: Candidates,
    *,
    protected: Mapping[int, int],
    askers: Collection[int],
    places: Mapping[int, int],
    gain: float,
) -> dict[int, int]:
    """Mentee → mentor, of those who are not fixed."""
    mentor_ids = np.array(sorted(mentor for mentor, seats in places.items() if seats), dtype=np.int64)
    usable = np.isin(arcs.mentors, mentor_ids)
    arc_mentees, arc_mentors, scores = arcs.mentees[usable], arcs.mentors[usable], arcs.scores[usable]
    mentee_ids = np.unique(arc_mentees)
    rows, columns = np.searchsorted(mentee_ids, arc_mentees), np.searchsorted(mentor_ids, arc_mentors)
    seats = np.array([places[mentor] for mentor in mentor_ids.tolist()], dtype=np.int64)
    m, n = mentee_ids.size, mentor_ids.size

    stays = np.array([protected.get(mentee, -1) for mentee in mentee_ids.tolist()], dtype=np.int64)
    has_mentor = np.isin(mentee_ids, np.fromiter(protected, dtype=np.int64))
    breakable = has_mentor & ~np.isin(mentee_ids, np.fromiter(askers, dtype=np.int64))
    disturbs = breakable[rows] & (stays[rows] != arc_mentors)
    worth = np.rint(scores.astype(np.float64) * STEPS).astype(np.int64) - disturbs * round(gain * STEPS)
    # The sum first; where it is equal, fewer disturbed pairs; where that is equal, earlier ids.
    worth = worth * (int(breakable.sum()) + 1) - disturbs

    pairs = min(m, int(seats.sum()))
    room = _LARGEST_COST // ((m + n + 3) * (int(np.abs(worth).max()) + 1) * (pairs or 1))
    at_most = isqrt(max(room, 1))
    early = _from_the_end(rows, m, at_most) * _from_the_end(columns, n, at_most)
    costs = -(worth * (pairs * min(m, at_most) * min(n, at_most) + 1) + early)

    # Nodes: the mentees, the mentors, being placed, and being left out, which is not for those who have a mentor.
    placed, out = m + n, m + n + 1
    alone = np.flatnonzero(~has_mentor)
    tails = np.concatenate([rows, m + np.arange(n), alone]).astype(np.int32)
    heads = np.concatenate([m + columns, np.full(n, placed), np.full(alone.size, out)]).astype(np.int32)
    room_on = np.concatenate([np.ones(rows.size, dtype=np.int64), seats, np.ones(alone.size, dtype=np.int64)])
    price = np.concatenate([costs, np.zeros(n + alone.size, dtype=np.int64)])
    count = _most(rows, columns, seats, m)
    flow = SimpleMinCostFlow()
    indices = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room_on, price)
    supplies = np.concatenate([np.ones(m), np.zeros(n), [-count, count - m]]).astype(np.int64)
    flow.set_nodes_supplies(np.arange(m + n + 2, dtype=np.int32), supplies)
    status = flow.solve()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise SolverFailed(f"Minimum-cost flow ended with {status} for {m} mentees and {n} mentors.")
    chosen = np.flatnonzero(flow.flows(indices[: rows.size]) > 0)
    return dict(zip(arc_mentees[chosen].tolist(), arc_mentors[chosen].tolist(), strict=True))


def _most(rows: NDArray[np.intp], columns: NDArray[np.intp], seats: NDArray[np.int64], mentees: int) -> int:
    """How many mentees can have a mentor at all."""
    n = seats.size
    source, sink = mentees + n, mentees + n + 1
    tails = np.concatenate([np.full(mentees, source), rows, mentees + np.arange(n)]).astype(np.int32)
    heads = np.concatenate([np.arange(mentees), mentees + columns, np.full(n, sink)]).astype(np.int32)
    flow = SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        tails, heads, np.concatenate([np.ones(mentees + rows.size, dtype=np.int64), seats]).astype(np.int64)
    )
    status = flow.solve(source, sink)
    if status != SimpleMaxFlow.OPTIMAL:
        raise SolverFailed(f"Maximum flow ended with {status} for {mentees} mentees and {n} mentors.")
    return int(flow.optimal_flow())


def _from_the_end(at: NDArray[np.intp], count: int, places: int) -> NDArray[np.int64]:
    """The last of `count` is 1, the first is `count`, or `places` if that is less."""
    back = (count - at).astype(np.int64)
    return back if count <= places else (back * places + count - 1) // count
