"""What a mentorship's page shows of its sessions to the two of it, and a programme's of their booking to its admins."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.panels import admin_panel, mentorship_panel, participant_panel, program_panel

from .emails import names_of
from .models import Session
from .services import boards, groups
from .services.actions import actions_of
from .services.course import course_of
from .services.nudging import quiet_mentorships
from .services.policy import MINUTE, lengths_of, policy_of

SHOWN = 3
QUIET_SHOWN = 10


@mentorship_panel
def sessions(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The next sessions, what is to be logged, and how often they have met."""
    own = Session.objects.filter(mentorship=mentorship)
    held, unconfirmed = own.held().count(), own.unconfirmed().count()
    # Whoever met, but never said so, may still write it down; see programs.services.certificates.
    can_make_up = mentorship.status == Mentorship.Status.COMPLETED and mentorship.round is None and not held
    if mentorship.status != Mentorship.Status.ACTIVE and not held + unconfirmed and not can_make_up:
        return None
    shown = [
        *own.waiting_for(by).with_people().order_by("-starts_at", "-id")[:SHOWN],
        *own.upcoming().with_people().order_by("starts_at", "id")[:SHOWN],
    ]
    return {
        "template": "sessions/mentorship_panel.html",
        "rows": [{"session": session, "standing": session.standing_for(by)} for session in shown],
        "is_quiet": quiet_mentorships().filter(pk=mentorship.pk).exists(),
        "actions": actions_of(mentorship),
        "today": timezone.now().astimezone(by.zone).date(),
        "course": course_of(mentorship) if mentorship.status == Mentorship.Status.ACTIVE else [],
        "held": held,
        "unconfirmed": unconfirmed,
        "can_make_up": can_make_up,
        "is_active": mentorship.status == Mentorship.Status.ACTIVE,
        "can_book": not mentorship.program.paused_at and (not mentorship.paused_at or mentorship.resumes_on),
    }


@participant_panel
def group_sessions(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """The group sessions of a programme that a mentee can join, and for a mentor the way to open one."""
    if enrolment.status != Enrolment.Status.ACTIVE or enrolment.ended_at is not None:
        return None
    program = enrolment.program
    can_open = enrolment.role == Role.MENTOR and groups.led_in(program, by) is not None
    rows = groups.next_open_to(by, program=program) if enrolment.role == Role.MENTEE else []
    if not rows and not can_open:
        return None
    return {"template": "sessions/group_panel.html", "rows": rows, "can_open": can_open}


@program_panel
def booking(program: Program, *, by: Member) -> dict[str, Any] | None:
    """How sessions are booked, and the way to change that."""
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
        return None
    policy = policy_of(program)
    return {
        "template": "sessions/program_panel.html",
        "lengths": [length // MINUTE for length in lengths_of(program, policy)],
        "notice": policy.notice // (60 * MINUTE),
        "days": policy.horizon.days,
        "most_a_week": policy.most_a_week,
    }


@program_panel
def sessions_of_program(program: Program, *, by: Member) -> dict[str, Any] | None:
    """Which mentorships have gone quiet, and where the agendas are."""
    if program.status == Program.Status.DRAFT:
        return None
    quiet = quiet_mentorships().filter(program=program)
    shown = list(quiet.order_by("last_at", "pk")[:QUIET_SHOWN])
    people: dict[int, list[Member]] = {}
    for each in (
        Participant.objects.present().filter(mentorship__in=shown).select_related("enrolment__member").order_by("id")
    ):
        people.setdefault(each.mentorship_id, []).append(each.enrolment.member)
    return {
        "template": "sessions/quiet_panel.html",
        "count": quiet.count() if len(shown) == QUIET_SHOWN else len(shown),
        "quiet": [
            {"pk": each.pk, "names": names_of(people.get(each.pk, [])), "last_at": each.last_at} for each in shown
        ],
    }


@mentorship_panel
def journal(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The way to one's own journal."""
    if mentorship.started_at is None:
        return None
    return {"template": "sessions/journal_panel.html", "rank": 80, "aside": True}


@admin_panel
@mentorship_panel
def board(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """What a shadow board works on: its last meetings, and the way to all of them."""
    if mentorship.started_at is None or not boards.has_boards(mentorship.program):
        return None
    meetings = [
        {"session": session, "brief": next(iter(session.briefs.all()), None)}
        for session in boards.board_sessions(mentorship)[:SHOWN]
    ]
    return {"template": "sessions/board_panel.html", "board": mentorship, "meetings": meetings, "rank": 20}


@program_panel
def boards_of_program(program: Program, *, by: Member) -> dict[str, Any] | None:
    """Every board of a programme, with its meetings, briefs and recommendations."""
    if not boards.has_boards(program):
        return None
    found = list(Mentorship.objects.filter(program=program, started_at__isnull=False).order_by("name", "id")[:20])
    return {"template": "sessions/boards_panel.html", "boards": found} if found else None
