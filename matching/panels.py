"""What a programme's page shows of matching to its admins."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Program
from programs.panels import NextStep, program_panel

from . import services, showing
from .gathering import taking_part
from .models import MatchRun


@program_panel
def matching(program: Program, *, by: Member) -> dict[str, Any] | None:
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
        return None
    figures = showing.summary(program)
    run = MatchRun.objects.filter(program=program).finished().first()
    # Until there is somebody to match, recruiting comes first.
    is_ready = bool(figures.mentees) and taking_part(program).mentors().exists()
    url = reverse("matching:board", args=[by.organisation.slug, program.pk])
    return {
        "template": "matching/program_panel.html",
        "figures": figures,
        "run": run,
        "next_best": services.next_best_proposed(program) if figures.proposed else 0,
        "next_step": _next_step(figures, run, url) if is_ready else None,
    }


def _next_step(figures: showing.Summary, run: MatchRun | None, url: str) -> NextStep | None:
    if figures.proposed:
        title = ngettext("Look at %(n)d proposed pair", "Look at %(n)d proposed pairs", figures.proposed)
        text = _("Nobody has been told yet: swap, lock or discard what you like, then publish.")
        return NextStep(title % {"n": figures.proposed}, text, url, _("Look at the proposals"), rank=20)
    if run is None:
        title = ngettext(
            "%(n)d mentee is waiting for a mentor", "%(n)d mentees are waiting for a mentor", figures.unmatched
        )
        text = _("Matching compares everybody with everybody and proposes the best pairs. It also runs every night.")
        return NextStep(title % {"n": figures.unmatched}, text, url, _("Go to matching"), rank=30)
    return None
