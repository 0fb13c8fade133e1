"""What the pages of matching share: their frame, and the posts on a programme's board."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.rules import allowed
from mentoring.jobs.models import Job
from programs.models import Program
from programs.services import ProgramProblem

from .. import services, showing
from ..models import BoardChange, MatchRun, Proposal

PER_PAGE = 50
CHANGES_SHOWN = 10
# For so long the board says what came of a job that has ended.
JOB_TOLD = timedelta(hours=1)


def writes(act: Callable[..., str]) -> Callable[..., HttpResponse]:
    """A post on a programme's board: it is done and told, or told why not; then back to where it came from."""

    @require_POST
    @allowed("programs.manage")
    @wraps(act)
    def view(request: Any, org: str, pk: int, **kwargs: Any) -> HttpResponse:
        program = get_object_or_404(Program.objects.launched(), pk=pk)
        began = timezone.now()
        try:
            said = act(request, program, **kwargs)
        except ProgramProblem as problem:
            messages.error(request, str(problem))
        else:
            if said:
                messages.success(request, said, extra_tags=_undo_of(request, program, since=began))
        return redirect(_back(request, program))

    return view


def _undo_of(request: Any, program: Program, *, since: datetime) -> str:
    """Where to take back what was just changed, for the button beside what is said of it."""
    own = BoardChange.objects.filter(program=program, by=request.member, at__gte=since, undone_at__isnull=True)
    change = own.first()
    return reverse("matching:undo", args=[request.organisation.slug, program.pk, change.pk]) if change else ""


def _back(request: HttpRequest, program: Program) -> str:
    wanted = local(request, request.POST.get("next", ""))
    return wanted or reverse("matching:board", args=[request.organisation.slug, program.pk])  # type: ignore[attr-defined]  # set by the gate


def local(request: HttpRequest, address: str) -> str:
    """An address of our own, as somebody sent it; empty when it leads elsewhere."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else ""


def _tabs(request: Any, program: Program, figures: showing.Summary, current: str) -> list[dict[str, Any]]:
    def tab(name: str, label: str, count: int | None) -> dict[str, Any]:
        url = reverse(f"matching:{name}", args=[request.organisation.slug, program.pk])
        return {"label": label, "url": url, "current": name == current, "count": count}

    if services.is_arranged(program):
        return [tab("groups", _("Who is with whom"), None), tab("criteria", _("What counts"), None)]
    return [
        tab("board", _("Proposals"), figures.proposed),
        tab("lanes", _("By mentor"), None),
        tab("unmatched", _("Without a mentor"), figures.unmatched),
        tab("criteria", _("What counts"), None),
    ]


def frame(request: Any, program: Program, current: str) -> dict[str, Any]:
    """What all pages of matching show above their own content."""
    figures = showing.summary(program)
    org = request.organisation.slug
    return {
        "program": program,
        "figures": figures,
        "tabs": _tabs(request, program, figures, current),
        "trail": [
            {"label": _("Programmes"), "url": reverse("programs:list", args=[org])},
            {"label": program.name, "url": reverse("programs:detail", args=[org, program.pk])},
        ],
        "job": _job_to_tell(program),
        "is_running": program.status in (Program.Status.OPEN, Program.Status.RUNNING),
        # How many wait for the answer of a mentor whom they asked; None where mentees don't choose.
        "still_choosing": len(services.choosing_mentees(program)) if services.mentees_choose(program) else None,
    }


def _job_to_tell(program: Program) -> Job | None:
    """The job at work, or the last one if it has just ended."""
    jobs = Job.objects.filter(kind__in=["matching.run", "matching.publish"], subject=f"program:{program.pk}")
    job = jobs.order_by("-created_at").first()
    if job is None or (job.finished_at and job.finished_at < timezone.now() - JOB_TOLD):
        return None
    return job


def drafts_of(program: Program) -> Any:
    return Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)


def last_run(program: Program) -> MatchRun | None:
    return MatchRun.objects.filter(program=program).finished().first()


def last_changes(program: Program) -> list[BoardChange]:
    """What was done before publishing, the last first."""
    return list(BoardChange.objects.filter(program=program).select_related("by")[:CHANGES_SHOWN])
