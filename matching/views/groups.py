"""Suggested and running groups: circles, peers, boards, an event's timetable, a cascade, a network."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import allowed
from programs.models import Enrolment, Mentorship, Program
from programs.services import leave_group

from .. import services, showing
from ..arranging import arranger_of
from ..models import GroupProposal, Proposal
from .shared import frame, last_changes, last_run, writes


@require_safe
@allowed("programs.manage")
def groups(request: Any, org: str, pk: int) -> HttpResponse:
    """What is suggested and what runs, in the way of the programme's format."""
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    arranger = arranger_of(program)
    if arranger is None:
        return redirect("matching:board", org=org, pk=pk)
    run = last_run(program)
    context = {
        **frame(request, program, "groups"),
        "run": run,
        "body": arranger.template,
        "here": request.path,
        "changes": last_changes(program),
        "role_names": program.kind.role_names,
        **_SHOWN[arranger.key](program, run),
    }
    return render(request, "matching/groups.html", context)


def _cards(program: Program, run: Any) -> dict[str, Any]:
    cards, running = showing.group_cards(program), showing.running_groups(program)
    waiting = showing.waiting_people(program, run)
    return {
        "cards": cards,
        "running": running,
        "waiting": waiting,
        "drafts": len(cards),
        "seated": sum(card.others for card in cards),
        "targets": [card for card in cards if not card.is_full],
    }


def _boards(program: Program, run: Any) -> dict[str, Any]:
    shown = _cards(program, run)
    both = [*shown["cards"], *shown["running"]]
    return {**shown, "compositions": showing.compositions(program, both)}


def _tiers(program: Program, run: Any) -> dict[str, Any]:
    rows = showing.pair_rows(program)
    trees, tiers = showing.cascade(program, rows)
    return {**_pairs(rows), "trees": trees, "tiers": tiers, "waiting": showing.left_in_cascade(program, run, rows)}


def _topics(program: Program, run: Any) -> dict[str, Any]:
    rows = [row for row in showing.pair_rows(program) if row.topic]
    return {
        **_pairs(rows),
        "topics": showing.network(program, rows),
        "map": showing.drawn(rows),
        "waiting": showing.left_people(run),
    }


def _pairs(rows: Any) -> dict[str, Any]:
    drafts = [row for row in rows if row.proposal]
    return {"rows": rows, "draft_rows": drafts, "drafts": len(drafts), "seated": len({row.mentee_pk for row in drafts})}


def _event(program: Program, run: Any) -> dict[str, Any]:
    found = showing.timetable(program)
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT).count()
    return {"timetable": found, "drafts": drafts, "seated": len(found.sheets), "waiting": showing.left_people(run)}


_SHOWN = {
    "pool": _cards,
    "circles": _cards,
    "panel": _boards,
    "tiers": _tiers,
    "topics": _topics,
    "rotation": _event,
}


@writes
def groups_publish(request: Any, program: Program) -> str:
    """Offer one suggested group to its people, or with `which=all` every one."""
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    if request.POST.get("which") == "all":
        chosen = list(drafts)
        if request.POST.get("count") != str(len(chosen)):
            raise services.GroupChanged
    else:
        chosen = [services.group_seen(program, token) for token in request.POST.getlist("chosen")]
    if not chosen:
        raise services.MatchingProblem(_("There is nothing to publish: somebody else may have done so."))
    done = services.publish_groups(program, groups=chosen, by=request.member)
    if not done.problems:
        return done.sentence()
    messages.warning(request, done.sentence())
    return ""


@writes
def group_make(request: Any, program: Program) -> str:
    """An empty group, to put people into."""
    found = services.make_group(program, name=request.POST.get("name", ""), by=request.member)
    return _("Made “%(name)s”. Now put people into it.") % {"name": found.name or _("a group without a name")}


@writes
def group_add(request: Any, program: Program) -> str:
    """Put somebody who waits into the chosen group."""
    return _add(request, program, services.group_seen(program, request.POST.get("seen", "")))


@writes
def group_change(request: Any, program: Program, group: int) -> str:
    """Name, lock or dissolve a suggested group; put somebody in, take them out, or move them to another."""
    get_object_or_404(GroupProposal.objects.filter(program=program), pk=group)
    found = services.group_seen(program, request.POST.get("seen", ""))
    if found.pk != group:
        raise services.GroupChanged
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    return act(request, program, found)


def _name(request: Any, program: Program, group: GroupProposal) -> str:
    found = services.name_group(group, name=request.POST.get("name", ""), by=request.member)
    return _("It is called “%(name)s” now.") % {"name": found.name}


def _lock(request: Any, program: Program, group: GroupProposal) -> str:
    services.lock_group(group, locked=True, by=request.member)
    return _("Locked. It stays as it is when matching runs again.")


def _unlock(request: Any, program: Program, group: GroupProposal) -> str:
    services.lock_group(group, locked=False, by=request.member)
    return _("Unlocked. The next run may find something better.")


def _dissolve(request: Any, program: Program, group: GroupProposal) -> str:
    services.dissolve(group, by=request.member)
    return _("Taken apart. Its people wait again.")


def _add(request: Any, program: Program, group: GroupProposal) -> str:
    enrolment = _enrolment(request, program)
    services.add_seat(group, enrolment=enrolment, by=request.member)
    return _("%(name)s is in. The group is locked.") % {"name": enrolment.member.name}


def _remove(request: Any, program: Program, group: GroupProposal) -> str:
    enrolment = _enrolment(request, program)
    services.remove_seat(group, enrolment=enrolment, by=request.member)
    return _("%(name)s waits again.") % {"name": enrolment.member.name}


def _move(request: Any, program: Program, group: GroupProposal) -> str:
    enrolment = _enrolment(request, program)
    to = services.group_seen(program, request.POST.get("to", ""))
    services.move_seat(group, enrolment=enrolment, to=to, by=request.member)
    return _("Moved %(name)s. Both groups are locked.") % {"name": enrolment.member.name}


_ACTS = {
    "name": _name,
    "lock": _lock,
    "unlock": _unlock,
    "dissolve": _dissolve,
    "add": _add,
    "remove": _remove,
    "move": _move,
}


@writes
def group_people(request: Any, program: Program, mentorship: int) -> str:
    """Ask somebody to join a group that is published already, or take somebody out of it."""
    found = get_object_or_404(Mentorship.objects.filter(program=program).taking_places(), pk=mentorship)
    enrolment = _enrolment(request, program)
    if request.POST.get("act") == "add":
        services.ask_to_join(found, enrolment=enrolment, by=request.member)
        return _("%(name)s has been asked to join.") % {"name": enrolment.member.name}
    leave_group(found, enrolment=enrolment, by=request.member)
    return _("%(name)s is no longer in it; the others have been told.") % {"name": enrolment.member.name}


def _enrolment(request: Any, program: Program) -> Enrolment:
    chosen = request.POST.get("enrolment", "")
    found: Enrolment = get_object_or_404(
        Enrolment.objects.filter(program=program).select_related("member", "program"),
        pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
    )
    return found
