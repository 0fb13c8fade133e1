"""The criteria: each says how well a mentor fits a mentee, from 0 to 1, and where that is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from matching.scoring.factors import Curve, Factors, Index, Shared, kinds_of, one_hot
from matching.scoring.people import (
    SLOT_MINUTES,
    TRAITS,
    UNKNOWN,
    Bools,
    Codes,
    Floats,
    Objects,
    People,
    Wish,
    any_in_row,
)

# Mentor factors are whole multiples of a quarter: see `matching.scoring.scorer` for why.
STEPS = 4
MINUTES_PER_DAY = 24 * 60
# What each rank of a stated choice is worth, the first one first.
CHOICE_VALUES = (1.0, 0.9, 0.8, 0.7, 0.6)


@dataclass(frozen=True, kw_only=True)
class Criterion(ABC):
    """One thing that matching looks at; `weight` is its importance beside the other criteria, on any scale."""

    weight: float
    code: ClassVar[str]

    def __post_init__(self) -> None:
        if not np.isfinite(self.weight) or self.weight < 0:
            raise ValueError(f"The weight of {self.code} must be a number from 0.")

    @abstractmethod
    def values(self, mentees: People, mentors: People) -> Factors | Shared | Curve:
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
        offered = np.rint(mentors.skills.clip(max=1) * STEPS) / STEPS
        return Factors.of(shares, offered)

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(any_in_row(mentees.skills), any_in_row(mentors.skills))


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
        return _tent(mentees.level, mentors.level, target=self.target, tolerance=self.tolerance)

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(~np.isnan(mentees.level), ~np.isnan(mentors.level))


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
        return Factors.of(np.not_equal(self.of(mentees), UNKNOWN), np.not_equal(self.of(mentors), UNKNOWN))


def _alike(mentees: Codes, mentors: Codes, *, same: bool) -> Factors:
    values = np.unique(mentors[mentors != UNKNOWN])
    fit = one_hot(mentees, values) == same
    return Factors.of(fit & (mentees != UNKNOWN)[:, None], one_hot(mentors, values))


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
        return Factors.of(mentees.languages / count, mentors.languages)

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(any_in_row(mentees.languages), any_in_row(mentors.languages))


@dataclass(frozen=True, kw_only=True)
class Zone(Criterion):
    """How few hours lie between their time zones, the shorter way round: 1 for none, 0 from `tolerance` hours."""

    code = "zone"
    tolerance: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.tolerance) or self.tolerance <= 0:
            raise ValueError("The time zones need a tolerance above 0.")

    def values(self, mentees: People, mentors: People) -> Factors:
        zones = np.unique(mentors.utc_offset[~np.isnan(mentors.utc_offset)])
        fit = (1 - zone_hours(mentees.utc_offset, zones) / self.tolerance).clip(min=0)
        return Factors.of(np.nan_to_num(fit, nan=0.0), one_hot(mentors.utc_offset, zones))

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(~np.isnan(mentees.utc_offset), ~np.isnan(mentors.utc_offset))


def zone_hours(mentees: Floats, mentors: Floats) -> NDArray[np.float64]:
    """(M, N) hours between offsets in minutes, the shorter way round the clock; NaN where one is."""
    apart = np.abs(mentees[:, None].astype(np.float64) - mentors[None, :]) % MINUTES_PER_DAY
    hours: NDArray[np.float64] = np.minimum(apart, MINUTES_PER_DAY - apart) / 60
    return hours


@dataclass(frozen=True, kw_only=True)
class Tenure(Criterion):
    """How close the mentor's years here minus the mentee's come to `target`, both counted in half-years.

    1 at the target, falling in a straight line to 0 at `tolerance` years away from it.
    """

    code = "tenure"
    target: float = 3.0
    tolerance: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.target) or not np.isfinite(self.tolerance) or self.tolerance <= 0:
            raise ValueError("The years here need a target and a tolerance above 0.")

    def values(self, mentees: People, mentors: People) -> Factors:
        return _tent(
            half_years(mentees.tenure), half_years(mentors.tenure), target=self.target, tolerance=self.tolerance
        )

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(~np.isnan(mentees.tenure), ~np.isnan(mentors.tenure))


def half_years(tenure: Floats) -> Floats:
    """Years, rounded to halves."""
    rounded: Floats = np.rint(tenure * np.float32(2)) / np.float32(2)
    return rounded


def _tent(mentees: Floats, mentors: Floats, *, target: float, tolerance: float) -> Factors:
    """1 where the mentor's number minus the mentee's is the target, 0 at the tolerance, a straight line between."""
    numbers = np.unique(mentors[~np.isnan(mentors)])
    gaps = numbers[None, :].astype(np.float64) - mentees[:, None]
    fit = (1 - np.abs(gaps - target) / tolerance).clip(min=0)
    return Factors.of(np.nan_to_num(fit, nan=0.0), one_hot(mentors, numbers))


@dataclass(frozen=True, kw_only=True)
class Style(Criterion):
    """How alike, or how different, their working styles are: the mean difference of five traits from 1 to 5.

    Answers are rounded to quarters.
    """

    code = "style"
    want: Literal["alike", "different"] = "alike"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.want not in ("alike", "different"):
            raise ValueError('style: want must be "alike" or "different".')

    def values(self, mentees: People, mentors: People) -> Factors:
        left, right = [], []
        answered, theirs_answered = (_styled(side) for side in (mentees, mentors))
        mine, theirs = (np.rint(side.style.astype(np.float64) * STEPS) / STEPS for side in (mentees, mentors))
        for trait in range(TRAITS):
            numbers = np.unique(theirs[theirs_answered, trait])
            apart = np.abs(mine[:, trait, None] - numbers[None, :]) / 4
            fit = 1 - apart if self.want == "alike" else apart
            left.append(np.where(answered[:, None], fit, 0) / TRAITS)
            right.append(one_hot(theirs[:, trait], numbers) & theirs_answered[:, None])
        return Factors.of(np.hstack(left), np.hstack(right))

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(_styled(mentees), _styled(mentors))


def _styled(people: People) -> Bools:
    return ~any_in_row(np.isnan(people.style))


@dataclass(frozen=True, kw_only=True)
class _InCommon(Criterion):
    """The share of what the mentee named that the mentor has too."""

    @abstractmethod
    def of(self, people: People) -> Objects:
        """A frozenset for each person; an empty one is unknown."""

    def values(self, mentees: People, mentors: People) -> Shared:
        return _share(self.of(mentees), self.of(mentors))

    def known(self, mentees: People, mentors: People) -> Factors:
        return Factors.of(_named(self.of(mentees)), _named(self.of(mentors)))


def _share(mentees: Objects, mentors: Objects) -> Shared:
    return Shared.of(({each: 1 / len(named) for each in sorted(named)} for named in mentees), mentors)


def _named(sets: Objects) -> Bools:
    return np.fromiter(map(bool, sets), dtype=np.bool_, count=len(sets))


@dataclass(frozen=True, kw_only=True)
class Goals(_InCommon):
    """The share of the words of the mentee's goal that the mentor's goal or skills have too, by their stems."""

    code = "goals"

    def of(self, people: People) -> Objects:
        return people.goals


@dataclass(frozen=True, kw_only=True)
class Interests(_InCommon):
    """The share of the mentee's interests that the mentor has too."""

    code = "interests"

    def of(self, people: People) -> Objects:
        return people.interests


