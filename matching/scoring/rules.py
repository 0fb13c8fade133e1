"""The rules: what forbids a pair, however well it would fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from matching.scoring.criteria import zone_hours
from matching.scoring.factors import ByKind, Index, Rows, kinds_of
from matching.scoring.people import UNKNOWN, Bits, Bools, Floats, People


class Rule(IntEnum):
    """Why a pair is forbidden; the value is its bit in `Block.blocked`, and the order in which a reader is told."""

    SAME_PERSON = 0
    REPORTING_LINE = 1
    SAME_TEAM = 2
    EARLIER_PAIR = 3
    LANGUAGE = 4
    SITE = 5
    ZONE = 6
    LEVEL_TOO_LOW = 7
    LEVEL_TOO_HIGH = 8
    NOT_ELIGIBLE = 9
    MUST_NOT = 10
    SET_ASIDE = 11
    AVOIDED = 12

    @property
    def bit(self) -> int:
        return 1 << self.value


# A hair's breadth, so that levels in steps of 0.1 are not forbidden by rounding.
HAIR = 1e-4

# Pairs that are looked at together, when single ones are asked for.
_AT_ONCE = 512

# Pairs that somebody ruled out one by one. Who, and which of these it was, is never told: a reader who could tell them
# apart would know who doesn't want to be paired with them.
RULED_OUT = (Rule.MUST_NOT, Rule.SET_ASIDE, Rule.AVOIDED)


@dataclass(frozen=True, eq=False)
class Patterns:
    """For each mentee of a block, how many mentors are forbidden by exactly which set of rules; counted when asked.

    blocked  (b, N) uint16, as in the block
    """

    blocked: Bits

    def __len__(self) -> int:
        return len(self.blocked)

    def of(self, row: int) -> dict[int, int]:
        """Set of rules, as bits → how many mentors, of one mentee; only sets that occur. 0 is eligible."""
        counts = np.bincount(self.blocked[row])
        here = np.flatnonzero(counts)
        return dict(zip(here.tolist(), counts[here].tolist(), strict=True))


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What forbids a pair. One person is never paired with themselves, whatever is set here.

    What is not known of somebody forbids nothing.

    same_team                 the two have the same manager
    max_zone_hours            so many hours may lie between their time zones, the shorter way round
    min_level_gap, max_…      the mentor's level minus the mentee's. Traditional mentoring: at least 0 (at or above) or
                              1 (above). Reverse: at most -1.
    mentor_min_tenure_months  so long a mentor must have been here
    """

    reporting_line: bool = True
    same_team: bool = False
    earlier_pairs: bool = True
    common_language: bool = True
    same_site: bool = False
    max_zone_hours: float | None = None
    min_level_gap: float | None = None
    max_level_gap: float | None = None
    mentor_min_tenure_months: float | None = None

    def __post_init__(self) -> None:
        for limit in (self.max_zone_hours, self.min_level_gap, self.max_level_gap, self.mentor_min_tenure_months):
            if limit is not None and not np.isfinite(limit):
                raise ValueError("A limit must be a number.")
        low, high = self.min_level_gap, self.max_level_gap
        if low is not None and high is not None and low > high:
            raise ValueError(f"No pair can be at least {low} and at most {high} levels apart.")


def line_above(person: int, managers: Mapping[int, int]) -> list[int]:
    """The managers of a person up to the top, nearest first; a circle is followed once round."""
    line: list[int] = []
    seen = {person}
    above = managers.get(person)
    while above is not None and above not in seen:
        line.append(above)
        seen.add(above)
        above = managers.get(above)
    return line


