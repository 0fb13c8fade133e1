"""The board on which an admin decides about proposals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allowed
from programs.models import Enrolment, Mentorship, Program

from .. import services, showing
from ..forms import BoardFilter
from ..models import BoardChange, Proposal
from .shared import drafts_of, frame, last_changes, last_run, local, writes

LANES_PER_PAGE = 24
# Each with its reasons: more make a page that takes long to come and to read.
DRAFTS_PER_PAGE = 20
WAITING_SHOWN = 12
MOST_WANTED = 5


def _filter(program: Program, data: Any) -> BoardFilter:
    names = drafts_of(program).exclude(mentee__member__department="").order_by("mentee__member__department")
    return BoardFilter(data, departments=list(names.values_list("mentee__member__department", flat=True).distinct()))


@require_safe
@allowed("programs.manage")
def board(request: Any, org: str, pk: int) -> HttpResponse:
    """What is proposed, what needs attention first, with all that an admin can do about it."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    if services.is_arranged(program):
        return redirect("matching:groups", org=org, pk=pk)
    drafts, run = drafts_of(program), last_run(program)
    chosen = showing.glance(drafts)
    form = BoardFilter(request.GET, departments=sorted({each.department for each in chosen} - {""}))
    if form.narrows:
        drafts = form.narrow(drafts)
        left = set(drafts.values_list("pk", flat=True))
        chosen = [each for each in chosen if each.pk in left]
    watched = showing.watch(program, chosen, run)
    order = watched.order
    if form.order_by:
        order = list(showing.ordered(drafts, form.order_by).values_list("pk", flat=True))
    page = Paginator(order, DRAFTS_PER_PAGE).get_page(request.GET.get("page"))
    found = drafts.select_related("mentee__member", "mentor__member").in_bulk(list(page.object_list))
    context = {
        **frame(request, program, "board"),
        "form": form,
        "page": page,
        "rows": [showing.row(found[pk], watched.flags[pk]) for pk in page.object_list if pk in found],
        "flagged": watched.flagged,
        "state": showing.state_of(chosen),
        "run": run,
        "changes": last_changes(program),
        "here": request.get_full_path(),
    }
    if not order:
        context |= Mentorship.objects.filter(program=program).aggregate(
            offered=Count("pk", filter=Q(status="offered")), active=Count("pk", filter=Q(status="active"))
        )
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
def split(request: Any, program: Program, proposal: int) -> str:
    """Take a pair apart; matching may propose the two to each other again."""
    found = services.split(_seen_one(request, program, proposal), by=request.member)
    return _("Split. %(mentee)s waits again, and %(mentor)s has the place free.") % {
        "mentee": found.mentee.member.name,
        "mentor": found.mentor.member.name,
    }


@writes
def undo(request: Any, program: Program, change: int) -> str:
    """Take back what was done on the board, if nothing else has been done with its proposals since."""
    found: BoardChange = get_object_or_404(BoardChange.objects.filter(program=program), pk=change)
    services.undo(found, by=request.member)
    return _("Undone: “%(text)s”.") % {"text": found.text}


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
def candidates(request: Any, org: str, pk: int, mentee: int) -> HttpResponse:
    """A mentee's best mentors side by side, to choose another one from."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    enrolment = get_object_or_404(
        Enrolment.objects.filter(program=program).mentees().active().select_related("member"), pk=mentee
    )
    search = request.GET.get("q", "").strip()[:100]
    context = {
        **frame(request, program, ""),
        **_comparison(program, enrolment, wanted=_numbers(request.GET.getlist("with")), search=search),
        "mentee_detail": showing.about(enrolment.member),
        "wanted": [each.skill.name for each in enrolment.skills.select_related("skill")],
        "search": search,
        "back": reverse("matching:board", args=[org, pk]),
    }
    return render(request, "matching/candidates.html", context)


@require_safe
@allowed("programs.manage")
def move(request: Any, org: str, pk: int, mentee: int) -> HttpResponse:
    """Where a mentee could be moved: the best mentors for them, or mentors of a name; the fragment is for a dialog."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    enrolment = get_object_or_404(
        Enrolment.objects.filter(program=program).mentees().active().select_related("member"), pk=mentee
    )
    search = request.GET.get("q", "").strip()[:100]
    found = _comparison(program, enrolment, search=search)
    comparison = found["comparison"]
    targets = comparison.others if search else [*comparison.columns, *comparison.others]
    context = {
        **frame(request, program, "lanes"),
        **found,
        "targets": [each for each in targets if not each.is_current],
        "search": search,
        "back": local(request, request.GET.get("next", "")) or reverse("matching:lanes", args=[org, pk]),
    }
    return render(request, "matching/move.html" + ("#options" if request.htmx else ""), context)


def _comparison(
    program: Program, mentee: Enrolment, *, wanted: list[int] | None = None, search: str = ""
) -> dict[str, Any]:
    current = drafts_of(program).filter(mentee=mentee).select_related("mentor__member").first()
    try:
        found = showing.compare(program, mentee, current, wanted=wanted or [], search=search)
    except ValueError:
        # No weights, or limits that contradict each other: the criteria are to be put right first.
        found = showing.Comparison([], [])
    return {
        "mentee": mentee,
        "current": current,
        "current_token": showing.token(current) if current else "",
        "comparison": found,
    }


def _numbers(given: list[str]) -> list[int]:
    return [int(each) for each in given[:MOST_WANTED] if each.isdecimal() and len(each) < 19]


@require_safe
@allowed("programs.manage")
def lanes(request: Any, org: str, pk: int) -> HttpResponse:
    """Each mentor with their places, and who has them; mentees are moved from one to another."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    search = request.GET.get("q", "").strip()[:100]
    only_free = bool(request.GET.get("free"))
    mentors = showing.mentors_of(program, search=search, only_free=only_free)
    page = Paginator(mentors, LANES_PER_PAGE).get_page(request.GET.get("page"))
    waiting = showing.waiting_cards(program, search=search)
    context = {
        **frame(request, program, "lanes"),
        "search": search,
        "only_free": only_free,
        "page": page,
        "lanes": showing.lanes(program, list(page.object_list)),
        "waiting": [showing.waiting_card(each) for each in waiting[:WAITING_SHOWN]],
        "waiting_count": waiting.count(),
        "here": request.get_full_path(),
    }
    return render(request, "matching/lanes.html" + ("#results" if request.htmx else ""), context)


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
