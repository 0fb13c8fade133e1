"""What somebody who knows everybody could work out from all that was ever published, and what may be added to it.

The reader is taken to know who worked in which department, level, site and hire year, who left and when, and how many
participants each of these had: everything but which of the leavers were participants. A number is given away when no
other set of whole people fits what was published, headcounts included, and makes it different; and only what was open
before anything was published can be. Pure: arrays in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import ArrayLike, NDArray
from ortools.sat.python import cp_model

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# The whole organisation, as a breakdown with one group.
ALL = ""
# Each crossed cell, as a breakdown of its own.
CELL = "*"
SMALL = 4
# A world is looked for so long, by the solver's own clock.
SEARCH = 0.5
# So many secrets are asked for one by one, and so far worlds are pushed that are to be far from the truth.
FEW, FAR = 20, 3
# All breakdowns crossed are looked at in so many reports, the new one included.
CROSSED = 3
# And only where a cell holds so many people on average.
PEOPLE_IN_CELL = 1.5
# So often a part is given up; then all of it.
TRIES = 5


@dataclass(frozen=True, eq=False)
class Leavers:
    """How many left, by cell, and by span of days between one publishing and another.

    A cell is one department, level, site and hire year crossed; `groups` is the position of the group of each cell in
    `names`, for each breakdown. `left` (cells × spans × 2) are participants and others who left, `people`
    (cells × windows × 2) how many of each there were in a window, leavers included. `windows` (windows × spans) says
    which spans each report looks back on.
    """

    left: IntArray
    people: IntArray
    windows: BoolArray
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

    def newest(self, windows: int) -> Leavers:
        """The same, as far as the newest reports tell spans from each other."""
        kept = self.windows[-windows:]
        columns, span = np.unique(kept, axis=1, return_inverse=True)
        left = np.zeros((len(self.left), columns.shape[1], 2), np.int64)
        for at, to in enumerate(span.reshape(-1).tolist()):
            left[:, to] += self.left[:, at]
        return Leavers(left, self.people[:, -windows:], columns, self.groups, self.names)

    def count(self, cells: BoolArray, window: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(people, left) of participants and of others in a window."""
        people, left = self.people[cells, window].sum(axis=0), self.left[cells].sum(axis=0)[self.windows[window]]
        left = left.sum(axis=0)
        return (int(people[0]), int(left[0])), (int(people[1]), int(left[1]))

    def apart(self, cells: BoolArray, one: int, other: int) -> list[tuple[int, int]]:
        """(participants, others) who left in one of two windows only: first of those in `one`, then in `other`."""
        left = self.left[cells].sum(axis=0)
        mine, theirs = self.windows[one], self.windows[other]
        found = [left[spans].sum(axis=0) for spans in (mine & ~theirs, theirs & ~mine)]
        return [(int(each[0]), int(each[1])) for each in found]


class Fact(NamedTuple):
    """Of those who left a group in a window, `low` to `high` were participants."""

    breakdown: str
    group: str
    window: int
    low: int
    high: int


