"""Home, and the reports."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.rules import allowed, allows
from mentoring.charts import Bar, Chart, bars
from programs.models import Program

from . import exports, fairness, grouping, snapshots
from .calibration import BANDS, ENOUGH, Calibration, Outcome, calibration_of
from .health import health_of
from .home import home_of
from .participation import DIMENSIONS, participation_of
from .program_figures import figures_for
from .suppression import FLOOR

GROUPS_PER_PAGE = 50
# A browser may list so many programmes to choose from; older ones are reached from their own page.
PROGRAMS_TO_CHOOSE = 200


@never_cache
@require_safe
def home(request: HttpRequest, org: str) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    return render(request, "reports/home.html", {"home": home_of(member)})


@require_safe
@allowed("reports.view")
def overview(request: HttpRequest, org: str) -> HttpResponse:
    organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
    context = {
        "snapshot": snapshots.latest_snapshot(),
        "participation": participation_of(organisation, dimension="department"),
        "programs": Program.objects.running().count(),
        "floor": FLOOR,
    }
    return render(request, "reports/overview.html", context)


@require_safe
@allowed("reports.view")
def participation(request: HttpRequest, org: str) -> HttpResponse:
    organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
    dimension = request.GET.get("by", "department")
    if dimension not in DIMENSIONS:
        return redirect("reports:participation", org=org)
    found = participation_of(organisation, dimension=dimension)
    here = reverse("reports:participation", kwargs={"org": org})
    context = {
        "participation": found,
        "dimension": DIMENSIONS[dimension],
        "page": Paginator(found.groups, GROUPS_PER_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": label, "url": f"{here}?by={key}", "current": key == dimension}
            for key, label in DIMENSIONS.items()
        ],
        "trail": _trail(org),
        "floor": FLOOR,
    }
    return render(request, "reports/participation.html", context)


@require_safe
@allowed("reports.view")
def participation_csv(request: HttpRequest, org: str) -> HttpResponse:
    organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
    found = [participation_of(organisation, dimension=dimension) for dimension in DIMENSIONS]
    return _csv(exports.participation_csv(found), f"participation-{org}-{found[0].as_of}.csv")


@require_safe
def program_health(request: HttpRequest, org: str, pk: int | None = None) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    runs_programs, reads_reports = allows(member, "programs.manage"), allows(member, "reports.view")
    if not (runs_programs or reads_reports):
        raise PermissionDenied
    programs = Program.objects.launched().order_by("-launched_at", "-pk")
    chosen = request.GET.get("program", "")
    if pk is None and chosen.isdecimal() and len(chosen) < 19:
        return redirect("reports:program_health", org=org, pk=int(chosen))
    listed = list(programs[:PROGRAMS_TO_CHOOSE])
    # One that is older than those to choose from has its report too.
    program = get_object_or_404(programs, pk=pk) if pk is not None else next(iter(listed), None)
    context: dict[str, Any] = {
        "programs": listed,
        "health": None,
        "runs_programs": runs_programs,
        "trail": _trail(org) if reads_reports else [],
        "floor": FLOOR,
    }
    if program is not None:
        organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
        context["figures"] = figures_for(program, exact=runs_programs)
        context["health"] = health_of(organisation, context["figures"])
    return render(request, "reports/program_health.html", context)


@require_safe
def matching_fairness(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Whom a programme's matching serves how well, by group."""
    member = _reader(request)
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    dimension = request.GET.get("by", "department")
    if dimension not in grouping.DIMENSIONS:
        return redirect("reports:matching_fairness", org=org, pk=pk)
    organisation = request.organisation  # type: ignore[attr-defined]  # set by the gate
    found = fairness.fairness_of(organisation, program, dimension=dimension)
    here = reverse("reports:matching_fairness", args=[org, pk])
    context = {
        "program": program,
        "fairness": found,
        "dimension": grouping.DIMENSIONS[dimension],
        "page": Paginator(found.groups, GROUPS_PER_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": label, "url": f"{here}?by={key}", "current": key == dimension}
            for key, label in grouping.DIMENSIONS.items()
        ],
        "trail": _program_trail(member, org, program),
        "floor": FLOOR,
    }
    return render(request, "reports/matching_fairness.html", context)


@require_safe
def matching_calibration(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Whether the score of a programme's matching means anything."""
    member = _reader(request)
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    found = calibration_of(program)
    context = {
        "program": program,
        "calibration": found,
        "outcomes": _drawn(found),
        "trail": _program_trail(member, org, program),
        "enough": ENOUGH,
        "bands": BANDS,
    }
    return render(request, "reports/matching_calibration.html", context)


def _reader(request: HttpRequest) -> Any:
    """Who runs programmes, or reads reports; nobody else sees how matching does."""
    member = request.member  # type: ignore[attr-defined]  # set by the gate
    if not (allows(member, "programs.manage") or allows(member, "reports.view")):
        raise PermissionDenied
    return member


def _program_trail(member: Any, org: str, program: Program) -> list[dict[str, str]]:
    health = {"label": program.name, "url": reverse("reports:program_health", args=[org, program.pk])}
    return [*(_trail(org) if allows(member, "reports.view") else []), health]


def _drawn(found: Calibration) -> list[tuple[Outcome, Chart]]:
    """Each outcome with its chart: a bar for each band of scores."""
    factor = {"%": 100}
    return [
        (
            outcome,
            bars(
                [
                    Bar(
                        f"{band.lowest:.2f} – {band.highest:.2f}",
                        None if band.outcome is None else round(band.outcome.value * factor.get(outcome.unit, 1), 1),
                        _interval(band.outcome, factor.get(outcome.unit, 1)),
                    )
                    for band in outcome.bands
                ],
                title=outcome.name,
                description=outcome.meaning,
                label=_("Score when proposed"),
                value_label=outcome.name,
                note_label=_("95% interval"),
                suffix="%" if outcome.unit == "%" else "",
                maximum=100 if outcome.unit == "%" else None,
                id=f"outcome-{outcome.key}",
            ),
        )
        for outcome in found.outcomes
    ]


def _interval(outcome: Any, factor: float) -> str:
    if outcome is None:
        return ""
    return _("%(lower).1f to %(upper).1f, n = %(n)d") % {
        "lower": max(0.0, outcome.lower * factor),
        "upper": outcome.upper * factor,
        "n": outcome.n,
    }


def _trail(org: str) -> list[dict[str, str]]:
    return [{"label": _("Reports"), "url": reverse("reports:overview", kwargs={"org": org})}]


def _csv(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
