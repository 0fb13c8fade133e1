"""Who is left over by matching, on either side, and what would help."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allowed
from programs.models import Program

from .. import showing
from ..relaxing import relaxations_from, worth_making
from .shared import PER_PAGE, frame, last_run


@require_safe
@allowed("programs.manage")
def unmatched(request: Any, org: str, pk: int) -> HttpResponse:
    """Who has no mentor and no proposal, why, and what would place more of them."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    last = last_run(program)
    mentees = showing.unmatched_mentees(program).select_related("member")
    ordered = mentees.order_by("member__family_name", "member__given_name", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    found = relaxations_from(last.relaxations) if last else []
    context = {
        **frame(request, program, "unmatched"),
        "page": page,
        "rows": showing.left_over(last, list(page.object_list)),
        "run": last,
        "sides": _sides(request, program, page.paginator.count, len(showing.free_places(program)), "unmatched"),
        "found": found,
        "relaxations": worth_making(found),
        "alone": last.mentees - last.proposed if last else 0,
    }
    return render(request, "matching/unmatched.html", context)


@require_safe
@allowed("programs.manage")
def idle(request: Any, org: str, pk: int) -> HttpResponse:
    """Which mentors have places left, and why nobody more came to them."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    last = last_run(program)
    free = showing.free_places(program)
    page = Paginator(showing.mentors_with_places(free), PER_PAGE).get_page(request.GET.get("page"))
    shown = frame(request, program, "unmatched")
    context = {
        **shown,
        "page": page,
        "rows": showing.idle_rows(last, list(page.object_list), free),
        "run": last,
        "sides": _sides(request, program, shown["figures"].unmatched, len(free), "idle"),
        "places": sum(free.values()),
    }
    return render(request, "matching/idle.html", context)


def _sides(request: Any, program: Program, mentees: int, mentors: int, current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": reverse(f"matching:{name}", args=[request.organisation.slug, program.pk]),
            "current": name == current,
            "count": count,
        }
        for name, label, count in (
            ("unmatched", _("Mentees"), mentees),
            ("idle", _("Mentors with free places"), mentors),
        )
    ]
