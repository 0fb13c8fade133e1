"""Finds a mentor for each topic that a mentee wants, with several mentors for one mentee.

What counts, in this order:
1. as many wanted topics as possible are served,
2. the sum of the scores, counted in steps of 0.00001, is as high as possible,
3. earlier ids go first: every topic served counts its place from the end of all wanted topics in the order of (mentee,
   topic), times the mentor's from the end of theirs (in very large networks neighbours share a place),
4. the solver's own choice, which sees everything in the order of the ids.

Method: one minimum-cost flow, exact. Mentee → their topic → the pair of mentee and mentor → mentor. The pair in between
lets one unit through, so that nobody serves the same mentee twice; Ahuja, Magnanti and Orlin, "Network flows", 1993.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matching.formats.solving import Ids, Scores, cheapest_flow, check_scores, flow_costs, in_steps


@dataclass(frozen=True, order=True)
class Served:
    """One topic of one mentee, and who serves it; all by id."""

    mentee: int
    topic: int
    mentor: int
    score: float


@dataclass(frozen=True)
class Network:
    """Who serves what, in the order of mentees and topics.

    unserved    (mentee, topic) without a mentor, in order
    free_seats  mentor id → places left, of every mentor with any
    """

    served: tuple[Served, ...]
    unserved: tuple[tuple[int, int], ...]
    total: float
    free_seats: Mapping[int, int]


def serve_topics(
    *,
    wanted: Iterable[tuple[int, int]],
    mentees: ArrayLike,
    topics: ArrayLike,
    mentors: ArrayLike,
    scores: ArrayLike,
    capacity: Mapping[int, int],
    at_most: int | None = None,
    several: bool = False,
) -> Network:
    """Serve as many wanted topics as possible.

    wanted    (mentee, topic) ids
    mentees, topics, mentors, scores
              (A,) each: who may serve which mentee in which topic, and how well, 0 to 1; what is not listed is forbidden
    capacity  mentor id → topics they serve at most, over all mentees; a mentor who is missing serves none
    at_most   topics of one mentee that are served at most; all of them without it
    several   one mentor may serve several topics of the same mentee
    Raises ValueError in a sentence for scores outside 0 to 1, a way listed twice, one for a topic that nobody wanted,
    negative capacities, and arrays of different lengths.
    """
    wants = sorted(set(wanted))
    ways = [np.asarray(each, dtype=np.int64).reshape(-1) for each in (mentees, topics, mentors)]
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    if {each.size for each in ways} != {values.size}:
        raise ValueError("A way needs a mentee, a topic, a mentor and a score.")
    check_scores(values)
    if at_most is not None and at_most < 0:
        raise ValueError(f"Nobody can be served in {at_most} topics.")
    for mentor, most in capacity.items():
        if most < 0:
            raise ValueError(f"Mentor {mentor} can't serve {most} topics.")
    order = np.lexsort(tuple(reversed(ways)))
    who, what, by = (each[order] for each in ways)
    values = values[order]
    numbers = {want: at for at, want in enumerate(wants)}
    _check_ways(who, what, by, numbers)

    mentor_ids = np.array(sorted(mentor for mentor, most in capacity.items() if most), dtype=np.int64)
    usable = np.flatnonzero(np.isin(by, mentor_ids))
    rows = np.array([numbers[want] for want in zip(who[usable].tolist(), what[usable].tolist(), strict=True)], np.int64)
    columns = np.searchsorted(mentor_ids, by[usable])
    seats = np.array([capacity[mentor] for mentor in mentor_ids.tolist()], dtype=np.int64)
    owners = np.array([mentee for mentee, _topic in wants], dtype=np.int64)
    chosen = usable[_flow(rows, columns, in_steps(values[usable]), seats, owners, at_most=at_most, several=several)]
    served = tuple(
        Served(int(who[at]), int(what[at]), int(by[at]), round(float(values[at]), 6)) for at in chosen.tolist()
    )
    taken = np.bincount(np.searchsorted(mentor_ids, by[chosen]), minlength=mentor_ids.size)
    done = {(each.mentee, each.topic) for each in served}
    return Network(
        served=served,
        unserved=tuple(want for want in wants if want not in done),
        total=round(sum(each.score for each in served), 6),
        free_seats={mentor: int(left) for mentor, left in zip(mentor_ids.tolist(), seats - taken, strict=True) if left},
    )


def _check_ways(who: Ids, what: Ids, by: Ids, numbers: Mapping[tuple[int, int], int]) -> None:
    for mentee, topic in zip(who.tolist(), what.tolist(), strict=True):
        if (mentee, topic) not in numbers:
            raise ValueError(f"Mentee {mentee} did not want topic {topic}.")
    twice = np.flatnonzero((who[1:] == who[:-1]) & (what[1:] == what[:-1]) & (by[1:] == by[:-1]))
    if twice.size:
        at = twice[0]
        raise ValueError(f"Mentee {who[at]} and mentor {by[at]} are listed twice for topic {what[at]}.")


def _flow(
    rows: Scores, columns: Scores, steps: Scores, seats: Scores, owners: Ids, *, at_most: int | None, several: bool
) -> Scores:
    """Which ways are gone. Nodes: mentees, wanted topics, pairs of mentee and mentor, mentors."""
    if not rows.size:
        return np.zeros(0, dtype=np.int64)
    mentee_ids, of_mentee, counts = np.unique(owners, return_inverse=True, return_counts=True)
    pair_keys, of_pair = np.unique(of_mentee[rows] * seats.size + columns, return_inverse=True)
    topics_from = mentee_ids.size
    pairs_from = topics_from + owners.size
    mentors_from = pairs_from + pair_keys.size
    nodes = mentors_from + seats.size
    ways = rows.size
    tails = np.concatenate([topics_from + rows, of_mentee, pairs_from + np.arange(pair_keys.size)])
    heads = np.concatenate(
        [pairs_from + of_pair, topics_from + np.arange(owners.size), mentors_from + pair_keys % seats.size]
    )
    through = np.ones(tails.size, dtype=np.int64)
    if several:
        through[ways + owners.size :] = owners.size
    costs = np.zeros(tails.size, dtype=np.int64)
    costs[:ways] = flow_costs(
        steps, rows, columns, shape=(owners.size, seats.size), pairs=min(owners.size, int(seats.sum())), nodes=nodes
    )
    supply = np.zeros(nodes, dtype=np.int64)
    supply[: mentee_ids.size] = counts if at_most is None else np.minimum(counts, at_most)
    supply[mentors_from:] = -seats
    carried = cheapest_flow(tails, heads, through, costs, supply, f"{owners.size} topics and {seats.size} mentors")
    return np.flatnonzero(carried[:ways] > 0)
