"""How the values of a criterion for all pairs are held, without a number for each pair."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.scoring.people import Bools, Floats

Rows = slice | NDArray[np.intp]
Index = NDArray[np.intp]
T = TypeVar("T", bound=np.generic)

# Tables of up to so many bytes are made once for all blocks.
_KEPT = 1 << 26


@dataclass(frozen=True, eq=False)
class Factors:
    """A matrix of mentees by mentors as a product: left (M, d) times right (N, d) transposed."""

    left: Floats
    right: Floats

    @classmethod
    def of(cls, left: NDArray[Any], right: NDArray[Any]) -> Factors:
        return cls(
            left.astype(np.float32).reshape(len(left), -1),
            right.astype(np.float32).reshape(len(right), -1),
        )

    @classmethod
    def none(cls, mentees: int, mentors: int) -> Factors:
        """Zero everywhere."""
        return cls(np.zeros((mentees, 0), dtype=np.float32), np.zeros((mentors, 0), dtype=np.float32))

    @classmethod
    def join(cls, parts: Sequence[Factors], mentees: int, mentors: int) -> Factors:
        """The sum of several."""
        if not parts:
            return cls.none(mentees, mentors)
        return cls(np.hstack([part.left for part in parts]), np.hstack([part.right for part in parts]))

    def pairs(self, rows: Index, columns: Index) -> Floats:
        """The product at some pairs only: (P,)."""
        if self.left.shape[1] <= 2:
            product: Floats = np.einsum("pd,pd->p", self.left[rows], self.right[columns])
        elif self._by_mentor:
            chosen, amounts = self._filled
            product = np.einsum("pw,pw->p", self.left[rows[:, None], chosen[columns]], amounts[columns])
        else:
            chosen, amounts = self._filled
            product = np.einsum("pw,pw->p", self.right[columns[:, None], chosen[rows]], amounts[rows])
        return product

    @cached_property
    def _by_mentor(self) -> bool:
        """Whether mentors have something in fewer of the columns than mentees."""
        mentors = _most_in_row(self.right)
        return mentors <= 2 or mentors <= _most_in_row(self.left)

    @cached_property
    def _filled(self) -> tuple[Index, Floats]:
        """In which columns each mentor (or mentee) has how much, padded with nothing."""
        side = self.right if self._by_mentor else self.left
        # Much quicker than looking for both at once.
        rows, columns = np.divmod(np.flatnonzero(side != 0), max(side.shape[1], 1))
        nth = np.arange(rows.size) - np.searchsorted(rows, rows)
        shape = len(side), int(nth.max(initial=-1)) + 1
        chosen, amounts = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=np.float32)
        chosen[rows, nth], amounts[rows, nth] = columns, side[rows, columns]
        return chosen, amounts


@dataclass(frozen=True, eq=False)
class Shared:
    """A matrix of mentees by mentors as a sum over what the two have in common, out of more things than fit a product.

    starts, keys, values  mentee i has the things keys[starts[i]:starts[i + 1]], each of which counts so much
    key_starts, columns   thing k is had by the mentors columns[key_starts[k]:key_starts[k + 1]], in order,
    parts                 each to such a part (whole quarters)
    base                  what is added for every pair
    """

    starts: Index
    keys: Index
    values: NDArray[np.float64]
    key_starts: Index
    columns: Index
    parts: Floats
    base: Factors | None = None

    @classmethod
    def of(
        cls,
        mentees: Iterable[Mapping[Any, float]],
        mentors: Iterable[Iterable[Hashable]],
        *,
        base: Factors | None = None,
    ) -> Shared:
        """From what each thing counts for each mentee, and which things each mentor has."""
        holders: dict[Hashable, list[int]] = {}
        for column, things in enumerate(mentors):
            for thing in things:
                holders.setdefault(thing, []).append(column)
        at = {thing: key for key, thing in enumerate(holders)}
        lengths, keys, values = [0], [], []
        for things_of in mentees:
            here = [(at[thing], value) for thing, value in things_of.items() if thing in at]
            keys += [key for key, _ in here]
            values += [value for _, value in here]
            lengths.append(len(here))
        held = [column for columns in holders.values() for column in columns]
        return cls(
            starts=np.cumsum(lengths, dtype=np.intp),
            keys=np.array(keys, dtype=np.intp),
            values=np.array(values, dtype=np.float64),
            key_starts=np.cumsum([0, *(len(columns) for columns in holders.values())], dtype=np.intp),
            columns=np.array(held, dtype=np.intp),
            parts=np.ones(len(held), dtype=np.float32),
            base=base,
        )

    def pairs(self, rows: Index, columns: Index) -> Floats:
        """(P,)"""
        whole = self.base.pairs(rows, columns).astype(np.float64) if self.base else np.zeros(rows.size)
        counts = self.starts[rows + 1] - self.starts[rows]
        pair = np.repeat(np.arange(rows.size), counts)
        entry = ranges(self.starts[rows], counts)
        found = self._place(self.keys[entry], columns[pair])
        met = found >= 0
        np.add.at(whole, pair[met], self.values[entry[met]] * self.parts[found[met]])
        return whole.astype(np.float32)

    def _place(self, keys: Index, columns: Index) -> Index:
        """Where in `columns` it stands that these mentors have these things; -1 for those that don't."""
        if not self.columns.size:
            return np.full(keys.size, -1, dtype=np.intp)
        wide = self._width
        if self._table is not None:
            return self._table[keys, np.minimum(columns, wide)].astype(np.intp)
        wanted = keys * (wide + 1) + np.minimum(columns, wide)
        at = np.searchsorted(self._has, wanted).clip(max=self._has.size - 1)
        return np.where(self._has[at] == wanted, at, -1)

    @cached_property
    def _width(self) -> int:
        """One more than the last mentor who has anything."""
        return int(self.columns.max(initial=-1)) + 1

    @cached_property
    def _has(self) -> Index:
        """Thing and mentor as one number each, in order."""
        keys = np.repeat(np.arange(self.key_starts.size - 1), np.diff(self.key_starts))
        has: Index = keys * (self._width + 1) + self.columns
        return has

    @cached_property
    def _table(self) -> NDArray[np.int32] | None:
        """(K, N + 1) the places, where that is not too large."""
        shape = self.key_starts.size - 1, self._width + 1
        if 4 * shape[0] * shape[1] > _KEPT:
            return None
        table = np.full(shape, -1, dtype=np.int32)
        table.reshape(-1)[self._has] = np.arange(self.columns.size)
        return table


