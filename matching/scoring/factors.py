"""How the values of a criterion for all pairs are held, without a number for each pair."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.scoring.people import Bools, Floats

Rows = slice | NDArray[np.intp]
Index = NDArray[np.intp]
T = TypeVar("T", bound=np.generic)

# Tables of up to so many numbers are made once for all blocks.
_KEPT = 1 << 24
# From so many columns on it pays to look only at those in which a mentee has something.
_WIDE = 24


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
        if self.left.shape[1] < _WIDE:
            product: Floats = np.einsum("pd,pd->p", self.left[rows], self.right[columns])
            return product
        used, place_of = np.unique(rows, return_inverse=True)
        left = self.left[used]
        places, filled = np.nonzero(left)
        nth = np.arange(places.size) - np.searchsorted(places, places)
        # Where a mentee has something in fewer columns than others, the rest is padded with zeros.
        shape = used.size, int(nth.max(initial=-1)) + 1
        chosen, values = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=np.float32)
        chosen[places, nth], values[places, nth] = filled, left[places, filled]
        product = np.einsum("pd,pd->p", values[place_of], self.right[columns[:, None], chosen[place_of]])
        return product


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
        n = int(columns.max(initial=0)) + 1
        has = np.repeat(np.arange(self.key_starts.size - 1), np.diff(self.key_starts)) * n + self.columns
        kept = self.columns < n
        has, parts = has[kept], self.parts[kept]
        counts = self.starts[rows + 1] - self.starts[rows]
        pair = np.repeat(np.arange(rows.size), counts)
        entry = ranges(self.starts[rows], counts)
        wanted = self.keys[entry] * n + columns[pair]
        if has.size:
            found = np.searchsorted(has, wanted).clip(max=has.size - 1)
            met = has[found] == wanted
            np.add.at(whole, pair[met], self.values[entry[met]] * parts[found[met]])
        return whole.astype(np.float32)


class Curve(Protocol):
    """A matrix of mentees by mentors that is no such sum; alike for all mentees of one kind.

    kind  (M,) which kind a mentee is
    """

    kind: Index

    def of(self, kinds: Index) -> Floats:
        """(k, N), a new array: 0 to 1, and 0 where unknown."""

    def pairs(self, rows: Index, columns: Index) -> Floats:
        """(P,)."""


class ByKind(Generic[T]):
    """Rows of numbers, one for each kind of mentee, computed once for all mentees of that kind."""

    def __init__(self, kind: Index, count: int, columns: int, compute: Callable[[Index], NDArray[T]]) -> None:
        self._kind = kind
        self._compute = compute
        self._all = compute(np.arange(count)) if count * columns <= _KEPT else None

    def rows(self, rows: Rows) -> tuple[NDArray[T], Index]:
        """A table, and for each of these mentees which of its rows is theirs."""
        kind = self._kind[rows]
        if self._all is not None:
            return self._all, kind
        here, at = np.unique(kind, return_inverse=True)
        return self._compute(here), at


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
