"""Each level mentors the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Ask, Format, Guide, Setting
from .usual import AGENDAS, PEER, STAGES, SURVEYS

CASCADE = Format(
    key="cascade",
    position=90,
    family="wide",
    name=_("Cascade"),
    summary=_("Each level mentors the one below: whoever has a mentor passes it on to somebody else."),
    objectives=(
        _("Carry a way of leading through all levels"),
        _("Let everybody both learn and teach"),
        _("Bring levels that never talk closer together"),
    ),
    parts={
        "peer": replace(
            PEER,
            name=_("link"),
            plural=_("links of the chain"),
            sign_up=_("Sign up"),
            summary=_("You have a mentor one level up, and you mentor somebody one level down."),
            skills=_("What is it to be about, upwards and downwards?"),
            skills_help=_("What you would like to learn or pass on, with commas between them."),
            goal=_("What would you like to reach with your own mentor?"),
            capacity=_("How many people of the level below can you mentor at once?"),
            guide=Guide(
                title=_("A link of the chain"),
                intro=_(
                    "You are a mentee with somebody one level up and a mentor to somebody one level down. What you learn "
                    "above is of use below, and the other way round."
                ),
                sections=(
                    (
                        _("As a mentee"),
                        (
                            _("Bring a question from your own work, and one from your mentoring."),
                            _("Notice what your mentor does that helps; you can do the same tomorrow."),
                        ),
                    ),
                    (
                        _("As a mentor"),
                        (
                            _(
                                "Pass on how you were helped, not what you were told: each conversation stays where it was."
                            ),
                            _("Take up what you hear from below as a question of your own, without names."),
                        ),
                    ),
                    (
                        _("When a link breaks"),
                        (
                            _(
                                "If your mentor leaves, you go on with your mentee. The programme admin finds you a new one."
                            ),
                        ),
                    ),
                ),
            ),
        )
    },
    arranging="tiers",
    level_gap=2,
    duration=timedelta(days=273),
    rhythm=timedelta(weeks=4),
    default_capacity=2,
    capacity_label=_("People of the level below per person"),
    weights={"skills": 5, "level": 1, "department": 2, "site": 1, "languages": 1, "hours": 2},
    wants={"level_tolerance": 5},
    settings={
        "tiers": Setting(
            _("Levels of each tier"),
            "tiers",
            ([7, 20], [5, 6], [3, 4], [1, 2]),
            help_text=_("One tier per line from the top, such as 7–20. Each mentors the one below it."),
        )
    },
    stages=STAGES,
    agendas=AGENDAS,
    surveys={
        **SURVEYS,
        "middle": (
            *SURVEYS["middle"][:3],
            Ask(_("How much of what you learn from your mentor do you pass on?")),
            SURVEYS["middle"][3],
        ),
    },
)