@dataclass(frozen=True, kw_only=True)
class Answers(Criterion):
    """How the answers to one question compare.

    about    code of the question in `People.answers`; declared characteristics are among them
    compare  "equal" or "different": whether the two sets of answers are the same; "close": numbers, 1 where they are
             the same and 0 where they are `span` apart; "in": the share of the mentee's answers that are among the
             mentor's; "not_in": the share that is not
    """

    about: str
    compare: Literal["equal", "different", "close", "in", "not_in"] = "equal"
    span: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.compare not in ("equal", "different", "close", "in", "not_in"):
            raise ValueError(f"{self.about}: answers can't be compared by {self.compare!r}.")
        if not np.isfinite(self.span) or self.span <= 0:
            raise ValueError(f"{self.about}: span must be above 0.")

    @property
    def code(self) -> str:  # type: ignore[override]  # named by its key
        return self.about

    def values(self, mentees: People, mentors: People) -> Factors | Shared:
        mine, theirs = self.of(mentees), self.of(mentors)
        match self.compare:
            case "in":
                return _share(mine, theirs)
            case "not_in":
                less = ({each: -1 / len(named) for each in sorted(named)} for named in mine)
                return Shared.of(less, theirs, base=self.known(mentees, mentors))
            case "close":
                return _tent(_numbers(mine), _numbers(theirs), target=0, tolerance=self.span)
        known = sorted({*mine, *theirs}, key=sorted)
        number = {answer: at if answer else UNKNOWN for at, answer in enumerate(known)}
        codes = (np.array([number[answer] for answer in side], dtype=np.int32) for side in (mine, theirs))
        return _alike(*codes, same=self.compare == "equal")

    def known(self, mentees: People, mentors: People) -> Factors:
        mine, theirs = self.of(mentees), self.of(mentors)
        if self.compare == "close":
            return Factors.of(~np.isnan(_numbers(mine)), ~np.isnan(_numbers(theirs)))
        return Factors.of(_named(mine), _named(theirs))

    def of(self, people: People) -> Objects:
        """The answers; nobody's to a question that was not put to this side."""
        found = people.answers.get(self.about)
        return np.full(len(people), frozenset(), dtype=np.object_) if found is None else found


