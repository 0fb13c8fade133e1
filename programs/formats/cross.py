"""Across departments and hierarchies, whatever the level."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import AGENDAS, MENTEE, MENTOR, STAGES, SURVEYS

CROSS = Format(
    key="cross",
    position=70,
    family="pairs",
    name=_("Developmental (cross)"),
    summary=_("Two colleagues from different departments, whatever their levels, who widen each other’s view."),
    objectives=(
        _("Help departments understand each other"),
        _("Prepare people for a move to another part of the organisation"),
        _("Spread good ideas from one place to the rest"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            summary=_("Somebody from another department shows you how things look, and are done, over there."),
            skills=_("What would you like to understand or learn?"),
            guide=Guide(
                title=_("Learning from another department"),
                intro=_(
                    "Your mentor knows little of your daily work, and that is the point: you will have to explain it, and "
                    "in doing so you will see it anew."
                ),
                sections=(
                    (
                        _("What helps"),
                        (
                            _("Explain a problem as if to a friend outside; leave the abbreviations at home."),
                            _("Ask to sit in on something over there for an hour: a shift, a call, a meeting."),
                            _("Try one habit of theirs in your team, and tell what came of it."),
                        ),
                    ),
                ),
            ),
        ),
        "mentor": replace(
            MENTOR,
            summary=_("You help a colleague from another department to grow, and see how things are done over there."),
            guide=Guide(
                title=_("Mentoring across departments"),
                intro=_("You can’t know their job better than they do, so you ask. That is an advantage; use it."),
                sections=(
                    (
                        _("What helps"),
                        (
                            _("Be naive on purpose: why is it done this way, who would notice if it were not?"),
                            _("Open a door: introduce them to one person in your part of the organisation."),
                            _("Leave what is between them and their manager to them."),
                        ),
                    ),
                ),
            ),
        ),
    },
    level_gap=None,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=3),
    weights={"skills": 3, "department": 8, "goals": 2, "languages": 1, "hours": 2},
    wants={"department_want": "different"},
    rules={"same_team": True},
    choosing=True,
    stages=STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("What each of our departments does, in plain words"),
                _("What the mentee would like to reach"),
                _("What each of us is curious about"),
                _("How often, where and how we meet"),
                _("What stays between us"),
            ),
            _("How would you explain your work to somebody who has never heard of it?"),
        ),
    },
    surveys={
        **SURVEYS,
        "end": (
            *SURVEYS["end"][:3],
            Ask(_("How much better do you understand the other’s part of the organisation?")),
            *SURVEYS["end"][3:],
        ),
    },
)
