"""What somebody who knows everybody could work out from all that was ever published, and what may be added to it.

The reader is taken to know who worked in which department, level, site and hire year, who left and when, and how many
participants each of these had: everything but which of the leavers were participants. A number is given away when no
other set of whole people fits what was published, headcounts included, and makes it different; and only what was open
before anything was published can be. Pure: arrays in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from ortools.sat.python import cp_model

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# The whole organisation, as a breakdown with one group.
ALL = ""
# Each crossed cell, as a breakdown of its own.
CELL = "*"
SMALL = 4
# A world is looked for so long, by the solver's own clock, and for no more secrets than this.
SEARCH, SEARCHES = 0.5, 60
PAIRS_AT_ONCE = 20_000_000


@dataclass(frozen=True, eq=False)
class Leavers:
    """How many left, by cell, and by span of days between one publishing and another.

    A cell is one department, level, site and hire year crossed; `groups` is the position of the group of each cell in
    `names`, for each breakdown. `left` (cells × spans × 2) are participants and others who left, `people`
    (cells × windows × 2) how many of each there were in a window, leavers included. `windows` are the spans
    [first, last) that a published report looks back on.
    """

    left: IntArray
    people: IntArray
    windows: tuple[tuple[int, int], ...]
    groups: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]

    def inside(self, breakdown: str, group: str | None) -> BoolArray | None:
        """The cells of a group; None where nobody has it any longer."""
        if breakdown == ALL:
            return np.ones(len(self.left), bool)
        if group not in self.names.get(breakdown, ()):
            return None
        found: BoolArray = self.groups[breakdown] == self.names[breakdown].index(group)
        return found

    def count(self, cells: BoolArray, window: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(people, left) of participants and of others in a window."""
        first, last = self.windows[window]
        people, left = self.people[cells, window].sum(axis=0), self.left[cells, first:last].sum(axis=(0, 1))
        return (int(people[0]), int(left[0])), (int(people[1]), int(left[1]))

    def apart(self, cells: BoolArray, one: int, other: int) -> list[tuple[int, int]]:
        """(participants, others) who left in one of two windows only: first of those in `one`, then in `other`."""
        ours, theirs = (set(range(*self.windows[each])) for each in (one, other))
        return [
            (int(left[0]), int(left[1]))
            for spans in (ours - theirs, theirs - ours)
            for left in [self.left[cells][:, sorted(spans)].sum(axis=(0, 1))]
        ]


class Fact(NamedTuple):
    """Of those who left a group in a window, `low` to `high` were participants."""

    breakdown: str
    group: str
    window: int
    low: int
    high: int


class Secret(NamedTuple):
    """How many of those who left a group in the spans [first, last) were participants."""

    breakdown: str
    group: int
    first: int
    last: int


