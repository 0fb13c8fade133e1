"""From hire, leave and join dates to one row per state that a person was in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import BoolArray, IntArray

NEVER = int(np.iinfo(np.int64).max // 4)
REHIRE_GAP = 30

# Kinds of leaving; 0 is nobody's: still here.
VOLUNTARY, INVOLUNTARY, OTHER = 1, 2, 3
KINDS = ("voluntary", "involuntary", "other")

Days = ArrayLike | Sequence[int | None]


@dataclass(frozen=True, eq=False)
class ExposureRows:
    """Rows (entry, exit] in days of tenure, all arrays of one length.

    `event` says whether the row ends by leaving and `kind` in which way (1 voluntary, 2 involuntary, 3 other, 0 not at
    all); `exposed` whether its person took part during it. `spell` is the position of the spell of employment in the
    input and `person` whose it is; without either, every spell is a person of its own. A spell has one row, or two of
    which the first is not exposed. `contradictory` counts the spells that were left out because they end before they
    begin. Raises ValueError when lengths differ or a row does not enter before it exits.
    """

    entry: IntArray
    exit: IntArray
    event: BoolArray
    exposed: BoolArray
    person: IntArray
    contradictory: int = 0
    spell: IntArray | None = None
    kind: IntArray | None = None

    def __post_init__(self) -> None:
        if self.spell is None:
            object.__setattr__(self, "spell", self.person)
        if self.kind is None:
            object.__setattr__(self, "kind", np.where(self.event, OTHER, 0).astype(np.int64))
        columns = (self.exit, self.event, self.exposed, self.person, self.spell, self.kind)
        if any(column is None or len(column) != len(self.entry) for column in columns):
            raise ValueError("All columns of the rows must have the same length.")
        if not (np.asarray(self.entry) < np.asarray(self.exit)).all():
            raise ValueError("Each row must enter before it exits.")

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def spells(self) -> IntArray:
        assert self.spell is not None
        return self.spell

    @property
    def kinds(self) -> IntArray:
        assert self.kind is not None
        return self.kind

    def where(self, mask: ArrayLike) -> "ExposureRows":
        """The rows for which `mask`, one value for each row, is true: a department, or one of several organisations."""
        chosen = np.asarray(mask, dtype=bool)
        if len(chosen) != len(self):
            raise ValueError(f"There are {len(self)} rows, but {len(chosen)} values to choose by.")
        return ExposureRows(
            entry=self.entry[chosen],
            exit=self.exit[chosen],
            event=self.event[chosen],
            exposed=self.exposed[chosen],
            person=self.person[chosen],
            contradictory=self.contradictory,
            spell=self.spells[chosen],
            kind=self.kinds[chosen],
        )


@dataclass(frozen=True, eq=False)
class SpellSummary:
    """One line per spell, in the order of `spell`: followed over (entry, exit], and when its person joined.

    `joined` is the tenure in days at the end of the day of joining, for who joined while followed, otherwise -1;
    `already` marks those who had joined before they were followed, of whom it is not known when. `row` is the position
    of the last row of the spell, to look a stratum up with.
    """

    spell: IntArray
    person: IntArray
    entry: IntArray
    exit: IntArray
    event: BoolArray
    joined: IntArray
    already: BoolArray
    row: IntArray

    def __len__(self) -> int:
        return len(self.spell)

    @property
    def ever(self) -> BoolArray:
        return (self.joined >= 0) | self.already


class Spells(NamedTuple):
    """Spells of employment in order of person and first day; `left` is NEVER for who is still here.

    `last` is the position in the input of the spell whose end it is, to look the reason for leaving up with.
    """

    person: IntArray
    hired: IntArray
    left: IntArray
    last: IntArray


def exposure_rows(
    *,
    hired: Days,
    left: Days,
    joined: Days,
    as_of: int,
    covered_from: int | None = None,
    kind: ArrayLike | None = None,
    person: ArrayLike | None = None,
) -> ExposureRows:
    """Split each spell of employment into the time before and the time after its person joined a programme.

    All days are numbers (`date.toordinal()`), one per spell: `hired` the first day of work, `left` the last one and
    `joined` that of joining the first programme, each None or NEVER where it has not happened. `as_of` is the last day
    and `covered_from` the first day on which HR data is complete. `kind` is that of leaving (1, 2 or 3; 0 and missing
    count as 3, other), and `person` who the spell belongs to.

    Tenure at the end of the day of hire is 1. The day of joining still counts as not exposed, so a person who leaves
    on that day leaves as somebody who had not taken part; from the next day on a person is exposed for ever, in later
    spells too. Employed at the end of `as_of` is censored. Spells that are wholly outside the covered days give no row.

    Source: counting-process rows of P. K. Andersen and R. D. Gill, Annals of Statistics 10 (1982).
    Raises ValueError when lengths differ, days are no whole numbers, a kind is unknown, or the data is covered from a
    day after its last.
    """
    begun, ended, exposed_on = (
        _days(values, name) for values, name in ((hired, "hired"), (left, "left"), (joined, "joined"))
    )
    if not len(begun) == len(ended) == len(exposed_on):
        raise ValueError("hired, left and joined must have one entry for each spell.")
    if covered_from is not None and covered_from > as_of:
        raise ValueError("The data can't be complete from a day that is after its last.")
    if (begun == NEVER).any():
        raise ValueError("Every spell needs its first day: leave out those without one, and say so.")
    kinds = _kinds(kind, len(begun))
    people = np.arange(len(begun), dtype=np.int64) if person is None else _days(person, "person")
    if len(people) != len(begun):
        raise ValueError("person must have one entry for each spell.")
    contradictory = ended < begun

    event = ended <= as_of
    exit_ = np.minimum(ended, as_of) - begun + 1
    entry = np.zeros_like(begun) if covered_from is None else np.maximum(covered_from - begun, 0)
    change = np.maximum(exposed_on - begun + 1, 0)
    spell = np.arange(len(begun), dtype=np.int64)

    before_exit, after_entry = np.minimum(exit_, change), np.maximum(entry, change)
    before = ~contradictory & (entry < before_exit)
    after = ~contradictory & (after_entry < exit_)
    event_before, event_after = (event & (exit_ <= change))[before], event[after]
    return ExposureRows(
        entry=np.concatenate([entry[before], after_entry[after]]),
        exit=np.concatenate([before_exit[before], exit_[after]]),
        event=np.concatenate([event_before, event_after]),
        exposed=np.concatenate([np.zeros(before.sum(), bool), np.ones(after.sum(), bool)]),
        person=np.concatenate([people[before], people[after]]),
        contradictory=int(contradictory.sum()),
        spell=np.concatenate([spell[before], spell[after]]),
        kind=np.concatenate([np.where(event_before, kinds[before], 0), np.where(event_after, kinds[after], 0)]),
    )


def summarise_spells(rows: ExposureRows) -> SpellSummary:
    """Put the rows of each spell together again. Raises ValueError when a spell is not one stretch of time."""
    order = np.lexsort((rows.entry, rows.spells))
    spell = rows.spells[order]
    begins = np.flatnonzero(np.concatenate([[True], spell[1:] != spell[:-1]])) if len(spell) else np.zeros(0, np.int64)
    ends = np.concatenate([begins[1:], [len(spell)]])[: len(begins)] - 1
    two = ends > begins
    first, last = order[begins], order[ends]
    whole = ends - begins <= 1
    whole &= ~two | ((rows.exit[first] == rows.entry[last]) & ~rows.exposed[first] & rows.exposed[last])
    whole &= ~two | ~rows.event[first]
    if not whole.all():
        raise ValueError("A spell has one row, or one before its person joined and one that begins where that ends.")
    return SpellSummary(
        spell=spell[begins],
        person=rows.person[last],
        entry=rows.entry[first],
        exit=rows.exit[last],
        event=rows.event[last],
        joined=np.where(two, rows.entry[last], -1),
        already=~two & rows.exposed[last],
        row=last,
    )


def continue_spells(*, person: ArrayLike, hired: Days, left: Days, gap: int = REHIRE_GAP) -> Spells:
    """Join spells of one person that are at most `gap` days apart, so that a short break does not reset tenure.

    One whole number per spell: whose it is, its first and its last day (None or NEVER while it goes on).
    """
    people, starts, ends = _days(person, "person"), _days(hired, "hired"), _days(left, "left")
    if not len(people) == len(starts) == len(ends):
        raise ValueError("person, hired and left must have one entry for each spell.")
    if not len(people):
        return Spells(people, starts, ends, np.zeros(0, np.int64))
    order = np.lexsort((ends, starts, people))
    people, starts, ends = people[order], starts[order], ends[order]
    fresh = np.concatenate([[True], people[1:] != people[:-1]])
    # The latest end so far of each person: no one's days reach into the next person's stretch of numbers.
    days = np.minimum(ends, starts.max() + gap + 1) - min(int(starts.min()), int(ends.min()))
    rank = np.cumsum(fresh) - 1
    stretch = int(days.max()) + 1
    latest = np.maximum.accumulate(days + rank * stretch) - rank * stretch + min(int(starts.min()), int(ends.min()))
    begins = fresh.copy()
    begins[1:] |= starts[1:] - latest[:-1] > gap
    at = np.flatnonzero(begins)
    until = np.maximum.reduceat(ends, at)
    group = np.cumsum(begins) - 1
    is_last = np.flatnonzero(ends == until[group])
    last = np.zeros(len(at), np.int64)
    last[group[is_last]] = order[is_last]
    return Spells(people[at], starts[at], until, last)


def _days(values: Days, name: str) -> IntArray:
    if isinstance(values, np.ndarray):
        found = values.reshape(-1)
    else:
        found = np.array([NEVER if value is None else value for value in values])  # type: ignore[union-attr]  # a sequence
    if not len(found):
        return np.zeros(0, np.int64)
    if found.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers of days, or None.")
    return found.astype(np.int64)


def _kinds(kind: ArrayLike | None, size: int) -> IntArray:
    if kind is None:
        return np.full(size, OTHER, np.int64)
    kinds = np.asarray(kind).reshape(-1)
    if len(kinds) != size:
        raise ValueError("kind must have one entry for each spell.")
    if size and (kinds.dtype.kind not in "iu" or kinds.min() < 0 or kinds.max() > len(KINDS)):
        raise ValueError("A kind of leaving is 1 (voluntary), 2 (involuntary), 3 (other) or 0 (not known).")
    return np.where(kinds == 0, OTHER, kinds).astype(np.int64)
