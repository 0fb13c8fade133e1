"""Worlds: other sets of whole people who may have left, beside those who did, that fit all headcounts and facts.

The truth is the first world. From there some are near at hand: one person, or two, who may have been of another part
(`Walk`), or four at a time (`squares`). What these leave open is asked of a solver (`other_world`). Each world is given
as its difference to the truth, cells × spans × parts of the block that is looked at. Pure: arrays in, arrays out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.random import PCG64, Generator

from .leavers import ALL, BoolArray, Fact, IntArray, Leavers

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# Each crossed cell, as a breakdown of its own, of which no fact tells.
CELL = "*"
# Where the worlds are walked through, it is looked around so often, after so many steps for each place.
STOPS, STEPS_EACH = 24, 4
# So many steps of fours, and between so many it is looked around.
SQUARES, LOOK = 1200, 20
# The chance that two people move rather than one, and that a breakdown is swapped between two cells of a four.
HALF = 0.5


@dataclass(frozen=True, eq=False)
class Block:
    """One way to divide everybody into cells, and who is known to be in each.

    `left`, `people`, `windows` and `arms` are as in `Leavers`, of these cells; `groups` is the position of the group of
    each cell in `names`, that of the whole organisation included, and where breakdowns are crossed the cell itself.
    """

    left: IntArray
    people: IntArray
    windows: BoolArray
    arms: BoolArray
    groups: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, leavers: Leavers, breakdowns: Sequence[str]) -> Block:
        codes = np.stack([leavers.groups[name] for name in breakdowns], axis=1)
        cells, cell = np.unique(codes, axis=0, return_inverse=True)
        cell = cell.reshape(-1)
        groups = {ALL: np.zeros(len(cells), np.int64), **{name: cells[:, at] for at, name in enumerate(breakdowns)}}
        if len(breakdowns) > 1:
            groups[CELL] = np.arange(len(cells))
        names = {ALL: (ALL,), **{name: leavers.names[name] for name in breakdowns}}
        left, people = summed(leavers.left, cell), summed(leavers.people, cell)
        return cls(left, people, leavers.windows, leavers.parts, groups, names)

    @property
    def known(self) -> IntArray:
        """How many left (cells × spans), whatever they count as."""
        return self.left.sum(axis=2)

    def stayed(self) -> IntArray:
        """How many of each part were still there after each window (cells × windows × parts)."""
        found: IntArray = self.people - np.einsum("cso,ws->cwo", self.left, self.windows.astype(np.int64))
        return found

    def cells_of(self, fact: Fact) -> BoolArray:
        """The cells of the group that is told of."""
        found: BoolArray = self.groups[fact.breakdown] == self.names[fact.breakdown].index(fact.group)
        return found

    def may_move(self) -> BoolArray:
        """In which cells and spans one who left may have been of one part rather than of another (cells × spans × to ×
        from): needs one who was, and somebody of the other part still there in each report that knows of the span."""
        there = self.stayed() > 0
        to = np.ones(self.left.shape, bool)
        for at, inside in enumerate(self.windows):
            to[:, inside] &= there[:, at, None, :]
        found: BoolArray = to[:, :, :, None] & (self.left > 0)[:, :, None, :]
        parts = np.arange(self.left.shape[2])
        found[:, :, parts, parts] = False
        return found

    def may_swap(self) -> BoolArray:
        """In which cells one of a span may have been of another part and one of another span the other way round (cells
        × spans × spans × to × from)."""
        some, there = self.left > 0, self.stayed() > 0
        found: BoolArray = some[:, :, None, None, :] & some[:, None, :, :, None]
        for at, inside in enumerate(self.windows):
            first, second = inside[:, None] & ~inside[None, :], ~inside[:, None] & inside[None, :]
            found &= ~first[None, :, :, None, None] | there[:, at, None, None, :, None]
            found &= ~second[None, :, :, None, None] | there[:, at, None, None, None, :]
        return found

    def free(self, facts: Sequence[Fact]) -> BoolArray:
        """Where one of a part rather than of another breaks none of the facts (cells × spans × to × from)."""
        parts = self.left.shape[2]
        found = np.ones((*self.left.shape[:2], parts, parts), bool)
        for fact in facts:
            blocked = np.zeros((parts, parts), bool)
            for arm, more, fewer in self.room(fact):
                counts = self.arms[fact.window, arm]
                if not more:
                    blocked |= counts[:, None] & ~counts[None, :]
                if not fewer:
                    blocked |= ~counts[:, None] & counts[None, :]
            if blocked.any():
                found[np.ix_(self.cells_of(fact), self.windows[fact.window])] &= ~blocked
        return found

    def room(self, fact: Fact) -> list[tuple[int, bool, bool]]:
        """For each arm of which something is told, whether there may be one more, and one fewer."""
        left = self.left[self.cells_of(fact)].sum(axis=0)[self.windows[fact.window]].sum(axis=0)
        truth = self.arms[fact.window].astype(np.int64) @ left
        return [(arm, truth[arm] < high, truth[arm] > low) for arm, low, high in fact.bounds]


class Walk:
    """From one world to the next by one person, or two, who may have been of another part; it breaks no fact."""

    def __init__(self, blocks: Sequence[Block], facts: Sequence[Fact]) -> None:
        self.blocks = blocks
        self.random = Random(len(facts))  # noqa: S311  # no secret hangs on it
        parts = blocks[0].left.shape[2]
        self.pairs = [(to, of) for to in range(parts) for of in range(parts) if to != of]
        self.left = [block.left.tolist() for block in blocks]
        self.stayed = [block.stayed().tolist() for block in blocks]
        self.knowing = [np.flatnonzero(column).tolist() for column in blocks[0].windows.T]
        # What is told of: its lowest, its highest and its present number, and what a move adds to it.
        self.low: list[int] = []
        self.high: list[int] = []
        self.now: list[int] = []
        self.adds: list[list[list[int]]] = []
        self.told: list[dict[tuple[int, int], list[int]]] = [{} for _block in blocks]
        for at, block in enumerate(blocks):
            for fact in facts:
                if fact.breakdown in block.names and (at == 0 or fact.breakdown != ALL):
                    self._add(at, block, fact)
        self.places = [list(zip(*(each.tolist() for each in np.nonzero(block.known)), strict=True)) for block in blocks]
        self.in_span = [
            [place for place in self.places[0] if place[1] == span]
            for span in sorted({span for _c, span in self.places[0]})
        ]
        self.beside: list[dict[tuple[str, int, int], list[int]]] = [{} for _block in blocks]
        for at, block in enumerate(blocks):
            for name, codes in block.groups.items():
                if name != CELL:
                    for cell, span in self.places[at]:
                        self.beside[at].setdefault((name, int(codes[cell]), span), []).append(cell)

    def _add(self, at: int, block: Block, fact: Fact) -> None:
        cells, spans = (
            np.flatnonzero(block.cells_of(fact)).tolist(),
            np.flatnonzero(block.windows[fact.window]).tolist(),
        )
        left = block.left[cells][:, spans].sum(axis=(0, 1))
        for arm, low, high in fact.bounds:
            counts = block.arms[fact.window, arm].astype(np.int64)
            self.low.append(low)
            self.high.append(high)
            self.now.append(int(left @ counts))
            self.adds.append((counts[:, None] - counts[None, :]).tolist())
            for place in product(cells, spans):
                self.told[at].setdefault(place, []).append(len(self.low) - 1)

    def worlds(self) -> Iterator[IntArray]:
        """The difference of each world to the first one, as far as the first block tells."""
        if not self.pairs or not self.places[0]:
            return
        truth = self.blocks[0].left
        for _stop in range(STOPS):
            for _step in range(STEPS_EACH * len(self.places[0])):
                self._step()
            yield np.array(self.left[0], np.int64).reshape(truth.shape) - truth

    def _step(self) -> None:
        random = self.random
        to, of = random.choice(self.pairs)
        # Spans in which few left count as much as others.
        cell, span = random.choice(random.choice(self.in_span))
        moves = [(0, cell, span, to, of)]
        if random.random() < HALF:
            # Somebody else who makes up for it.
            name = random.choice(list(self.blocks[0].names))
            other = random.choice(self.beside[0][name, int(self.blocks[0].groups[name][cell]), span])
            if other == cell:
                return
            moves.append((0, other, span, of, to))
        else:
            for at in range(1, len(self.blocks)):
                moves.append((at, random.choice(self.beside[at][ALL, 0, span]), span, to, of))
        change: dict[int, int] = {}
        for at, cell, span, to, of in moves:
            if self.left[at][cell][span][of] < 1:
                return
            if any(self.stayed[at][cell][window][to] < 1 for window in self.knowing[span]):
                return
            for told in self.told[at].get((cell, span), ()):
                if adds := self.adds[told][to][of]:
                    change[told] = change.get(told, 0) + adds
        if any(not self.low[told] <= self.now[told] + more <= self.high[told] for told, more in change.items()):
            return
        for at, cell, span, to, of in moves:
            self.left[at][cell][span][of] -= 1
            self.left[at][cell][span][to] += 1
            for window in self.knowing[span]:
                self.stayed[at][cell][window][to] -= 1
                self.stayed[at][cell][window][of] += 1
        for told, more in change.items():
            self.now[told] += more


def squares(block: Block) -> Iterator[IntArray]:
    """Worlds that differ by fours: of two cells one person more was of a part, and of two others with the same groups
    between them one fewer. That changes no group of any breakdown, and so can't break a fact."""
    names = [name for name in block.groups if name not in (ALL, CELL)]
    parts = block.left.shape[2]
    if len(names) < 2 or parts < 2 or not len(block.left):
        return
    random = Generator(PCG64(len(block.left)))
    codes = np.stack([block.groups[name] for name in names], axis=1)
    sizes = codes.max(axis=0) + 1
    keys = np.ravel_multi_index(tuple(codes.T), tuple(sizes))
    order = np.argsort(keys)
    left, stayed = block.left.copy(), block.stayed()
    for turn in range(SQUARES):
        span, (to, of) = random.integers(block.left.shape[1]), random.permutation(parts)[:2]
        knowing = block.windows[:, span]
        gives = (left[:, span, of] > 0) & (stayed[:, knowing, to] > 0).all(axis=1)
        takes = (left[:, span, to] > 0) & (stayed[:, knowing, of] > 0).all(axis=1)
        one = random.permutation(np.flatnonzero(gives))
        other = random.permutation(one)
        swapped = random.random((len(one), len(names))) < HALF
        third, fourth = (
            np.ravel_multi_index(tuple(np.where(swapped, codes[a], codes[b]).T), tuple(sizes))
            for a, b in ((one, other), (other, one))
        )
        found = [order[np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)] for key in (third, fourth)]
        sound = (
            (keys[found[0]] == third) & (keys[found[1]] == fourth) & takes[found[0]] & takes[found[1]] & (one != other)
        )
        sound &= (found[0] != one) & (found[0] != other)
        four = np.stack([one, other, *found], axis=1)[sound]
        # No cell in two fours at once.
        first = np.full(len(left), len(four))
        np.minimum.at(first, four, np.arange(len(four))[:, None])
        four = four[(first[four] == np.arange(len(four))[:, None]).all(axis=1)]
        for cells, (more, fewer) in ((four[:, :2].ravel(), (to, of)), (four[:, 2:].ravel(), (of, to))):
            left[cells, span, more] += 1
            left[cells, span, fewer] -= 1
            stayed[np.ix_(cells, np.flatnonzero(knowing), [more])] -= 1
            stayed[np.ix_(cells, np.flatnonzero(knowing), [fewer])] += 1
        if turn % LOOK == LOOK - 1:
            yield left - block.left


