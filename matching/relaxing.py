"""What would place more people, in computed numbers, and what became of those who would suit: arrays in, facts out.

Every number is the size of a largest matching, found along augmenting paths (Hopcroft and Karp, 1973, with places in
the stead of single vertices). A relaxation changes little of the whole: so the search starts from the pairs there are,
and looks along rows of bits; 20,000 by 5,000 people need no hundred million arcs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.assignment import STEPS, Assignment
from matching.explain import LEAST_OFFER, Statement, Voice, removed_by_rules
from matching.scoring import BLOCK, RULED_OUT, People, Rule, Rules
from matching.wording import WORDING

Scan = Callable[[int, int], tuple[NDArray[Any], NDArray[Any]]]
# One person is never paired with themselves, and what was ruled out one by one is told as little as possible.
RELAXABLE = tuple(rule for rule in Rule if rule != Rule.SAME_PERSON and rule not in RULED_OUT)


@dataclass(frozen=True)
class Relaxation(Statement):
    """A change to the programme, and how many more mentees could be placed if it alone were made."""

    placed: int = 0

    @property
    def change(self) -> str:
        """The change alone, as the sentence begins."""
        return super().text("admin")

    def text(self, voice: Voice = "admin") -> str:
        code = _counted("relax.more", self.placed) if self.placed else "relax.nobody"
        return Statement(code, {"change": self.change, "count": self.placed}).text(voice)

    def as_dict(self) -> dict[str, object]:
        """For JSON; `relaxations_from` makes them again."""
        return {**super().as_dict(), "placed": self.placed}


def relaxations_from(stored: Iterable[Mapping[str, Any]] | None) -> list[Relaxation]:
    """What `Relaxation.as_dict` made; those that have no words any more are left out."""
    return [
        Relaxation(each["code"], each.get("params", {}), placed=each["placed"])
        for each in stored or []
        if each.get("code") in WORDING
    ]


def worth_making(found: Sequence[Relaxation]) -> list[Relaxation]:
    """Those that place anybody, the most effective first; what asks for more to the same effect is left out."""
    placed = {each.code.removesuffix(".one"): each.placed for each in found}
    alone = max((placed.get(_code_of(rule), 0) for rule in RELAXABLE), default=0)
    worth = [each for each in found if each.placed > (alone if each.code == "relax.together" else 0)]
    return sorted(worth, key=lambda each: -each.placed)


def _code_of(rule: Rule) -> str:
    return f"relax.{rule.name.lower()}"


@dataclass(frozen=True)
class _Parted(Statement):
    """A number of people, and what became of them: the parts share nobody, and add up to the whole."""

    parts: tuple[Statement, ...] = ()

    def text(self, voice: Voice = "mentee") -> str:
        head = super().text(voice)
        return f"{head}: {', '.join(part.text(voice) for part in self.parts)}" if self.parts else head

    def as_dict(self) -> dict[str, object]:
        return {**super().as_dict(), "parts": [part.as_dict() for part in self.parts]}


@dataclass(frozen=True)
class Offering(_Parted):
    """What became of the mentors who offer what a mentee wants most."""


@dataclass(frozen=True)
class Idle(_Parted):
    """Why nobody more came to a mentor who has places left: what became of the mentees who are allowed, or why none is.

    free  how many places
    """

    mentor: int = 0
    free: int = 0

    def as_dict(self) -> dict[str, object]:
        return {**super().as_dict(), "free": self.free}


def parted_text(stored: Mapping[str, Any] | None, voice: Voice = "admin") -> str:
    """The sentence of what `Offering.as_dict` or `Idle.as_dict` made; empty where there are no words for it any more."""
    if not stored or any(each.get("code") not in WORDING for each in (stored, *stored.get("parts", []))):
        return ""
    parts = tuple(Statement(part["code"], part["params"]) for part in stored.get("parts", []))
    return _Parted(stored["code"], stored["params"], parts).text(voice)


@dataclass(frozen=True)
class Findings:
    """What is told beside the pairs of a run.

    relaxations  empty where everybody could be placed
    offering     mentee id → what became of the mentors who offer what they want most, of those without a mentor who
                 said what they want
    idle         every mentor with places left, by id
    """

    relaxations: list[Relaxation] = field(default_factory=list)
    offering: dict[int, Offering] = field(default_factory=dict)
    idle: list[Idle] = field(default_factory=list)


def find_out(
    scan: Scan,
    *,
    mentees: People,
    mentors: People,
    skills: Sequence[str],
    rules: Rules,
    assignment: Assignment,
    capacity: Mapping[int, int],
    waiting: Collection[int] | None = None,
    without_hours: Mapping[int, int] | None = None,
    paused: Mapping[int, int] | None = None,
    size: int = BLOCK,
) -> Findings:
    """All that is told beside an assignment, in one pass over the blocks.

    scan      `Scorer.raw_block`
    skills    the names of the columns of `People.skills`
    capacity, waiting, without_hours, paused  as in `relaxations`; locked pairs are those of the assignment
    """
    obstacles = _Obstacles(len(mentees))
    offers = _Offers(mentees, mentors, skills=skills, rules=rules, assignment=assignment, paused=paused or {})
    lookout = _Lookout(mentees, mentors, assignment=assignment, waiting=waiting)
    for start in range(0, len(mentees), size):
        scores, blocked = scan(start, min(start + size, len(mentees)))
        obstacles.take(start, blocked)
        offers.take(start, blocked)
        lookout.take(start, scores, blocked)
    return Findings(
        relaxations=_relaxations(
            obstacles,
            mentees=mentees.ids.tolist(),
            mentors=mentors.ids.tolist(),
            capacity=capacity,
            locked=[(pair.mentee, pair.mentor) for pair in assignment.pairs if pair.locked],
            placed=[(pair.mentee, pair.mentor) for pair in assignment.pairs],
            waiting=waiting,
            without_hours=without_hours,
            paused=paused or {},
        ),
        offering=offers.found,
        idle=lookout.found(),
    )


def relaxations(
    source: NDArray[Any] | Scan,
    *,
    mentees: ArrayLike,
    mentors: ArrayLike,
    capacity: Mapping[int, int],
    locked: Iterable[tuple[int, int]] = (),
    placed: Iterable[tuple[int, int]] = (),
    waiting: Collection[int] | None = None,
    without_hours: Mapping[int, int] | None = None,
    paused: Mapping[int, int] | None = None,
    size: int = BLOCK,
) -> list[Relaxation]:
    """How many more mentees could be placed if one thing were different; empty if everybody can be placed as it is.

    source         (M, N), the bits of the `Rule`s that forbid each pair; or `source(start, stop)`, which gives the
                   scores and the bits of some rows
    mentees        ids of the rows
    mentors        ids of the columns
    capacity       mentor id → how many they take at most; a mentor who is missing takes none
    locked         (mentee, mentor) ids that stay whatever changes
    placed         (mentee, mentor) ids to begin from: so the search is short, and the full mentors are those that
                   everybody sees
    waiting        ids of the mentees who are to be placed, if not all
    without_hours  mentor id → how many they take if their hours don't count
    paused         mentor id → how many they would take if they were back; for the mentors among the columns
    """
    mentee_ids = np.asarray(mentees, dtype=np.int64).reshape(-1).tolist()
    obstacles = _Obstacles(len(mentee_ids))
    for start in range(0, len(mentee_ids), size):
        stop = min(start + size, len(mentee_ids))
        obstacles.take(start, source(start, stop)[1] if callable(source) else source[start:stop])
    return _relaxations(
        obstacles,
        mentees=mentee_ids,
        mentors=np.asarray(mentors, dtype=np.int64).reshape(-1).tolist(),
        capacity=capacity,
        locked=locked,
        placed=placed,
        waiting=waiting,
        without_hours=without_hours,
        paused=paused or {},
    )


class _Obstacles:
    """Rows of bits, one bit a mentor: whom each mentee may have, and whom else if a rule were dropped."""

    def __init__(self, mentees: int) -> None:
        self.allowed = [0] * mentees
        self.freed: dict[Rule, dict[int, int]] = {rule: {} for rule in RELAXABLE}
        self.freed_together: dict[int, int] = {}
        self.at_work = 0

    def take(self, start: int, blocked: NDArray[Any]) -> None:
        together = np.uint16(sum(rule.bit for rule in RELAXABLE))
        for row, bits in _packed(blocked == 0):
            self.allowed[start + row] = bits
        found = int(np.bitwise_or.reduce(blocked, axis=None)) if blocked.size else 0
        self.at_work |= found
        for rule in RELAXABLE:
            if found & rule.bit:
                self.freed[rule].update((start + row, bits) for row, bits in _packed(blocked == rule.bit))
        if found:
            forbidden = (blocked != 0) & (blocked & ~together == 0)
            self.freed_together.update((start + row, bits) for row, bits in _packed(forbidden))

    def without(self, freed: Mapping[int, int]) -> list[int]:
        rows = list(self.allowed)
        for row, bits in freed.items():
            rows[row] |= bits
        return rows


def _packed(table: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The rows that aren't empty, as whole numbers."""
    rows = np.flatnonzero(table.any(axis=1)).tolist()
    packed = np.packbits(table, axis=1, bitorder="little")
    return ((row, int.from_bytes(packed[row].tobytes(), "little")) for row in rows)


