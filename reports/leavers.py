"""How many left, by cell, by which reports know of it, and by what they count as there.

The ground on which reports are laid beside each other: of everybody, which group they are of in each breakdown and how
many of these left when; and what a report tells of them. Those who left are told apart by day only as far as reports
do: a span is the days of which the same reports know. Pure: arrays in, plain data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# The whole organisation, as a breakdown with one group.
ALL = ""
# The arms of a report, by their place.
PARTICIPANTS, OTHERS = 0, 1


@dataclass(frozen=True, eq=False)
class Leavers:
    """How many left, by cell, and by which reports know of it.

    A cell is one department, level, site and hire year crossed; `groups` is the position of the group of each cell in
    `names`, for each breakdown. People are told apart by what they count as in each report, their part: `left` (cells ×
    spans × parts) are those who left, `people` (cells × windows × parts) how many there were in a window, leavers
    included. `windows` (windows × spans) says which spans each report looks back on, and `arms` (windows × 2 × parts)
    which parts are participants and which are others there; without it, there are two parts, which are these.
    """

    left: IntArray
    people: IntArray
    windows: BoolArray
    groups: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]
    arms: BoolArray | None = None

    @property
    def parts(self) -> BoolArray:
        if self.arms is not None:
            return self.arms
        plain: BoolArray = np.broadcast_to(np.eye(2, dtype=bool), (len(self.windows), 2, 2))
        return plain

    def inside(self, breakdown: str, group: str | None) -> BoolArray | None:
        """The cells of a group; None where nobody has it any longer."""
        if breakdown == ALL:
            return np.ones(len(self.left), bool)
        if group not in self.names.get(breakdown, ()):
            return None
        found: BoolArray = self.groups[breakdown] == self.names[breakdown].index(group)
        return found

    def of(self, windows: Sequence[int]) -> Leavers:
        """The same, as far as these reports tell spans and parts from each other."""
        kept, at = self.windows[list(windows)], list(windows)
        columns, span = np.unique(kept, axis=1, return_inverse=True)
        parts, part = np.unique(self.parts[at].reshape(2 * len(at), -1), axis=1, return_inverse=True)
        left = np.zeros((len(self.left), columns.shape[1], parts.shape[1]), np.int64)
        people = np.zeros((len(self.left), len(at), parts.shape[1]), np.int64)
        spans, places = span.reshape(-1).tolist(), part.reshape(-1).tolist()
        for place, to in enumerate(places):
            people[:, :, to] += self.people[:, at, place]
            for one, into in enumerate(spans):
                left[:, into, to] += self.left[:, one, place]
        return Leavers(left, people, columns, self.groups, self.names, parts.reshape(len(at), 2, -1))

    def count(self, cells: BoolArray, window: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(people, left) of participants and of others in a window."""
        arms = self.parts[window].astype(np.int64)
        people = arms @ self.people[cells, window].sum(axis=0)
        left = arms @ self.left[cells].sum(axis=0)[self.windows[window]].sum(axis=0)
        return (int(people[0]), int(left[0])), (int(people[1]), int(left[1]))

    def apart(self, cells: BoolArray, one: int, other: int) -> list[tuple[int, int]]:
        """(participants, others) who left in one of two windows only: first of those in `one`, then in `other`."""
        left = self.left[cells].sum(axis=0)
        mine, theirs = self.windows[one], self.windows[other]
        found = []
        for spans, window in ((mine & ~theirs, one), (theirs & ~mine, other)):
            arms = self.parts[window].astype(np.int64) @ left[spans].sum(axis=0)
            found.append((int(arms[0]), int(arms[1])))
        return found

    def counted_otherwise(self, cells: BoolArray, one: int, other: int) -> list[int]:
        """How many who left in both windows are participants, or others, in one of the two reports only."""
        both = self.windows[one] & self.windows[other]
        left = self.left[cells].sum(axis=0)[both].sum(axis=0)
        pairs = [(self.parts[one][arm], self.parts[other][arm]) for arm in (PARTICIPANTS, OTHERS)]
        return [
            int(left[here & ~there].sum()) for mine, theirs in pairs for here, there in permutations((mine, theirs))
        ]


class Fact(NamedTuple):
    """Of those who left a group in a window, `low` to `high` were participants; and more is known of other arms, each
    as (arm, low, high)."""

    breakdown: str
    group: str
    window: int
    low: int
    high: int
    more: tuple[tuple[int, int, int], ...] = ()

    @property
    def bounds(self) -> list[tuple[int, int, int]]:
        """(arm, low, high)"""
        return [(PARTICIPANTS, self.low, self.high), *self.more]


class Report(NamedTuple):
    """Which days a report looks at, from the first one of the data if `first` is None, and by which choice; with
    `only_hired`, at nobody who was hired before."""

    choice: int
    first: int | None
    last: int
    only_hired: bool = False


