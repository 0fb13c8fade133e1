"""Group sessions: which there are, opening, joining and leaving them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from accounts.rules import allows, require
from mentoring.templatetags.ui import zone_name
from programs.models import Program

from .. import emails
from ..forms_groups import GroupForm, SeatsForm
from ..models import Session
from ..services import groups as services
from ..services.pausing import why_not_in
from ..services.policy import lengths_of, policy_of
from ..services.problems import SessionProblem, SlotTaken
from .sessions import length_asked, length_tabs, settled, show_choice, show_slots, show_taken

PER_PAGE = 20


@require_safe
def groups(request, org):
    """Show the group sessions to come that a member can join, has joined or leads; to admins all of them."""
    member = request.member
    own = Session.objects.involving(member).values("pk")
    found = services.visible_to(member).planned().filter(starts_at__gt=timezone.now())
    page = Paginator(found.with_people().order_by("starts_at", "id"), PER_PAGE).get_page(request.GET.get("page"))
    joinable = services.open_to(member).filter(program__paused_at__isnull=True)
    can_join = set(joinable.exclude(pk__in=own).values_list("pk", flat=True))
    context = {
        "page": page,
        "rows": [
            group_context(session, member, can_join=session.pk in can_join) | {"session": session} for session in page
        ],
        "opening": _programs_to_open_in(member, org),
    }
    return render(request, "sessions/group_list.html", context)


@never_cache
@require_safe
def group(request, org, pk):
    """Show a group session to somebody who may join it, or looks after it."""
    member = request.member
    session = get_object_or_404(services.visible_to(member).with_people(), pk=pk)
    if member.pk in {person.pk for person in session.people()}:
        return redirect("sessions:detail", org=org, pk=pk)
    return _show(request, session, SeatsForm(initial={"seats": session.seats}))


@never_cache
@require_http_methods(["GET", "POST"])
def group_open(request, org, pk):
    """Let a mentor choose one of their free times for a group session, and say what it is about and for how many."""
    member = request.member
    program = get_object_or_404(Program.objects.launched(), pk=pk)
    leaders = services.leading().filter(program=program)
    own = leaders.filter(member=member).first()
    asked = (request.POST if request.method == "POST" else request.GET).get("mentor", "")
    if own is None or asked not in ("", str(member.pk)):
        require(member, "programs.manage")
        chosen = leaders.filter(member_id=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
        if chosen is None:
            return _choose_leader(request, org, program, leaders)
        own = chosen
    leader: Member = own.member
    if request.method == "GET" and (why := why_not_in(program)):
        return render(
            request, "sessions/group_open.html", {"program": program, "is_own": own.member == member, "why": why}
        )
    policy = policy_of(program)
    offered, length = lengths_of(program, policy), length_asked(request)
    if length not in offered:
        length = offered[0]
    context = {
        "program": program,
        "leader": leader,
        "is_own": leader == member,
        "keep": f"group-open-{pk}",
        "zone": zone_name(timezone.now().astimezone(member.zone)),
        **_clock_of(leader, member),
    }
    if request.method == "POST":
        form = GroupForm(request.POST)
        if form.is_valid():
            try:
                session = services.open_group(program, leader=leader, **form.cleaned_data, by=member)
            except SlotTaken as taken:
                return show_taken(request, "sessions/group_open.html", {**context, "form": form}, taken)
            except SessionProblem as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, _("Opened. Everybody who can join sees it among the group sessions."))
                return redirect("sessions:detail", org=org, pk=session.pk)
        opening = services.group_opening(program, leader=leader, by=member, length=length)
        if "starts_at" in form.errors or "length" in form.errors:
            return show_slots(request, "sessions/group_open.html", context, opening.slots, 422)
        return show_choice(request, "sessions/group_open.html", context, opening.slots, form)
    opening = services.group_opening(program, leader=leader, by=member, length=length)
    query = "" if leader == member else f"&mentor={leader.pk}"
    context["lengths"] = [{**tab, "url": tab["url"] + query} for tab in length_tabs(offered, length)]
    if "start" not in request.GET:
        return show_slots(request, "sessions/group_open.html", context, opening.slots)
    form = GroupForm(initial={"starts_at": request.GET["start"], "length": length, "place": services.own_link(leader)})
    return show_choice(request, "sessions/group_open.html", context, opening.slots, form)


@never_cache
@require_POST
def group_join(request, org, pk):
    """Take a seat in a group session."""
    session = get_object_or_404(services.visible_to(request.member).with_people(), pk=pk)
    try:
        services.join_group(session, by=request.member)
    except SessionProblem as problem:
        return _show(request, session, SeatsForm(initial={"seats": session.seats}), problem=str(problem))
    messages.success(request, _("You have a seat. The invitation comes by e-mail."))
    return redirect("sessions:detail", org=org, pk=pk)


@never_cache
@require_POST
def group_leave(request, org, pk):
    """Give one's seat back."""
    session = get_object_or_404(services.visible_to(request.member), pk=pk)
    try:
        services.leave_group(session, by=request.member)
    except SessionProblem as problem:
        return settled(request, org, session, str(problem))
    messages.success(request, _("You have left the session. Somebody else can have your seat."))
    return redirect("sessions:groups", org=org)


