"""The criteria: each says how well a mentor fits a mentee, from 0 to 1, and where that is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.scoring.people import SLOT_MINUTES, UNKNOWN, Bools, Codes, Floats, People, Wish, any_in_row

# Mentor factors are whole multiples of a quarter: see `matching.scoring.scorer` for why.
SKILL_STEPS = 4

Numbers = Bools | Floats | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Factors:
    """A matrix of mentees by mentors as a product: left (M, d) times right (N, d) transposed."""

    left: Floats
    right: Floats

    def pairs(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
        """The product at some pairs only: (P,)."""
        product: Floats = np.einsum("pd,pd->p", self.left[rows], self.right[columns])
        return product


def _one_hot(codes: Codes | Floats, values: Codes | Floats) -> Bools:
    return np.equal(codes[:, None], values[None, :])


def _both(left: Numbers, right: Numbers) -> Factors:
    return Factors(left.astype(np.float32).reshape(len(left), -1), right.astype(np.float32).reshape(len(right), -1))


class Curve(Protocol):
    """A matrix of mentees by mentors that is no such product; the same numbers by blocks of mentees or single pairs."""

    def block(self, rows: slice | NDArray[np.intp]) -> Floats:
        """(b, N), a new array: 0 to 1, and 0 where unknown."""

    def pairs(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
        """(P,)."""


@dataclass(frozen=True, kw_only=True)
class Criterion(ABC):
    """One thing that matching looks at; `weight` is its importance beside the other criteria, on any scale."""

    weight: float
    code: ClassVar[str]

    def __post_init__(self) -> None:
        if not np.isfinite(self.weight) or self.weight < 0:
            raise ValueError(f"The weight of {self.code} must be a number from 0.")

    @abstractmethod
    def values(self, mentees: People, mentors: People) -> Factors | Curve:
        """How well each pair fits, 0 to 1, and 0 where unknown. Right factors are whole quarters."""

    @abstractmethod
    def known(self, mentees: People, mentors: People) -> Factors:
        """1 where both have answered, else 0."""


@dataclass(frozen=True, kw_only=True)
class Skills(Criterion):
    """The share of what the mentee wants, by importance, that the mentor offers."""

    code = "skills"

    def values(self, mentees: People, mentors: People) -> Factors:
        total = mentees.skills.sum(axis=1, keepdims=True, dtype=np.float64)
        shares = np.divide(mentees.skills, total, out=np.zeros(mentees.skills.shape), where=total > 0)
        offered = np.rint(mentors.skills.clip(max=1) * SKILL_STEPS) / SKILL_STEPS
        return _both(shares, offered)

    def known(self, mentees: People, mentors: People) -> Factors:
        return _both(any_in_row(mentees.skills), any_in_row(mentors.skills))


@dataclass(frozen=True, kw_only=True)
class LevelGap(Criterion):
    """How close the mentor's level minus the mentee's comes to `target` (negative for reverse mentoring).

    1 at the target, falling in a straight line to 0 at `tolerance` levels away from it.
    """

    code = "level"
    target: float = 2.0
    tolerance: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.target) or not np.isfinite(self.tolerance) or self.tolerance <= 0:
            raise ValueError("The level gap needs a target and a tolerance above 0.")

    def values(self, mentees: People, mentors: People) -> Factors:
        levels = np.unique(mentors.level[~np.isnan(mentors.level)])
        gaps = levels[None, :].astype(np.float64) - mentees.level[:, None]
        fit = (1 - np.abs(gaps - self.target) / self.tolerance).clip(min=0)
        return _both(np.nan_to_num(fit, nan=0.0), _one_hot(mentors.level, levels))

    def known(self, mentees: People, mentors: People) -> Factors:
        return _both(~np.isnan(mentees.level), ~np.isnan(mentors.level))


@dataclass(frozen=True, kw_only=True)
class _SameOrDifferent(Criterion):
    """1 if the two are alike, or unlike, as `want` says; else 0."""

    want: Literal["same", "different"] = "same"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.want not in ("same", "different"):
            raise ValueError(f'{self.code}: want must be "same" or "different".')

    @abstractmethod
    def of(self, people: People) -> Codes:
        """What is compared."""

    def values(self, mentees: People, mentors: People) -> Factors:
        return _alike(self.of(mentees), self.of(mentors), same=self.want == "same")

    def known(self, mentees: People, mentors: People) -> Factors:
        return _both(np.not_equal(self.of(mentees), UNKNOWN), np.not_equal(self.of(mentors), UNKNOWN))


def _alike(mentees: Codes, mentors: Codes, *, same: bool) -> Factors:
    values = np.unique(mentors[mentors != UNKNOWN])
    fit = _one_hot(mentees, values) == same
    return _both(fit & (mentees != UNKNOWN)[:, None], _one_hot(mentors, values))


@dataclass(frozen=True, kw_only=True)
class Department(_SameOrDifferent):
    """Whether the two work in the same department, or in different ones."""

    code = "department"
    want: Literal["same", "different"] = "different"

    def of(self, people: People) -> Codes:
        return people.department


@dataclass(frozen=True, kw_only=True)
class Site(_SameOrDifferent):
    """Whether the two work at the same site, or at different ones."""

    code = "site"

    def of(self, people: People) -> Codes:
        return people.site


@dataclass(frozen=True, kw_only=True)
class Languages(Criterion):
    """The share of the mentee's languages that the mentor speaks."""

    code = "languages"

    def values(self, mentees: People, mentors: People) -> Factors:
        count = mentees.languages.sum(axis=1, keepdims=True).clip(min=1)
        return _both(mentees.languages / count, mentors.languages)

    def known(self, mentees: People, mentors: People) -> Factors:
        return _both(any_in_row(mentees.languages), any_in_row(mentors.languages))