def _numbers(answers: Objects) -> Floats:
    found = np.full(len(answers), np.nan, dtype=np.float32)
    for at, answer in enumerate(answers):
        try:
            found[at] = float(next(iter(answer), "nan")) if len(answer) == 1 else np.nan
        except ValueError:
            continue
    found[np.isinf(found)] = np.nan
    return found


@dataclass(frozen=True, kw_only=True)
class Choices(Criterion):
    """How high each stands among the few whom the other would like best, averaged over those of the two who said so.

    The first is worth 1, the fifth 0.6; who was not named where others were is worth 0.
    """

    code = "choices"

    def values(self, mentees: People, mentors: People) -> Shared:
        said, their_said = _named(mentees.choices), _named(mentors.choices)
        column_of = {mentor: column for column, mentor in enumerate(mentors.ids.tolist())}
        row_of = {mentee: row for row, mentee in enumerate(mentees.ids.tolist())}
        worth: list[dict[int, float]] = [{} for _ in row_of]
        for row, chosen in enumerate(mentees.choices):
            for mentor, rank in chosen.items():
                if (column := column_of.get(mentor)) is not None:
                    worth[row][column] = _choice_value(rank) / (1 + int(their_said[column]))
        for column, chosen in enumerate(mentors.choices):
            for mentee, rank in chosen.items():
                if (at := row_of.get(mentee)) is not None:
                    here = worth[at]
                    here[column] = here.get(column, 0.0) + _choice_value(rank) / (1 + int(said[at]))
        return Shared.of(worth, ((column,) for column in column_of.values()))

    def known(self, mentees: People, mentors: People) -> Factors:
        said, their_said = _named(mentees.choices), _named(mentors.choices)
        # One of them, or else the other.
        return Factors.of(np.stack([said, ~said], axis=1), np.stack([np.ones_like(their_said), their_said], axis=1))


def _choice_value(rank: int) -> float:
    return CHOICE_VALUES[min(max(rank, 1), len(CHOICE_VALUES)) - 1]


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
    known = Factors.of(
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
        return Factors.of(any_in_row(mentees.week()), any_in_row(mentors.week()))


CRITERIA: Mapping[str, type[Any]] = {
    kind.code: kind
    for kind in (
        Skills, Goals, LevelGap, Department, Site, Languages, Hours, Zone, Tenure, Style, Interests, Choices, MenteeWish,
        MentorWish,
    )
}  # fmt: skip

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
        stated = np.concatenate([mentees.hours_stated, mentors.hours_stated])
        length = weeks.sum(axis=1, dtype=np.float32)
        m = len(mentees)
        self._enough = np.float32(enough * 60 / SLOT_MINUTES)
        self.kind, first = kinds_of(np.packbits(weeks[:m], axis=1), stated[:m])
        self.count = first.size
        self._stated, self._mentors_stated = stated[:m][first], stated[m:]
        self._length, self._mentors_length = length[:m][first], length[m:]
        # People give whole hours, mornings, two-hour windows: half-hours that everybody has together are one column.
        columns, sizes = np.unique(np.packbits(weeks.T, axis=1), axis=0, return_counts=True)
        merged = np.unpackbits(columns, axis=1, count=len(weeks)).T.astype(np.float32)
        used = merged[:m].any(axis=0) & merged[m:].any(axis=0)
        self._common = Factors(merged[:m][:, used][first] * sizes[used].astype(np.float32), merged[m:][:, used])
        self.width = self._common.left.shape[1]

    def of(self, kinds: Index, *, weight: np.float32) -> Floats:
        """(k, N): 0 to the weight."""
        fit: Floats = self._common.left[kinds] @ self._common.right.T
        stated, length = self._stated[kinds], self._length[kinds]
        if stated.all() and self._mentors_stated.all():
            fit *= weight / self._enough
        else:
            fit *= weight / self._whole(
                stated[:, None], self._mentors_stated[None, :], length[:, None], self._mentors_length[None, :]
            )
        np.minimum(fit, weight, out=fit)
        return fit

    def pairs(self, rows: Index, columns: Index) -> Floats:
        """(P,): 0 to 1."""
        kinds = self.kind[rows]
        common = self._common.pairs(kinds, columns)
        whole = self._whole(
            self._stated[kinds], self._mentors_stated[columns], self._length[kinds], self._mentors_length[columns]
        )
        fit: Floats = np.minimum(common / whole, np.float32(1))
        return fit

    def _whole(self, stated: Bools, other_stated: Bools, length: Floats, other_length: Floats) -> Floats:
        shorter = np.minimum(length, other_length).clip(min=1)
        whole: Floats = np.where(stated & other_stated, self._enough, shorter)
        return whole
