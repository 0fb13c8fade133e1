"""Closing sign-up, opening it again, and closing a programme."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.tenancy.clock import today

from .. import emails
from ..models import Enrolment, Mentorship, Program
from ..signals import enrolment_ended
from .mentorships import close_mentorship
from .places import locked_program, require_running
from .problems import ProgramProblem
from .staging import end_last


@transaction.atomic
def close_sign_up(program: Program, *, by: Member) -> Program:
    """Let nobody else sign up; all the rest goes on."""
    program = locked_program(program)
    require_running(program)
    program.status = Program.Status.RUNNING
    program.save(update_fields=["status"])
    return program


@transaction.atomic
def reopen_sign_up(program: Program, *, by: Member) -> Program:
    """Let people sign up again."""
    program = locked_program(program)
    require_running(program)
    if program.ends_on and program.ends_on < today():
        raise ProgramProblem(_("This programme has ended. Move its last day first."))
    program.status = Program.Status.OPEN
    program.save(update_fields=["status"])
    return program


@transaction.atomic
def close_program(program: Program, *, by: Member, at: datetime | None = None) -> Program:
    """Close a programme for good: running mentorships are completed, offers and waiting sign-ups end, all are told."""
    program = locked_program(program)
    if program.status == Program.Status.CLOSED:
        return program
    require_running(program)
    now = at or timezone.now()
    enrolments = list(
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .filter(program=program, status__in=["applied", "waiting", "active"])
        .order_by("pk")
        .select_related("member", "program")
    )
    program.status, program.closed_at, program.paused_at = Program.Status.CLOSED, now, None
    program.save(update_fields=["status", "closed_at", "paused_at"])
    end_last(program)
    for mentorship in list(Mentorship.objects.filter(program=program).taking_places().order_by("pk")):
        close_mentorship(mentorship, at=at)
    for enrolment in enrolments:
        enrolment.ended_at = now
        if enrolment.status != Enrolment.Status.ACTIVE:
            enrolment.status = Enrolment.Status.DECLINED
            enrolment.decision_reason = _("The programme closed before there was a place.")
    Enrolment.objects.bulk_update(enrolments, ["status", "ended_at", "decision_reason"], batch_size=500)
    for enrolment in enrolments:
        enrolment_ended.send(Enrolment, enrolment=enrolment)
        if at is None:
            emails.program_closed(enrolment)
    return program
