"""The people of a programme as arrays: one row each, mentees on one side, mentors on the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ids = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint16]
# One Python object for each person.
Objects = NDArray[np.object_]

UNKNOWN = -1
TRAITS = 5
SLOTS_PER_DAY = 48
SLOTS_PER_WEEK = 7 * SLOTS_PER_DAY
SLOT_MINUTES = 30
WORKING_WEEK = tuple((weekday, 9 * 60, 17 * 60) for weekday in range(5))


class Wish(IntEnum):
    """What a person asked for about the other one."""

    NONE = 0
    DIFFERENT_DEPARTMENT = 1
    SAME_SITE = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class People:
    """One side of a programme, its mentees or its mentors, one row each. Make it with `People.of`.

    ids         (n,) int64, unique: the enrolments; what results are told by, and what breaks ties
    person_ids  (n,) int64, unique: the members; the same one may stand on both sides
    skills      (n, K) float32. Mentees: how much each skill is wanted, any numbers from 0, the most important highest
                (they are scaled to a sum of 1). Mentors: how well it is offered, 0 to 1, rounded to quarters.
                A row of zeros is a question that was not answered.
    level       (n,) float32, the higher the more senior; NaN is unknown
    department  (n,) int32 code; -1 is unknown
    site        (n,) int32 code; -1 is unknown
    languages   (n, L) bool; a row without any is unknown
    utc_offset  (n,) float32, minutes east of UTC; NaN is unknown
    free        (n, 336) bool, half-hours of the week from Monday 00:00 UTC (`weekly_slots`); a row without any was not
                answered: the working week, 09 to 17 in the person's own zone, stands in for it
    wish        (n,) int8 of `Wish`
    tenure      (n,) float32, years of employment; NaN is unknown
    style       (n, 5) float32, 1 to 5 each; a row with a NaN is unknown
    goals       (n,) frozensets of word stems: what a mentee wants, what a mentor wants and offers; empty is unknown
    interests   (n,) frozensets of keys; empty is unknown
    answers     code of a question → (n,) frozensets of answers or of word stems; empty is unknown
    choices     (n,) mappings from the ids of the other side that somebody would like best to the rank, 1 the first;
                empty where nothing was said
    """

    ids: Ids
    person_ids: Ids
    skills: Floats
    level: Floats
    department: Codes
    site: Codes
    languages: Bools
    utc_offset: Floats
    free: Bools
    wish: NDArray[np.int8]
    tenure: Floats
    style: Floats
    goals: Objects
    interests: Objects
    choices: Objects
    answers: Mapping[str, Objects] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        ids: ArrayLike,
        *,
        person_ids: ArrayLike | None = None,
        skills: ArrayLike | None = None,
        level: ArrayLike | None = None,
        department: ArrayLike | None = None,
        site: ArrayLike | None = None,
        languages: ArrayLike | None = None,
        utc_offset: ArrayLike | None = None,
        free: ArrayLike | None = None,
        wish: ArrayLike | None = None,
        tenure: ArrayLike | None = None,
        style: ArrayLike | None = None,
        goals: Sequence[Iterable[str]] | None = None,
        interests: Sequence[Iterable[str]] | None = None,
        choices: Sequence[Mapping[int, int]] | None = None,
        answers: Mapping[str, Sequence[Iterable[str]]] | None = None,
    ) -> Self:
        """Build one side from anything array-like; what is left out is unknown for everyone.

        Without `person_ids` the ids stand for the people as well. Raises ValueError in a sentence for wrong shapes,
        repeated ids and values out of range.
        """
        id_array = np.asarray(ids, dtype=np.int64).reshape(-1)
        n = id_array.size

        def column(values: ArrayLike | None, fill: float) -> NDArray[np.float64]:
            # None in a list becomes NaN, so that callers can pass what their database gave them.
            return np.full(n, fill) if values is None else np.asarray(values, dtype=np.float64)

        def table(values: ArrayLike | None, width: int) -> NDArray[np.float64]:
            if values is None:
                return np.zeros((n, width))
            array = np.asarray(values, dtype=np.float64)
            return array.reshape(0, array.shape[-1] if array.ndim == 2 else width) if n == 0 else array

        def codes(values: ArrayLike | None) -> Codes:
            return np.nan_to_num(column(values, UNKNOWN), nan=UNKNOWN).astype(np.int32)

        def objects(values: Sequence[Any] | None, kind: type) -> Objects:
            array = np.empty(n, dtype=np.object_)
            given = [()] * n if values is None else values
            if len(given) != n:
                raise ValueError(f"There must be one set of answers for each of the {n} people.")
            array[:] = [kind(value) for value in given]
            return array

        return cls(
            ids=id_array,
            person_ids=id_array if person_ids is None else np.asarray(person_ids, dtype=np.int64).reshape(-1),
            skills=table(skills, 0).astype(np.float32),
            level=column(level, np.nan).astype(np.float32),
            department=codes(department),
            site=codes(site),
            languages=table(languages, 0) > 0,
            utc_offset=column(utc_offset, np.nan).astype(np.float32),
            free=table(free, SLOTS_PER_WEEK) > 0,
            wish=np.nan_to_num(column(wish, Wish.NONE), nan=Wish.NONE).astype(np.int8),
            tenure=column(tenure, np.nan).astype(np.float32),
            style=np.full((n, TRAITS), np.nan, dtype=np.float32)
            if style is None
            else table(style, TRAITS).astype("f4"),
            goals=objects(goals, frozenset),
            interests=objects(interests, frozenset),
            choices=objects(choices, dict),
            answers={code: objects(values, frozenset) for code, values in (answers or {}).items()},
        )

    def __post_init__(self) -> None:
        n = self.ids.size
        for name in (
            "person_ids",
            "level",
            "department",
            "site",
            "utc_offset",
            "wish",
            "tenure",
            "goals",
            "interests",
            "choices",
        ):
            if getattr(self, name).shape != (n,):
                raise ValueError(f"{name} must have one value for each of the {n} people.")
        for name in ("skills", "languages", "free", "style"):
            array = getattr(self, name)
            if array.ndim != 2 or array.shape[0] != n:
                raise ValueError(f"{name} must have one row for each of the {n} people.")
        if self.free.shape[1] != SLOTS_PER_WEEK:
            raise ValueError(f"free must have {SLOTS_PER_WEEK} half-hours a row.")
        if self.style.shape[1] != TRAITS:
            raise ValueError(f"style must have {TRAITS} numbers a row.")
        for name in ("ids", "person_ids"):
            array = getattr(self, name)
            unique, counts = np.unique(array, return_counts=True)
            if unique.size < n:
                raise ValueError(f"{name}: {unique[counts > 1][0]} is listed twice on one side.")
        if not np.isfinite(self.skills).all() or (self.skills < 0).any():
            raise ValueError("skills must be numbers from 0.")
        if any(np.isinf(array).any() for array in (self.level, self.utc_offset, self.tenure)):
            raise ValueError("level and utc_offset must be finite, or NaN where unknown; tenure as well.")
        if ((self.style < 1) | (self.style > 5)).any():
            raise ValueError("style must be numbers from 1 to 5, or NaN where unknown.")
        if not np.isin(self.wish, [wish.value for wish in Wish]).all():
            raise ValueError("wish must be one of " + ", ".join(str(wish.value) for wish in Wish) + ".")

    def __len__(self) -> int:
        return int(self.ids.size)

    def take(self, rows: ArrayLike) -> Self:
        """The same people, only these rows, in this order."""
        index = np.asarray(rows, dtype=np.intp)
        columns = {name: getattr(self, name)[index] for name in self.__dataclass_fields__ if name != "answers"}
        return replace(self, **columns, answers={code: values[index] for code, values in self.answers.items()})

    def positions(self, ids: ArrayLike) -> NDArray[np.intp]:
        """The row of each id. Raises KeyError for one that is not here."""
        wanted = np.asarray(ids, dtype=np.int64).reshape(-1)
        if not wanted.size:
            return np.zeros(0, dtype=np.intp)
        order = np.argsort(self.ids)
        at = np.searchsorted(self.ids, wanted, sorter=order).clip(max=max(len(self) - 1, 0))
        found = order[at] if len(self) else np.zeros(wanted.size, dtype=np.intp)
        if not len(self) or (self.ids[found] != wanted).any():
            raise KeyError(f"Not on this side: {wanted[:5].tolist()}")
        return found

    @property
    def hours_stated(self) -> Bools:
        """(n,) who said when they are free."""
        return any_in_row(self.free)

    def week(self) -> Bools:
        """(n, 336) when each is free: as stated, else the working week in their zone, else never."""
        week = self.free.copy()
        assumed = ~self.hours_stated & ~np.isnan(self.utc_offset)
        for offset in np.unique(self.utc_offset[assumed]):
            week[assumed & (self.utc_offset == offset)] = weekly_slots(WORKING_WEEK, utc_offset=float(offset))
        return week


def any_in_row(table: Bools | Floats) -> Bools:
    """(n,) whether a row holds anything."""
    return np.asarray(table.any(axis=1), dtype=np.bool_)


def weekly_slots(windows: Iterable[tuple[int, int, int]], *, utc_offset: float) -> Bools:
    """The half-hours of the week, in UTC, that lie wholly inside local windows: (336,) bool.

    A window is (weekday from Monday = 0, start minute, end minute) of the local day; an end past 24:00 runs into the
    next day, and Sunday night into Monday. `utc_offset` is in minutes east of UTC. Raises ValueError for an impossible
    window.
    """
    slots = np.zeros(SLOTS_PER_WEEK, dtype=np.bool_)
    for weekday, start, end in windows:
        if not (0 <= weekday < 7 and 0 <= start < end <= start + 24 * 60):
            raise ValueError(f"Not a window of the week: day {weekday}, minutes {start} to {end}.")
        local = weekday * 24 * 60 - utc_offset
        first = int(np.ceil((local + start) / SLOT_MINUTES))
        last = int(np.floor((local + end) / SLOT_MINUTES))
        slots[np.arange(first, last) % SLOTS_PER_WEEK] = True
    return slots