def count_leavers(
    *,
    begin: ArrayLike,
    end: ArrayLike,
    event: ArrayLike,
    exposed: ArrayLike,
    spell: ArrayLike,
    labels: Mapping[str, ArrayLike],
    hired: ArrayLike,
    windows: Sequence[tuple[int | None, int]],
    only_hired: bool = False,
    unknown: ArrayLike | None = None,
) -> Leavers:
    """Count rows (one state of one employment each, from day `begin` to day `end`) by cell, span and window.

    `windows` are the first and the last day that each report looks at, the first None where it begins with the data;
    with `only_hired`, at nobody who was `hired` before that. `unknown` (windows × rows) are those of whom a report
    didn't know yet, or no longer, that they had left.
    """
    starts, ends = np.asarray(begin, np.int64), np.asarray(end, np.int64)
    left, ours = np.asarray(event, bool), np.asarray(exposed, bool)
    cell, groups, names = _cells_of(labels, len(starts))
    size = int(cell.max(initial=-1)) + 1
    _spells, who = np.unique(np.asarray(spell), return_inverse=True)
    people = np.zeros((size, len(windows), 2), np.int64)
    inside = np.zeros((len(windows), len(starts)), bool)
    for at, (first, last) in enumerate(windows):
        here = (starts <= last) & (True if first is None else ends >= first)
        if only_hired and first is not None:
            here &= np.asarray(hired, np.int64) >= first
        inside[at] = here & left & (ends <= last)
        took_part = np.zeros(len(_spells), bool)
        took_part[who[here & ours]] = True
        for arm, rows in enumerate((here & ours, here & ~ours & ~took_part[who])):
            np.add.at(people[:, at, arm], cell[rows], 1)
    if unknown is not None:
        inside &= ~np.asarray(unknown, bool)
    reach, counts = _by_span(inside, cell, np.where(ours, PARTICIPANTS, OTHERS), size, 2)
    return Leavers(left=counts, people=people, windows=reach, groups=groups, names=names)


def count_jointly(
    *,
    hired: ArrayLike,
    left: ArrayLike,
    joined: ArrayLike,
    outside: ArrayLike,
    labels: Mapping[str, ArrayLike],
    reports: Sequence[Report],
    unknown: ArrayLike | None = None,
) -> Leavers:
    """Count employments by cell, span, and what they count as by several choices.

    `hired` and `left` are the first and the last day of each; `joined` (choices × employments) the day after which it
    is that of a participant by a choice, or left out of it where it is `outside`. `unknown` (reports × employments) are
    those of whom a report didn't know yet that they had left.
    """
    start, end = np.asarray(hired, np.int64), np.asarray(left, np.int64)
    since, out = np.asarray(joined, np.int64), np.asarray(outside, bool)
    cell, groups, names = _cells_of(labels, len(start))
    size = int(cell.max(initial=-1)) + 1
    inside = np.zeros((len(reports), len(start)), bool)
    here = np.zeros((len(reports), len(start)), bool)
    for at, each in enumerate(reports):
        first = np.iinfo(np.int64).min if each.first is None else each.first
        here[at] = (start <= each.last) & (end >= first) & (start <= end)
        if each.only_hired:
            here[at] &= start >= first
        inside[at] = here[at] & (end <= each.last)
    if unknown is not None:
        inside &= ~np.asarray(unknown, bool)
    # 0 others, 1 participants, 2 left out: as it was on the report's last day, or on their own if that was sooner.
    codes = [np.where(np.minimum(end, each.last) > since, np.where(out, 2, 1), 0) for each in reports]
    # What somebody is by every choice, as one number.
    digits = 3 ** np.arange(since.shape[0], dtype=np.int64)
    whole = [digits @ found for found in codes]
    parts, part = np.unique(np.concatenate(whole) if whole else np.zeros(0, np.int64), return_inverse=True)
    part = part.reshape(len(reports), -1)
    people = np.zeros((size, len(reports), len(parts)), np.int64)
    for at in range(len(reports)):
        np.add.at(people[:, at], (cell[here[at]], part[at][here[at]]), 1)
    # Who left is the same in every report that knows of it.
    as_which = part[np.argmax(inside, axis=0), np.arange(len(start))] if len(reports) else np.zeros(0, np.int64)
    reach, counts = _by_span(inside, cell, as_which, size, len(parts))
    digit = parts[None, :] // digits[[each.choice for each in reports]][:, None] % 3
    return Leavers(
        left=counts,
        people=people,
        windows=reach,
        groups=groups,
        names=names,
        arms=np.stack([digit == 1, digit == 0], 1),
    )


def _cells_of(
    labels: Mapping[str, ArrayLike], size: int
) -> tuple[IntArray, dict[str, IntArray], dict[str, tuple[str, ...]]]:
    """The cell of each row; and of each cell, the positions of its groups among their names."""
    coded = {name: np.unique(np.asarray(label), return_inverse=True) for name, label in labels.items()}
    table = np.stack([codes.reshape(-1) for _names, codes in coded.values()], axis=1) if coded else np.zeros((size, 1))
    cells, cell = np.unique(table.astype(np.int64), axis=0, return_inverse=True)
    names = {name: tuple(str(each) for each in found) for name, (found, _codes) in coded.items()}
    return cell.reshape(-1), {name: cells[:, at] for at, name in enumerate(coded)}, names


def _by_span(inside: BoolArray, cell: IntArray, part: IntArray, cells: int, parts: int) -> tuple[BoolArray, IntArray]:
    """Which reports know of each span, and how many who left in it were of each cell and part."""
    known = inside.any(axis=0)
    columns, span = np.unique(inside[:, known], axis=1, return_inverse=True)
    counts = np.zeros((cells, columns.shape[1], parts), np.int64)
    np.add.at(counts, (cell[known], span.reshape(-1), part[known]), 1)
    return columns, counts
