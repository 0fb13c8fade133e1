"""A mentor has what a mentee wants to learn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import AGENDAS, MENTEE, MENTOR, STAGES, SURVEYS

SKILLS = Format(
    key="skills",
    position=60,
    family="pairs",
    name=_("Skill development"),
    summary=_("Somebody who has a skill helps somebody who wants it, around a goal with a measure."),
    objectives=(
        _("Close the gaps in skills that we know of"),
        _("Let experts pass on what only they know"),
        _("Help people into work that needs new skills"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            name=_("learner"),
            plural=_("learners"),
            sign_up=_("Sign up as a learner"),
            summary=_("You want to be able to do something, and somebody who can shows you how."),
            skills=_("Which skills would you like to learn?"),
            goal=_("What would you like to be able to do at the end, and how will you see it?"),
            guide=Guide(
                title=_("Learning a skill with a mentor"),
                intro=_("A skill grows by doing. Use the meetings to plan practice and to look at what came of it."),
                sections=(
                    (
                        _("How to begin"),
                        (
                            _("Name one skill, and a task at work in which you will use it."),
                            _("Say where you stand today, from 1 to 5, and where you want to be."),
                        ),
                    ),
                    (
                        _("Between meetings"),
                        (
                            _(
                                "Practise something small every week, and keep what you made: it is what you talk about."
                            ),
                            _("Write down where you got stuck while you still remember it."),
                        ),
                    ),
                ),
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("skill mentor"),
            plural=_("skill mentors"),
            sign_up=_("Sign up as a skill mentor"),
            summary=_("You can do something that others want to learn, and you like to show it."),
            skills=_("Which skills can you teach?"),
            guide=Guide(
                title=_("Teaching a skill"),
                intro=_("You show, then you do it together, then they do it and you watch. That order is most of it."),
                sections=(
                    (
                        _("How to begin"),
                        (
                            _("Find out where they stand by looking at something they made, not by asking."),
                            _("Agree on one goal with a measure, and a date."),
                        ),
                    ),
                    (
                        _("When you meet"),
                        (
                            _("Look at what they practised. Name one thing that works and one to try next."),
                            _("Keep your hands off the keyboard."),
                            _("Set the next exercise so that it nearly always succeeds."),
                        ),
                    ),
                ),
            ),
        ),
    },
    level_gap=None,
    duration=timedelta(days=120),
    rhythm=timedelta(weeks=2),
    default_capacity=3,
    capacity_label=_("Learners per mentor"),
    weights={"skills": 10, "goals": 3, "languages": 1, "hours": 2},
    choosing=True,
    stages=STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("Which skill, and for which task at work"),
                _("Where you stand today, from 1 to 5, and how we know"),
                _("The goal, its measure and its date"),
                _("What to practise until the next time"),
            ),
            _("Bring something that you made with this skill, however rough."),
        ),
        "usual": Agenda(
            (
                _("What was practised: a look at it together"),
                _("What works, what is next"),
                _("Shown, then tried"),
                _("The exercise until the next time"),
            ),
            _("What did you practise, and where did you get stuck?"),
        ),
    },
    surveys={
        **SURVEYS,
        "start": (*SURVEYS["start"][:2], Ask(_("How often do you use this skill at work today?")), SURVEYS["start"][3]),
        "end": (
            *SURVEYS["end"][:3],
            Ask(_("How often do you use what you learned at work?")),
            *SURVEYS["end"][3:],
        ),
    },
)
