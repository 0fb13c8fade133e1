"""What comes out of an assignment, and what may go in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.assignment.flow import Whole


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
    bound       no choice that does as well by what goes before the total can have a higher one, scores counted in
                STEPS; equal to the total, which is the proof. None where the total is not what was asked for
    """

    pairs: tuple[Pair, ...]
    unmatched: tuple[int, ...]
    total: float
    free_seats: Mapping[int, int]
    bound: float | None = None


@dataclass(frozen=True, eq=False)
class Sides:
    """Who takes part, in the order of their ids, and what is fixed from the start.

    mentees, mentors  all that are to be placed, and all who take anybody
    held              mentee → mentor of the locked pairs
    waiting           which of the mentees are not locked
    seats             places of each mentor that no locked pair takes
    """

    mentees: Whole
    mentors: Whole
    held: Mapping[int, int]
    waiting: NDArray[np.bool_]
    seats: Whole

    @classmethod
    def of(cls, mentees: ArrayLike, capacity: Mapping[int, int], locked: Iterable[tuple[int, int]]) -> Self:
        """Raises ValueError in a sentence for a negative capacity and for locked pairs that can't all be kept."""
        for mentor, places in capacity.items():
            if places < 0:
                raise ValueError(f"Mentor {mentor} can't take {places} mentees.")
        ids = np.unique(np.asarray(mentees, dtype=np.int64).reshape(-1))
        mentors = np.array(sorted(mentor for mentor, places in capacity.items() if places), dtype=np.int64)
        held = _held(locked, ids, capacity)
        seats = np.array([capacity[mentor] for mentor in mentors.tolist()], dtype=np.int64)
        seats -= count(held.values(), mentors)
        return cls(ids, mentors, held, ~np.isin(ids, np.fromiter(held, dtype=np.int64)), seats)

    def result(self, made: Iterable[Pair], known: Mapping[tuple[int, int], float], *, proven: bool) -> Assignment:
        """The pairs that were made together with the locked ones, whose scores are `known` or not."""
        pairs = list(made)
        seats = self.seats - count((pair.mentor for pair in pairs), self.mentors)
        pairs += [Pair(mentee, mentor, known.get((mentee, mentor)), True) for mentee, mentor in self.held.items()]
        pairs.sort()
        placed = {pair.mentee for pair in pairs}
        total = round(sum(pair.score for pair in pairs if pair.score is not None), 6)
        return Assignment(
            pairs=tuple(pairs),
            unmatched=tuple(mentee for mentee in self.mentees.tolist() if mentee not in placed),
            total=total,
            free_seats={mentor: int(left) for mentor, left in zip(self.mentors.tolist(), seats, strict=True) if left},
            bound=total if proven else None,
        )


def count(mentors: Iterable[int], mentor_ids: Whole) -> Whole:
    """How often each of the mentors, who are in order, occurs."""
    at = np.searchsorted(mentor_ids, np.fromiter(mentors, dtype=np.int64))
    return np.bincount(at, minlength=mentor_ids.size).astype(np.int64)


def _held(locked: Iterable[tuple[int, int]], mentee_ids: Whole, capacity: Mapping[int, int]) -> dict[int, int]:
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
    for mentor, number in taken.items():
        if number > capacity.get(mentor, 0):
            raise ValueError(f"Mentor {mentor} has {capacity.get(mentor, 0)} places but {number} locked mentees.")
    return held
