"""Pairs that nobody would leave for each other: both sides' rankings instead of one total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappush, heapreplace

import numpy as np
from numpy.typing import ArrayLike

from matching.assignment.result import Assignment, Pair, Sides
from matching.assignment.solve import checked, known_scores
from matching.scoring import Candidates


def assign_stable(
    candidates: Candidates,
    *,
    mentees: ArrayLike,
    capacity: Mapping[int, int],
    mentee_scores: ArrayLike,
    mentor_scores: ArrayLike,
    locked: Iterable[tuple[int, int]] = (),
) -> Assignment:
    """Pair so that no mentee and mentor would both rather have each other; of all such choices the mentees' favourite.

    Deferred acceptance (Gale and Shapley 1962) with places. Among equals the higher score goes first, then the id.

    mentee_scores, mentor_scores  (A,) for each candidate how much the mentee wants the mentor, and the reverse: any
                                  finite numbers, of which only the order counts
    Everything else is as in `assign`. Locked pairs stay even where somebody would rather leave. Raises ValueError.
    """
    sides = Sides.of(mentees, capacity, locked)
    rows, columns, scores, order = checked(candidates, sides)
    wishes = []
    for name, given in (("mentees", mentee_scores), ("mentors", mentor_scores)):
        values = np.asarray(given, dtype=np.float64).reshape(-1)
        if values.size != rows.size or not np.isfinite(values).all():
            raise ValueError(f"The {name}’ own scores must be one finite number for each candidate.")
        wishes.append(values[order])
    waiting = sides.waiting[rows] & (columns >= 0)
    waiting[waiting] = sides.seats[columns[waiting]] > 0
    at = np.flatnonzero(waiting)

    # Each mentee's candidates, best first; ids are in order already.
    at = at[np.lexsort((columns[at], -scores[at], -wishes[0][at], rows[at]))]
    # The place of each candidate in the order of all that its mentor would like best.
    liked = np.empty(rows.size, dtype=np.int64)
    liked[at[np.lexsort((rows[at], -scores[at], -wishes[1][at]))]] = np.arange(at.size)

    first = np.searchsorted(rows[at], np.arange(sides.mentees.size + 1)).tolist()
    place, mentor = liked[at].tolist(), columns[at].tolist()
    seats = sides.seats.tolist()
    # Per mentor the accepted candidates, the least liked on top.
    taken: list[list[tuple[int, int]]] = [[] for _ in seats]
    following, last = first[:-1], first[1:]
    row_of = rows[at].tolist()
    asking = [row for row in range(len(following)) if following[row] < last[row]]
    while asking:
        row = asking.pop()
        if following[row] == last[row]:
            continue
        here = following[row]
        following[row] += 1
        accepted = taken[mentor[here]]
        offer = (-place[here], here)
        if len(accepted) < seats[mentor[here]]:
            heappush(accepted, offer)
        elif offer > accepted[0]:
            asking.append(row_of[heapreplace(accepted, offer)[1]])
        else:
            asking.append(row)
    made = [here for accepted in taken for _, here in accepted]
    pairs = [
        Pair(int(sides.mentees[rows[at[here]]]), int(sides.mentors[mentor[here]]), round(float(scores[at[here]]), 6))
        for here in made
    ]
    return sides.result(pairs, known_scores(rows, columns, scores, sides), proven=False)