class Curve(Protocol):
    """A matrix of mentees by mentors that is no such sum; alike for all mentees of one kind.

    kind   (M,) which kind a mentee is
    width  how many columns the product has that it begins with
    """

    kind: Index
    width: int

    def of(self, kinds: Index, *, weight: np.float32) -> Floats:
        """(k, N), a new array: 0 to the weight, and 0 where unknown."""

    def pairs(self, rows: Index, columns: Index) -> Floats:
        """(P,)."""


class ByKind(Generic[T]):
    """Rows of numbers, one for each kind of mentee, computed once for all mentees of that kind.

    `width` is the size of such a row in bytes.
    """

    def __init__(self, kind: Index, count: int, width: int, compute: Callable[[Index], NDArray[T]]) -> None:
        self._kind = kind
        self._compute = compute
        self._all = compute(np.arange(count)) if count * width <= _KEPT else None

    def rows(self, rows: Rows) -> tuple[NDArray[T], Index | None]:
        """A table, and for each of these mentees which of its rows is theirs; None if they come one after the other."""
        kind = self._kind[rows]
        if self._all is not None:
            return self._all, kind
        here, at = np.unique(kind, return_inverse=True)
        if 2 * here.size > kind.size:
            return self._compute(kind), None
        return self._compute(here), at


def _most_in_row(side: Floats) -> int:
    return int(np.not_equal(side, 0).sum(axis=1).max(initial=0))


def kinds_of(*columns: NDArray[Any]) -> tuple[Index, Index]:
    """Which rows are alike in all these columns: for each row its kind, for each kind a row of it."""
    rows = len(columns[0])
    parts = [
        np.ascontiguousarray(column).reshape(rows, column.size // rows).view(np.uint8)
        for column in columns
        if column.size
    ]
    if not parts:
        return np.zeros(rows, dtype=np.intp), np.zeros(min(rows, 1), dtype=np.intp)
    packed = np.hstack(parts)
    _, first, kind = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return kind.reshape(-1).astype(np.intp), first.astype(np.intp)


def one_hot(codes: NDArray[Any], values: NDArray[Any]) -> Bools:
    """(n, V): whose code is which value."""
    return np.equal(codes[:, None], values[None, :])


def ranges(starts: Index, counts: Index) -> Index:
    """starts[0], starts[0] + 1, …, counts[0] of them; then likewise from starts[1]; and so on."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if ends.size else 0) + np.repeat(starts - ends + counts, counts)