class Secret(NamedTuple):
    """How many of those who left a group in some spans, by position among the sets of spans, were participants."""

    breakdown: str
    group: int
    spans: int


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
) -> Leavers:
    """Count rows (one state of one employment each, from day `begin` to day `end`) by cell, span and window.

    `windows` are the first and the last day that each report looks at, the first None where it begins with the data;
    with `only_hired`, at nobody who was `hired` before that.
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
    entered = np.searchsorted(bounds, np.asarray(hired, np.int64), "left") if only_hired else np.zeros_like(span)
    # Who was hired in another span is in other reports, and so is counted apart.
    spans, place = np.unique(
        np.stack([entered, span], axis=1)[left & (span < len(bounds))], axis=0, return_inverse=True
    )
    counts = np.zeros((len(cells), len(spans), 2), np.int64)
    known = left & (span < len(bounds))
    np.add.at(counts, (cell[known], place.reshape(-1), np.where(ours[known], 0, 1)), 1)
    _spells, who = np.unique(np.asarray(spell), return_inverse=True)
    people = np.zeros((len(cells), len(windows), 2), np.int64)
    reach = np.zeros((len(windows), len(spans)), bool)
    for at, (first, last) in enumerate(windows):
        here = (starts <= last) & (True if first is None else ends >= first)
        if only_hired and first is not None:
            here &= np.asarray(hired, np.int64) >= first
        took_part = np.zeros(len(_spells), bool)
        took_part[who[here & ours]] = True
        for arm, rows in enumerate((here & ours, here & ~ours & ~took_part[who])):
            np.add.at(people[:, at, arm], cell[rows], 1)
        reach[at] = spans[:, 1] <= np.searchsorted(bounds, last)
        if first is not None:
            reach[at] &= spans[:, 1] > np.searchsorted(bounds, first - 1)
            reach[at] &= (spans[:, 0] > np.searchsorted(bounds, first - 1)) | (not only_hired)
    return Leavers(
        left=counts,
        people=people,
        windows=reach,
        groups={name: cells[:, at] for at, name in enumerate(coded)},
        names={name: tuple(str(each) for each in names) for name, (names, _codes) in coded.items()},
    )


def may_be_told(leavers: Leavers, told: Sequence[Fact], fresh: Sequence[Fact]) -> list[Fact]:
    """Which of the fresh facts may be told beside those that are, so that nothing small is given away.

    Looked at as somebody would who knows each breakdown for itself, and as somebody who knows them crossed. Groups are
    given up before the total, those that give most away first and of these the smallest.
    """
    kept, views = list(fresh), _views(leavers)
    # Found out when it matters: what the earlier reports give away by themselves can't be kept any longer.
    known: list[set[Secret]] = [set() for _view in views]
    for attempt in range(TRIES):
        blamed: dict[Fact, int] = {}
        for view, already in zip(views, known, strict=True):
            lost = [secret for secret in view.given_away([*told, *kept]) if secret not in already]
            already |= set(view.pinned(lost, told))
            if set(lost) - already:
                for fact in view.pressing(kept):
                    blamed[fact] = blamed.get(fact, 0) + 1
        if not blamed or not kept:
            return kept
        size = {fact: int(leavers.people[leavers.inside(fact.breakdown, fact.group)].sum()) for fact in blamed}
        worst = sorted(blamed, key=lambda fact: (fact.breakdown == ALL, -blamed[fact], size[fact], fact))
        # Twice as many each time: one after the other would take all day where there are many.
        kept = [fact for fact in kept if fact not in worst[: 2**attempt]]
    return []


def _views(leavers: Leavers) -> list[_View]:
    """Each breakdown beside the others, of which only the headcounts are known; and all crossed, in the newest reports."""
    alone = [_Block.of(leavers, name) for name in leavers.groups]
    views = [_View([block, *(each for each in alone if each is not block)]) for block in alone]
    # Where nearly every cell is one person, whoever knows its headcount knows who took part: nothing is left to hide.
    crowded = leavers.people[:, -1].sum() >= PEOPLE_IN_CELL * len(leavers.left)
    if crowded and len(alone) > 1:
        views.append(_View([_Block.of(leavers.newest(CROSSED), CELL)], first=max(0, len(leavers.windows) - CROSSED)))
    return views


@dataclass(frozen=True, eq=False)
class _Block:
    """One way to divide everybody into cells, and who is known to be in each."""

    left: IntArray
    people: IntArray
    windows: BoolArray
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
        left, people = _summed(leavers.left, leavers.groups[name]), _summed(leavers.people, leavers.groups[name])
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
        for at, inside in enumerate(self.windows):
            stayed = self.people[:, at] - self.left[:, inside].sum(axis=1)
            up[:, inside] &= (stayed[:, 0] > 0)[:, None]
            down[:, inside] &= (stayed[:, 1] > 0)[:, None]
        return up, down

    def may_swap(self) -> BoolArray:
        """In which cells (cells × up × down) one more of one span may have been a participant, and one fewer of another."""
        found: BoolArray = (self.left[:, :, 1] > 0)[:, :, None] & (self.left[:, :, 0] > 0)[:, None, :]
        for at, inside in enumerate(self.windows):
            stayed = self.people[:, at] - self.left[:, inside].sum(axis=1)
            found &= (stayed[:, 0] > 0)[:, None, None] | ~(inside[:, None] & ~inside[None, :])
            found &= (stayed[:, 1] > 0)[:, None, None] | ~(~inside[:, None] & inside[None, :])
        return found


class _View:
    """What one kind of reader sees: the first block is what secrets are looked for in, the others must add up to it."""

    def __init__(self, blocks: Sequence[_Block], *, first: int = 0) -> None:
        self.block, *self.others = blocks
        # The reports before that one aren't looked at.
        self.first = first
        self.spans = self.block.left.shape[1]
        self.sets = _sets_of_spans(self.block.windows)
        self.up, self.down = self.block.may_move()
        self.secrets = list(self._secrets())

    def _secrets(self) -> Iterator[Secret]:
        """What is small, and not known to whoever knows everybody."""
        block = self.block
        alone, swap = self.up | self.down, block.may_swap()
        swap[:, range(self.spans), range(self.spans)] = False
        open_in = [
            alone[:, inside].any(axis=1) | (swap & (inside[:, None] != inside[None, :])).any(axis=(1, 2))
            for inside in self.sets
        ]
        for breakdown, codes in block.groups.items():
            totals, people = _summed(block.left, codes), _summed(block.people, codes)
            for at, inside in enumerate(self.sets):
                left = totals[:, inside].sum(axis=1)
                small = ((left >= 1) & (left <= SMALL)).any(axis=1)
                for window in np.flatnonzero((block.windows == inside).all(axis=1)):
                    stayed = people[:, window] - left
                    small |= ((stayed >= 1) & (stayed <= SMALL)).any(axis=1)
                is_open = _summed(open_in[at].astype(np.int64), codes) > 0
                for group in np.flatnonzero(small & is_open).tolist():
                    yield Secret(breakdown, group, at)

    def given_away(self, facts: Sequence[Fact]) -> list[Secret]:
        """The secrets for which no other set of people is found that fits the facts."""
        if not self.secrets:
            return []
        facts = self._seen(facts)
        mine = [fact for fact in facts if fact.breakdown in self.block.names]
        free_up, free_down = _Pressed(self.block, mine).free()
        for other in self.others:
            # The total moves with one cell, and so some cell of each other breakdown must move too.
            their_up, their_down = other.may_move()
            fits = _Pressed(other, [fact for fact in facts if fact.breakdown in other.names and fact.breakdown != ALL])
            fits_up, fits_down = fits.free()
            free_up &= np.any(their_up & fits_up, axis=0, keepdims=True)
            free_down &= np.any(their_down & fits_down, axis=0, keepdims=True)
        moves = (self.up & free_up) | (self.down & free_down)
        reached = np.stack([moves[:, inside].any(axis=1) for inside in self.sets], axis=1).astype(np.int64)
        by_group = {breakdown: _summed(reached, codes) for breakdown, codes in self.block.groups.items()}
        found = [each for each in self.secrets if not by_group[each.breakdown][each.group, each.spans]]
        return self._never_differing(found, facts)[0]

    def pinned(self, secrets: Sequence[Secret], facts: Sequence[Fact]) -> list[Secret]:
        """Which secrets the facts give away for certain."""
        rest, is_certain = self._never_differing(secrets, self._seen(facts))
        return rest if is_certain else []

    def pressing(self, facts: Sequence[Fact]) -> list[Fact]:
        """Which facts may have given a secret away: those that leave no room, or else all that are seen."""
        mine = [fact for fact in facts if fact.breakdown in self.block.names]
        tight = [fact for fact in mine if not all(_room(self.block, self._seen([fact])[0]))]
        return tight or mine or list(facts)

    def _seen(self, facts: Sequence[Fact]) -> list[Fact]:
        return [fact._replace(window=fact.window - self.first) for fact in facts if fact.window >= self.first]

    def _inside(self, secret: Secret) -> BoolArray:
        cells: BoolArray = self.block.groups[secret.breakdown] == secret.group
        return cells[:, None] & self.sets[secret.spans][None, :]

    def _never_differing(self, secrets: Sequence[Secret], facts: Sequence[Fact]) -> tuple[list[Secret], bool]:
        """The secrets that are the same in every world that was found, and whether there is certainly no other."""
        rest = list(secrets)
        # A world that is far from the truth anywhere differs in most; what is left is asked for by name.
        away = Generator(PCG64(len(rest))).integers(-FAR, FAR + 1, self.up.shape)
        for weights in (away, -away) if len(rest) > FEW else ():
            found, _is_certain = self._other_world((), facts, weights)
            rest = [each for each in rest if found[self._inside(each)].sum() == 0]
        while rest:
            found, is_certain = self._other_world(rest, facts)
            fewer = [each for each in rest if found[self._inside(each)].sum() == 0]
            if len(fewer) == len(rest):
                return rest, is_certain
            rest = fewer
        return [], True

    def _other_world(
        self, secrets: Sequence[Secret], facts: Sequence[Fact], weights: IntArray | None = None
    ) -> tuple[IntArray, bool]:
        """Other people who may have been the participants, as the difference to who were, such that many of the secrets
        are different, or else the weighted sum is large; and whether there is no world in which more are."""
        model = cp_model.CpModel()
        items = {}
        for at, block in enumerate((self.block, *self.others)):
            # The totals are those of the first block, with which the others agree.
            mine = [fact for fact in facts if fact.breakdown in block.names and (at == 0 or fact.breakdown != ALL)]
            items[at] = _model_of(block, mine, model)
        for at in range(1, 1 + len(self.others)):
            for span in range(self.spans):
                ours, theirs = (sum(each for (_, one), each in items[of].items() if one == span) for of in (0, at))
                if not (isinstance(ours, int) and isinstance(theirs, int)):
                    model.add(ours == theirs)
        truth = self.block.left[:, :, 0]
        wished = []
        for secret in secrets:
            inside = self._inside(secret)
            places = [place for place in zip(*np.nonzero(inside), strict=True) if place in items[0]]
            told, was = sum(items[0][place] for place in places), int(truth[inside].sum())
            for bound in (told >= was + 1, told <= was - 1) if places else ():
                wished.append(model.new_bool_var(""))
                model.add(bound).only_enforce_if(wished[-1])
        far = [] if weights is None else [each * int(weights[place]) for place, each in items[0].items()]
        model.maximize(sum(wished) + sum(far))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = SEARCH
        answer = solver.solve(model)
        found = np.zeros(truth.shape, np.int64)
        if answer in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            for (cell, span), each in items[0].items():
                found[cell, span] = solver.value(each) - truth[cell, span]
        return found, answer in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


def _model_of(block: _Block, facts: Sequence[Fact], model: cp_model.CpModel) -> dict[tuple[int, int], cp_model.IntVar]:
    """How many participants left each cell in each span, as far as headcounts and facts allow; the truth is a hint."""
    known = block.known
    items = {}
    by_cell: dict[int, list[int]] = {}
    for cell, span in zip(*(each.tolist() for each in np.nonzero(known)), strict=True):
        items[cell, span] = model.new_int_var(0, int(known[cell, span]), "")
        model.add_hint(items[cell, span], int(block.left[cell, span, 0]))
        by_cell.setdefault(cell, []).append(span)
    for cell, spans in by_cell.items():
        for at, inside in enumerate(block.windows):
            if chosen := [span for span in spans if inside[span]]:
                least = int(known[cell, chosen].sum() - block.people[cell, at, 1])
                total = sum(items[cell, span] for span in chosen)
                model.add_linear_constraint(total, max(0, least), int(block.people[cell, at, 0]))
    for fact in facts:
        cells, inside = block.cells_of(fact), block.windows[fact.window]
        if within := [each for (cell, span), each in items.items() if cells[cell] and inside[span]]:
            model.add_linear_constraint(sum(within), fact.low, fact.high)
    return items


def _summed(values: IntArray, codes: IntArray) -> IntArray:
    """The sums of the rows of each code."""
    found = np.zeros((int(codes.max(initial=-1)) + 1, *values.shape[1:]), np.int64)
    np.add.at(found, codes, values)
    return found


def _sets_of_spans(windows: BoolArray) -> list[BoolArray]:
    """What a number may be of: one report, what one has and another has not, and each span."""
    sets = [*windows, *(one & ~other for one, other in permutations(windows, 2)), *np.eye(windows.shape[1], dtype=bool)]
    unique = {each.tobytes(): each for each in sets if each.any()}
    return list(unique.values())


class _Pressed:
    """Which facts leave no room for one more, or one fewer, and what they are about."""

    def __init__(self, block: _Block, facts: Sequence[Fact]) -> None:
        tight = [(fact, *_room(block, fact)) for fact in facts]
        tight = [(fact, more, fewer) for fact, more, fewer in tight if not (more and fewer)]
        self.about = np.zeros((len(tight), *block.left.shape[:2]), bool)
        for at, (fact, _more, _fewer) in enumerate(tight):
            self.about[at] = block.cells_of(fact)[:, None] & block.windows[fact.window][None, :]
        self.no_more = np.array([not more for _fact, more, _fewer in tight], bool)
        self.no_fewer = np.array([not fewer for _fact, _more, fewer in tight], bool)

    def free(self) -> tuple[BoolArray, BoolArray]:
        """Where one more, and one fewer, is possible without any other change."""
        more: BoolArray = ~self.about[self.no_more].any(axis=0)
        fewer: BoolArray = ~self.about[self.no_fewer].any(axis=0)
        return more, fewer


def _room(block: _Block, fact: Fact) -> tuple[bool, bool]:
    truth = int(block.left[block.cells_of(fact)].sum(axis=0)[block.windows[fact.window], 0].sum())
    return truth < fact.high, truth > fact.low
