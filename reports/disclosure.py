"""What somebody who knows everybody could work out from all that was ever published, and what may be added to it.

The reader is taken to know who worked in which department, level, site and hire year, who left and when, and how many
of these counted as what in each report: everything but which of the leavers did. A number is given away when no other
set of whole people fits what was published, headcounts included, and makes it different; and only what was open before
anything was published can be. Pure: arrays in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product
from random import Random
from time import process_time

import numpy as np
from numpy.random import PCG64, Generator
from ortools.sat.python import cp_model

from .leavers import ALL, BoolArray, Fact, IntArray, Leavers

# Each crossed cell, as a breakdown of its own.
CELL = "*"
SMALL = 4
# A world is looked for so long, by the solver's own clock, and so many are looked for in one view; what is in doubt
# after that counts as given away.
SEARCH, WORLDS = 0.5, 8
# So many secrets are asked for at a time.
FEW = 50
# In a view of so many numbers, so many in one span; and fewer worlds, for longer.
MUCH, MANY = 2000, 300
LONG, LONG_WORLDS = 4.0, 3
# Where the worlds are walked through, it is looked around so often, after so many steps for each place; half of the
# steps are those of two people.
STOPS, STEPS_EACH, HALF = 24, 4, 0.5
# So many steps of fours, and between so many it is looked around.
SQUARES, LOOK = 1200, 20
# After so many looks at which nothing was new, it is given up.
IDLE = 6
# Crossed breakdowns are looked at in so many reports, the new one included.
CROSSED = 3
# Two breakdowns crossed are looked at always; as many more as leave so many people in a cell on average.
PEOPLE_IN_CELL = 1.5
# So many reports are each compared with each of the others.
EACH_WITH_EACH = 16
# So many seconds of the processor are spent.
ENOUGH = 15.0
# So often a part is given up; then all of it.
TRIES = 4

# Of each breakdown, whether how many of those who left a group in some spans were of some parts is among them (groups ×
# sets of parts × sets of spans, as a view has them).
Secrets = Mapping[str, BoolArray]
# One of them, by its breakdown and its place.
Named = tuple[str, tuple[int, int, int]]


def may_be_told(leavers: Leavers, told: Sequence[Fact], fresh: Sequence[Fact]) -> list[Fact]:
    """Which of the fresh facts may be told beside those that are, so that nothing small is given away.

    Looked at as somebody would who knows each breakdown for itself, as somebody who knows each two of them crossed, and
    as somebody who knows all, or three, of them crossed. Groups are given up before the total, those that give most away first and
    of these the smallest.
    """
    until = process_time() + ENOUGH
    kept, views = list(fresh), []
    for view in _views(leavers):
        view.until = until
        views.append(view)
        if process_time() > until:
            return []
    # Found out when it matters: what the earlier reports give away by themselves can't be kept any longer.
    known = [{name: np.zeros_like(small) for name, small in view.small.items()} for view in views]
    for attempt in range(TRIES):
        blamed: dict[Fact, int] = {}
        for view, already in zip(views, known, strict=True):
            if process_time() > until:
                # What is in doubt isn't told.
                return []
            lost = {name: found & ~already[name] for name, found in view.given_away([*told, *kept]).items()}
            for name, found in (view.pinned(lost, told) if _any(lost) else {}).items():
                already[name] |= found
                lost[name] &= ~found
            if _any(lost):
                for fact in view.pressing(kept):
                    blamed[fact] = blamed.get(fact, 0) + 1
        if not blamed or not kept:
            return kept
        size = {fact: int(leavers.people[leavers.inside(fact.breakdown, fact.group)].sum()) for fact in blamed}
        worst = sorted(blamed, key=lambda fact: (fact.breakdown == ALL, -blamed[fact], size[fact], fact))
        # Three times as many each time: one after the other would take all day where there are many.
        kept = [fact for fact in kept if fact not in worst[: 3**attempt]]
    return []


def _views(leavers: Leavers) -> Iterator[_View]:
    """Each breakdown beside the others, of which only the headcounts are known; each two crossed, and all or each three, in
    the newest reports."""
    alone = {name: _Block.of(leavers, (name,)) for name in leavers.groups}
    for name, block in alone.items():
        yield _View(block, [alone[each] for each in alone if each != name])
    if len(alone) < 2:
        return
    first = max(0, len(leavers.windows) - CROSSED)
    newest = leavers.of(range(first, len(leavers.windows)))
    beside = {name: _Block.of(newest, (name,)) for name in alone}
    crossed: list[tuple[str, ...]] = [*combinations(alone, 2)]
    # Where nearly every cell is one person, whoever knows its headcount knows who took part: nothing is left to hide.
    # Then it is three that are crossed, of which the same may hold.
    for number in range(len(alone), 2, -1):
        crowded = [names for names in combinations(alone, number) if _is_crowded(leavers, names)]
        if crowded:
            crossed += crowded
            break
    for names in crossed:
        yield _View(_Block.of(newest, names), [beside[each] for each in alone if each not in names], first=first)


def _is_crowded(leavers: Leavers, breakdowns: Sequence[str]) -> bool:
    cells = np.unique(np.stack([leavers.groups[name] for name in breakdowns]), axis=1)
    return bool(leavers.people[:, -1].sum() >= PEOPLE_IN_CELL * cells.shape[1])


@dataclass(frozen=True, eq=False)
class _Block:
    """One way to divide everybody into cells, and who is known to be in each."""

    left: IntArray
    people: IntArray
    windows: BoolArray
    arms: BoolArray
    groups: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, leavers: Leavers, breakdowns: Sequence[str]) -> _Block:
        codes = np.stack([leavers.groups[name] for name in breakdowns], axis=1)
        cells, cell = np.unique(codes, axis=0, return_inverse=True)
        cell = cell.reshape(-1)
        groups = {ALL: np.zeros(len(cells), np.int64), **{name: cells[:, at] for at, name in enumerate(breakdowns)}}
        if len(breakdowns) > 1:
            groups[CELL] = np.arange(len(cells))
        names = {ALL: (ALL,), **{name: leavers.names[name] for name in breakdowns}}
        left, people = _summed(leavers.left, cell), _summed(leavers.people, cell)
        return cls(left, people, leavers.windows, leavers.parts, groups, names)

    @property
    def known(self) -> IntArray:
        return self.left.sum(axis=2)

    def stayed(self) -> IntArray:
        """How many of each part were still there after each window (cells × windows × parts)."""
        found: IntArray = self.people - np.einsum("cso,ws->cwo", self.left, self.windows.astype(np.int64))
        return found

    def cells_of(self, fact: Fact) -> BoolArray:
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
            for arm, more, fewer in _room(self, fact):
                counts = self.arms[fact.window, arm]
                if not more:
                    blocked |= counts[:, None] & ~counts[None, :]
                if not fewer:
                    blocked |= ~counts[:, None] & counts[None, :]
            if blocked.any():
                found[np.ix_(self.cells_of(fact), self.windows[fact.window])] &= ~blocked
        return found


class _View:
    """What one kind of reader sees: the first block is what secrets are looked for in, the others must add up to it."""

    def __init__(self, block: _Block, others: Sequence[_Block] = (), *, first: int = 0) -> None:
        self.block, self.others = block, others
        # The reports before that one aren't looked at.
        self.first = first
        self.spans = self.block.left.shape[1]
        self.sets = _sets_of_spans(self.block.windows)
        self.parts = _sets_of_parts(self.block.arms)
        # When it is time to stop looking, by the clock of the processor.
        self.until = float("inf")
        self.moves = block.may_move()
        self.is_large = block.left.size > MUCH
        self.small = self._small()

    def _small(self) -> dict[str, BoolArray]:
        """What is small, and not known to whoever knows everybody: groups × sets of parts × sets of spans."""
        block = self.block
        sets = np.array(self.sets).reshape(len(self.sets), self.spans)
        weights = np.concatenate([self.parts, ~self.parts]).astype(np.int64)
        windows = np.array([(sets == inside).all(axis=1) for inside in block.windows]).reshape(
            len(block.windows), len(sets)
        )
        found = {}
        for breakdown, codes in block.groups.items():
            left, stayed = _summed(block.left, codes), _summed(block.stayed(), codes)
            counts = np.einsum("gsp,mp,ts->gmt", left, weights, sets.astype(np.int64), optimize=True)
            small = (counts >= 1) & (counts <= SMALL)
            rest = np.einsum("gwp,mp->gmw", stayed, weights, optimize=True)
            small |= np.einsum("gmw,wt->gmt", ((rest >= 1) & (rest <= SMALL)).astype(np.int64), windows) > 0
            found[breakdown] = small[:, : len(self.parts)] | small[:, len(self.parts) :]
        is_open = self._reach(self.moves)
        in_question = np.zeros_like(is_open)
        for breakdown, small in found.items():
            codes = block.groups[breakdown]
            in_question |= (small & (_summed(is_open.astype(np.int64), codes) == 0))[codes]
        if in_question.any():
            swap = block.may_swap()
            for parts, at in np.argwhere(in_question.any(axis=0)).tolist():
                cells, inside = np.flatnonzero(in_question[:, parts, at]), sets[at]
                told = self.parts[parts][:, None] != self.parts[parts][None, :]
                by_spans = (swap[cells] & told).any(axis=(3, 4))
                by_spans |= np.swapaxes(by_spans, 1, 2)
                is_open[cells, parts, at] = by_spans[:, inside][:, :, ~inside].any(axis=(1, 2))
        for breakdown, codes in block.groups.items():
            found[breakdown] &= _summed(is_open.astype(np.int64), codes) > 0
        return found

    def _reach(self, moves: BoolArray) -> BoolArray:
        """Which sets of parts and of spans are different after one of the moves (… × sets of parts × sets of spans)."""
        told = (self.parts[:, :, None] != self.parts[:, None, :]).reshape(len(self.parts), moves.shape[2] ** 2)
        flat = moves.reshape(*moves.shape[:2], moves.shape[2] ** 2).astype(np.float32)
        by_span = (flat @ told.T.astype(np.float32) > 0).astype(np.float32)
        sets = np.array(self.sets, np.float32).reshape(len(self.sets), self.spans)
        found: BoolArray = np.swapaxes(by_span, 1, 2) @ sets.T > 0
        return found

    def given_away(self, facts: Sequence[Fact]) -> Secrets:
        """The secrets for which no other set of people is found that fits the facts."""
        facts = self._seen(facts)
        rest = {
            name: small & ~self._reached(name, facts) if small.any() else small for name, small in self.small.items()
        }
        return self._never_differing(rest, facts)[0]

    def _reached(self, breakdown: str, facts: Sequence[Fact]) -> BoolArray:
        """What one person more or fewer makes different, alone or with another elsewhere who makes up for it."""
        block = self.block
        mine = [fact for fact in facts if fact.breakdown in block.names and fact.breakdown != ALL]
        within = self.moves & block.free(mine)
        total = block.free([fact for fact in facts if fact.breakdown == ALL])
        for other in self.others:
            # The total moves with one cell, and so some cell of each other breakdown must move too.
            theirs = [fact for fact in facts if fact.breakdown in other.names and fact.breakdown != ALL]
            total &= (other.may_move() & other.free(theirs)).any(axis=0)
        codes = block.groups[breakdown]
        back = np.swapaxes(within, 2, 3).astype(np.int64)
        here = _summed(within.astype(np.int64), codes) > 0
        elsewhere = back.sum(axis=0)[None] - _summed(back, codes) > 0
        return self._reach(_summed((within & total).astype(np.int64), codes) > 0) | self._reach(here & elsewhere)

    def pinned(self, secrets: Secrets, facts: Sequence[Fact]) -> Secrets:
        """Which secrets the facts give away for certain."""
        return self._never_differing(secrets, self._seen(facts))[1]

    def pressing(self, facts: Sequence[Fact]) -> list[Fact]:
        """Which facts may have given a secret away: those that leave no room, or else all that are seen."""
        mine = [fact for fact in facts if fact.breakdown in self.block.names]
        tight = [
            fact
            for fact in mine
            for seen in self._seen([fact])
            if not all(more and fewer for _arm, more, fewer in _room(self.block, seen))
        ]
        return tight or mine or list(facts)

    def _seen(self, facts: Sequence[Fact]) -> list[Fact]:
        return [fact._replace(window=fact.window - self.first) for fact in facts if fact.window >= self.first]

    def _differing(self, apart: IntArray) -> Secrets:
        """What is different in another world, of which the difference to this one is given."""
        sets, parts = np.array(self.sets, np.int64).reshape(len(self.sets), self.spans), self.parts.astype(np.int64)
        return {
            name: np.einsum("gsp,mp,ts->gmt", _summed(apart, codes), parts, sets, optimize=True) != 0
            for name, codes in self.block.groups.items()
        }

    def _never_differing(self, secrets: Secrets, facts: Sequence[Fact]) -> tuple[Secrets, Secrets]:
        """The secrets that are the same in every world that was found, and those of which there is certainly no other."""
        rest = {name: np.array(found) for name, found in secrets.items()}
        certain = {name: np.zeros_like(found) for name, found in rest.items()}
        if not _any(rest):
            return rest, certain
        # Worlds that are a few people away differ in most; what is left is asked for by name.
        walks = (_squares(self.block), _Walk((self.block, *self.others), facts).worlds())
        for walk in walks:
            idle = 0
            for apart in walk:
                before = _number(rest)
                _take(rest, self._differing(apart))
                if not _any(rest):
                    return rest, certain
                idle = 0 if _number(rest) < before else idle + 1
                if idle >= IDLE or process_time() > self.until:
                    break
        # Where there is much to look at, in one span after the other first.
        for span in [*range(self.spans), *range(self.spans)] if self.is_large else ():
            within = [at for at, inside in enumerate(self.sets) if inside[span]]
            chosen = _some_of({name: _only(found, within) for name, found in rest.items()}, MANY)
            if chosen:
                _take(rest, self._differing(self._other_world(chosen, facts, span)[0]))
        asked = {name: np.zeros_like(found) for name, found in rest.items()}
        for _world in range(LONG_WORLDS if self.is_large else WORLDS):
            chosen = _some_of({name: found & ~asked[name] for name, found in rest.items()}, FEW)
            if not chosen or process_time() > self.until:
                break
            apart, is_certain = self._other_world(chosen, facts)
            differing = self._differing(apart)
            _take(rest, differing)
            if not any(differing[name][place] for name, place in chosen):
                for name, place in chosen:
                    asked[name][place] = True
                    certain[name][place] = is_certain
        return rest, certain

    def _other_world(
        self, secrets: Sequence[Named], facts: Sequence[Fact], only: int | None = None
    ) -> tuple[IntArray, bool]:
        """Other people who may have left, as the difference to who did, such that many of the secrets are different;
        and whether there is no world in which more are. With `only`, all but that span stays as it is."""
        model = cp_model.CpModel()
        items = []
        for at, block in enumerate((self.block, *self.others)):
            # The totals are those of the first block, with which the others agree.
            mine = [fact for fact in facts if fact.breakdown in block.names and (at == 0 or fact.breakdown != ALL)]
            items.append(_model_of(block, mine, model, only))
        totals = [_by_span_and_part(found) for found in items]
        for theirs in totals[1:]:
            for place in totals[0].keys() | theirs.keys():
                model.add(sum(totals[0].get(place, ())) == sum(theirs.get(place, ())))
        truth = self.block.left
        wished = []
        for name, (group, parts, spans) in secrets:
            cells = np.flatnonzero(self.block.groups[name] == group)
            inside = np.ix_(cells, self.sets[spans], self.parts[parts])
            grid = product(
                cells.tolist(), *(np.flatnonzero(each).tolist() for each in (self.sets[spans], self.parts[parts]))
            )
            told, was = sum(items[0][place] for place in grid if place in items[0]), int(truth[inside].sum())
            for bound in () if isinstance(told, int) else (told >= was + 1, told <= was - 1):
                wished.append(model.new_bool_var(""))
                model.add(bound).only_enforce_if(wished[-1])
        model.maximize(sum(wished))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = LONG if self.is_large and only is None else SEARCH
        answer = solver.solve(model)
        found = np.zeros(truth.shape, np.int64)
        if answer in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            for at_cell, each in items[0].items():
                found[at_cell] = solver.value(each) - truth[at_cell]
        return found, answer in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


def _some_of(secrets: Secrets, number: int) -> list[Named]:
    found: list[Named] = []
    for name, each in secrets.items():
        found += [(name, (group, parts, spans)) for group, parts, spans in np.argwhere(each)[:number].tolist()]
    return found[:number]


def _only(secrets: BoolArray, spans: Sequence[int]) -> BoolArray:
    """Those in some of the sets of spans."""
    found = np.zeros_like(secrets)
    found[:, :, spans] = secrets[:, :, spans]
    return found


def _number(secrets: Secrets) -> int:
    return sum(int(found.sum()) for found in secrets.values())


def _any(secrets: Secrets) -> bool:
    return any(found.any() for found in secrets.values())


def _take(secrets: Mapping[str, BoolArray], others: Secrets) -> None:
    for name, found in secrets.items():
        found &= ~others[name]


def _squares(block: _Block) -> Iterator[IntArray]:
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


class _Walk:
    """From one world to the next by one person, or two, who may have been of another part; it breaks no fact."""

    def __init__(self, blocks: Sequence[_Block], facts: Sequence[Fact]) -> None:
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

    def _add(self, at: int, block: _Block, fact: Fact) -> None:
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


# By cell, span and part.
Items = dict[tuple[int, int, int], cp_model.IntVar]


def _by_span_and_part(items: Items) -> dict[tuple[int, int], list[cp_model.IntVar]]:
    found: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for (_cell, span, part), each in items.items():
        found.setdefault((span, part), []).append(each)
    return found


def _model_of(block: _Block, facts: Sequence[Fact], model: cp_model.CpModel, only: int | None) -> Items:
    """How many of each part left each cell in each span, as far as headcounts and facts allow; the truth is a hint."""
    known, items = block.known, Items()
    by_cell: dict[int, list[int]] = {}
    most = np.tile(known[:, :, None], (1, 1, block.left.shape[2]))
    for at, inside in enumerate(block.windows):
        most[:, inside] = np.minimum(most[:, inside], block.people[:, at, None, :])
    for cell, span in zip(*(each.tolist() for each in np.nonzero(known)), strict=True):
        by_cell.setdefault(cell, []).append(span)
        for part in np.flatnonzero(most[cell, span]).tolist():
            was = int(block.left[cell, span, part])
            bounds = (0, int(most[cell, span, part])) if only in (None, span) else (was, was)
            items[cell, span, part] = model.new_int_var(*bounds, "")
            model.add_hint(items[cell, span, part], was)
        model.add(sum(_of_cell(items, cell, [span], block)) == int(known[cell, span]))
    for cell, spans in by_cell.items():
        for at, inside in enumerate(block.windows):
            chosen = [span for span in spans if inside[span]]
            for part in range(block.left.shape[2]):
                # Fewer there were than could have left.
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


def _of_cell(items: Items, cell: int, spans: Sequence[int], block: _Block) -> list[cp_model.IntVar]:
    places = [(cell, span, part) for span in spans for part in range(block.left.shape[2])]
    return [items[place] for place in places if place in items]


def _summed(values: IntArray, codes: IntArray) -> IntArray:
    """The sums of the rows of each code."""
    found = np.zeros((int(codes.max(initial=-1)) + 1, *values.shape[1:]), np.int64)
    np.add.at(found, codes, values)
    return found


def _sets_of_spans(windows: BoolArray) -> list[BoolArray]:
    """What a number may be of: one report, what one has and another has not, and each span; of many reports, what the
    newest has and another has not, or the other way round."""
    pairs = list(permutations(windows, 2))
    if len(windows) > EACH_WITH_EACH:
        pairs = [pair for each in windows[:-1] for pair in permutations((each, windows[-1]))]
    sets = [*windows, *(one & ~other for one, other in pairs), *np.eye(windows.shape[1], dtype=bool)]
    unique = {each.tobytes(): each for each in sets if each.any()}
    return list(unique.values())


def _sets_of_parts(arms: BoolArray) -> BoolArray:
    """What a number may be of: an arm of a report, who is in that of one and not of another, and each part; of a set
    and all others together, one."""
    whole = list({each.tobytes(): each for each in arms.reshape(-1, arms.shape[2])}.values())
    sets = [*whole, *(one & ~other for one, other in permutations(whole, 2)), *np.eye(arms.shape[2], dtype=bool)]
    found: dict[bytes, BoolArray] = {}
    for each in sets:
        if each.any() and not each.all() and (~each).tobytes() not in found:
            found[each.tobytes()] = each
    return np.array(list(found.values()), bool).reshape(len(found), arms.shape[2])


def _room(block: _Block, fact: Fact) -> list[tuple[int, bool, bool]]:
    """For each arm of which something is told, whether there may be one more, and one fewer."""
    left = block.left[block.cells_of(fact)].sum(axis=0)[block.windows[fact.window]].sum(axis=0)
    truth = block.arms[fact.window].astype(np.int64) @ left
    return [(arm, truth[arm] < high, truth[arm] > low) for arm, low, high in fact.bounds]
