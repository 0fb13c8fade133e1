"""Many short meetings in one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide, Setting
from .usual import EVENT_STAGES, MENTEE, MENTOR, PEER

POINTS = Agenda(
    (
        _("Who we are, in one minute each"),
        _("One question"),
        _("Whether to meet again, and who writes first"),
    ),
    _("Have one question ready that anybody could answer, and one sentence about yourself."),
)

SPEED = Format(
    key="speed",
    position=80,
    family="wide",
    name=_("Speed mentoring"),
    summary=_("One event with many short meetings: everybody talks with several people, and with nobody twice."),
    objectives=(
        _("Let many people meet in an afternoon"),
        _("Help people find a mentor whom they like"),
        _("Open doors at a conference or on a training day"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            summary=_("You meet one mentor after the other, for a few minutes each."),
            skills=_("What would you like to ask about?"),
            goal=_("What would make the event worth it for you?"),
            guide=Guide(
                title=_("Making the most of a few minutes"),
                intro=_(
                    "Each round is short, so arrive with something in mind. The timetable says where to be and when."
                ),
                sections=(
                    (
                        _("Before the event"),
                        (
                            _(
                                "Prepare one sentence about yourself and one question for each mentor on your timetable."
                            ),
                            _("Be there five minutes early; the rounds begin on the minute."),
                        ),
                    ),
                    (
                        _("Afterwards"),
                        (
                            _("Write to the one or two with whom you would like to go on, within three days."),
                            _("Note one thing that you will try."),
                        ),
                    ),
                ),
                minutes=2,
            ),
        ),
        "mentor": replace(
            MENTOR,
            summary=_("You meet a new person in every round, and give each a good answer or a good question."),
            capacity=None,
            guide=Guide(
                title=_("Mentoring in rounds"),
                intro=_("You will meet a new person every few minutes. One good question is worth more than a speech."),
                sections=(
                    (
                        _("In each round"),
                        (
                            _("Ask what they would like to take along, and keep to it."),
                            _("Give one piece of advice, one name or one thing to read."),
                            _("Stop with the signal, in the middle of a sentence if need be."),
                        ),
                    ),
                    (_("Afterwards"), (_("Answer those who write to you, be it to say that you have no time."),)),
                ),
                minutes=2,
            ),
        ),
    },
    pool_setting="sides",
    pool=replace(
        PEER,
        summary=_("You meet a new person in every round."),
        skills=_("What would you like to talk about?"),
        goal=_("What would make the event worth it for you?"),
        guide=Guide(
            title=_("Meeting many people in rounds"),
            intro=_("You meet a new person every few minutes. The timetable says where to be and when."),
            sections=(
                (
                    _("In each round"),
                    (
                        _("Half of the time is yours, half is the other’s."),
                        _("Ask one question that you would not ask by e-mail."),
                        _("Stop with the signal; write afterwards to those whom you would like to meet again."),
                    ),
                ),
            ),
            minutes=2,
        ),
    ),
    arranging="rotation",
    level_gap=None,
    duration=timedelta(days=1),
    rhythm=timedelta(weeks=1),
    session_length=timedelta(minutes=10),
    default_capacity=1,
    weights={"skills": 5, "department": 3, "languages": 2},
    rules={"reporting_line": False, "earlier_pairs": False},
    settings={
        "starts_at": Setting(
            _("When the first round begins"), "moment", help_text=_("In your organisation’s time zone.")
        ),
        "rounds": Setting(_("Rounds"), "number", 6, 1, 30),
        "round_minutes": Setting(_("Minutes for each round"), "number", 10, 3, 60),
        "break_minutes": Setting(
            _("Minutes between two rounds"), "number", 2, 0, 60, help_text=_("Time to find the next table.")
        ),
        "rooms": Setting(
            _("Rooms or tables"),
            "lines",
            (),
            required=False,
            help_text=_("One per line. Leave it empty and tables are numbered."),
        ),
        "sides": Setting(
            _("Who meets whom"),
            "choice",
            "two",
            choices=(("two", _("Mentees meet mentors")), ("one", _("Everybody meets everybody"))),
        ),
    },
    not_asked=frozenset({"ends_on", "starts_on", "default_capacity", "rhythm", "session_length", "answer_within"}),
    stages=EVENT_STAGES,
    agendas=dict.fromkeys(("first", "usual", "review", "closing"), POINTS),
    surveys={
        "start": (Ask(_("What do you hope to take along from the event?"), "text"),),
        "middle": (),
        "end": (
            Ask(_("How useful was the event?"), required=True),
            Ask(_("With how many people would you like to go on?"), "choice", options=("0", "1", "2", "3+")),
            Ask(_("How well did time, rooms and rounds work?")),
            Ask(_("How likely are you to recommend this event to a colleague?"), "nps", required=True),
            Ask(_("What should we do differently the next time?"), "text"),
        ),
    },
)
