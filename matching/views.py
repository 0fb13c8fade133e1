"""The board on which an admin decides about proposals, and the pages around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import allowed
from mentoring.jobs.models import Job
from programs.forms import CriteriaForm
from programs.models import Enrolment, Mentorship, Program
from programs.services import ProgramProblem, change_program

from . import services, showing
from .forms import BoardFilter
from .models import MatchRun, Proposal

PER_PAGE = 50
# For so long the board says what came of a job that has ended.
JOB_TOLD = timedelta(hours=1)


def writes(act: Callable[..., str]) -> Callable[..., HttpResponse]:
    """A post on a programme's board: it is done and told, or told why not; then back to where it came from."""

    @require_POST
    @allowed("programs.manage")
    @wraps(act)
    def view(request: Any, org: str, pk: int, **kwargs: Any) -> HttpResponse:
        program = get_object_or_404(Program.objects.launched(), pk=pk)
        try:
            said = act(request, program, **kwargs)
        except ProgramProblem as problem:
            messages.error(request, str(problem))
        else:
            if said:
                messages.success(request, said)
        return redirect(_back(request, program))

    return view


def _back(request: HttpRequest, program: Program) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("matching:board", args=[request.organisation.slug, program.pk])  # type: ignore[attr-defined]


def _tabs(request: Any, program: Program, figures: showing.Summary, current: str) -> list[dict[str, Any]]:
    def tab(name: str, label: str, count: int | None) -> dict[str, Any]:
        url = reverse(f"matching:{name}", args=[request.organisation.slug, program.pk])
        return {"label": label, "url": url, "current": name == current, "count": count}

    return [
        tab("board", _("Proposals"), figures.proposed),
        tab("unmatched", _("Without a mentor"), figures.unmatched),
        tab("criteria", _("What counts"), None),
    ]


def _frame(request: Any, program: Program, current: str) -> dict[str, Any]:
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
    }


def _job_to_tell(program: Program) -> Job | None:
    """The job at work, or the last one if it has just ended."""
    jobs = Job.objects.filter(kind__in=["matching.run", "matching.publish"], subject=f"program:{program.pk}")
    job = jobs.order_by("-created_at").first()
    if job is None or (job.finished_at and job.finished_at < timezone.now() - JOB_TOLD):
        return None
    return job


def _drafts(program: Program) -> Any:
    return Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)


def _last_run(program: Program) -> MatchRun | None:
    return MatchRun.objects.filter(program=program).finished().first()


def _filter(program: Program, data: Any) -> BoardFilter:
    names = _drafts(program).exclude(mentee__member__department="").order_by("mentee__member__department")
    return BoardFilter(data, departments=list(names.values_list("mentee__member__department", flat=True).distinct()))


@require_safe
@allowed("programs.manage")
def board(request: Any, org: str, pk: int) -> HttpResponse:
    """What is proposed, the weakest first, with all that an admin can do about it."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = _filter(program, request.GET)
    drafts = form.narrow(_drafts(program))
    proposals = drafts.select_related("mentee__member", "mentor__member").order_by("score", "id")
    page = Paginator(proposals, PER_PAGE).get_page(request.GET.get("page"))
    open_mentorships = Mentorship.objects.filter(program=program)
    context = {
        **_frame(request, program, "board"),
        "form": form,
        "page": page,
        "rows": [showing.row(each) for each in page.object_list],
        "state": showing.state(drafts),
        "run": _last_run(program),
        "offered": open_mentorships.offered().count(),
        "active": open_mentorships.active().count(),
    }
    return render(request, "matching/board.html" + ("#results" if request.htmx else ""), context)


@writes
def run(request: Any, program: Program) -> str:
    """Score the programme and propose, in the background; the board shows how far it is."""
    services.start_run(program, by=request.member)
    return ""


@writes
def lock(request: Any, program: Program, proposal: int) -> str:
    """Lock a proposal, or unlock it with `locked=0`."""
    found = _seen_one(request, program, proposal)
    if request.POST.get("locked") == "0":
        services.unlock(found, by=request.member)
        return _("Unlocked. The next run may find somebody better.")
    services.lock(found, by=request.member)
    return _("Locked. It stays as it is when matching runs again.")


@writes
def discard(request: Any, program: Program, proposal: int) -> str:
    found = services.discard(_seen_one(request, program, proposal), by=request.member)
    return _("Discarded. %(name)s is without a mentor again.") % {"name": found.mentee.member.name}


@writes
def swap(request: Any, program: Program) -> str:
    """Let the two chosen mentees change mentors."""
    chosen = showing.seen(program, request.POST.getlist("chosen"))
    if len(chosen) != 2:
        raise services.MatchingProblem(_("Choose exactly two pairs to swap their mentors."))
    first, second = services.swap(*chosen, by=request.member)
    return _("Swapped: %(first)s now has %(first_mentor)s, and %(second)s has %(second_mentor)s. Both are locked.") % {
        "first": first.mentee.member.name,
        "first_mentor": first.mentor.member.name,
        "second": second.mentee.member.name,
        "second_mentor": second.mentor.member.name,
    }


@writes
def publish(request: Any, program: Program) -> str:
    """Offer the chosen pairs to their people, or with `which=all` everything that the filter shows."""
    if request.POST.get("which") == "all":
        drafts = _filter(program, request.POST).narrow(_drafts(program))
        if request.POST.get("state") != showing.state(drafts):
            raise services.ProposalChanged
        chosen = list(drafts)
    else:
        chosen = showing.seen(program, request.POST.getlist("chosen"))
    if not chosen:
        raise services.MatchingProblem(_("Choose the pairs to publish first."))
    if len(chosen) > services.MOST_AT_ONCE:
        services.start_publishing(program, proposals=chosen, by=request.member)
        return ""
    done = services.publish_each(program, proposals=chosen, by=request.member)
    if not done.problems:
        return done.sentence()
    messages.warning(request, done.sentence())
    return ""


@require_safe
@allowed("programs.manage")
def unmatched(request: Any, org: str, pk: int) -> HttpResponse:
    """Who has no mentor and no proposal, and why."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    last = _last_run(program)
    mentees = showing.unmatched_mentees(program).select_related("member")
    ordered = mentees.order_by("member__family_name", "member__given_name", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(request, program, "unmatched"),
        "page": page,
        "rows": showing.left_over(last, list(page.object_list)),
        "run": last,
    }
    return render(request, "matching/unmatched.html", context)