@never_cache
@require_POST
def group_seats(request, org, pk):
    """Change how many may join."""
    session = get_object_or_404(services.visible_to(request.member).with_people(), pk=pk)
    if not services.may_lead(session, request.member):
        raise PermissionDenied
    form = SeatsForm(request.POST)
    if form.is_valid():
        try:
            services.set_seats(session, seats=form.cleaned_data["seats"], by=request.member)
        except SessionProblem as problem:
            form.add_error("seats", str(problem))
        else:
            messages.success(request, _("The number of seats is changed."))
            return redirect("sessions:detail", org=org, pk=pk)
    return _show(request, session, form)


def group_context(session: Session, member: Member, *, can_join: bool = False) -> dict[str, Any]:
    """How a group session stands for a member: its seats, who comes, and what they can do."""
    people = session.people()
    is_to_come = session.is_planned and not session.has_begun
    attends = member.pk in {person.pk for person in people}
    leads = session.led_by_id == member.pk
    return {
        "leads": leads,
        "may_lead": services.may_lead(session, member),
        "attends": attends,
        "joined": [person for person in people if person.pk != session.led_by_id],
        "taken": session.taken,
        "left": session.seats_left,
        "is_to_come": is_to_come,
        "can_leave": attends and not leads and is_to_come,
        "can_join": can_join and is_to_come and session.seats_left > 0,
        "is_full": session.seats_left == 0,
        "elsewhere": session.led_by.time_zone if session.led_by else "",
        "seats_form": SeatsForm(initial={"seats": session.seats}),
    }


def _show(request: HttpRequest, session: Session, form: forms.Form, problem: str = "") -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]  # set by the gate
    session = Session.objects.with_people().get(pk=session.pk)
    resting = why_not_in(session.scheme)
    can_join = not resting and services.open_to(member).filter(pk=session.pk).exists()
    context = {
        "session": session,
        "group": group_context(session, member, can_join=can_join) | {"seats_form": form},
        "standing": session.standing_for(member),
        "times": emails.session_times(session.starts_at, session.ends_at, member.zone),
        "problem": problem or (resting if session.is_planned and not session.has_begun else ""),
    }
    status = 422 if form.errors else 409 if problem else 200
    return render(request, "sessions/group_detail.html", context, status=status)


def _choose_leader(request: HttpRequest, org: str, program: Program, leaders: Any) -> HttpResponse:
    page = Paginator(leaders.order_by("member__given_name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "sessions/group_open.html", {"program": program, "choose_leader": True, "page": page})


def _programs_to_open_in(member: Member, org: str) -> list[dict[str, str]]:
    """Where a member can open a group session: as a mentor, or for one."""
    found = Program.objects.filter(pk__in=services.leading().filter(member=member).values("program_id"))
    if allows(member, "programs.manage"):
        leading = services.leading().values("program_id")
        found = Program.objects.filter(Q(pk__in=found.values("pk")) | Q(pk__in=leading))
    return [
        {"label": program.name, "url": reverse("sessions:group_open", args=[org, program.pk])}
        for program in found.order_by("name", "pk")[:PER_PAGE]
    ]


def _clock_of(leader: Member, member: Member) -> dict[str, Any]:
    """The leader's clock, for an admin whose own shows something else."""
    now = timezone.now()
    if leader.zone.utcoffset(now) == member.zone.utcoffset(now):
        return {"elsewhere": None, "elsewhere_zone": ""}
    return {"elsewhere": leader, "elsewhere_zone": zone_name(now.astimezone(leader.zone))}
