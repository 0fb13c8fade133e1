"""Programmes that are ready to launch, beyond the plain formats: a format with the content that suits an occasion.

The content is what programs.keeping keeps of a programme, as an organisation's own templates have it, so that a draft
starts from either in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Ready:
    """A template of ours. `asks` are questions of its sign-up page, `criteria` what counts otherwise than usual."""

    key: str
    name: Any
    summary: Any
    format: str
    objective: Any
    description: Any
    fields: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    wants: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[Mapping[str, Any], ...] = ()


LEADERSHIP = Ready(
    key="leadership",
    name=_("Leadership"),
    summary=_("High performers, nominated by their managers, with senior leaders for a year."),
    format="traditional",
    objective=_("Have somebody ready for each key position"),
    description=_(
        "For colleagues whom we see in a larger role in two or three years. You are nominated by your manager, or apply "
        "yourself. You meet a senior leader from another department every two weeks for a year."
    ),
    fields={"rhythm_days": 14, "days": 364, "default_capacity": 1, "format_settings": {"nominated": True}},
    weights={"skills": 5, "goals": 4, "level": 4, "department": 4, "languages": 1, "hours": 1},
    rules={"min_level_gap": 2, "max_level_gap": None, "same_team": True},
    wants={"level_target": 3, "department_want": "different"},
    asks=(
        {
            "text": _("Which role would you like to have in three years?"),
            "kind": "text",
            "audience": "mentee",
            "required": True,
        },
        {
            "text": _("Which decision of your own would you take differently today?"),
            "kind": "long_text",
            "audience": "mentee",
        },
    ),
)
GRADUATES = Ready(
    key="graduates",
    name=_("Graduates"),
    summary=_("A cohort of graduates with colleagues who began a few years before them."),
    format="traditional",
    objective=_("Help graduates grow into their first role"),
    description=_(
        "For everybody who has come to us from school or university this year. Your mentor began a few years before you, "
        "and still remembers what nobody explained."
    ),
    fields={"rhythm_days": 14, "days": 273, "default_capacity": 2, "needs_approval": False},
    weights={"skills": 3, "level": 3, "department": 2, "site": 3, "tenure": 3, "languages": 1, "hours": 2},
    wants={"level_target": 1, "tenure_target": 3, "department_want": "different"},
    asks=(
        {"text": _("What did you study or train for?"), "kind": "text", "audience": "mentee"},
        {
            "text": _("What are you most curious about here?"),
            "kind": "choices",
            "audience": "mentee",
            "options": [
                _("How decisions are made"),
                _("Careers here"),
                _("Other departments"),
                _("Living in a new town"),
            ],
        },
    ),
)
RETURNERS = Ready(
    key="returners",
    name=_("Returners from leave"),
    summary=_("A companion for those who come back from parental, care or sick leave, from a month before they return."),
    format="traditional",
    objective=_("Keep those who come back from a long leave"),
    description=_(
        "For colleagues who come back after three months or more. Your mentor has done it too: somebody to talk to before "
        "the first day, in the first weeks, and when all say that you must be back in it by now. Why you were away stays "
        "your own matter."
    ),
    fields={
        "rhythm_days": 14, "days": 182, "session_minutes": 45, "default_capacity": 2, "needs_approval": False,
        "rolling": True,
    },
    weights={"skills": 2, "goals": 3, "site": 2, "department": 2, "interests": 2, "languages": 1, "hours": 4},
    rules={"min_level_gap": None},
    wants={"level_target": 0},
    asks=(
        {"text": _("When do you come back, or when did you?"), "kind": "text", "audience": "mentee"},
        {
            "text": _("What would help most?"),
            "kind": "choices",
            "audience": "mentee",
            "options": [
                _("What has changed here"), _("Working part-time"), _("Talking with my manager"),
                _("Trusting myself again"), _("Plans for the years ahead"),
            ],
        },
    ),
)  # fmt: skip
NETWORKS = Ready(
    key="networks",
    name=_("Employee networks"),
    summary=_("Circles within an employee network, led by two of its members."),
    format="circle",
    objective=_("Give members of our employee networks each other’s backing"),
    description=_(
        "For members and friends of our employee networks. Six people and one or two who lead meet once a month. Nobody "
        "has to say why they belong, and nobody outside the circle hears what was said."
    ),
    fields={"default_capacity": 6, "needs_approval": False},
    weights={"skills": 5, "interests": 4, "department": 3, "languages": 1, "hours": 3},
    rules={"min_level_gap": None, "same_team": True},
    wants={"level_target": 0},
    asks=({"text": _("Which network is it to be about?"), "kind": "text", "audience": "both", "required": True},),
)

TEMPLATES: dict[str, Ready] = {each.key: each for each in (LEADERSHIP, GRADUATES, RETURNERS, NETWORKS)}