def _relaxations(
    obstacles: _Obstacles,
    *,
    mentees: Sequence[int],
    mentors: Sequence[int],
    capacity: Mapping[int, int],
    locked: Iterable[tuple[int, int]],
    placed: Iterable[tuple[int, int]],
    waiting: Collection[int] | None,
    without_hours: Mapping[int, int] | None,
    paused: Mapping[int, int],
) -> list[Relaxation]:
    row_of = {mentee: row for row, mentee in enumerate(mentees)}
    column_of = {mentor: column for column, mentor in enumerate(mentors)}
    held = dict(locked)
    taken = [0] * len(mentors)
    for mentor in held.values():
        if mentor in column_of:
            taken[column_of[mentor]] += 1

    def seats(capacity: Mapping[int, int]) -> list[int]:
        return [max(0, capacity.get(mentor, 0) - used) for mentor, used in zip(mentors, taken, strict=True)]

    here = [
        row
        for row, mentee in enumerate(mentees)
        if mentee not in held and (waiting is None or mentee in waiting)
    ]  # fmt: skip
    base = _Matching(obstacles.allowed, seats(capacity), here)
    base.begin((row_of[a], column_of[b]) for a, b in placed if a in row_of and b in column_of)
    base.grow()
    if not base.alone:
        return []

    def more(rows: list[int] | None = None, seats: list[int] | None = None) -> int:
        found = base.again(rows or base.rows, seats or base.seats)
        found.grow()
        return len(base.alone) - len(found.alone)

    found = [
        Relaxation(_code_of(rule), placed=more(rows=obstacles.without(obstacles.freed[rule])))
        for rule in RELAXABLE
        if obstacles.at_work & rule.bit
    ]
    if len(found) > 1:
        rows = obstacles.without(obstacles.freed_together)
        found.append(Relaxation("relax.together", {"rules": len(found)}, placed=more(rows=rows)))
    # Whoever is left alone reaches full mentors only, so that a place more with the others would change nothing.
    full = [column for column, mentor in enumerate(mentors) if mentor not in paused and not base.left[column]]
    if full:
        extra = list(base.seats)
        for column in full:
            extra[column] += 1
        params = {"mentors": len(full)}
        found.append(Relaxation(_counted("relax.place_full", len(full)), params, placed=more(seats=extra)))
    if without_hours is not None:
        roomier = [max(one, other) for one, other in zip(base.seats, seats(without_hours), strict=True)]
        found.append(Relaxation("relax.hours", placed=more(seats=roomier)))
    back = {mentor: places for mentor, places in paused.items() if mentor in column_of and places}
    if back:
        params = {"mentors": len(back)}
        found.append(
            Relaxation(_counted("relax.paused", len(back)), params, placed=more(seats=seats({**capacity, **back})))
        )
    return found


