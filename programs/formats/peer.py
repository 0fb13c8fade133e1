"""Equals at the same stage, who give and take in turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Format, Guide
from .usual import AGENDAS, PEER, STAGES, SURVEYS

PEERS = Format(
    key="peer",
    position=30,
    family="pairs",
    name=_("Peer"),
    summary=_("Two or three colleagues at the same stage, who help each other in turns."),
    objectives=(
        _("Connect people who are new in the same kind of role"),
        _("Let people solve problems with somebody who has the same ones"),
        _("Build a network across departments"),
    ),
    parts={
        "peer": replace(
            PEER,
            guide=Guide(
                title=_("Mentoring as equals"),
                intro=_(
                    "There is no mentor here and no mentee: each of you brings questions, and each of you helps. What "
                    "keeps it fair is taking turns."
                ),
                sections=(
                    (
                        _("When you meet"),
                        (
                            _("Split the time, and begin with the other half the next time."),
                            _(
                                "Whoever’s turn it is says what they need: questions, ideas, or only somebody to listen."
                            ),
                            _("Ask three questions before you give one piece of advice."),
                        ),
                    ),
                    (
                        _("In a group of three"),
                        (_("Two talk, one watches the time and says at the end what they noticed; then you swap."),),
                    ),
                    (
                        _("When it gets difficult"),
                        (
                            _("If it always ends up being about one of you, say so, and set a timer."),
                            _("If it does not fit, ask for another match; nobody is to blame."),
                        ),
                    ),
                ),
            ),
        )
    },
    arranging="pool",
    level_gap=0,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=2),
    default_capacity=1,
    weights={"skills": 4, "level": 4, "department": 2, "tenure": 1, "languages": 1, "hours": 3},
    rules={"min_level_gap": -1, "max_level_gap": 1},
    wants={"level_tolerance": 2, "tenure_target": 0},
    not_asked=frozenset({"default_capacity"}),
    stages=STAGES,
    agendas={
        **AGENDAS,
        "first": Agenda(
            (
                _("Where each of us stands, and what is on our minds"),
                _("What each would like to reach"),
                _("How we share the time fairly"),
                _("How often, where and how we meet"),
                _("What stays between us"),
            ),
            _("What are you working on that somebody in the same place would understand at once?"),
        ),
        "usual": Agenda(
            (
                _("What has happened since we last met"),
                _("First half: the question of one of us"),
                _("Second half: the question of the other"),
                _("Next steps of each of us"),
            ),
            _("Which one question do you bring, and what kind of help would you like with it?"),
        ),
    },
    surveys={
        **SURVEYS,
        "middle": (
            *SURVEYS["middle"][:3],
            Ask(_("How even is the giving and taking between you?")),
            SURVEYS["middle"][3],
        ),
    },
)