class Number(NamedTuple):
    """How many left, of these cells, in some of the spans and of some of the parts."""

    cells: IntArray
    spans: BoolArray
    parts: BoolArray


def other_world(
    blocks: Sequence[Block],
    facts: Sequence[Fact],
    numbers: Sequence[Number],
    *,
    effort: float,
    only: int | None = None,
) -> tuple[IntArray, bool]:
    """Other people who may have left, as the difference to who did, such that many of the numbers are different;
    and whether there is certainly no world in which more are.

    The numbers are those of the first block, and the others must add up to it. `effort` is how long to look, in seconds
    of the solver's own clock, which are the same on every machine; where none is found by then, nothing differs.
    With `only`, all but that span stays as it is.
    """
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    items = []
    for at, block in enumerate(blocks):
        # The totals are those of the first block, with which the others agree.
        mine = [fact for fact in facts if fact.breakdown in block.names and (at == 0 or fact.breakdown != ALL)]
        items.append(_model_of(block, mine, model, only))
    totals = [_by_span_and_part(found) for found in items]
    for theirs in totals[1:]:
        for place in totals[0].keys() | theirs.keys():
            model.add(sum(totals[0].get(place, ())) == sum(theirs.get(place, ())))
    truth = blocks[0].left
    wished = []
    for cells, spans, parts in numbers:
        grid = product(cells.tolist(), *(np.flatnonzero(each).tolist() for each in (spans, parts)))
        now = sum(items[0][place] for place in grid if place in items[0])
        was = int(truth[np.ix_(cells, spans, parts)].sum())
        for bound in () if isinstance(now, int) else (now >= was + 1, now <= was - 1):
            wished.append(model.new_bool_var(""))
            model.add(bound).only_enforce_if(wished[-1])
    model.maximize(sum(wished))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = effort
    answer = solver.solve(model)
    found = np.zeros(truth.shape, np.int64)
    if answer in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for one, each in items[0].items():
            found[one] = solver.value(each) - truth[one]
    return found, answer in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


