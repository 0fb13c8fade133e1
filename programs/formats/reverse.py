"""A junior colleague mentors a senior one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import AGENDAS, MENTEE, MENTOR, STAGES, SURVEYS

REVERSE = Format(
    key="reverse",
    position=20,
    family="pairs",
    name=_("Reverse"),
    summary=_("A junior colleague mentors a senior one: technology, social media, another view of the organisation."),
    objectives=(
        _("Help leaders understand new technology"),
        _("Let leaders hear how the organisation looks from below"),
        _("Give junior colleagues a voice"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            name=_("senior mentee"),
            plural=_("senior mentees"),
            summary=_(
                "A junior colleague shows you what they know, and how the organisation looks from where they are."
            ),
            skills=_("What would you like to understand better?"),
            guide=Guide(
                title=_("Learning from somebody more junior"),
                intro=_(
                    "For an hour the ranks are turned round: your mentor knows something that you don’t. It works when "
                    "you are curious, and when they can be frank without a price."
                ),
                sections=(
                    (
                        _("What helps"),
                        (
                            _("Say at the start that what is said here has no consequences, and keep to it."),
                            _(
                                "Ask to be shown rather than told: open the tool, the feed, the form, and try it yourself."
                            ),
                            _("Listen to the end before you explain why things are as they are."),
                        ),
                    ),
                    (
                        _("Between meetings"),
                        (
                            _("Use once what you were shown, and say how it went."),
                            _("Do something about one thing that you heard, without naming who told you."),
                        ),
                    ),
                ),
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("junior mentor"),
            plural=_("junior mentors"),
            summary=_("You share what you know with somebody more senior: technology, social media, another view."),
            skills=_("What could you show somebody senior?"),
            capacity=_("How many senior colleagues can you take at once?"),
            guide=Guide(
                title=_("Mentoring somebody more senior"),
                intro=_(
                    "You were asked because you see and know things that your mentee does not. You are the expert here, "
                    "whatever the titles say."
                ),
                sections=(
                    (
                        _("How to begin"),
                        (
                            _("Ask what they would like to understand, and start with something they can try at once."),
                            _("Agree on what stays between you. You decide how frank you want to be."),
                        ),
                    ),
                    (
                        _("When you meet"),
                        (
                            _("Show, let them try, then talk about what it means for how you all work."),
                            _("Speak for yourself, not for everybody of your age or level."),
                            _("You are not their support desk: say so when it turns into that."),
                        ),
                    ),
                ),
            ),
        ),
    },
    level_gap=-2,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=3),
    default_capacity=1,
    weights={"skills": 5, "level": 2, "department": 1, "site": 1, "languages": 1, "hours": 2},
    rules={"max_level_gap": -1},
    choosing=True,
    stages=STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("Getting to know each other across levels"),
                _("What the senior colleague would like to understand"),
                _("How we speak openly, and what stays between us"),
                _("How often, where and how we meet"),
            ),
            _("What do you hope to see with the other person’s eyes? What would make it easy to speak openly?"),
        ),
        "usual": Agenda(
            (
                _("What each of us tried since we last met"),
                _("Today’s subject: shown, tried, asked"),
                _("What it means for how we work here"),
                _("Next steps: who does what by when"),
            ),
            _("What have you seen or tried since you last met that the other person should hear about?"),
        ),
    },
    surveys={
        **SURVEYS,
        "middle": (*SURVEYS["middle"][:3], Ask(_("How openly can you speak with each other?")), SURVEYS["middle"][3]),
        "end": (
            *SURVEYS["end"][:3],
            Ask(_("How much has changed in how you see the other’s work?")),
            *SURVEYS["end"][3:],
        ),
    },
)