def count_leavers(
    *,
    begin: ArrayLike,
    end: ArrayLike,
    event: ArrayLike,
    exposed: ArrayLike,
    spell: ArrayLike,
    labels: Mapping[str, ArrayLike],
    windows: Sequence[tuple[int | None, int]],
) -> Leavers:
    """Count rows (one state of one employment each, from day `begin` to day `end`) by cell, span and window.

    `windows` are the first and the last day that each report looks at, the first None where it begins with the data.
    """
    starts, ends = np.asarray(begin, np.int64), np.asarray(end, np.int64)
    left, ours = np.asarray(event, bool), np.asarray(exposed, bool)
    coded = {name: np.unique(np.asarray(label), return_inverse=True) for name, label in labels.items()}
    table = np.stack([codes for _names, codes in coded.values()], axis=1) if coded else np.zeros((len(starts), 1))
    cells, cell = np.unique(table.astype(np.int64), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    # A span ends with a last day, or on the day before a first.
    bounds = np.unique(
        [last for _first, last in windows] + [first - 1 for first, _last in windows if first is not None]
    )
    span = np.searchsorted(bounds, ends, "left")
    counts = np.zeros((len(cells), len(bounds), 2), np.int64)
    known = left & (span < len(bounds))
    np.add.at(counts, (cell[known], span[known], np.where(ours[known], 0, 1)), 1)
    _spells, who = np.unique(np.asarray(spell), return_inverse=True)
    people = np.zeros((len(cells), len(windows), 2), np.int64)
    reach = []
    for at, (first, last) in enumerate(windows):
        here = (starts <= last) & (True if first is None else ends >= first)
        took_part = np.zeros(len(_spells), bool)
        took_part[who[here & ours]] = True
        for arm, rows in enumerate((here & ours, here & ~ours & ~took_part[who])):
            np.add.at(people[:, at, arm], cell[rows], 1)
        begins = 0 if first is None else int(np.searchsorted(bounds, first - 1)) + 1
        reach.append((begins, int(np.searchsorted(bounds, last)) + 1))
    return Leavers(
        left=counts,
        people=people,
        windows=tuple(reach),
        groups={name: cells[:, at] for at, name in enumerate(coded)},
        names={name: tuple(str(each) for each in names) for name, (names, _codes) in coded.items()},
    )


def may_be_told(leavers: Leavers, told: Sequence[Fact], fresh: Sequence[Fact]) -> list[Fact]:
    """Which of the fresh facts may be told beside those that are, so that nothing small is given away.

    Looked at as somebody would who knows each breakdown for itself, and as somebody who knows them crossed. Groups are
    given up before the total, those that give most away first and of these the smallest.
    """
    kept, views = list(fresh), _views(leavers)
    already: set[tuple[int, Secret]] = set()
    while kept:
        blamed: dict[Fact, int] = {}
        for at, view in enumerate(views):
            for secret in view.given_away([*told, *kept], searches=SEARCHES):
                if (at, secret) in already:
                    continue
                if view.is_pinned(secret, told):
                    already.add((at, secret))
                    continue
                for fact in view.pressing(kept, secret):
                    blamed[fact] = blamed.get(fact, 0) + 1
        if not blamed:
            return kept
        size = {fact: int(leavers.people[leavers.inside(fact.breakdown, fact.group)].sum()) for fact in blamed}
        kept.remove(max(blamed, key=lambda fact: (fact.breakdown != ALL, blamed[fact], -size[fact], fact)))
    return kept


def _views(leavers: Leavers) -> list[_View]:
    """Each breakdown beside the others, of which only the headcounts are known; and all of them crossed."""
    alone = [_Block.of(leavers, name) for name in leavers.groups]
    views = [_View([block, *(each for each in alone if each is not block)]) for block in alone]
    if len(alone) > 1 or not alone:
        views.append(_View([_Block.of(leavers, CELL)]))
    return views


@dataclass(frozen=True, eq=False)
class _Block:
    """One way to divide everybody into cells, and who is known to be in each."""

    left: IntArray
    people: IntArray
    windows: tuple[tuple[int, int], ...]
    groups: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, leavers: Leavers, name: str) -> _Block:
        cells = len(leavers.left)
        if name == CELL:
            codes = {ALL: np.zeros(cells, np.int64), CELL: np.arange(cells), **leavers.groups}
            names = {ALL: (ALL,), **leavers.names}
            return cls(leavers.left, leavers.people, leavers.windows, codes, names)
        size = len(leavers.names[name])
        left = np.zeros((size, *leavers.left.shape[1:]), np.int64)
        people = np.zeros((size, *leavers.people.shape[1:]), np.int64)
        np.add.at(left, leavers.groups[name], leavers.left)
        np.add.at(people, leavers.groups[name], leavers.people)
        names = {ALL: (ALL,), name: leavers.names[name]}
        return cls(left, people, leavers.windows, {ALL: np.zeros(size, np.int64), name: np.arange(size)}, names)

    @property
    def known(self) -> IntArray:
        return self.left.sum(axis=2)

    def cells_of(self, fact: Fact) -> BoolArray:
        found: BoolArray = self.groups[fact.breakdown] == self.names[fact.breakdown].index(fact.group)
        return found

    def may_move(self) -> tuple[BoolArray, BoolArray]:
        """In which cells and spans one more, or one fewer, of those who left may have been a participant.

        One more needs somebody else who left, and a participant who is still here in each report that knows of it.
        """
        up, down = self.left[:, :, 1] > 0, self.left[:, :, 0] > 0
        for at, (first, last) in enumerate(self.windows):
            stayed = self.people[:, at] - self.left[:, first:last].sum(axis=1)
            up[:, first:last] &= (stayed[:, 0] > 0)[:, None]
            down[:, first:last] &= (stayed[:, 1] > 0)[:, None]
        return up, down

    def may_swap(self) -> BoolArray:
        """In which cells (cells × up × down) one more of one span may have been a participant, and one fewer of another."""
        found: BoolArray = (self.left[:, :, 1] > 0)[:, :, None] & (self.left[:, :, 0] > 0)[:, None, :]
        for at, (first, last) in enumerate(self.windows):
            stayed = self.people[:, at] - self.left[:, first:last].sum(axis=1)
            inside = np.zeros(found.shape[1], bool)
            inside[first:last] = True
            found &= (stayed[:, 0] > 0)[:, None, None] | ~(inside[:, None] & ~inside[None, :])
            found &= (stayed[:, 1] > 0)[:, None, None] | ~(~inside[:, None] & inside[None, :])
        return found


