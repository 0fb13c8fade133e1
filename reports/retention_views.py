"""Who stays: the report, how it is asked for and taken away, and what the people data lacks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed
from mentoring.jobs.models import Job

from . import quality, retention_files, snapshots
from . import retention_words as words
from .access import is_access
from .choices import EXPOSURES, PERIODS_ONCE, POPULATIONS, Choice, last_full_month, read_key
from .figures import BREAKDOWNS, curve_since_joining, forest_of
from .forms import DownloadForm, ReportSettingsForm, RetentionForm
from .models import Download, ReportRecipient, Snapshot
from .retention_beside import tells_of_few
from .retention_facts import settings_of

DOWNLOADS_PER_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed("reports.view")
def retention(request: Any, org: str) -> HttpResponse:
    months = snapshots.months_ready(request.organisation)
    if request.method == "POST":
        form = RetentionForm(request.POST, months=months)
        if form.is_valid():
            choice = form.choice()
            if snapshots.find_snapshot(choice) is None:
                if tells_of_few(request.organisation, choice):
                    form.add_error(
                        None,
                        _(
                            "This choice differs from the report on everybody by a few people only, so both together would tell of them. Choose more programmes, or all."
                        ),
                    )
                elif snapshots.is_one_too_many(choice):
                    form.add_error(
                        None,
                        _(
                            "There are reports on so many different choices of participants already that one more, laid beside them, could tell of single people. Choose one that there is a report of."
                        ),
                    )
                else:
                    snapshots.start_snapshot(choice, by=request.member)
            if form.is_valid():
                return redirect(f"{reverse('reports:retention', args=[org])}?{choice.query}")
        return _page(request, org, _last(months), form, status=422)
    if "month" in request.GET:
        form = RetentionForm(request.GET, months=months)
        if not form.is_valid():
            return redirect("reports:retention", org=org)
        return _page(request, org, form.choice(), form)
    choice = _last(months)
    return _page(request, org, choice, RetentionForm(months=months, initial=_initial(choice)))


def _last(months: list[Any]) -> Choice:
    """What is shown where nothing was chosen: the report of the last month, or the newest that there is."""
    choice = Choice(months[0])
    if snapshots.find_snapshot(choice) is None and snapshots.unfinished_job(choice) is None:
        newest = snapshots.latest_snapshot()
        if newest is not None and newest.month in months:
            return Choice(newest.month)
    return choice


def _initial(choice: Choice) -> dict[str, Any]:
    return {
        "month": f"{choice.month:%Y-%m}",
        "period": choice.period,
        "exposure": choice.exposure,
        "population": choice.population,
        "programs": [str(pk) for pk in choice.programs],
    }


def _page(
    request: Any, org: str, choice: Choice, form: RetentionForm, *, download: Any = None, status: int = 200
) -> HttpResponse:
    snapshot = snapshots.find_snapshot(choice)
    breakdown = request.GET.get("by", "department")
    breakdown = breakdown if breakdown in BREAKDOWNS else "department"
    here = f"{reverse('reports:retention', args=[org])}?{choice.query}"
    context: dict[str, Any] = {
        "form": form,
        "choice": choice,
        "chosen": _chosen(choice, form),
        "here_url": here,
        "snapshot": snapshot,
        "job": None if snapshot else snapshots.unfinished_job(choice),
        "failure": None if snapshot else snapshots.last_failure(choice),
        "download": download or DownloadForm(),
        "trail": _trail(org),
        "waiting_month": _waiting(request.organisation, _first_month(form)),
        "newer_month": None if choice.month == _first_month(form) or not snapshot else _first_month(form),
    }
    if snapshot:
        published = snapshot.published
        context |= {
            "report": published,
            "curve": curve_since_joining(published),
            "forest": forest_of(breakdown, published["groups"][breakdown]),
            "breakdown": BREAKDOWNS[breakdown],
            "some_hidden": any(row["hidden"] for row in published["groups"][breakdown]),
            "tabs": [
                {"label": label, "url": f"{here}&by={name}#groups", "current": name == breakdown}
                for name, label in BREAKDOWNS.items()
            ],
            "kinds": [
                row | {"label": words.KINDS[row["kind"]]} for row in (published["kinds"] or {"rows": []})["rows"]
            ],
            "funnel": [row | {"label": EXPOSURES[row["step"]]} for row in published["funnel"]],
            "measures": [row | {"unit_label": words.UNITS[row["unit"]]} for row in published["measures"]],
            "rates": [
                row
                | {"unit_label": words.UNITS[row["unit"]]}
                | ({"as_of": words.day_in_words(row["as_of"])} if "as_of" in row else {})
                for row in published.get("rates", ())
            ],
            "definitions": list(retention_files.definitions_of(published))[:3],
            "in_people": words.in_people(published),
            "what_can_be_said": words.what_can_be_said(published),
            "by_rate": words.by_rate(published),
            "who_is_compared": words.who_is_compared(published),
            "on_average": words.on_average(published),
            "ratios": words.ratios(published),
            "about_kinds": words.about_kinds(published),
            "headline_difference": words.difference(published["headline"]["difference"])
            if published["headline"]
            else None,
            "naive_points": words.number_of_points(published["naive"]["points"]) if published["naive"] else "",
            "landmarks": [
                row if "why_not" in row else row | {"words": words.difference(row["difference"])}
                for row in published["landmarks"]
            ],
        }
        for name in ("as_of", "covered_from", "imported_on", "measures_from"):
            context[name] = date.fromisoformat(published[name]) if published.get(name) else None
    return render(request, "reports/retention.html", context, status=status)


def _waiting(organisation: Any, newest: date) -> date | None:
    """The month that is over, but beyond the people data."""
    over = last_full_month(timezone.now().astimezone(organisation.zone).date())
    return over if over > newest else None


def _first_month(form: RetentionForm) -> date:
    return date.fromisoformat(f"{form.fields['month'].choices[0][0]}-01")  # type: ignore[attr-defined]  # a ChoiceField


def _chosen(choice: Choice, form: RetentionForm) -> list[tuple[str, str]]:
    """The choice in words."""
    names = dict(form.fields["programs"].choices)  # type: ignore[attr-defined]  # a MultipleChoiceField
    programs = [names.get(str(pk), _("a programme that is gone")) for pk in choice.programs]
    return [
        (_("Until the end of"), date_format(choice.month, "F Y")),
        (_("Period"), str(PERIODS_ONCE[choice.period])),
        (_("Participants"), str(EXPOSURES[choice.exposure])),
        (_("Compared"), str(POPULATIONS[choice.population])),
        (_("Programmes"), ", ".join(programs) or _("all of them")),
    ]


@require_POST
@allowed("reports.view")
def retention_download(request: Any, org: str, pk: int) -> HttpResponse:
    """Hand a snapshot's figures over, and write down to whom and what for."""
    snapshot = get_object_or_404(Snapshot, pk=pk)
    if is_access(snapshot):
        raise Http404
    choice = read_key(snapshot.month, snapshot.key)
    form = DownloadForm(request.POST)
    months = snapshots.months_ready(request.organisation)
    asked = RetentionForm(months=months, initial=_initial(choice))
    if not form.is_valid():
        return _page(request, org, choice, asked, download=form, status=422)
    kind = form.cleaned_data["format"]
    snapshots.log_download(snapshot, format=kind, purpose=form.cleaned_data["purpose"], by=request.member)
    content, content_type = _file(request, snapshot, kind, _chosen(choice, asked))
    name = f"retention-{org}-{choice.file_name}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _file(request: Any, snapshot: Snapshot, kind: str, chosen: list[tuple[str, str]]) -> tuple[Any, str]:
    make, content_type = {
        Download.Format.XLSX: (
            retention_files.retention_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        Download.Format.PDF: (retention_files.retention_pdf, "application/pdf"),
        Download.Format.CSV: (retention_files.retention_csv, "text/csv; charset=utf-8"),
    }[Download.Format(kind)]  # fmt: skip
    return make(snapshot.published, organisation=request.organisation.name, choice=chosen), content_type


@require_POST
@allowed("reports.view")
def retention_cancel(request: Any, org: str, pk: int) -> HttpResponse:
    """Stop a report that is being worked out."""
    snapshots.stop_snapshot(get_object_or_404(Job, pk=pk, kind=snapshots.KIND))
    messages.success(request, _("The report is not worked out any further."))
    return redirect("reports:retention", org=org)


@require_safe
@allowed("reports.view")
def download_list(request: Any, org: str) -> HttpResponse:
    """Who took which figures away, and what for."""
    page = Paginator(snapshots.downloads(), DOWNLOADS_PER_PAGE).get_page(request.GET.get("page"))
    for each in page.object_list:
        each.is_access = is_access(each.snapshot)
    return render(request, "reports/downloads.html", {"page": page, "trail": [*_trail(org), _to_retention(org)]})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("reports.view")
def data_quality(request: Any, org: str) -> HttpResponse:
    """What the people data lacks, what that does to the report, and how the report is to be made."""
    chosen = {"recipients": list(ReportRecipient.objects.values_list("member_id", flat=True))}
    form = ReportSettingsForm(request.POST or None, instance=settings_of(), initial=chosen)
    if form.is_valid():
        snapshots.save_settings(form.save(commit=False), recipients=form.cleaned_data["recipients"])
        messages.success(request, _("Saved. Reports that are there stay as they are; the next one is made so."))
        return redirect("reports:data_quality", org=org)
    context = {
        "quality": quality.quality_of(request.organisation),
        "form": form,
        "trail": [*_trail(org), _to_retention(org)],
    }
    return render(request, "reports/data_quality.html", context, status=422 if form.errors else 200)


def _trail(org: str) -> list[dict[str, str]]:
    return [{"label": _("Reports"), "url": reverse("reports:overview", args=[org])}]


def _to_retention(org: str) -> dict[str, str]:
    return {"label": _("Who stays"), "url": reverse("reports:retention", args=[org])}
