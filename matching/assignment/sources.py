"""Where the scores come from: a table in memory, a list of pairs, or a function that computes them block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matching.assignment.aims import STEPS
from matching.assignment.flow import Whole

Floats = NDArray[np.float32]
Steps = NDArray[np.int32]
Scores = Callable[[int, int], tuple[Floats, NDArray[np.unsignedinteger]]]
# Far below anything that prices could make up for, far above what 32 bits hold.
FORBIDDEN = -(2**30)
BLOCK = 512
# Tables of up to this many pairs (8 bytes each) are kept in memory as a whole.
LARGEST_TABLE = 2**25


@dataclass(frozen=True, eq=False)
class Arcs:
    """Pairs by row and column, sorted: int64 each, scores float32 and as int64 steps."""

    rows: Whole
    columns: Whole
    scores: Floats
    steps: Whole

    def __len__(self) -> int:
        return int(self.rows.size)

    def where(self, mask: NDArray[np.bool_]) -> Arcs:
        return self.at(np.flatnonzero(mask))

    def at(self, places: NDArray[np.intp]) -> Arcs:
        return Arcs(self.rows[places], self.columns[places], self.scores[places], self.steps[places])

    @classmethod
    def none(cls) -> Arcs:
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, np.zeros(0, dtype=np.float32), none)

    @classmethod
    def join(cls, parts: Sequence[Arcs], columns: int) -> Arcs:
        """All of them once, in order."""
        if not parts:
            return cls.none()
        rows = np.concatenate([part.rows for part in parts])
        cols = np.concatenate([part.columns for part in parts])
        _, at = np.unique(rows * columns + cols, return_index=True)
        scores = np.concatenate([part.scores for part in parts])[at]
        return cls(rows[at], cols[at], scores, np.concatenate([part.steps for part in parts])[at])


@dataclass(frozen=True, eq=False)
class Table:
    """Some rows (b,) and their pairs with every column (b, n); steps are FORBIDDEN where there is no pair."""

    rows: Whole
    scores: Floats
    steps: Steps


class Source(Protocol):
    """Scores of m mentees and n mentors who have places, in the order of their ids."""

    m: int
    n: int

    def everything(self) -> Arcs | None:
        """All pairs that may be made, if they are few."""

    def tables(self) -> Iterator[Table]:
        """Every row once."""


class ListedPairs:
    """Pairs in a list that is sorted by row and column."""

    def __init__(self, rows: Whole, columns: Whole, scores: Floats, *, m: int, n: int, few: int) -> None:
        self.m, self.n = m, n
        self._rows, self._columns, self._scores = rows, columns, scores
        self._few = rows.size <= few
        self._first = np.searchsorted(rows, np.arange(m + 1))
        self._tables: list[Table] = []
        if not self._few and m * n <= LARGEST_TABLE:
            self._tables = list(self._made())

    def everything(self) -> Arcs | None:
        if not self._few:
            return None
        steps = np.rint(self._scores.astype(np.float64) * STEPS).astype(np.int64)
        return Arcs(self._rows, self._columns, self._scores, steps)

    def tables(self) -> Iterator[Table]:
        return iter(self._tables) if self._tables else self._made()

    def _made(self) -> Iterator[Table]:
        for start in range(0, self.m, BLOCK):
            stop = min(start + BLOCK, self.m)
            part = slice(self._first[start], self._first[stop])
            scores = np.full((stop - start, self.n), -1, dtype=np.float32)
            scores[self._rows[part] - start, self._columns[part]] = self._scores[part]
            yield Table(np.arange(start, stop), scores, in_steps(scores, scores < 0))


class Rescanned:
    """Scores that are computed anew whenever they are looked at, because all of them would not fit into memory.

    scores   (start, stop) → scores and, where not 0, what forbids the pair, of the mentees start to stop as listed
    rows     of each listed mentee the row, -1 for those who are not to be placed
    columns  of each mentor with places, in the order of the ids, where they are listed
    few      so many pairs are given to the solver at once
    """

    def __init__(self, scores: Scores, rows: Whole, columns: Whole, *, m: int, few: int) -> None:
        self.m, self.n = m, columns.size
        self._scores = scores
        self._rows = rows
        self._columns = columns
        self._few = m * columns.size <= few
        self._kept: list[Table] | None = None

    def everything(self) -> Arcs | None:
        if not self._few:
            return None
        parts = []
        for table in self.tables():
            at, columns = np.nonzero(table.steps >= 0)
            steps = table.steps[at, columns].astype(np.int64)
            parts.append(Arcs(table.rows[at], columns, table.scores[at, columns], steps))
        return Arcs.join(parts, self.n)

    def tables(self) -> Iterator[Table]:
        if self.m * self.n > LARGEST_TABLE:
            yield from self._made()
            return
        if self._kept is None:
            self._kept = list(self._made())
        yield from self._kept

    def _made(self) -> Iterator[Table]:
        if not self.n:
            return
        for start in range(0, self._rows.size, BLOCK):
            rows = self._rows[start : start + BLOCK]
            here = rows >= 0
            if not here.any():
                continue
            scores, blocked = self._scores(start, start + rows.size)
            if not here.all():
                rows, scores, blocked = rows[here], scores[here], blocked[here]
            if not np.array_equal(self._columns, np.arange(scores.shape[1])):
                scores, blocked = scores[:, self._columns], blocked[:, self._columns]
            yield Table(rows, scores, in_steps(scores, blocked != 0))


class AtLeast:
    """Only the pairs with at least so many steps, which are then all alike: what counts is how many can be made."""

    def __init__(self, source: Source, least: int, *, alike: bool) -> None:
        self.m, self.n = source.m, source.n
        self._source, self._least, self._alike = source, least, alike

    def everything(self) -> Arcs | None:
        arcs = self._source.everything()
        if arcs is None:
            return None
        arcs = arcs.where(arcs.steps >= self._least)
        return replace(arcs, steps=np.zeros_like(arcs.steps)) if self._alike else arcs

    def tables(self) -> Iterator[Table]:
        for table in self._source.tables():
            steps = np.where(table.steps >= self._least, np.int32(0) if self._alike else table.steps, FORBIDDEN)
            yield replace(table, steps=steps.astype(np.int32, copy=False))


def in_steps(scores: Floats, forbidden: NDArray[np.bool_]) -> Steps:
    """Whole steps; raises ValueError for a score outside 0 to 1 of a pair that is not forbidden."""
    steps = np.empty(scores.shape, dtype=np.int32)
    # A few rows at a time stay in the processor's cache.
    for at in range(0, len(scores), 32):
        part = slice(at, at + 32)
        given, out = scores[part], forbidden[part]
        if not (given.min(initial=0) >= 0 and given.max(initial=0) <= 1):
            # Forbidden pairs may have any score. Written so that NaN fails too.
            fine = (given >= 0) & (given <= 1)
            if not (fine | out).all():
                raise ValueError("Scores must lie between 0 and 1.")
            given = np.where(fine, given, np.float32(0))
        exact = np.multiply(given, STEPS, dtype=np.float64)
        steps[part] = np.rint(exact, out=exact)
        steps[part][out] = FORBIDDEN
    return steps
