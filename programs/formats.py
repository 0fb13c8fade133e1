"""The formats of mentoring: what each asks of matching and of its sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Format:
    """A kind of mentoring as a mode of the software."""

    key: str
    name: Any
    summary: Any
    objectives: tuple[Any, ...]
    # Preferred level of the mentor minus that of the mentee; None when level plays no part.
    level_gap: int | None
    duration: timedelta
    rhythm: timedelta
    session_length: timedelta = timedelta(hours=1)
    default_capacity: int = 2
    # Weights of the criteria of matching.scoring, by name.
    weights: dict[str, float] = field(default_factory=dict)


TRADITIONAL = Format(
    key="traditional",
    name=_("Traditional one-to-one"),
    summary=_("A more experienced colleague supports a less experienced one."),
    objectives=(
        _("Prepare people for their next role"),
        _("Keep people we would hate to lose"),
        _("Share know-how across departments"),
    ),
    level_gap=2,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=2),
    weights={"skills": 5, "level": 2, "department": 1, "site": 1, "languages": 1, "hours": 2},
)
REVERSE = Format(
    key="reverse",
    name=_("Reverse"),
    summary=_("A junior colleague mentors a senior one: technology, social media, another view of the organisation."),
    objectives=(
        _("Help leaders understand new technology"),
        _("Let leaders hear how the organisation looks from below"),
        _("Give junior colleagues a voice"),
    ),
    level_gap=-2,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=3),
    default_capacity=1,
    weights={"skills": 5, "level": 2, "department": 1, "site": 1, "languages": 1, "hours": 2},
)
ONBOARDING = Format(
    key="onboarding",
    name=_("Onboarding"),
    summary=_("A guide for each new hire, close at first: day 1, week 1, days 30, 60 and 90."),
    objectives=(
        _("Help new hires feel at home sooner"),
        _("Lose fewer people in their first year"),
        _("Give new hires somebody to ask"),
    ),
    level_gap=None,
    duration=timedelta(days=90),
    rhythm=timedelta(weeks=1),
    session_length=timedelta(minutes=30),
    default_capacity=3,
    weights={"skills": 2, "department": 2, "site": 3, "languages": 2, "hours": 2},
)

FORMATS: dict[str, Format] = {each.key: each for each in (TRADITIONAL, REVERSE, ONBOARDING)}