class Blocker:
    """The rules of one programme, ready to be asked about any of its mentees."""

    def __init__(
        self,
        mentees: People,
        mentors: People,
        *,
        rules: Rules,
        managers: Mapping[int, int],
        earlier_pairs: Iterable[tuple[int, int]],
        set_aside: Iterable[tuple[int, int]] = (),
        must_not: Iterable[tuple[int, int]] = (),
        avoided: Iterable[tuple[int, int]] = (),
    ) -> None:
        self._mentees = mentees
        self._mentors = mentors
        self._rules = rules
        listed = {
            Rule.EARLIER_PAIR: earlier_pairs if rules.earlier_pairs else (),
            Rule.MUST_NOT: must_not,
            Rule.SET_ASIDE: set_aside,
            Rule.AVOIDED: _both_ways(avoided),
        }
        self._listed = _listed_pairs(mentees, mentors, rules=rules, managers=managers, listed=listed)
        # Someone who did not say speaks, for the rule, every language.
        self._speaks = _any_if_none(mentees.languages)
        self._mentors_speak = _any_if_none(mentors.languages)
        kind, self._first = kinds_of(
            mentees.languages, mentees.site, mentees.utc_offset, np.nan_to_num(mentees.level, nan=np.inf)
        )
        self._rows = ByKind(kind, self._first.size, 2 * len(mentors), self._of_kinds)

    def block(self, rows: Rows) -> Bits:
        """(b, N) uint16, the bits of the rules that forbid each pair. Single rows must come in order."""
        index = np.arange(len(self._mentees))[rows]
        if not index.size or not len(self._mentors):
            return np.zeros((index.size, len(self._mentors)), dtype=np.uint16)
        table, kind = self._rows.rows(rows)
        blocked = table if kind is None else table[kind]
        for rule, (listed_rows, listed_columns) in self._listed.items():
            first = np.searchsorted(listed_rows, index[0], side="left")
            last = np.searchsorted(listed_rows, index[-1], side="right")
            at = np.searchsorted(index, listed_rows[first:last])
            here = index[at] == listed_rows[first:last]
            blocked[at[here], listed_columns[first:last][here]] |= rule.bit
        return blocked

    def pairs(self, rows: Index, columns: Index) -> Bits:
        """(P,) uint16, the bits of the rules that forbid each of these pairs, in any order."""
        blocked = np.zeros(rows.size, dtype=np.uint16)
        for at in range(0, rows.size, _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            unique, inverse = np.unique(rows[part], return_inverse=True)
            blocked[part] = self.block(unique)[inverse, columns[part]]
        return blocked

    def _of_kinds(self, kinds: Index) -> Bits:
        """(k, N) the bits of the rules that look at what people are, not who they are."""
        rows, rules, mentors = self._first[kinds], self._rules, self._mentors
        blocked = np.zeros((rows.size, len(mentors)), dtype=np.uint16)
        if not blocked.size:
            return blocked
        if rules.common_language and self._speaks.shape[1]:
            _forbid(blocked, Rule.LANGUAGE, (self._speaks[rows] @ self._mentors_speak.T) == 0)
        if rules.same_site:
            site, theirs = self._mentees.site[rows, None], mentors.site[None, :]
            _forbid(blocked, Rule.SITE, (site != theirs) & (site != UNKNOWN) & (theirs != UNKNOWN))
        # Comparing with NaN is False.
        if rules.max_zone_hours is not None:
            zones, zone = np.unique(self._mentees.utc_offset[rows], return_inverse=True)
            far = zone_hours(zones, mentors.utc_offset) > rules.max_zone_hours + HAIR
            _forbid(blocked, Rule.ZONE, far[zone])
        level, levels = self._mentees.level[rows].astype(np.float64), mentors.level[None, :]
        if rules.min_level_gap is not None:
            lowest = (level + rules.min_level_gap - HAIR).astype(np.float32)
            _forbid(blocked, Rule.LEVEL_TOO_LOW, levels < lowest[:, None])
        if rules.max_level_gap is not None:
            highest = (level + rules.max_level_gap + HAIR).astype(np.float32)
            _forbid(blocked, Rule.LEVEL_TOO_HIGH, levels > highest[:, None])
        if rules.mentor_min_tenure_months is not None:
            months = mentors.tenure.astype(np.float64) * 12
            _forbid(blocked, Rule.NOT_ELIGIBLE, (months < rules.mentor_min_tenure_months - 100 * HAIR)[None, :])
        return blocked


def _forbid(blocked: Bits, rule: Rule, where: Bools) -> None:
    blocked |= where.astype(np.uint16) << np.uint16(rule.value)


def _both_ways(pairs: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    for one, other in pairs:
        yield one, other
        yield other, one


def _any_if_none(languages: Bools) -> Floats:
    return (languages | ~languages.any(axis=1, keepdims=True)).astype(np.float32)


def _listed_pairs(
    mentees: People,
    mentors: People,
    *,
    rules: Rules,
    managers: Mapping[int, int],
    listed: Mapping[Rule, Iterable[tuple[int, int]]],
) -> dict[Rule, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The pairs that are forbidden one by one, as rows and columns in the order of the rows."""
    mentee_at = {person: row for row, person in enumerate(mentees.person_ids.tolist())}
    mentor_at = {person: column for column, person in enumerate(mentors.person_ids.tolist())}
    found: dict[Rule, set[tuple[int, int]]] = {
        Rule.SAME_PERSON: {(mentee_at[person], mentor_at[person]) for person in mentee_at.keys() & mentor_at.keys()}
    }
    if rules.reporting_line:
        line = found[Rule.REPORTING_LINE] = set()
        for person, row in mentee_at.items():
            line.update((row, mentor_at[above]) for above in line_above(person, managers) if above in mentor_at)
        for person, column in mentor_at.items():
            line.update((mentee_at[above], column) for above in line_above(person, managers) if above in mentee_at)
    if rules.same_team:
        team = found[Rule.SAME_TEAM] = set()
        reports: dict[int, list[int]] = {}
        for person, column in mentor_at.items():
            if person in managers:
                reports.setdefault(managers[person], []).append(column)
        for person, row in mentee_at.items():
            # Themselves they are by another rule.
            others = reports.get(managers[person], ()) if person in managers else ()
            team.update((row, column) for column in others if column != mentor_at.get(person))
    for rule, pairs in listed.items():
        found[rule] = {
            (mentee_at[mentee], mentor_at[mentor])
            for mentee, mentor in pairs
            if mentee in mentee_at and mentor in mentor_at
        }
    arrays = {rule: np.array(sorted(pairs), dtype=np.intp) for rule, pairs in found.items() if pairs}
    return {rule: (array[:, 0], array[:, 1]) for rule, array in arrays.items()}
