"""Many to many, by topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide, Setting
from .usual import AGENDAS, MENTEE, MENTOR, ROLLING_STAGES, SURVEYS

NETWORK = Format(
    key="network",
    position=110,
    family="wide",
    name=_("Network"),
    summary=_("Many to many, by topic: a mentee has a mentor for each thing they want to ask about."),
    objectives=(
        _("Make expertise easy to find"),
        _("Give people more than one person to ask"),
        _("Let knowledge travel without a course"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            summary=_("You name topics, and get somebody to ask for each of them."),
            skills=_("Which topics would you like to ask about?"),
            goal=_("What are you working on?"),
            guide=Guide(
                title=_("Asking in a network"),
                intro=_(
                    "You have several mentors, each for a topic. Meetings are short, and happen when you need them."
                ),
                sections=(
                    (
                        _("How to ask"),
                        (
                            _("Book half an hour when you have a question, and write it on the agenda."),
                            _("Say in two sentences what you have tried."),
                            _("Tell them later what came of it: it is what mentors live on."),
                        ),
                    ),
                    (
                        _("What to avoid"),
                        (_("Asking three people the same thing until one says what you like to hear."),),
                    ),
                ),
                minutes=2,
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("topic mentor"),
            plural=_("topic mentors"),
            sign_up=_("Sign up as a topic mentor"),
            summary=_("You name topics that people may ask you about, and how many of them you can take."),
            skills=_("Which topics may people ask you about?"),
            capacity=_("How many people may ask you at the same time?"),
            guide=Guide(
                title=_("Being asked in a network"),
                intro=_("People come to you for one topic and a short while. You owe them half an hour, not a career."),
                sections=(
                    (
                        _("What helps"),
                        (
                            _("Keep a few half hours open each month; without free times nobody can book."),
                            _("If you don’t know, name somebody who does."),
                            _("Pause yourself on your page when you have too much to do."),
                        ),
                    ),
                ),
                minutes=2,
            ),
        ),
    },
    arranging="topics",
    level_gap=None,
    duration=timedelta(days=364),
    rhythm=timedelta(weeks=4),
    session_length=timedelta(minutes=30),
    default_capacity=5,
    capacity_label=_("Topics per mentor"),
    weights={"skills": 10, "languages": 2, "hours": 2},
    rules={"earlier_pairs": False},
    settings={
        "topics_at_most": Setting(
            _("Topics for one mentee at most"), "number", 3, 1, 10, help_text=_("Each brings a mentor of its own.")
        )
    },
    rolling=True,
    several=True,
    stages=ROLLING_STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("The question, and what has been tried"),
                _("What the mentor would do"),
                _("What to try next, and when to tell how it went"),
            ),
            _("Write your question in two sentences, and what you have tried."),
        ),
        "usual": Agenda(
            (
                _("What came of the last answer"),
                _("The question of today"),
                _("What to try next"),
            ),
            _("Which question do you bring today?"),
        ),
    },
    surveys={
        **SURVEYS,
        "middle": (
            Ask(_("How quickly do you get an answer when you need one?"), required=True),
            Ask(_("How useful are the answers?")),
            Ask(_("Which topics are missing?"), "text"),
        ),
    },
)
