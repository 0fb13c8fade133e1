"""A guide for each new hire, from the first day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import AGENDAS, MENTEE, MENTOR, ROLLING_STAGES, SURVEYS

ONBOARDING = Format(
    key="onboarding",
    position=50,
    family="pairs",
    name=_("Onboarding"),
    summary=_("A guide for each new hire, close at first: day 1, week 1, days 30, 60 and 90."),
    objectives=(
        _("Help new hires feel at home sooner"),
        _("Lose fewer people in their first year"),
        _("Give new hires somebody to ask"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            name=_("new colleague"),
            plural=_("new colleagues"),
            summary=_("Somebody who knows the place helps you through your first weeks."),
            skills=_("What would you like to know about?"),
            goal=_("What should be clear to you after three months?"),
            guide=Guide(
                title=_("Your first ninety days"),
                intro=_("Your guide is not your manager, and nothing that you ask them counts as a weakness."),
                sections=(
                    (
                        _("What to ask"),
                        (
                            _("How things are really done, whom to go to for what, and which words everybody uses."),
                            _("Everything that you have looked for longer than ten minutes."),
                        ),
                    ),
                    (
                        _("What helps"),
                        (
                            _("Keep a list of what you wonder about, and bring it along."),
                            _("Ask to be introduced to three people outside your team in the first month."),
                            _("Say what strikes you: after ninety days you will not see it any more."),
                        ),
                    ),
                ),
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("guide"),
            plural=_("guides"),
            summary=_("You guide a new colleague through their first weeks."),
            skills=_("What do you know your way about in?"),
            capacity=_("How many new colleagues can you guide at once?"),
            guide=Guide(
                title=_("Guiding a new colleague"),
                intro=_(
                    "You are who they ask before they dare to ask anybody else. Five short meetings carry most of it: "
                    "on the first day, after a week, and after thirty, sixty and ninety days."
                ),
                sections=(
                    (
                        _("The first week"),
                        (
                            _("Write to them before they start, with where and when you meet."),
                            _("Show them round, have lunch together, and introduce two people to them."),
                        ),
                    ),
                    (
                        _("Later on"),
                        (
                            _("Ask what is still unclear; it is seldom what you expect."),
                            _(
                                "At thirty days talk about the work, at sixty about people, at ninety about what is next."
                            ),
                            _(
                                "If you hear of overload or trouble, encourage them to tell their manager, or to raise it."
                            ),
                        ),
                    ),
                ),
            ),
        ),
    },
    level_gap=None,
    duration=timedelta(days=90),
    rhythm=timedelta(weeks=1),
    session_length=timedelta(minutes=30),
    default_capacity=3,
    capacity_label=_("New colleagues per guide"),
    weights={"skills": 2, "department": 2, "site": 3, "languages": 2, "hours": 2},
    rolling=True,
    hired_within=timedelta(days=90),
    needs_approval=False,
    meeting_days=(1, 7, 30, 60, 90),
    choosing=True,
    stages=ROLLING_STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("Welcome: who is who, and where to find what"),
                _("What is clear already, what is not"),
                _("The first weeks: who to meet, what to look at"),
                _("How to reach each other in between"),
            ),
            _("New here: write down every question, however small. Guide: what would you have liked to know?"),
        ),
        "usual": Agenda(
            (
                _("How it is going: work, team, workload"),
                _("Open questions"),
                _("Whom to meet, what to learn next"),
                _("Next steps: who does what by when"),
            ),
            _("What went well since you last spoke, what is still unclear, and who could help?"),
        ),
    },
    surveys={
        "start": (
            Ask(_("How welcome did you feel on your first day?"), required=True),
            Ask(_("How clear is it to you whom to ask?")),
            Ask(_("What would have made the start easier?"), "text"),
        ),
        "middle": (
            Ask(_("How much at home do you feel here?"), required=True),
            Ask(_("How useful are the talks with each other?")),
            Ask(_("What is still unclear?"), "text"),
        ),
        "end": (
            Ask(_("How much at home do you feel here?"), required=True),
            Ask(_("How well do you know what is expected of you?")),
            Ask(_("How likely are you to be here in a year?")),
            SURVEYS["end"][3],
            Ask(_("What should we do for the next new colleague?"), "text"),
        ),
    },
)
