"""What is wanted of the pairs, one aim after the other: each only decides where those before it leave a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from matching.assignment.flow import Prices, Whole, largest_worth

STEPS = 100_000

Worth = Callable[[Whole, Whole, Whole], Whole]


@dataclass(frozen=True, eq=False)
class Aim:
    """What a pair is worth by its row, its column and its score in steps (arrays that broadcast), 0 to `largest`."""

    worth: Worth
    largest: int


def by_score() -> Aim:
    return Aim(lambda rows, columns, steps: steps.astype(np.int64), STEPS)


def by_early_ids(mentees: Whole, mentors: Whole, *, of_mentees: int, of_mentors: int) -> Aim:
    """The places from the end of both, multiplied. Rows and columns are at these places among so many ids."""
    places = isqrt(largest_worth(of_mentees, of_mentors)) or 1
    early_mentee = _from_the_end(mentees, of_mentees, places)
    early_mentor = _from_the_end(mentors, of_mentors, places)
    return Aim(
        lambda rows, columns, steps: early_mentee[rows] * early_mentor[columns],
        min(of_mentees, places) * min(of_mentors, places),
    )


def by_draw(mentee_ids: Whole, mentor_ids: Whole, *, of_mentees: int, of_mentors: int) -> Aim:
    """A draw that comes out the same whenever these two ids meet."""
    bits = max(1, min(40, largest_worth(of_mentees, of_mentors).bit_length() - 1))
    shift = np.uint64(64 - bits)
    one, other = _mixed(mentee_ids.astype(np.uint64)), mentor_ids.astype(np.uint64)
    return Aim(
        lambda rows, columns, steps: (_mixed(one[rows] ^ other[columns]) >> shift).astype(np.int64), (1 << bits) - 1
    )


def bonus(largest: int, mentees: int, mentors: int) -> int:
    """More than can be lost along the mentors of any exchange, so that a bonus goes before everything else."""
    return (min(mentees, mentors) + 1) * largest + 1


def _from_the_end(at: Whole, count: int, places: int) -> Whole:
    """The last of `count` is 1, the first is `count`, or `places` if that is less."""
    back = (count - at).astype(np.int64)
    return back if count <= places else (back * places + count - 1) // count


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The mixing function of SplitMix64 (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, eq=False)
class Goal:
    """An aim together with who must be taken: bonuses (m,) for mentees and (n,) for mentors on top of a pair's worth.

    must  the same for the solver, which needs no bonus; None if as many as possible
    """

    aim: Aim
    mentees: Whole
    mentors: Whole
    must: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None

    @classmethod
    def first(cls, aim: Aim, m: int, n: int) -> Goal:
        """As many people as possible before anything else."""
        each = np.full(m, bonus(aim.largest, m, n), dtype=np.int64)
        return cls(aim, each, np.zeros(n, dtype=np.int64))

    @classmethod
    def after(cls, prices: Prices, aim: Aim) -> Goal:
        """Whoever has a price is taken in every choice that was best so far."""
        extra = np.int64(bonus(aim.largest, prices.mentees.size, prices.mentors.size))
        must = prices.mentees > 0, prices.mentors > 0
        return cls(aim, must[0] * extra, must[1] * extra, must)

    def worth(self, rows: Whole, columns: Whole, steps: Whole) -> Whole:
        return self.aim.worth(rows, columns, steps) + self.mentees[rows] + self.mentors[columns]


@dataclass(frozen=True, eq=False)
class Settled:
    """A goal with the prices that prove which choices reach it."""

    goal: Goal
    prices: Prices

    def gain(self, rows: Whole, columns: Whole, steps: Whole) -> Whole:
        """Above 0: the pair would improve the choice. 0: it may be part of a best choice. Below: it is part of none."""
        return self.goal.worth(rows, columns, steps) - self.prices.mentees[rows] - self.prices.mentors[columns]
