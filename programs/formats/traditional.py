"""More with less experienced, one to one."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from .base import Format
from .usual import AGENDAS, MENTEE, MENTOR, STAGES, SURVEYS

TRADITIONAL = Format(
    key="traditional",
    position=10,
    family="pairs",
    name=_("Traditional one-to-one"),
    summary=_("A more experienced colleague supports a less experienced one."),
    objectives=(
        _("Prepare people for their next role"),
        _("Keep people we would hate to lose"),
        _("Share know-how across departments"),
    ),
    parts={"mentee": MENTEE, "mentor": MENTOR},
    level_gap=2,
    duration=timedelta(days=182),
    rhythm=timedelta(weeks=2),
    weights={"skills": 5, "level": 2, "department": 1, "site": 1, "languages": 1, "hours": 2},
    rules={"min_level_gap": 0},
    choosing=True,
    stages=STAGES,
    agendas=AGENDAS,
    surveys=SURVEYS,
)