class _Matching:
    """Mentees in mentors' places, as many as possible once it has grown.

    rows   whom each mentee may have, as bits
    seats  how many each mentor takes
    here   the rows that are to be placed
    """

    def __init__(self, rows: Sequence[int], seats: Sequence[int], here: Iterable[int]) -> None:
        self.rows = rows
        self.seats = seats
        self.left = list(seats)
        self.alone = set(here)
        self.holders: list[set[int]] = [set() for _ in seats]

    def begin(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Put in what is allowed of these pairs."""
        for row, column in pairs:
            if row in self.alone and self.left[column] and self.rows[row] >> column & 1:
                self._seat(row, column)

    def again(self, rows: Sequence[int], seats: Sequence[int]) -> _Matching:
        """The same pairs where more is allowed."""
        copy = _Matching(rows, seats, self.alone)
        copy.holders = [set(holders) for holders in self.holders]
        copy.left = [places - len(holders) for places, holders in zip(seats, self.holders, strict=True)]
        return copy

    def grow(self) -> None:
        """Place as many as can be, by shortest chains in which each takes the place of the next."""
        while layers := self._layers():
            # Whose holders haven't been asked yet to make room, in this round.
            asked: dict[int, list[int]] = {}
            for row in sorted(self.alone):
                self._place(row, layers, asked)

    def _seat(self, row: int, column: int) -> None:
        self.alone.discard(row)
        self.holders[column].add(row)
        self.left[column] -= 1

    def _layers(self) -> list[int]:
        """The mentors that can be reached in one step, two steps, and so on up to the first with a free place."""
        free = sum(1 << column for column, left in enumerate(self.left) if left > 0)
        unseen = (1 << len(self.left)) - 1
        layers: list[int] = []
        rows: Iterable[int] = self.alone
        while True:
            reached = 0
            for row in rows:
                reached |= self.rows[row]
            reached &= unseen
            if not reached:
                return []
            unseen &= ~reached
            if reached & free:
                return [*layers, reached & free]
            layers.append(reached)
            rows = [row for column in _bits(reached) for row in self.holders[column]]

    def _place(self, first: int, layers: list[int], asked: dict[int, list[int]]) -> None:
        """Find a chain from this mentee through the layers, and move everybody in it."""
        rows = [first]
        columns: list[int] = []
        while rows:
            depth = len(rows) - 1
            reachable = self.rows[rows[-1]] & layers[depth]
            if not reachable:
                rows.pop()
                if columns and not self._ask(columns[-1], rows, asked):
                    layers[depth - 1] &= ~(1 << columns.pop())
                continue
            column = (reachable & -reachable).bit_length() - 1
            columns.append(column)
            if depth == len(layers) - 1:
                self._move(rows, columns)
                if not self.left[column]:
                    layers[depth] &= ~(1 << column)
                return
            if not self._ask(column, rows, asked):
                layers[depth] &= ~(1 << columns.pop())

    def _ask(self, column: int, rows: list[int], asked: dict[int, list[int]]) -> bool:
        """Go on with the next of this mentor's mentees."""
        if column not in asked:
            asked[column] = sorted(self.holders[column], reverse=True)
        if not asked[column]:
            return False
        rows.append(asked[column].pop())
        return True

    def _move(self, rows: Sequence[int], columns: Sequence[int]) -> None:
        for row, column in zip(rows[1:], columns, strict=False):
            self.holders[column].discard(row)
            self.left[column] += 1
        for row, column in zip(rows, columns, strict=True):
            self._seat(row, column)


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


class _Offers:
    """Follows the mentors who offer what somebody without a mentor wants most."""

    def __init__(
        self,
        mentees: People,
        mentors: People,
        *,
        skills: Sequence[str],
        rules: Rules,
        assignment: Assignment,
        paused: Mapping[int, int],
    ) -> None:
        self._mentees, self._mentors, self._skills, self._rules = mentees, mentors, skills, rules
        row_of = {mentee: row for row, mentee in enumerate(mentees.ids.tolist())}
        self._rows = sorted(row_of[mentee] for mentee in assignment.unmatched if mentee in row_of)
        self._free = np.isin(mentors.ids, np.fromiter(assignment.free_seats, dtype=np.int64))
        self._paused = np.isin(mentors.ids, np.fromiter(paused, dtype=np.int64))
        self._offers: dict[int, NDArray[np.intp]] = {}
        self.found: dict[int, Offering] = {}

    def take(self, start: int, blocked: NDArray[Any]) -> None:
        stop = start + len(blocked)
        for row in self._rows[np.searchsorted(self._rows, start) : np.searchsorted(self._rows, stop)]:
            wanted = self._mentees.skills[row]
            if wanted.any():
                # The first of the most important ones.
                at = int(np.argmax(wanted))
                mentee = int(self._mentees.ids[row])
                self.found[mentee] = self._of(blocked[row - start], at)

    def _of(self, blocked: NDArray[Any], skill: int) -> Offering:
        if skill not in self._offers:
            self._offers[skill] = np.flatnonzero(self._mentors.skills[:, skill] >= LEAST_OFFER)
        who = self._offers[skill]
        name = self._skills[skill]
        if not who.size:
            return Offering("offering.none", {"skill": name})
        bits = blocked[who]
        sets, counts = np.unique(bits, return_counts=True)
        pattern = dict(zip(sets.tolist(), counts.tolist(), strict=True))
        parts: list[Statement] = [
            Statement(part.code, part.params) for part in removed_by_rules(pattern, rules=self._rules)
        ]
        allowed = who[bits == 0]
        paused = int(self._paused[allowed].sum())
        free = int((self._free[allowed] & ~self._paused[allowed]).sum())
        for code, count in (
            ("offering.full", allowed.size - paused - free),
            ("offering.paused", paused),
            ("offering.free", free),
        ):
            parts += _if_any(code, count)
        head = _counted("offering", who.size)
        return Offering(head, {"mentors": int(who.size), "skill": name}, tuple(parts))


class _Lookout:
    """Looks out for why nobody more came to the mentors who have places left."""

    def __init__(
        self, mentees: People, mentors: People, *, assignment: Assignment, waiting: Collection[int] | None
    ) -> None:
        self._free = dict(assignment.free_seats)
        self._columns = np.flatnonzero(np.isin(mentors.ids, np.fromiter(self._free, dtype=np.int64)))
        self._ids = mentors.ids[self._columns].tolist()
        at = {mentee: row for row, mentee in enumerate(mentees.ids.tolist())}
        # In whole steps, as the pairs are chosen.
        self._have = np.full(len(mentees), -1, dtype=np.int64)
        self._mentor = np.full(len(mentees), -1, dtype=np.int64)
        self._fixed = np.zeros(len(mentees), dtype=np.bool_)
        for pair in assignment.pairs:
            if (row := at.get(pair.mentee)) is not None:
                self._have[row] = round((pair.score or 0.0) * STEPS)
                self._mentor[row] = pair.mentor
                self._fixed[row] = pair.locked
        self._here = np.ones(len(mentees), dtype=np.bool_)
        if waiting is not None:
            self._here = np.isin(mentees.ids, np.fromiter(waiting, dtype=np.int64))
        self._whole = int(self._here.sum())
        self._counts = {
            code: np.zeros(self._columns.size, dtype=np.int64)
            for code in ("theirs", "higher", "equal", "lower", "fixed", "alone")
        }
        self._patterns: dict[int, NDArray[np.int64]] = {}

    def take(self, start: int, scores: NDArray[Any], blocked: NDArray[Any]) -> None:
        if not self._columns.size:
            return
        rows = np.flatnonzero(self._here[start : start + len(blocked)])
        bits = blocked[np.ix_(rows, self._columns)]
        steps = np.rint(scores[np.ix_(rows, self._columns)].astype(np.float64) * STEPS).astype(np.int64)
        have, mentor = self._have[start + rows][:, None], self._mentor[start + rows][:, None]
        fixed = self._fixed[start + rows][:, None]
        theirs = mentor == self._mentors_here
        allowed = (bits == 0) & ~theirs
        alone = mentor < 0
        chosen = allowed & ~alone & ~fixed
        for code, where in (
            ("theirs", theirs),
            ("fixed", allowed & fixed),
            ("alone", allowed & alone),
            ("higher", chosen & (have > steps)),
            ("equal", chosen & (have == steps)),
            ("lower", chosen & (have < steps)),
        ):
            self._counts[code] += where.sum(axis=0)
        # Only where nobody at all is allowed it is asked why.
        none = np.flatnonzero(sum(self._counts.values()) == 0)
        part = bits[:, none]
        for found in np.flatnonzero(np.bincount(part.reshape(-1))).tolist() if part.size else []:
            counts = self._patterns.setdefault(found, np.zeros(self._columns.size, dtype=np.int64))
            counts[none] += (part == found).sum(axis=0)

    @property
    def _mentors_here(self) -> NDArray[np.int64]:
        return np.array(self._ids, dtype=np.int64)[None, :]

    def found(self) -> list[Idle]:
        idle = [self._of(at, mentor) for at, mentor in enumerate(self._ids)]
        return sorted(idle, key=lambda each: each.mentor)

    def _of(self, at: int, mentor: int) -> Idle:
        free = self._free[mentor]
        counts = {code: int(many[at]) for code, many in self._counts.items()}
        theirs = counts.pop("theirs")
        allowed = sum(counts.values())
        if allowed:
            parts = [each for code, count in counts.items() for each in _if_any(f"idle.{code}", count)]
            return Idle(_counted("idle.allowed", allowed), {"mentees": allowed}, tuple(parts), mentor=mentor, free=free)
        if theirs:
            return Idle("idle.nobody_else", {}, mentor=mentor, free=free)
        pattern = {bits: int(many[at]) for bits, many in self._patterns.items()}
        parts = [each for code, count in _first_rules(pattern) for each in _if_any(code, count)]
        head = _counted("idle.forbidden", self._whole)
        return Idle(head, {"mentees": self._whole}, tuple(parts), mentor=mentor, free=free)


def _first_rules(pattern: Mapping[int, int]) -> list[tuple[str, int]]:
    """How many pairs are told under which rule, most first."""
    found = removed_by_rules(pattern, rules=Rules())
    return [
        ("idle.ruled_out" if part.rule in RULED_OUT else f"idle.{part.rule.name.lower()}", part.count)
        for part in found
    ]  # fmt: skip


def _if_any(code: str, count: int) -> list[Statement]:
    return [Statement(_counted(code, count), {"count": int(count)})] if count else []


def _counted(code: str, count: float) -> str:
    return f"{code}.one" if count == 1 else code