class _View:
    """What one kind of reader sees: the first block is what secrets are looked for in, the others must add up to it."""

    def __init__(self, blocks: Sequence[_Block]) -> None:
        self.block, *self.others = blocks
        self.spans = self.block.left.shape[1]
        self.ranges = [(first, last) for first, last in combinations(range(self.spans + 1), 2)]
        self.up, self.down = self.block.may_move()
        self.secrets = list(self._secrets())

    def _secrets(self) -> Iterator[Secret]:
        """What is small, and not known to whoever knows everybody."""
        block = self.block
        alone, swap = self.up | self.down, block.may_swap()
        swap[:, range(self.spans), range(self.spans)] = False
        cumulated = np.concatenate([np.zeros((len(block.left), 1, 2), np.int64), block.left.cumsum(axis=1)], axis=1)
        open_in = {}
        for first, last in self.ranges:
            inside = np.zeros(self.spans, bool)
            inside[first:last] = True
            across = swap & (inside[:, None] != inside[None, :])
            open_in[first, last] = alone[:, inside].any(axis=1) | across.any(axis=(1, 2))
        for breakdown, codes in block.groups.items():
            size = int(codes.max(initial=-1)) + 1

            def summed(values: IntArray, codes: IntArray = codes, size: int = size) -> IntArray:
                found = np.zeros((size, *values.shape[1:]), np.int64)
                np.add.at(found, codes, values)
                return found

            totals, people = summed(cumulated), summed(block.people)
            for first, last in self.ranges:
                left = totals[:, last] - totals[:, first]
                small = ((left >= 1) & (left <= SMALL)).any(axis=1)
                for at, window in enumerate(block.windows):
                    if window == (first, last):
                        stayed = people[:, at] - left
                        small |= ((stayed >= 1) & (stayed <= SMALL)).any(axis=1)
                is_open = summed(open_in[first, last].astype(np.int64)) > 0
                for group in np.flatnonzero(small & is_open).tolist():
                    yield Secret(breakdown, group, first, last)

    def given_away(self, facts: Sequence[Fact], *, searches: int) -> list[Secret]:
        """The secrets for which no other set of people is found that fits the facts."""
        mine = [fact for fact in facts if fact.breakdown in self.block.names]
        pressed = _Pressed(self.block, mine)
        free_up, free_down = pressed.free()
        for other in self.others:
            # The total moves with one cell, and so some cell of each other breakdown must move too.
            their_up, their_down = other.may_move()
            fits = _Pressed(other, [fact for fact in facts if fact.breakdown in other.names and fact.breakdown != ALL])
            fits_up, fits_down = fits.free()
            free_up &= (their_up & fits_up).any(axis=0)[None]
            free_down &= (their_down & fits_down).any(axis=0)[None]
        moves = ((self.up & free_up) | (self.down & free_down)).astype(np.int64)
        reached = np.concatenate([np.zeros((len(moves), 1), np.int64), moves.cumsum(axis=1)], axis=1)
        by_group = {}
        for breakdown, codes in self.block.groups.items():
            by_group[breakdown] = np.zeros((int(codes.max(initial=-1)) + 1, self.spans + 1), np.int64)
            np.add.at(by_group[breakdown], codes, reached)
        found = [
            each
            for each in self.secrets
            if by_group[each.breakdown][each.group, each.last] == by_group[each.breakdown][each.group, each.first]
        ]
        found = [each for each in found if not self._has_swap(each, pressed)]
        return [each for at, each in enumerate(found) if at >= searches or self._other_world(each, facts) is not True]

    def is_pinned(self, secret: Secret, facts: Sequence[Fact]) -> bool:
        """Whether the facts are known to have given it away."""
        return self._other_world(secret, facts) is False

    def pressing(self, facts: Sequence[Fact], secret: Secret) -> list[Fact]:
        """Which facts may have given a secret away: those that leave no room, of these those about it, or else all."""
        seen = [fact for fact in facts if any(fact.breakdown in block.names for block in (self.block, *self.others))]
        tight = [fact for fact in seen if fact.breakdown in self.block.names and _is_tight(self.block, fact)]
        return tight or seen or list(facts)

    def _inside(self, secret: Secret) -> BoolArray:
        found = np.zeros(self.up.shape, bool)
        found[self.block.groups[secret.breakdown] == secret.group, secret.first : secret.last] = True
        return found

    def _has_swap(self, secret: Secret, pressed: _Pressed) -> bool:
        """Whether a participant inside may have been one outside instead, or the other way round."""
        inside = self._inside(secret)
        return any(
            pressed.has_swap(np.flatnonzero(more), np.flatnonzero(fewer), same_span=bool(self.others))
            for more, fewer in (
                (self.up & inside, self.down & ~inside),
                (self.up & ~inside, self.down & inside),
            )
        )

    def _other_world(self, secret: Secret, facts: Sequence[Fact]) -> bool | None:
        """Whether other people than were may have been the participants; None where the search took too long."""
        answers = [self._solved(secret, facts, step) for step in (1, -1)]
        return True if True in answers else (None if None in answers else False)

    def _solved(self, secret: Secret, facts: Sequence[Fact], step: int) -> bool | None:
        model = cp_model.CpModel()
        totals = []
        goal: list[cp_model.IntVar] = []
        for block in (self.block, *self.others):
            known = block.known
            items = {
                (int(cell), int(span)): model.new_int_var(0, int(known[cell, span]), "")
                for cell, span in zip(*np.nonzero(known), strict=True)
            }
            by_cell: dict[int, list[int]] = {}
            for cell, span in items:
                by_cell.setdefault(cell, []).append(span)
            for cell, spans in by_cell.items():
                for at, (first, last) in enumerate(block.windows):
                    chosen = [span for span in spans if first <= span < last]
                    if chosen:
                        least = int(known[cell, chosen].sum() - block.people[cell, at, 1])
                        total = sum(items[cell, span] for span in chosen)
                        model.add_linear_constraint(total, max(0, least), int(block.people[cell, at, 0]))
            for fact in facts:
                # The totals are those of the first block, with which the others agree.
                if fact.breakdown not in block.names or (fact.breakdown == ALL and block is not self.block):
                    continue
                first, last = block.windows[fact.window]
                cells = block.cells_of(fact)
                chosen_items = [each for (cell, span), each in items.items() if cells[cell] and first <= span < last]
                if chosen_items:
                    model.add_linear_constraint(sum(chosen_items), fact.low, fact.high)
            if block is self.block:
                inside = self._inside(secret)
                goal = [each for (cell, span), each in items.items() if inside[cell, span]]
            totals.append([sum(each for (_, span), each in items.items() if span == at) for at in range(self.spans)])
        for other in totals[1:]:
            for ours, theirs in zip(totals[0], other, strict=True):
                if not (isinstance(ours, int) and isinstance(theirs, int)):
                    model.add(ours == theirs)
        if not goal:
            return False
        truth = int(self.block.left[:, :, 0][self._inside(secret)].sum())
        model.add(sum(goal) >= truth + 1) if step > 0 else model.add(sum(goal) <= truth - 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = SEARCH
        answer = solver.solve(model)
        if answer in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return True
        return False if answer == cp_model.INFEASIBLE else None


class _Pressed:
    """Which facts leave no room for one more, or one fewer, and what they are about."""

    def __init__(self, block: _Block, facts: Sequence[Fact]) -> None:
        tight = [(fact, *_room(block, fact)) for fact in facts]
        tight = [(fact, more, fewer) for fact, more, fewer in tight if not (more and fewer)]
        self.about = np.zeros((len(tight), *block.left.shape[:2]), bool)
        for at, (fact, _more, _fewer) in enumerate(tight):
            self.about[at, block.cells_of(fact), slice(*block.windows[fact.window])] = True
        self.no_more = np.array([not more for _fact, more, _fewer in tight], bool)
        self.no_fewer = np.array([not fewer for _fact, _more, fewer in tight], bool)
        self.shape = block.left.shape[:2]

    def free(self) -> tuple[BoolArray, BoolArray]:
        """Where one more, and one fewer, is possible without any other change."""
        more: BoolArray = ~self.about[self.no_more].any(axis=0)
        fewer: BoolArray = ~self.about[self.no_fewer].any(axis=0)
        return more, fewer

    def has_swap(self, more: IntArray, fewer: IntArray, *, same_span: bool) -> bool:
        """Whether one of `more` and one of `fewer` (positions in cells × spans) may change at once."""
        if not (len(more) and len(fewer)):
            return False
        more = more[: max(1, PAIRS_AT_ONCE // len(fewer))]
        about = self.about.reshape(len(self.about), -1).astype(np.float32)
        ours, theirs = about[:, more], about[:, fewer]
        against = (ours * self.no_more[:, None]).T @ (1 - theirs)
        against += ((1 - ours) * self.no_fewer[:, None]).T @ theirs
        fits = against < 0.5
        if same_span:
            fits &= (more % self.shape[1])[:, None] == (fewer % self.shape[1])[None, :]
        return bool(fits.any())


def _room(block: _Block, fact: Fact) -> tuple[bool, bool]:
    first, last = block.windows[fact.window]
    truth = int(block.left[block.cells_of(fact), first:last, 0].sum())
    return truth < fact.high, truth > fact.low


def _is_tight(block: _Block, fact: Fact) -> bool:
    return not all(_room(block, fact))
