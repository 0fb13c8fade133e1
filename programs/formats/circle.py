"""One or several mentors with five or six mentees."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import MENTEE, MENTOR, STAGES, SURVEYS

CIRCLE = Format(
    key="circle",
    position=40,
    family="groups",
    name=_("Group (circle)"),
    summary=_("One or two mentors with a circle of five or six, who learn from each other as well."),
    objectives=(
        _("Reach many people with few mentors"),
        _("Let people learn from each other’s questions"),
        _("Bring together people who would never meet at work"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            name=_("circle member"),
            plural=_("circle members"),
            sign_up=_("Sign up as a circle member"),
            summary=_("You meet with a handful of others and a mentor, and everybody’s questions have their turn."),
            skills=_("What should your circle be about?"),
            guide=Guide(
                title=_("Being in a circle"),
                intro=_(
                    "A circle is a few people who meet for a while and mean it. You will learn as much from the other "
                    "members as from the mentor, and they from you."
                ),
                sections=(
                    (
                        _("What everybody does"),
                        (
                            _(
                                "Come each time, and say in time when you can’t: an empty chair is felt in a small group."
                            ),
                            _("Bring a question of your own at least every other time."),
                            _("Leave room. If you have spoken twice, wait until everybody has spoken once."),
                        ),
                    ),
                    (
                        _("What stays in the circle"),
                        (
                            _(
                                "Whatever somebody tells of themselves. What you learned for yourself, you may take along."
                            ),
                        ),
                    ),
                ),
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("circle mentor"),
            plural=_("circle mentors"),
            sign_up=_("Sign up as a circle mentor"),
            summary=_("You lead a circle: you keep it going and safe, and the members do most of the talking."),
            skills=_("What could a circle of yours be about?"),
            capacity=_("How many people would you take into your circle?"),
            guide=Guide(
                title=_("Leading a circle"),
                intro=_(
                    "You look after the frame: the time, the turns, the trust. You don’t have to be the cleverest in "
                    "the room, and it goes better if you aren’t."
                ),
                sections=(
                    (
                        _("The first meeting"),
                        (
                            _("Let everybody say what they came for, in a round, without discussion."),
                            _("Agree on rules in their own words: being there, phones, what stays in the circle."),
                            _("Fix all dates at once; a circle that books one by one falls apart."),
                        ),
                    ),
                    (
                        _("Each time"),
                        (
                            _("Begin with a short round, take two or three questions, end with what each takes along."),
                            _("Pass questions on to the circle before you answer them yourself."),
                            _("Ask those who were silent, once and kindly."),
                        ),
                    ),
                    (
                        _("When it gets difficult"),
                        (
                            _("If somebody stays away twice, write to them alone."),
                            _("Below four members tell the programme admin; circles can be joined."),
                        ),
                    ),
                ),
                minutes=4,
            ),
        ),
    },
    arranging="circles",
    level_gap=2,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=4),
    session_length=timedelta(minutes=90),
    default_capacity=6,
    capacity_label=_("Most members that a mentor takes"),
    group_size=(5, 6),
    weights={"skills": 6, "level": 1, "department": 2, "languages": 1, "hours": 3},
    rules={"min_level_gap": 0},
    wants={"level_tolerance": 5},
    stages=STAGES,
    agendas={
        "first": Agenda(
            (
                _("A round: who we are, and what brought us here"),
                _("What each of us would like to take along"),
                _("How we want to be with each other; what stays in the circle"),
                _("Dates of all meetings"),
                _("Which question we begin with the next time"),
            ),
            _("What would you like to know from people who don’t work with you every day?"),
        ),
        "usual": Agenda(
            (
                _("A short round: what has happened since we last met"),
                _("The first question, and whose it is"),
                _("The second question, and whose it is"),
                _("A round: what each takes along and will try"),
            ),
            _("Is there a question that you would like the circle to think about? Put it on the agenda."),
        ),
        "review": Agenda(
            (
                _("What each has tried, and what came of it"),
                _("What works in this circle, what we would do differently"),
                _("Questions that have not had their turn"),
            ),
            _("What has the circle given you so far, and what have you given it?"),
        ),
        "closing": Agenda(
            (
                _("What each of us has reached"),
                _("What we learned from each other"),
                _("Whether and how we go on without a programme"),
                _("A word of thanks to each"),
            ),
            _("Whom in the circle would you like to thank, and for what?"),
        ),
    },
    surveys={
        **SURVEYS,
        "middle": (
            Ask(_("How useful are the meetings of your circle?"), required=True),
            Ask(_("How safe is it to say in the circle what you think?")),
            Ask(_("How often do your own questions have their turn?")),
            Ask(_("What would make the circle better?"), "text"),
        ),
    },
)
