"""Candidates or score blocks in, the best assignment out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.assignment.aims import STEPS, by_draw, by_early_ids, by_score
from matching.assignment.flow import SolverFailed, Whole
from matching.assignment.result import Assignment, Pair, Sides
from matching.assignment.search import Round, search
from matching.assignment.sources import AtLeast, Floats, ListedPairs, Rescanned, Scores, Source, in_steps
from matching.scoring import Candidates

Objective = Literal["most", "fairest"]

KEEP = 20
# So many pairs are solved at once; of more, only the promising ones.
FEW = 20_000


def assign(
    candidates: Candidates,
    *,
    mentees: ArrayLike,
    capacity: Mapping[int, int],
    locked: Iterable[tuple[int, int]] = (),
    objective: Objective = "most",
) -> Assignment:
    """Give as many mentees as possible a mentor, with the highest total score.

    candidates  the pairs that may be made, in any order; whatever is not among them is forbidden
    mentees     ids of everyone who is to be placed, with or without candidates
    capacity    mentor id → how many mentees they take at most; a mentor who is missing takes none
    locked      (mentee, mentor) ids that stay as they are, candidates or not; they use their mentor's places
    objective   "fairest": of all choices that place as many, the highest lowest score goes before the total. Locked
                pairs can't be helped and don't count for it
    Raises ValueError in a sentence for scores outside 0 to 1, a pair listed twice, a negative capacity, a candidate
    who is not among the mentees, a mentee locked twice, and more locked pairs than a mentor has places.
    """
    sides = Sides.of(mentees, capacity, locked)
    rows, columns, scores, _ = checked(candidates, sides)
    known = known_scores(rows, columns, scores, sides)
    people = _People.of(sides)
    row, column = people.row[rows], people.column[columns]
    usable = (row >= 0) & (column >= 0)
    if not usable.all():
        row, column, scores = row[usable], column[usable], scores[usable]
    source = ListedPairs(row, column, scores, m=people.m, n=people.n, few=FEW)
    return _solved(source, sides, people, known, objective=objective, keep=KEEP)


def assign_blocks(
    source: Scores,
    *,
    mentees: ArrayLike,
    mentors: ArrayLike,
    capacity: Mapping[int, int],
    locked: Iterable[tuple[int, int]] = (),
    objective: Objective = "most",
    keep: int = KEEP,
    on_round: Callable[[Round], None] | None = None,
) -> Assignment:
    """What `assign` would give for all pairs that nothing forbids, without ever holding all of many in memory.

    source     (start, stop) → (scores (b, N) float32, blocked (b, N), 0 where the pair may be made) of the mentees at
               these places; of large programmes every part is asked for several times, about 6 for "most" and ten
               times that for "fairest", and must be the same each time
    mentees    (M,) ids in the order of the source's rows, all to be placed
    mentors    (N,) ids in the order of the source's columns
    keep       how many pairs of each mentee the solver gets to see at first, and is given more in each round
    on_round   told after each time that all pairs were looked through; may raise, to stop
    Raises ValueError as `assign` does.
    """
    listed, offered = (np.asarray(ids, dtype=np.int64).reshape(-1) for ids in (mentees, mentors))
    for name, ids in (("Mentee", listed), ("Mentor", offered)):
        unique, times = np.unique(ids, return_counts=True)
        if (times > 1).any():
            raise ValueError(f"{name} {unique[times > 1][0]} is listed twice.")
    if keep < 1:
        raise ValueError("At least one pair of each mentee must be kept.")
    sides = Sides.of(listed, capacity, locked)
    here = np.isin(sides.mentors, offered)
    people = _People.of(sides, here)
    order = np.argsort(offered)
    columns = order[np.searchsorted(offered[order], people.mentor_ids)]
    known = {}
    place = {mentee: at for at, mentee in enumerate(listed.tolist())}
    column = {mentor: at for at, mentor in enumerate(offered.tolist())}
    for mentee, mentor in sides.held.items():
        if mentor in column:
            scores, blocked = source(place[mentee], place[mentee] + 1)
            if not blocked[0, column[mentor]]:
                known[mentee, mentor] = round(float(scores[0, column[mentor]]), 6)
    rows = people.row[np.searchsorted(sides.mentees, listed)]
    rescanned = Rescanned(source, rows, columns, m=people.m, few=FEW)
    return _solved(rescanned, sides, people, known, objective=objective, keep=keep, on_round=on_round)


@dataclass(frozen=True, eq=False)
class _People:
    """Those whom the solver sees: mentees who wait and mentors with places left, in the order of their ids.

    row, column        of everyone in `Sides` the number here, -1 for the others; so is the last, for whoever is at -1
    mentees, mentors   of those here the number in `Sides`
    """

    row: Whole
    column: Whole
    mentees: Whole
    mentors: Whole
    mentee_ids: Whole
    mentor_ids: Whole
    seats: Whole

    @classmethod
    def of(cls, sides: Sides, offered: NDArray[np.bool_] | None = None) -> Self:
        mentees = np.flatnonzero(sides.waiting)
        mentors = np.flatnonzero(sides.seats > 0 if offered is None else (sides.seats > 0) & offered)
        row = np.full(sides.mentees.size + 1, -1, dtype=np.int64)
        column = np.full(sides.mentors.size + 1, -1, dtype=np.int64)
        row[mentees] = np.arange(mentees.size)
        column[mentors] = np.arange(mentors.size)
        return cls(row, column, mentees, mentors, sides.mentees[mentees], sides.mentors[mentors], sides.seats[mentors])

    @property
    def m(self) -> int:
        return int(self.mentees.size)

    @property
    def n(self) -> int:
        return int(self.mentors.size)


def _solved(
    source: Source,
    sides: Sides,
    people: _People,
    known: Mapping[tuple[int, int], float],
    *,
    objective: Objective,
    keep: int,
    on_round: Callable[[Round], None] | None = None,
) -> Assignment:
    of = {"of_mentees": sides.mentees.size, "of_mentors": sides.mentors.size}
    aims = [
        by_score(),
        by_early_ids(people.mentees, people.mentors, **of),
        by_draw(people.mentee_ids, people.mentor_ids, **of),
    ]
    if objective not in ("most", "fairest"):
        raise ValueError(f"There is no objective {objective}.")
    if objective == "fairest":
        source = AtLeast(source, _fairest(source, people.seats, keep=keep), alike=False)
    found = search(source, people.seats, aims, keep=keep, on_round=on_round)
    if found.gap:
        raise SolverFailed(f"Prices and pairs differ by {found.gap}, so the choice is not proven to be the best.")
    arcs = found.arcs
    pairs = (
        Pair(mentee, mentor, round(score, 6))
        for mentee, mentor, score in zip(
            people.mentee_ids[arcs.rows].tolist(),
            people.mentor_ids[arcs.columns].tolist(),
            arcs.scores.astype(np.float64).tolist(),
            strict=True,
        )
    )
    return sides.result(pairs, known, proven=True)


def _fairest(source: Source, seats: Whole, *, keep: int) -> int:
    """The most steps that every pair can have when as many as possible are made."""
    best = search(source, seats, [by_score()], keep=keep).arcs
    if not len(best):
        return 0
    # It can be done with the lowest of these, and not with more than anybody's score.
    possible, impossible = int(best.steps.min()), STEPS + 1
    while impossible - possible > 1:
        middle = (possible + impossible) // 2
        made = search(AtLeast(source, middle, alike=True), seats, [by_score()], keep=keep).arcs
        if len(made) == len(best):
            possible = max(middle, int(in_steps(made.scores[None], np.zeros((1, len(made)), np.bool_)).min()))
        else:
            impossible = middle
    return possible


def checked(candidates: Candidates, sides: Sides) -> tuple[Whole, Whole, Floats, NDArray[np.intp] | slice]:
    """The candidates in the order of the ids: each one's mentee's and mentor's place in `sides`, and the score.

    Mentors who take nobody are at -1. The last of the four is the order itself.
    """
    mentees, mentors, scores = candidates.mentees, candidates.mentors, candidates.scores
    # Written so that NaN fails too.
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("Scores must lie between 0 and 1.")
    rows = _places(sides.mentees, mentees)
    if rows.size and rows.min() < 0:
        raise ValueError(f"Mentee {mentees[rows < 0].min()} has candidates but is not to be placed.")
    order: NDArray[np.intp] | slice = slice(None)
    if not _rising(mentees, mentors).all():
        order = np.lexsort((mentors, mentees))
        mentees, mentors, scores, rows = mentees[order], mentors[order], scores[order], rows[order]
        repeated = np.flatnonzero(~_rising(mentees, mentors))
        if repeated.size:
            raise ValueError(f"Mentee {mentees[repeated[0]]} and mentor {mentors[repeated[0]]} are listed twice.")
    return rows, _places(sides.mentors, mentors), scores, order


def _rising(mentees: Whole, mentors: Whole) -> NDArray[np.bool_]:
    rising: NDArray[np.bool_] = (mentees[1:] > mentees[:-1]) | (
        (mentees[1:] == mentees[:-1]) & (mentors[1:] > mentors[:-1])
    )
    return rising


def _places(ids: Whole, values: Whole) -> Whole:
    """Where each value stands among the ids, which are in order; -1 for those that don't."""
    if not ids.size or not values.size:
        return np.full(values.size, -1, dtype=np.int64)
    low, high = int(ids[0]), int(ids[-1])
    if high - low < 4 * values.size and low <= values.min() and values.max() <= high:
        table = np.full(high - low + 1, -1, dtype=np.int64)
        table[ids - low] = np.arange(ids.size)
        return table[values - low]
    at = np.minimum(np.searchsorted(ids, values), ids.size - 1)
    return np.where(ids[at] == values, at, -1)


def known_scores(rows: Whole, columns: Whole, scores: Floats, sides: Sides) -> dict[tuple[int, int], float]:
    """The scores of those locked pairs that are among the candidates."""
    if not sides.held:
        return {}
    mentor = np.full(sides.mentees.size, -2, dtype=np.int64)
    held = np.fromiter(sides.held, dtype=np.int64)
    mentor[np.searchsorted(sides.mentees, held)] = np.searchsorted(
        sides.mentors, np.fromiter(sides.held.values(), dtype=np.int64)
    )
    return {
        (int(sides.mentees[rows[at]]), int(sides.mentors[columns[at]])): round(float(scores[at]), 6)
        for at in np.flatnonzero(columns == mentor[rows]).tolist()
    }