def _wishes(wishing: People, others: People) -> tuple[Factors, Factors]:
    """Whether others are what the wishing asked for, and where that can be told."""
    department = wishing.wish == Wish.DIFFERENT_DEPARTMENT
    site = wishing.wish == Wish.SAME_SITE
    elsewhere = _alike(wishing.department, others.department, same=False)
    nearby = _alike(wishing.site, others.site, same=True)
    met = Factors(
        np.hstack([elsewhere.left * department[:, None], nearby.left * site[:, None]]),
        np.hstack([elsewhere.right, nearby.right]),
    )
    known = _both(
        np.stack([department & (wishing.department != UNKNOWN), site & (wishing.site != UNKNOWN)], axis=1),
        np.stack([others.department != UNKNOWN, others.site != UNKNOWN], axis=1),
    )
    return met, known


@dataclass(frozen=True, kw_only=True)
class MenteeWish(Criterion):
    """Whether the mentor is what the mentee asked for; unknown where nothing was asked."""

    code = "mentee_wish"

    def values(self, mentees: People, mentors: People) -> Factors:
        return _wishes(mentees, mentors)[0]

    def known(self, mentees: People, mentors: People) -> Factors:
        return _wishes(mentees, mentors)[1]


@dataclass(frozen=True, kw_only=True)
class MentorWish(Criterion):
    """Whether the mentee is what the mentor asked for; unknown where nothing was asked."""

    code = "mentor_wish"

    def values(self, mentees: People, mentors: People) -> Factors:
        met = _wishes(mentors, mentees)[0]
        return Factors(met.right, met.left)

    def known(self, mentees: People, mentors: People) -> Factors:
        known = _wishes(mentors, mentees)[1]
        return Factors(known.right, known.left)


@dataclass(frozen=True, kw_only=True)
class Hours(Criterion):
    """How much of the week both are free at once.

    Both have said when: the hours in common out of `enough` hours a week, 1 at most. Where one of them has not, the
    working week in their zone stands in, which is much longer than what people state; so then it is the share of the
    shorter of the two weeks.
    """

    code = "hours"
    enough: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.enough) or self.enough <= 0:
            raise ValueError("Enough hours a week must be more than 0.")

    def values(self, mentees: People, mentors: People) -> Curve:
        return _CommonHours(mentees, mentors, enough=self.enough)

    def known(self, mentees: People, mentors: People) -> Factors:
        return _both(any_in_row(mentees.week()), any_in_row(mentors.week()))


CRITERIA: Mapping[str, type[Criterion]] = {
    kind.code: kind for kind in (Skills, LevelGap, Department, Site, Languages, Hours, MenteeWish, MentorWish)
}

DEFAULT_CRITERIA: tuple[Criterion, ...] = (
    Skills(weight=40),
    LevelGap(weight=20),
    Hours(weight=15),
    MenteeWish(weight=10),
    MentorWish(weight=5),
    Department(weight=5),
    Languages(weight=5),
)


class _CommonHours:
    """Half-hours in common, and what part of enough they are."""

    def __init__(self, mentees: People, mentors: People, *, enough: float) -> None:
        weeks = np.vstack([mentees.week(), mentors.week()])
        self._length = weeks.sum(axis=1, dtype=np.float32)
        self._stated = np.concatenate([mentees.hours_stated, mentors.hours_stated])
        self._mentees = len(mentees)
        self._enough = np.float32(enough * 60 / SLOT_MINUTES)
        # People give whole hours, mornings, two-hour windows: half-hours that everybody has together are one column.
        columns, sizes = np.unique(np.packbits(weeks.T, axis=1), axis=0, return_counts=True)
        merged = np.unpackbits(columns, axis=1, count=len(weeks)).T.astype(np.float32)
        self._left = merged[: self._mentees] * sizes.astype(np.float32)
        self._right = merged[self._mentees :]

    def block(self, rows: slice | NDArray[np.intp]) -> Floats:
        """(b, N): 0 to 1."""
        fit: Floats = self._left[rows] @ self._right.T
        stated, length = self._stated[: self._mentees][rows], self._length[: self._mentees][rows]
        if stated.all() and self._stated[self._mentees :].all():
            fit /= self._enough
        else:
            fit /= self._whole(
                stated[:, None],
                self._stated[None, self._mentees :],
                length[:, None],
                self._length[None, self._mentees :],
            )
        np.minimum(fit, 1, out=fit)
        return fit

    def pairs(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
        """(P,): 0 to 1."""
        common = Factors(self._left, self._right).pairs(rows, columns)
        others = self._mentees + columns
        whole = self._whole(self._stated[rows], self._stated[others], self._length[rows], self._length[others])
        fit: Floats = np.minimum(common / whole, np.float32(1))
        return fit

    def _whole(self, stated: Bools, other_stated: Bools, length: Floats, other_length: Floats) -> Floats:
        shorter = np.minimum(length, other_length).clip(min=1)
        whole: Floats = np.where(stated & other_stated, self._enough, shorter)
        return whole
