"""Programmes side by side, and files of how they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allows
from programs.models import Program

from .exports_programs import document_of
from .exports_tables import WRITERS
from .health import health_of
from .program_figures import figures_for_each, side_by_side

# So many fit beside each other on a page, and each costs the same few queries.
MOST_COMPARED = 4
PROGRAMS_TO_CHOOSE = 50


@require_safe
def program_compare(request: HttpRequest, org: str) -> HttpResponse:
    """Two to four programmes, figure by figure; `p` names each."""
    member, exact = _reader(request)
    programs = list(Program.objects.launched().order_by("-launched_at", "-pk")[:PROGRAMS_TO_CHOOSE])
    chosen = _chosen(request, programs)
    if not chosen and len(programs) > 1:
        chosen = programs[:2]
    # Objectives are each programme's own, so none stands beside another.
    compared = figures_for_each(chosen, exact=exact, objectives=False) if chosen else []
    trail = [{"label": _("Reports"), "url": reverse("reports:overview", args=[org])}]
    context = {
        "programs": programs,
        "chosen": {each.pk for each in chosen},
        "compared": compared,
        # Each value with its programme, whose name stands beside it where there is no room for columns.
        "sections": [
            (section, [(figure, list(zip(compared, found, strict=True))) for figure, found in rows])
            for section, rows in side_by_side(compared)
        ],
        "most": MOST_COMPARED,
        "query": "&".join(f"p={each.pk}" for each in chosen),
        "trail": [
            *(trail if allows(member, "reports.view") else []),
            {"label": _("How programmes do"), "url": reverse("reports:program_health", args=[org])},
        ],
    }
    return render(request, "reports/program_compare.html", context)


@require_safe
def program_health_file(request: HttpRequest, org: str, kind: str) -> HttpResponse:
    """One programme or several as CSV, XLSX or PDF; `p` names each, without one it is the newest."""
    _member, exact = _reader(request)
    if kind not in WRITERS:
        raise Http404
    newest = Program.objects.launched().order_by("-launched_at", "-pk")[:1]
    chosen = _chosen(request) or list(newest)
    if not chosen:
        raise Http404
    organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
    compared = figures_for_each(chosen, exact=exact)
    healths = [health_of(organisation, compared[0])] if kind == "pdf" and len(chosen) == 1 else []
    document = document_of(organisation, compared, healths=healths)
    write, content_type = WRITERS[kind]
    day = compared[0].as_of.astimezone(organisation.zone).date()
    name = f"programme-health-{org}-{day}.{kind}"
    return HttpResponse(
        write(document),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _reader(request: HttpRequest) -> tuple[Any, bool]:
    """Who runs programmes reads every number; who only reads reports, rounded ones; nobody else any."""
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    runs_programs = allows(member, "programs.manage")
    if not (runs_programs or allows(member, "reports.view")):
        raise PermissionDenied
    return member, runs_programs


def _chosen(request: HttpRequest, listed: Sequence[Program] = ()) -> list[Program]:
    """The programmes that `p` names, each once and in that order; those that were read already aren't read again."""
    wanted = list(dict.fromkeys(int(each) for each in request.GET.getlist("p") if each.isdecimal() and len(each) < 19))
    known = {each.pk: each for each in listed}
    return [known.get(pk) or get_object_or_404(Program.objects.launched(), pk=pk) for pk in wanted[:MOST_COMPARED]]
