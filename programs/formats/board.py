"""A group of juniors beside an executive group."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide, Setting
from .usual import MENTEE, MENTOR, STAGES

BOARD = Format(
    key="board",
    position=100,
    family="groups",
    name=_("Shadow board"),
    summary=_("A panel of junior colleagues works on the questions of the executives, and recommends."),
    objectives=(
        _("Let executives hear views that don’t reach them otherwise"),
        _("Prepare the next generation of leaders"),
        _("Test decisions with those who will live with them"),
    ),
    parts={
        "mentee": replace(
            MENTEE,
            name=_("board member"),
            plural=_("board members"),
            sign_up=_("Apply for a seat on the board"),
            summary=_(
                "You work with others on questions that the executives are deciding, and tell them what you think."
            ),
            skills=_("What do you bring to a board?"),
            skills_help=_("What you know well, with commas between them."),
            goal=_("Which question should this organisation work on, and why?"),
            guide=Guide(
                title=_("Serving on a shadow board"),
                intro=_(
                    "You are asked for your judgement, not for agreement. You see things of the organisation that "
                    "executives can’t, and you will see how decisions look from where they sit."
                ),
                sections=(
                    (
                        _("Before each meeting"),
                        (
                            _("Read the brief, and talk to three people whom the question touches."),
                            _("Keep what is confidential confidential; each brief says what is."),
                        ),
                    ),
                    (
                        _("In the meeting"),
                        (
                            _("Hear everybody before you look for a common view, and record where you differ."),
                            _("End with a recommendation: what, why, what it costs, what could go wrong."),
                        ),
                    ),
                    (
                        _("Afterwards"),
                        (_("Present it yourselves. Ask what was done with it, and what was not, and why."),),
                    ),
                ),
                minutes=4,
            ),
        ),
        "mentor": replace(
            MENTOR,
            name=_("executive"),
            plural=_("executives"),
            sign_up=_("Sign up as an executive"),
            summary=_("You bring a question to the board, listen to what it recommends, and say what becomes of it."),
            skills=_("Which questions could you bring to the board?"),
            capacity=None,
            guide=Guide(
                title=_("Working with a shadow board"),
                intro=_(
                    "A shadow board is worth as much as the questions it gets. Bring real ones, while they are open."
                ),
                sections=(
                    (
                        _("What you do"),
                        (
                            _("Write a brief of one page: the question, what is known, what is decided already."),
                            _("Be there for the recommendation, and ask before you answer."),
                            _("Say within a month what you will do with it. A no with a reason is an answer."),
                        ),
                    ),
                    (
                        _("What you don’t do"),
                        (
                            _("Defend the current state in their meeting."),
                            _("Use it for what you would rather not decide yourself."),
                        ),
                    ),
                ),
            ),
        ),
    },
    arranging="panel",
    level_gap=None,
    duration=timedelta(days=364),
    rhythm=timedelta(weeks=4),
    session_length=timedelta(minutes=90),
    default_capacity=1,
    group_size=(4, 15),
    weights={"skills": 2, "department": 2, "site": 2, "languages": 1},
    rules={"reporting_line": False, "earlier_pairs": False},
    settings={
        "boards": Setting(_("Number of boards"), "number", 1, 1, 20),
        "size": Setting(
            _("Members of each board"),
            "number",
            8,
            4,
            15,
            help_text=_(
                "They are chosen so that departments, locations and levels are there as they are among those who applied."
            ),
        ),
    },
    nominated=True,
    not_asked=frozenset({"default_capacity", "group_min", "group_max"}),
    stages=STAGES,
    agendas={
        "first": Agenda(
            (
                _("Who we are, and what each of us sees of the organisation"),
                _("What a shadow board is for; what it is not"),
                _("How we come to a recommendation, and how we record where we differ"),
                _("Dates, and who takes the chair the first time"),
                _("The first question, and who brings it"),
            ),
            _("Which decision of the last year would have come out better with your view in it?"),
        ),
        "usual": Agenda(
            (
                _("What became of our last recommendation"),
                _("The brief: the question, and what is known"),
                _("What people told us whom it touches"),
                _("Our recommendation, and where we differ"),
                _("Who presents it, and the chair of the next meeting"),
            ),
            _("Read the brief, and talk to three people whom the question touches."),
        ),
        "review": Agenda(
            (
                _("Which recommendations were taken up, and why the others were not"),
                _("How we work together, what we would do differently"),
                _("Questions for the second half"),
            ),
            _("Where did you hold back, and why?"),
        ),
        "closing": Agenda(
            (
                _("What has changed because of this board"),
                _("What each of us takes along"),
                _("What the next board should know"),
                _("Thanks"),
            ),
            _("What would you tell somebody who joins the next board?"),
        ),
    },
    surveys={
        "start": (
            Ask(_("How clear is it to you what the board is for?"), required=True),
            Ask(_("How well do you understand how decisions are made here?")),
            Ask(_("What do you hope for?"), "text"),
        ),
        "middle": (
            Ask(_("How seriously are the board’s recommendations taken?"), required=True),
            Ask(_("How freely can you speak in the board?")),
            Ask(_("What would make it better?"), "text"),
        ),
        "end": (
            Ask(_("How satisfied are you with the board’s work?"), required=True),
            Ask(_("How well do you understand how decisions are made here?")),
            Ask(_("How much did the board change in the organisation?")),
            Ask(_("How likely are you to recommend a seat on the board to a colleague?"), "nps", required=True),
            Ask(_("What should the next board keep, and what should it change?"), "text"),
        ),
    },
)
