"""What counts in a programme's matching: the page on which an admin decides it, its versions, and a dry run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed
from programs.criteria import complete
from programs.forms import CriteriaForm
from programs.models import Program
from programs.services import ProgramProblem
from programs.services.questions import following

from ..models import CriteriaVersion, PairRule
from ..services.criteria import (
    CriteriaChanged,
    asked,
    change_criteria,
    differences,
    latest_version,
    restore_criteria,
    steps,
)
from ..services.problems import MatchingProblem
from ..services.trying import TooLarge, Trial, named, try_criteria
from .shared import PER_PAGE, frame

# So many of those who would get another mentor are named.
NAMED = 30


@dataclass(frozen=True)
class Dry:
    """What a dry run came to, for the page: figures, or why there are none."""

    trial: Trial | None = None
    errors: tuple[str, ...] = ()
    problem: str = ""
    too_large: bool = False

    @property
    def named(self) -> list[Any]:
        return named(self.trial.changes[:NAMED]) if self.trial else []

    @property
    def unnamed(self) -> int:
        return max(0, len(self.trial.changes) - NAMED) if self.trial else 0


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def criteria(request: Any, org: str, pk: int) -> HttpResponse:
    """What counts when pairs are compared, and what forbids them; it holds from the next run on."""
    program = _program(pk)
    if request.method != "POST":
        return _page(request, program, CriteriaForm(program=program))
    form = CriteriaForm(request.POST, program=program)
    if not form.is_valid():
        return _page(request, program, form, status=422)
    try:
        version = change_criteria(program, form.criteria, by=request.member, seen=_seen(request))
    except CriteriaChanged as changed:
        # Whoever saves once more has read what they would replace.
        return _page(request, program, form, changed=changed, status=409)
    except ProgramProblem as problem:
        form.add_error(None, str(problem))
        return _page(request, program, form, status=422)
    if version.number == _seen(request):
        messages.info(request, _("Nothing was changed, so there was nothing to save."))
        return redirect("matching:criteria", org=org, pk=pk)
    return redirect(f"{reverse('matching:criteria', args=[org, pk])}?saved={version.number}")


@require_POST
@allowed("programs.manage")
def criteria_try(request: Any, org: str, pk: int) -> HttpResponse:
    """What a run would find with what is in the form. Nothing is saved."""
    program = _program(pk)
    form = CriteriaForm(request.POST, program=program)
    dry = _dry(program, form.criteria) if form.is_valid() else Dry(errors=tuple(_sentences(form)))
    status = 200 if form.is_valid() else 422
    if not request.htmx:
        return _page(request, program, form, dry=dry, status=status)
    return render(request, "matching/trial.html", {"program": program, "dry": dry, "oob": True}, status=status)


@require_safe
@allowed("programs.manage")
def criteria_versions(request: Any, org: str, pk: int) -> HttpResponse:
    """Every version of what counted, the newest first, with what it changed."""
    program = _program(pk)
    versions = CriteriaVersion.objects.filter(program=program).select_related("made_by")
    page = Paginator(versions, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **frame(request, program, "criteria"),
        "page": page,
        "steps": steps(program, list(page.object_list)),
        "current": latest_version(program).number,
    }
    return render(request, "matching/criteria_versions.html", context)


@require_safe
@allowed("programs.manage")
def criteria_version(request: Any, org: str, pk: int, number: int) -> HttpResponse:
    """One version: what differs from the one in force, and what a run would find with it."""
    program = _program(pk)
    version: CriteriaVersion = get_object_or_404(
        CriteriaVersion.objects.select_related("made_by"), program=program, number=number
    )
    current = latest_version(program)
    wanted = following(program, complete(version.criteria, program.kind))
    known = set(asked(program))
    kept = [each for each in wanted["questions"] if each["question"] in known]
    context = {
        **frame(request, program, "criteria"),
        "version": version,
        "current": current,
        "is_current": version.number == current.number,
        "changes": differences(program, current.criteria, {**wanted, "questions": kept}),
        "lost": len(wanted["questions"]) - len(kept),
        "dry": _dry(program, {**wanted, "questions": kept}),
    }
    return render(request, "matching/criteria_version.html", context)


@require_POST
@allowed("programs.manage")
def criteria_restore(request: Any, org: str, pk: int, number: int) -> HttpResponse:
    """Put an older version in force again, as a new one."""
    program = _program(pk)
    get_object_or_404(CriteriaVersion, program=program, number=number)
    try:
        version = restore_criteria(program, number, by=request.member, seen=_seen(request))
    except CriteriaChanged as changed:
        messages.error(request, _("%(problem)s Nothing was restored.") % {"problem": changed})
        return redirect("matching:criteria_version", org=org, pk=pk, number=number)
    except ProgramProblem as problem:
        messages.error(request, str(problem))
        return redirect("matching:criteria_versions", org=org, pk=pk)
    return redirect(f"{reverse('matching:criteria', args=[org, pk])}?saved={version.number}")


def _program(pk: int) -> Program:
    return get_object_or_404(Program.objects.launched(), pk=pk)


def _seen(request: HttpRequest) -> int | None:
    """The version that the page showed."""
    number = request.POST.get("seen", "")
    if not number:
        return None
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _page(
    request: Any,
    program: Program,
    form: CriteriaForm,
    *,
    dry: Dry | None = None,
    changed: CriteriaChanged | None = None,
    status: int = 200,
) -> HttpResponse:
    version = latest_version(program)
    # Only a clash that has been told moves on to the version that it told of.
    seen = version.number if changed or not form.is_bound else _seen(request) or version.number
    context = {
        **frame(request, program, "criteria"),
        "form": form,
        "version": version,
        "seen": seen,
        "dry": dry,
        "changed": changed,
        "saved": _saved(request, program, version),
        "by_hand": PairRule.objects.filter(program=program).count(),
    }
    return render(request, "matching/criteria.html", context, status=status)


def _saved(request: HttpRequest, program: Program, version: CriteriaVersion) -> dict[str, Any] | None:
    """What has just been saved, so that it can be undone; nothing once there is a newer version."""
    if request.GET.get("saved") != str(version.number) or version.pk is None or version.number < 2:
        return None
    before = CriteriaVersion.objects.filter(program=program, number=version.number - 1).first()
    if before is None:
        return None
    return {"before": before.number, "changes": "; ".join(differences(program, before.criteria, version.criteria))}


def _dry(program: Program, wanted: Any) -> Dry:
    try:
        return Dry(trial=try_criteria(program, wanted))
    except TooLarge as problem:
        return Dry(problem=str(problem), too_large=True)
    except MatchingProblem as problem:
        return Dry(problem=str(problem))


def _sentences(form: CriteriaForm) -> list[str]:
    return [
        f"{form[name].label}: {error}" if name != "__all__" else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
