"""The agenda of a session, which everybody in it edits, and what a programme proposes for it."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from accounts.rules import allowed
from programs.models import Program

from ..agenda_forms import ProposalsForm
from ..models import Session
from ..services import agendas as services
from ..services.problems import SessionProblem
from .sessions import own_sessions, sent


@never_cache
@require_http_methods(["GET", "POST"])
def session_agenda(request, org, pk):
    """Change one thing of a session's agenda, and show the agenda as it is then; or its points, if they are others now."""
    member = request.member
    session = get_object_or_404(own_sessions(member), pk=pk)
    if request.method == "GET":
        if not request.htmx:
            return redirect(reverse("sessions:detail", args=[org, pk]) + "#agenda")
        context = agenda_context(session, member) | {"session": session, "news": True}
        if request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)
        return render(request, "sessions/agenda_section.html#list", context)
    problem, focus = "", {"do": request.POST.get("do", ""), "pk": _number(request.POST.get("point"))}
    try:
        outcome = _change(session, request.POST, by=member)
        problem = outcome.meanwhile
        if outcome.point is not None:
            focus["pk"] = outcome.point.pk
    except SessionProblem as error:
        problem = str(error)
    if request.htmx:
        # Swapped with 200: what was typed is refused in words that stand beside it.
        session.refresh_from_db(fields=["stage"])
        context = agenda_context(session, member) | {"session": session, "problem": problem, "focus": focus}
        return render(request, "sessions/agenda_section.html", context | {"typed": _typed(request, problem)})
    if problem:
        messages.warning(request, problem)
    return redirect(reverse("sessions:detail", args=[org, pk]) + "#agenda")


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def agendas(request, org, pk):
    """Let admins write what sessions of each stage are about."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = ProposalsForm(sent(request), proposals=services.proposals_of(program))
    if request.method == "POST" and form.is_valid():
        for stage in services.STAGES:
            preparation = form.cleaned_data[f"{stage}_preparation"]
            services.set_proposal(
                program, stage=stage, points=form.points(stage), preparation=preparation, by=request.member
            )
        messages.success(request, _("Saved. Sessions whose agenda has not begun start with these points."))
        return redirect("sessions:agendas", org=org, pk=pk)
    context = {"program": program, "form": form, "trail": _trail(org, program)}
    return render(request, "sessions/agenda_templates.html", context, status=422 if form.errors else 200)


def agenda_context(session: Session, member: Member) -> dict[str, Any]:
    """What the agenda on a session's page needs."""
    points = list(session.agenda_points.all())
    return {
        "points": points,
        # Another one for each change that can be seen.
        "seen": blake2s(
            repr([(point.pk, point.text, bool(point.done_at)) for point in points]).encode(), digest_size=8
        ).hexdigest(),
        "stages": [{"key": key, "label": label} for key, label in services.STAGES.items()],
        "stage_label": services.STAGES.get(session.stage, ""),
    }


def _change(session: Session, data: Any, *, by: Member) -> services.Outcome:
    do, pk = data.get("do"), _number(data.get("point"))
    text, was = data.get("text", ""), data.get("was", "")
    if do == "add":
        return services.Outcome(services.add_point(session, text=text, by=by))
    if do == "stage":
        services.choose_stage(session, stage=data.get("stage", ""), by=by)
        return services.Outcome()
    if do == "change":
        return services.change_point(session, pk, text=text, was=was, by=by)
    if do in ("tick", "untick"):
        return services.tick_point(session, pk, done=do == "tick", by=by)
    if do in ("up", "down"):
        return services.move_point(session, pk, by_places=-1 if do == "up" else 1, by=by)
    if do == "remove":
        return services.remove_point(session, pk, was=was, by=by)
    raise SessionProblem(_("Nothing was changed."))


def _typed(request: HttpRequest, problem: str) -> str:
    """What somebody wrote in the field for a new point, when it could not be added."""
    return request.POST.get("text", "") if problem and request.POST.get("do") == "add" else ""


def _number(value: Any) -> int:
    """An id that was sent; what is none names no row."""
    return int(value) if value and value.isdecimal() and len(value) < 19 else 0


def _trail(org: str, program: Program) -> list[dict[str, str]]:
    return [{"label": program.name, "url": reverse("programs:detail", args=[org, program.pk])}]
