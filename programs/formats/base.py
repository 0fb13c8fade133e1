"""What a format of mentoring says of itself: everything that is particular to it, in one declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

_SKILLS_HELP = _("Put commas between them, such as: Presenting, Python, Leading a team.")
_CAPACITY = _("Mentees per mentor")
# Where a format stands on the page that offers them all.
FAMILIES: dict[str, Any] = {
    "pairs": _("One to one"),
    "groups": _("In groups"),
    "wide": _("Across the organisation"),
}


@dataclass(frozen=True)
class Guide:
    """A short text for those of a role: paragraphs, and lists of points under headings."""

    title: Any
    intro: Any
    sections: tuple[tuple[Any, tuple[Any, ...]], ...]
    minutes: int = 3


@dataclass(frozen=True)
class Part:
    """What a role is called in a format, and what is asked of those who take it."""

    name: Any
    plural: Any
    sign_up: Any
    summary: Any
    skills: Any
    goal: Any
    skills_help: Any = _SKILLS_HELP
    # How many at once; None where nobody is asked.
    capacity: Any = None
    # The first skill counts most.
    ranked: bool = False
    guide: Guide | None = None


@dataclass(frozen=True)
class Setting:
    """One thing that only this format asks of its admin; its value is kept in Program.format_settings.

    number   a whole number from `lowest` to `highest`
    moment   a day and a time, kept as ISO text in UTC, read as an aware datetime
    lines    one text for each line, kept as a list
    tiers    [[lowest level, highest level], …] from the top
    choice   one of `choices`
    """

    label: Any
    kind: str
    default: Any = None
    lowest: int = 1
    highest: int = 100
    choices: tuple[tuple[str, Any], ...] = ()
    help_text: Any = ""
    required: bool = True

    def read(self, value: Any) -> Any:
        """What is kept, as the code wants it."""
        if value is None:
            return list(self.default) if isinstance(self.default, tuple) else self.default
        return datetime.fromisoformat(value) if self.kind == "moment" else value

    def keep(self, value: Any) -> Any:
        """The other way round."""
        return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class Agenda:
    """What we propose to talk about, and what to think about before."""

    points: tuple[Any, ...]
    preparation: Any = ""


@dataclass(frozen=True)
class Ask:
    """One question of a survey; the kinds are those of feedback's SurveyQuestion."""

    text: Any
    kind: str = "scale"
    help_text: Any = ""
    options: tuple[Any, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Step:
    """A stage that a programme of this format goes through; `at` is the share of its duration at which it begins."""

    key: str
    name: Any
    at: float | None = None


@dataclass(frozen=True)
class Format:
    """A kind of mentoring as a mode of the software."""

    key: str
    position: int
    family: str
    name: Any
    summary: Any
    objectives: tuple[Any, ...]
    # Role → what it is called and asked, in the order of the sign-up page.
    parts: Mapping[str, Part]
    # Preferred level of the mentor minus that of the mentee; None when level plays no part.
    level_gap: int | None
    duration: timedelta
    rhythm: timedelta
    # Which arranger of matching makes its mentorships.
    arranging: str = "pairs"
    session_length: timedelta = timedelta(hours=1)
    default_capacity: int = 2
    capacity_label: Any = _CAPACITY
    # Fewest and most mentees (or peers) of one mentorship, where that is a matter of choice.
    group_size: tuple[int, int] | None = None
    # Weights of the criteria of matching.scoring, by name; rules and settings of programs.criteria that differ.
    weights: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    wants: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    # The setting that makes one pool of the two sides when it is "one", and how its people are addressed then.
    pool_setting: str = ""
    pool: Part | None = None
    # People join on any day; mentees were hired within so long.
    rolling: bool = False
    hired_within: timedelta | None = None
    needs_approval: bool = True
    # People apply, or are nominated by an admin or their manager.
    nominated: bool = False
    # A mentee may have several mentors at the same time.
    several: bool = False
    # Days after the beginning on which to meet, where the rhythm is uneven.
    meeting_days: tuple[int, ...] = ()
    # Mentees may look for a mentor themselves.
    choosing: bool = False
    # Fields of the wizard's "who" step that make no sense here.
    not_asked: frozenset[str] = frozenset()
    stages: tuple[Step, ...] = ()
    agendas: Mapping[str, Agenda] = field(default_factory=dict)
    surveys: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def role_names(self) -> dict[str, Any]:
        return {role: part.name for role, part in self.all_parts.items()}

    @property
    def guides(self) -> dict[str, Guide]:
        return {role: part.guide for role, part in self.all_parts.items() if part.guide is not None}

    @property
    def all_parts(self) -> dict[str, Part]:
        """Those of every way in which a programme of this format may be set up."""
        return {**self.parts, **({"peer": self.pool} if self.pool else {})}

    def parts_for(self, given: Mapping[str, Any]) -> Mapping[str, Part]:
        """The parts as a programme has set itself up."""
        if self.pool is not None and self.pool_setting and self.particulars(given)[self.pool_setting] == "one":
            return {"peer": self.pool}
        return self.parts

    def tiers(self, given: Mapping[str, Any]) -> list[Any] | None:
        """The levels of each tier from the top, where this format has tiers."""
        name = next((name for name, setting in self.settings.items() if setting.kind == "tiers"), None)
        return self.particulars(given)[name] if name else None

    def particulars(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every setting of this format, with its default where the programme says nothing."""
        return {name: setting.read(given.get(name)) for name, setting in self.settings.items()}


def tier_of(level: int | None, tiers: Iterable[Iterable[int]]) -> int | None:
    """Which tier a level belongs to, from the top; None where it is in none or unknown."""
    if level is None:
        return None
    return next((number for number, (low, high) in enumerate(tiers) if low <= level <= high), None)
