"""Importing sign-ups from a sheet: upload, look, correct, confirm."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.importing.messages import Message
from accounts.importing.refused import refused_report
from accounts.rules import allowed
from mentoring.jobs.models import Job
from mentoring.jobs.services import start_job

from .. import services
from ..forms import SheetColumnsForm, SheetForm
from ..models import Program, SignUpSheet
from .posting import posted
from .programs import trail

PER_PAGE = 50
KIND = "programs.import_sign_ups"


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def sheet_upload(request, org, pk):
    program = get_object_or_404(Program.objects.running(), pk=pk)
    form = SheetForm(posted(request), request.FILES if request.method == "POST" else None)
    if form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            # A byte more than may be, so that too much is noticed without reading it all.
            content = file.read(services.LARGEST_SHEET + 1)
            sheet = services.upload_sheet(program, name=file.name, content=content, by=request.member)
        except services.ProgramProblem as problem:
            form.add_error("sheet", str(problem))
        else:
            return redirect("programs:sheet", org=org, pk=sheet.pk)
    earlier = program.sheets.defer("content").select_related("uploaded_by")[:10]
    context = {"program": program, "form": form, "earlier": earlier, "trail": trail(request, program)}
    return render(request, "programs/sheet_upload.html", context, status=422 if form.errors else 200)


def _find(pk):
    return get_object_or_404(SignUpSheet.objects.select_related("program"), pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def sheet_detail(request, org, pk):
    """What the sheet would do, row by row; a post does it. Afterwards: what it did."""
    sheet = _find(pk)
    here = reverse("programs:sheet", args=[org, pk])
    job = Job.objects.filter(kind=KIND, subject=f"sheet:{sheet.pk}").first()
    if request.method == "POST" and sheet.imported_at is None:
        job = start_job(KIND, subject=f"sheet:{sheet.pk}", sheet_id=sheet.pk, by_id=request.member.pk)
        return redirect(reverse("jobs:detail", args=[org, job.pk]) + f"?next={here}")
    context = {"sheet": sheet, "program": sheet.program, "job": job, "trail": _trail(request, sheet)}
    if sheet.imported_at is not None:
        context |= {"counts": sheet.report["counts"], "page": _page(request, _refused(sheet))}
        return render(request, "programs/sheet_report.html", context)
    try:
        report = services.plan_sheet(sheet)
    except services.ProgramProblem as problem:
        messages.error(request, str(problem))
        return redirect("programs:import_sign_ups", org=org, pk=sheet.program_id)
    shown = request.GET.get("show", "")
    labels = {
        "enrol": _("Enrolled"),
        "wait": _("Waiting list"),
        "change": _("Changed"),
        "same": _("Left alone"),
        "skip": _("Answered again"),
        "refuse": _("Refused"),
    }
    rows = [row for row in report.rows if row.action == shown] if shown in labels else report.rows
    tabs = [{"label": _("All rows"), "url": here, "current": shown not in labels, "count": len(report.rows)}]
    tabs += [
        {"label": label, "url": f"{here}?show={action}", "current": shown == action, "count": report.counts[action]}
        for action, label in labels.items()
        if report.counts[action]
    ]
    context |= {"report": report, "tabs": tabs, "page": _page(request, rows), "refused": report.counts["refuse"]}
    return render(request, "programs/sheet_detail.html", context)


def _page(request, rows):
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _refused(sheet):
    return [{"line": line, "cells": cells, "errors": errors} for line, cells, errors in sheet.report.get("refused", [])]


def _trail(request, sheet):
    url = reverse("programs:import_sign_ups", args=[request.organisation.slug, sheet.program_id])
    return [*trail(request, sheet.program), {"label": _("Import sign-ups"), "url": url}]


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def sheet_columns(request, org, pk):
    sheet = _find(pk)
    if sheet.imported_at is not None:
        return redirect("programs:sheet", org=org, pk=pk)
    form = SheetColumnsForm(posted(request), sheet=sheet, headings=services.headings_of(sheet))
    if form.is_valid():
        try:
            services.correct_sheet(sheet, role=form.cleaned_data["role"], columns=form.chosen(), by=request.member)
        except services.ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("programs:sheet", org=org, pk=pk)
    context = {"sheet": sheet, "program": sheet.program, "form": form, "trail": _trail(request, sheet)}
    return render(request, "programs/sheet_columns.html", context, status=422 if form.errors else 200)


@require_safe
@allowed("programs.manage")
def sheet_refused(request, org, pk):
    """The refused rows as they came, with why, for a spreadsheet."""
    sheet = _find(pk)
    if sheet.imported_at is not None:
        headings = sheet.report["headings"]
        rows = [(row["line"], row["cells"], row["errors"]) for row in _refused(sheet)]
    else:
        headings = [heading for heading, _samples in services.headings_of(sheet)]
        rows = [(row.line, row.cells, row.errors) for row in services.plan_sheet(sheet).refused]
    told = ((line, cells, [Message("", error) for error in errors]) for line, cells, errors in rows)
    answer = HttpResponse("".join(refused_report(headings, told)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="refused-sign-ups.csv"'
    return answer