# By cell, span and part.
Items = dict[tuple[int, int, int], "cp_model.IntVar"]


def _by_span_and_part(items: Items) -> dict[tuple[int, int], list[cp_model.IntVar]]:
    found: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for (_cell, span, part), each in items.items():
        found.setdefault((span, part), []).append(each)
    return found


def _model_of(block: Block, facts: Sequence[Fact], model: cp_model.CpModel, only: int | None) -> Items:
    """How many of each part left each cell in each span, as far as headcounts and facts allow; the truth is a hint.

    With `only`, all but that span stays as it is.
    """
    known, items = block.known, Items()
    by_cell: dict[int, list[int]] = {}
    most = np.tile(known[:, :, None], (1, 1, block.left.shape[2]))
    for at, inside in enumerate(block.windows):
        most[:, inside] = np.minimum(most[:, inside], block.people[:, at, None, :])
    for cell, span in zip(*(each.tolist() for each in np.nonzero(known)), strict=True):
        by_cell.setdefault(cell, []).append(span)
        parts = np.flatnonzero(most[cell, span]).tolist()
        for part in parts:
            was = int(block.left[cell, span, part])
            bounds = (0, int(most[cell, span, part])) if only in (None, span) else (was, was)
            items[cell, span, part] = model.new_int_var(*bounds, "")
            model.add_hint(items[cell, span, part], was)
        model.add(sum(items[cell, span, part] for part in parts) == int(known[cell, span]))
    for cell, spans in by_cell.items():
        for at, inside in enumerate(block.windows):
            chosen = [span for span in spans if inside[span]]
            for part in range(block.left.shape[2]):
                # No more of a part than were there; said only where the spans taken one by one would allow more.
                if most[cell, chosen, part].sum() > (there := int(block.people[cell, at, part])):
                    model.add(sum(items[cell, span, part] for span in chosen if (cell, span, part) in items) <= there)
    for fact in facts:
        cells, inside = block.cells_of(fact), block.windows[fact.window]
        for arm, low, high in fact.bounds:
            counts = block.arms[fact.window, arm]
            within = [each for (c, span, part), each in items.items() if cells[c] and inside[span] and counts[part]]
            if within:
                model.add_linear_constraint(sum(within), low, high)
    return items


def summed(values: IntArray, codes: IntArray) -> IntArray:
    """The sums of the rows of each code."""
    found = np.zeros((int(codes.max(initial=-1)) + 1, *values.shape[1:]), np.int64)
    np.add.at(found, codes, values)
    return found
