"""The board on which an admin decides about proposals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allowed
from programs.models import Enrolment, Mentorship, Program

from .. import services, showing
from ..forms import BoardFilter
from ..models import Proposal
from .shared import PER_PAGE, drafts_of, frame, last_run, writes


def _filter(program: Program, data: Any) -> BoardFilter:
    names = drafts_of(program).exclude(mentee__member__department="").order_by("mentee__member__department")
    return BoardFilter(data, departments=list(names.values_list("mentee__member__department", flat=True).distinct()))


@require_safe
@allowed("programs.manage")
def board(request: Any, org: str, pk: int) -> HttpResponse:
    """What is proposed, the weakest first, with all that an admin can do about it."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    form = _filter(program, request.GET)
    drafts = form.narrow(drafts_of(program))
    proposals = drafts.select_related("mentee__member", "mentor__member").order_by("score", "id")
    page = Paginator(proposals, PER_PAGE).get_page(request.GET.get("page"))
    open_mentorships = Mentorship.objects.filter(program=program)
    context = {
        **frame(request, program, "board"),
        "form": form,
        "page": page,
        "rows": [showing.row(each) for each in page.object_list],
        "state": showing.state(drafts),
        "run": last_run(program),
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
        drafts = _filter(program, request.POST).narrow(drafts_of(program))
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
    last = last_run(program)
    mentees = showing.unmatched_mentees(program).select_related("member")
    ordered = mentees.order_by("member__family_name", "member__given_name", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **frame(request, program, "unmatched"),
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
    current = drafts_of(program).filter(mentee=enrolment).select_related("mentor__member").first()
    try:
        choices = showing.choices(program, enrolment, current)
    except ValueError:
        # No weights, or limits that contradict each other: the criteria are to be put right first.
        choices = []
    context = {
        **frame(request, program, ""),
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
