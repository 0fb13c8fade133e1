"""Who gets access to mentoring: the page, and the figures to take away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import allows
from programs.models import Program

from . import access, access_files, snapshots
from .exports_tables import WRITERS
from .forms import DownloadForm
from .models import Snapshot

GROUPS_PER_PAGE = 50
PROGRAMS_TO_CHOOSE = 200


@never_cache
@require_safe
def access_page(request: Any, org: str) -> HttpResponse:
    """One breakdown of all programmes, or of the one that `program` names."""
    _require_reader(request)
    chosen = request.GET.get("program", "")
    program = None
    if chosen:
        if not (chosen.isdecimal() and len(chosen) < 19):
            return redirect("reports:access", org=org)
        program = get_object_or_404(Program.objects.launched(), pk=int(chosen))
    month = snapshots.months_ready(request.organisation)[0]
    snapshot = access.access_snapshot(request.organisation, month, program)
    return _page(request, org, snapshot, program)


@require_POST
def access_download(request: Any, org: str, pk: int) -> HttpResponse:
    """Hand the figures over, and write down to whom and what for."""
    _require_reader(request)
    snapshot: Snapshot = get_object_or_404(Snapshot.objects.filter(key__startswith=access.PREFIX), pk=pk)
    form = DownloadForm(request.POST)
    if not form.is_valid():
        known = snapshot.published["program"]
        program = Program.objects.filter(pk=known["id"]).first() if known else None
        return _page(request, org, snapshot, program, download=form, status=422)
    kind = form.cleaned_data["format"]
    snapshots.log_download(snapshot, format=kind, purpose=form.cleaned_data["purpose"], by=request.member)
    write, content_type = WRITERS[kind]
    name = f"access-to-mentoring-{org}-{snapshot.month:%Y-%m}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    content = write(access_files.document_of(request.organisation, snapshot))
    return HttpResponse(content, content_type=content_type, headers=headers)


def _page(
    request: Any,
    org: str,
    snapshot: Snapshot,
    program: Program | None,
    *,
    download: DownloadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    published = snapshot.published
    breakdowns = {key: (name, rows) for key, name, rows in access_files.breakdowns_of(published)}
    by = request.GET.get("by", "department")
    by = by if by in breakdowns else "department"
    name, rows = breakdowns[by]
    here = reverse("reports:access", args=[org]) + "?" + (f"program={program.pk}&" if program else "")
    declared = {f"said-{each['key']}": each for each in published["declared"]}
    context = {
        "snapshot": snapshot,
        "report": published,
        "as_of": access.last_day_of(published),
        "program": program,
        "programs": list(Program.objects.launched().order_by("-launched_at", "-pk")[:PROGRAMS_TO_CHOOSE]),
        "breakdown": name,
        "declared": declared.get(by),
        "page": Paginator([row | {"since": access_files.since(row)} for row in rows], GROUPS_PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "range": _range(rows),
        "some_hidden": any(row["hidden"] or row["matched"] is None for row in rows),
        "tabs": [
            {"label": label, "url": f"{here}by={key}#groups", "current": key == by}
            for key, (label, _rows) in breakdowns.items()
        ],
        "definitions": list(access_files.definitions_of(published)),
        "caveats": list(access_files.caveats_of(published)),
        "download": download or DownloadForm(),
        "by": by,
        "trail": _trail(request, org),
    }
    return render(request, "reports/access.html", context, status=status)


def _range(rows: list[Any]) -> tuple[Any, Any] | None:
    """The groups of which the smallest and the largest share signed up, among those that are shown."""
    told = sorted(
        (row for row in rows if row.get("enrolled_percent") is not None), key=lambda row: row["enrolled_percent"]
    )
    if len(told) < 2 or told[0]["enrolled_percent"] == told[-1]["enrolled_percent"]:
        return None
    return told[0], told[-1]


def _require_reader(request: Any) -> None:
    """Who runs programmes, or reads reports."""
    if not (allows(request.member, "programs.manage") or allows(request.member, "reports.view")):
        raise PermissionDenied


def _trail(request: Any, org: str) -> list[dict[str, str]]:
    if allows(request.member, "reports.view"):
        return [{"label": _("Reports"), "url": reverse("reports:overview", args=[org])}]
    return [{"label": _("How programmes do"), "url": reverse("reports:program_health", args=[org])}]
