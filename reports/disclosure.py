"""What somebody who knows everybody could work out from all that was ever published, and what may be added to it.

The reader is taken to know who worked in which department, level, site and hire year, who left and when, and how many
of these counted as what in each report: everything but which of the leavers did. A number is given away when no other
set of whole people fits what was published, headcounts included, and makes it different; and only what was open before
anything was published can be. Pure: arrays in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from time import process_time

import numpy as np

from .leavers import ALL, BoolArray, Fact, IntArray, Leavers
from .worlds import Block, Number, Walk, other_world, squares, summed

SMALL = 4
# A world is looked for so long, by the solver's own clock, and so many are looked for in one view; what is in doubt
# after that counts as given away.
SEARCH, WORLDS = 0.5, 8
# So many secrets are asked for at a time.
FEW = 50
# In a view of so many numbers, so many in one span; and fewer worlds, for longer.
MUCH, MANY = 2000, 300
LONG, LONG_WORLDS = 4.0, 3
# After so many looks at which nothing was new, it is given up.
IDLE = 6
# Crossed breakdowns are looked at in so many reports, the new one included.
CROSSED = 3
# Two breakdowns crossed are looked at always; more only if they leave so many people in a cell on average.
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
    as somebody who knows all, or three, of them crossed. Groups are given up before the total, those that give most
    away first and of these the smallest. What isn't settled in time isn't told.
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
    """Each breakdown beside the others, with which it isn't crossed; each two crossed, and all or each three, in the
    newest reports."""
    alone = {name: Block.of(leavers, (name,)) for name in leavers.groups}
    for name, block in alone.items():
        yield _View(block, [alone[each] for each in alone if each != name])
    if len(alone) < 2:
        return
    first = max(0, len(leavers.windows) - CROSSED)
    newest = leavers.of(range(first, len(leavers.windows)))
    beside = {name: Block.of(newest, (name,)) for name in alone}
    crossed: list[tuple[str, ...]] = [*combinations(alone, 2)]
    # Where nearly every cell is one person, whoever knows its headcount knows who took part: nothing is left to hide.
    # Then it is three that are crossed, of which the same may hold.
    for number in range(len(alone), 2, -1):
        crowded = [names for names in combinations(alone, number) if _is_crowded(leavers, names)]
        if crowded:
            crossed += crowded
            break
    for names in crossed:
        yield _View(Block.of(newest, names), [beside[each] for each in alone if each not in names], first=first)


def _is_crowded(leavers: Leavers, breakdowns: Sequence[str]) -> bool:
    """Whether enough people are in a cell, on average, for something to be left to hide."""
    cells = np.unique(np.stack([leavers.groups[name] for name in breakdowns]), axis=1)
    return bool(leavers.people[:, -1].sum() >= PEOPLE_IN_CELL * cells.shape[1])


class _View:
    """What one kind of reader sees: the first block is what secrets are looked for in, the others must add up to it."""

    def __init__(self, block: Block, others: Sequence[Block] = (), *, first: int = 0) -> None:
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
        found, there = {}, block.stayed()
        for breakdown, codes in block.groups.items():
            left, stayed = summed(block.left, codes), summed(there, codes)
            counts = np.einsum("gsp,mp,ts->gmt", left, weights, sets.astype(np.int64), optimize=True)
            small = (counts >= 1) & (counts <= SMALL)
            rest = np.einsum("gwp,mp->gmw", stayed, weights, optimize=True)
            small |= np.einsum("gmw,wt->gmt", ((rest >= 1) & (rest <= SMALL)).astype(np.int64), windows) > 0
            found[breakdown] = small[:, : len(self.parts)] | small[:, len(self.parts) :]
        is_open = self._open(found).astype(np.int64)
        return {name: small & (summed(is_open, block.groups[name]) > 0) for name, small in found.items()}

    def _open(self, found: Secrets) -> BoolArray:
        """What headcounts alone leave open (cells × sets of parts × sets of spans): what one person changes;
        and, where that changes nothing of what was found in a group, what two of different spans do."""
        block = self.block
        is_open = self._reach(self.moves)
        in_question = np.zeros_like(is_open)
        for breakdown, small in found.items():
            codes = block.groups[breakdown]
            in_question |= (small & (summed(is_open.astype(np.int64), codes) == 0))[codes]
        if in_question.any():
            swap = block.may_swap()
            for parts, at in np.argwhere(in_question.any(axis=0)).tolist():
                cells, inside = np.flatnonzero(in_question[:, parts, at]), self.sets[at]
                told = self.parts[parts][:, None] != self.parts[parts][None, :]
                by_spans = (swap[cells] & told).any(axis=(3, 4))
                by_spans |= np.swapaxes(by_spans, 1, 2)
                is_open[cells, parts, at] = by_spans[:, inside][:, :, ~inside].any(axis=(1, 2))
        return is_open

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
        here = summed(within.astype(np.int64), codes) > 0
        elsewhere = back.sum(axis=0)[None] - summed(back, codes) > 0
        return self._reach(summed((within & total).astype(np.int64), codes) > 0) | self._reach(here & elsewhere)

    def pinned(self, secrets: Secrets, facts: Sequence[Fact]) -> Secrets:
        """Which secrets the facts give away for certain."""
        return self._never_differing(secrets, self._seen(facts))[1]

    def pressing(self, facts: Sequence[Fact]) -> list[Fact]:
        """Which facts may have given a secret away: those that leave no room, or else all of the block's breakdowns, or
        else all."""
        mine = [fact for fact in facts if fact.breakdown in self.block.names]
        tight = [
            fact
            for fact in mine
            for seen in self._seen([fact])
            if not all(more and fewer for _arm, more, fewer in self.block.room(seen))
        ]
        return tight or mine or list(facts)

    def _seen(self, facts: Sequence[Fact]) -> list[Fact]:
        return [fact._replace(window=fact.window - self.first) for fact in facts if fact.window >= self.first]

    def _differing(self, apart: IntArray) -> Secrets:
        """What is different in another world, of which the difference to this one is given."""
        sets, parts = np.array(self.sets, np.int64).reshape(len(self.sets), self.spans), self.parts.astype(np.int64)
        return {
            name: np.einsum("gsp,mp,ts->gmt", summed(apart, codes), parts, sets, optimize=True) != 0
            for name, codes in self.block.groups.items()
        }

    def _never_differing(self, secrets: Secrets, facts: Sequence[Fact]) -> tuple[Secrets, Secrets]:
        """The secrets that are the same in every world that was found, and those that certainly are in all."""
        rest = {name: np.array(found) for name, found in secrets.items()}
        certain = {name: np.zeros_like(found) for name, found in rest.items()}
        if not _any(rest):
            return rest, certain
        # Worlds that are a few people away differ in most; what is left is asked for by name.
        walks = (squares(self.block), Walk((self.block, *self.others), facts).worlds())
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
        """A world in which many of these secrets are different, and whether certainly none has more that are."""
        numbers = [
            Number(np.flatnonzero(self.block.groups[name] == group), self.sets[spans], self.parts[parts])
            for name, (group, parts, spans) in secrets
        ]
        effort = LONG if self.is_large and only is None else SEARCH
        return other_world((self.block, *self.others), facts, numbers, effort=effort, only=only)


def _some_of(secrets: Secrets, number: int) -> list[Named]:
    """The first of them, at most so many."""
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