@require_safe
@allowed("programs.manage")
def candidates(request: Any, org: str, pk: int, mentee: int) -> HttpResponse:
    """A mentee's best mentors side by side, to choose another one from."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    enrolment = get_object_or_404(
        Enrolment.objects.filter(program=program).mentees().active().select_related("member"), pk=mentee
    )
    current = _drafts(program).filter(mentee=enrolment).select_related("mentor__member").first()
    try:
        choices = showing.choices(program, enrolment, current)
    except ValueError:
        # No weights, or limits that contradict each other: the criteria are to be put right first.
        choices = []
    context = {
        **_frame(request, program, ""),
        "mentee": enrolment,
        "mentee_detail": showing.about(enrolment.member),
        "wanted": [each.skill.name for each in enrolment.skills.select_related("skill")],
        "current": current,
        "current_token": showing.token(current) if current else "",
        "choices": choices,
        "next": request.get_full_path(),
    }
    return render(request, "matching/candidates.html", context)


@writes
def place(request: Any, program: Program, mentee: int) -> str:
    """Give a mentee the chosen mentor: instead of the one proposed, by a swap, or as a first proposal."""
    enrolment = get_object_or_404(
        Enrolment.objects.filter(program=program).mentees().select_related("member"), pk=mentee
    )
    seen = [token for token in [request.POST.get("seen", "")] if token]
    proposals = showing.seen(program, seen)
    if request.POST.get("swap_with"):
        (other,) = showing.seen(program, [request.POST["swap_with"]])
        if not proposals:
            raise services.ProposalChanged
        services.swap(proposals[0], other, by=request.member)
        return _("Swapped. Both pairs are locked.")
    chosen = request.POST.get("mentor", "")
    mentor = get_object_or_404(
        Enrolment.objects.filter(program=program).mentors().select_related("member"),
        pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
    )
    if proposals:
        services.reassign(proposals[0], mentor=mentor, by=request.member)
    else:
        services.propose_by_hand(enrolment, mentor, by=request.member)
    return _("%(mentee)s is now proposed %(mentor)s. The pair is locked.") % {
        "mentee": enrolment.member.name,
        "mentor": mentor.member.name,
    }


def _seen_one(request: HttpRequest, program: Program, pk: int) -> Proposal:
    (proposal,) = showing.seen(program, [request.POST.get("seen", "")])
    if proposal.pk != pk:
        raise services.ProposalChanged
    return proposal


@require_http_methods(["GET", "POST"])
@allowed("programs.manage")
def criteria(request: Any, org: str, pk: int) -> HttpResponse:
    """What counts when pairs are compared, and what forbids them; it holds from the next run on."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = CriteriaForm(request.POST if request.method == "POST" else None, program=program)
    if form.is_valid():
        try:
            change_program(program, by=request.member, **form.fields_to_save())
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request, _("Saved. It holds from the next run on: run matching again to see what changes.")
            )
            return redirect("matching:board", org=org, pk=pk)
    context = {**_frame(request, program, "criteria"), "form": form}
    return render(request, "matching/criteria.html", context, status=422 if form.errors else 200)
