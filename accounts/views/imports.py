"""People from an HR export, a page for each step: upload, columns, preview, result."""

from itertools import islice
from pathlib import PurePath

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentoring.jobs.models import Job

from .. import imports
from ..import_forms import ColumnsForm, UploadForm
from ..importing.guessing import BadSettings, Settings
from ..importing.reading import UnreadableFile
from ..importing.refused import refused_report
from ..imports.showing import rows_to_hand_back, rows_to_show
from ..models import PeopleImport
from ..rules import allowed

IMPORTS_PER_PAGE = 10
ROWS_PER_PAGE = 50
FIRST_ROWS = 5
# From here on, and when they are a tenth of everybody, so many leavers look like a mistake.
MANY_LEAVERS = 10

Status = PeopleImport.Status


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def import_upload(request, org):
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            people_import = imports.upload(name=file.name, content=file.read(), by=request.member)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        else:
            return redirect("accounts:import_columns", org=org, pk=people_import.pk)
    earlier = PeopleImport.objects.light().select_related("uploaded_by")
    page = Paginator(earlier, IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    jobs = Job.objects.in_bulk([each.job_id or 0 for each in page.object_list])
    context = {"form": form, "page": page, "imports": [(each, _state(each, jobs)) for each in page.object_list]}
    return render(request, "accounts/import_upload.html", context, status=422 if form.errors else 200)


def _state(people_import, jobs):
    """What an import is at, and the page where it goes on."""
    job = jobs.get(people_import.job_id)
    if job and not job.is_finished:
        return {"label": job.title, "tone": "info", "page": "accounts:import_preview"}
    page, tone = {
        Status.UPLOADED: ("accounts:import_columns", "warning"),
        Status.PLANNED: ("accounts:import_preview", "warning"),
        Status.DONE: ("accounts:import_result", "success"),
        Status.CANCELLED: ("", "neutral"),
    }[people_import.status]
    return {"label": people_import.get_status_display(), "tone": tone, "page": page}


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def import_columns(request, org, pk):
    people_import = get_object_or_404(PeopleImport, pk=pk)
    elsewhere = _elsewhere(request, people_import)
    if elsewhere:
        return elsewhere
    settings = Settings.from_dict(people_import.settings)
    table, guess = imports.open_file(people_import, settings)
    form = ColumnsForm(request.POST if request.method == "POST" else None, settings=settings, guess=guess)
    if form.is_valid():
        try:
            if form.wants_reading:
                imports.read_again(people_import, **form.how(), by=request.member)
                messages.info(request, _("The file was read again. Check what its columns hold now."))
                return redirect("accounts:import_columns", org=org, pk=pk)
            imports.correct_columns(people_import, form.as_settings(), by=request.member)
            imports.start_plan(people_import, by=request.member)
        except UnreadableFile as error:
            form.add_error("encoding", str(error))
        except (BadSettings, imports.ImportRefused) as error:
            form.add_error(None, str(error))
        else:
            return redirect("accounts:import_preview", org=org, pk=pk)
    context = {
        "people_import": people_import,
        "form": form,
        "guess": guess,
        "first_rows": list(islice(table, FIRST_ROWS)),
        "headings": table.headings,
    }
    return render(request, "accounts/import_columns.html", context, status=422 if form.errors else 200)


def _elsewhere(request, people_import):
    """The way to the page that an import is at, when that is past its columns; else nothing."""
    org, pk = request.organisation.slug, people_import.pk
    if people_import.status == Status.DONE:
        return redirect("accounts:import_result", org=org, pk=pk)
    if people_import.status == Status.CANCELLED:
        messages.info(request, _("That import was thrown away. Upload the file again to go on."))
        return redirect("accounts:import_upload", org=org)
    job = imports.job_of(people_import)
    if job and not job.is_finished:
        is_writing = job.kind == "accounts.apply_import"
        return redirect("accounts:import_result" if is_writing else "accounts:import_preview", org=org, pk=pk)
    return None


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def import_preview(request, org, pk):
    """Show what would be done, or how far the reading is. A POST has the preview made anew."""
    people_import = get_object_or_404(PeopleImport.objects.light(), pk=pk)
    if request.method == "POST":
        try:
            imports.start_plan(people_import, by=request.member)
        except imports.ImportRefused as error:
            messages.error(request, str(error))
        return redirect("accounts:import_preview", org=org, pk=pk)
    job = imports.job_of(people_import)
    is_reading = job is not None and not job.is_finished and job.kind == "accounts.plan_import"
    if not is_reading:
        elsewhere = _elsewhere(request, people_import)
        if elsewhere:
            return elsewhere
        if people_import.status == Status.UPLOADED and (job is None or job.status == Job.Status.DONE):
            return redirect("accounts:import_columns", org=org, pk=pk)
    context = {"people_import": people_import, "job": job, "is_reading": is_reading}
    if not is_reading and people_import.status == Status.PLANNED:
        context |= _rows(request, people_import, ["all", "create", "change", "same", "refuse", "notes"])
        context |= {
            "counts": people_import.counts,
            "remarks": people_import.remarks,
            "is_blocked": imports.blocks(people_import),
            "writes": people_import.counts.get("create", 0) + people_import.counts.get("change", 0),
            "many_leave": _many_leave(people_import.counts),
            "act": _act(people_import),
        }
    return render(request, "accounts/import_preview.html", context)


def _rows(request, people_import, kinds):
    """One page of the rows of the kind that is asked for, and tabs for all kinds."""
    counts = people_import.counts
    labels = {
        "all": _("All rows"),
        "create": _("New"),
        "change": _("Changed"),
        "same": _("Unchanged"),
        "refuse": _("Refused"),
        "notes": _("With a note"),
    }
    numbers = {kind: counts.get(kind, 0) for kind in labels} | {"all": people_import.row_count}
    kind = request.GET.get("show")
    if kind not in kinds:
        kind = next((kind for kind in kinds if numbers[kind]), kinds[0])
    rows = people_import.rows.all()
    if kind == "notes":
        rows = rows.filter(has_notes=True)
    elif kind != "all":
        rows = rows.filter(action=kind)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"label": labels[each], "url": f"?show={each}", "current": each == kind, "count": f"{numbers[each]:,}"}
        for each in kinds
    ]
    return {"tabs": tabs, "kind": kind, "page": page, "rows": rows_to_show(people_import, page.object_list)}


def _many_leave(counts):
    leave, here = counts.get("leave", 0), counts.get("here", 0)
    return leave >= MANY_LEAVERS and leave * 10 >= here


def _act(people_import):
    """What the button does: “Create 1,178 people, change 12”."""
    created, changed = people_import.counts.get("create", 0), people_import.counts.get("change", 0)
    if people_import.holds == PeopleImport.Holds.JOB_CHANGES:
        return _act_on_changes(created, changed)
    if created and changed:
        return _("Create %(created)s people, change %(changed)s") % {
            "created": f"{created:,}",
            "changed": f"{changed:,}",
        }
    if created == 1 or not created + changed:
        return _("Create 1 person")
    if created:
        return _("Create %(n)s people") % {"n": f"{created:,}"}
    return _("Change 1 person") if changed == 1 else _("Change %(n)s people") % {"n": f"{changed:,}"}


def _act_on_changes(created, changed):
    if created and changed:
        return _("Add %(created)s changes, correct %(changed)s") % {
            "created": f"{created:,}",
            "changed": f"{changed:,}",
        }
    if created:
        return ngettext("Add 1 change", "Add %(n)s changes", created) % {"n": f"{created:,}"}
    return ngettext("Correct 1 change", "Correct %(n)s changes", changed) % {"n": f"{changed:,}"}


@require_POST
@allowed("people.manage")
def import_confirm(request, org, pk):
    people_import = get_object_or_404(PeopleImport.objects.light(), pk=pk)
    try:
        imports.confirm_import(people_import, planned_at=request.POST.get("planned_at", ""), by=request.member)
    except imports.ImportRefused as error:
        messages.error(request, str(error))
        return redirect("accounts:import_preview", org=org, pk=pk)
    return redirect("accounts:import_result", org=org, pk=pk)


@require_safe
@allowed("people.manage")
def import_result(request, org, pk):
    """Show how far the writing is, or what came of it."""
    people_import = get_object_or_404(PeopleImport.objects.light(), pk=pk)
    job = imports.job_of(people_import)
    is_writing = job is not None and not job.is_finished and job.kind == "accounts.apply_import"
    if not is_writing and people_import.status != Status.DONE:
        return redirect("accounts:import_preview", org=org, pk=pk)
    context = {"people_import": people_import, "job": job, "is_writing": is_writing}
    if not is_writing:
        context |= _rows(request, people_import, ["refuse", "notes"])
        context |= {"counts": people_import.counts, "summary": imports.in_words(people_import)}
    return render(request, "accounts/import_result.html", context)


@require_POST
@allowed("people.manage")
def import_cancel(request, org, pk):
    people_import = get_object_or_404(PeopleImport.objects.light(), pk=pk)
    try:
        imports.cancel_import(people_import, by=request.member)
    except imports.ImportRefused as error:
        messages.error(request, str(error))
        return redirect("accounts:import_preview", org=org, pk=pk)
    messages.success(
        request, _("The import of %(file)s was thrown away. Nobody was changed.") % {"file": people_import.file_name}
    )
    return redirect("accounts:import_upload", org=org)


@require_safe
@allowed("people.manage")
def import_refused_csv(request, org, pk):
    """The refused rows as they came, with the reasons beside them, to be corrected and uploaded again."""
    people_import = get_object_or_404(PeopleImport.objects.light(), pk=pk)
    delimiter = people_import.settings.get("delimiter", ",")
    report = refused_report(people_import.headings, rows_to_hand_back(people_import), delimiter=delimiter)
    name = slugify(PurePath(people_import.file_name).stem) or "import"
    headers = {"Content-Disposition": f'attachment; filename="{name}-refused.csv"'}
    return HttpResponse("".join(report).encode(), content_type="text/csv; charset=utf-8", headers=headers)
