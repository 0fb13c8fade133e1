"""Who says yes to a sign-up: programme admins, or the line manager of whoever signed up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import Invitation, Member
from accounts.rules import allows
from accounts.services import invitation_link

from .. import emails
from ..models import Enrolment, Program

REMIND_AFTER = timedelta(days=3)


def approver_of(enrolment: Enrolment) -> Member | None:
    """The line manager who has to decide; None where programme admins do, also when no manager can be asked."""
    if enrolment.program.approver != Program.Approver.MANAGER:
        return None
    manager = enrolment.member.manager
    return manager if manager is not None and manager.email and not manager.has_left else None


def without_manager(program: Program) -> Any:
    """Sign-ups to be approved whose line manager can't be asked, so that programme admins decide."""
    waiting = Enrolment.objects.filter(program=program, status=Enrolment.Status.APPLIED)
    return waiting.exclude(member__manager__in=Member.objects.current().exclude(email=""))


def is_approver(program: Program, member: Member, *, by: Member) -> bool:
    """Whether somebody decides as the line manager of a member."""
    return program.approver == Program.Approver.MANAGER and member.manager_id == by.pk


def waiting_for(manager: Member) -> Any:
    """Sign-ups that a line manager is asked about and has not answered, the oldest first."""
    asking = Program.objects.running().filter(approver=Program.Approver.MANAGER)
    waiting = Enrolment.objects.filter(status=Enrolment.Status.APPLIED, member__manager=manager, program__in=asking)
    return waiting.select_related("program", "member").order_by("applied_at", "pk")


def may_decide(enrolment: Enrolment, *, by: Member) -> bool:
    """Programme admins may always; the applicant's manager where the programme asks them."""
    return allows(by, "programs.manage") or is_approver(enrolment.program, enrolment.member, by=by)


def require_approver(enrolment: Enrolment, by: Member) -> None:
    """Raises PermissionDenied for everybody else."""
    if not may_decide(enrolment, by=by):
        raise PermissionDenied


def ask_approver(enrolment: Enrolment) -> None:
    """Write to the line manager who has to decide, if there is one. Who has no login gets one with the letter."""
    if enrolment.status == Enrolment.Status.APPLIED and (manager := approver_of(enrolment)) is not None:
        emails.approval_asked(enrolment, manager=manager, link=_link(enrolment, manager))


def remind_approvers(*, now: datetime | None = None) -> int:
    """Write once more to managers who have not decided for three days. Returns how many letters."""
    now = now or timezone.now()
    late = (
        Enrolment.objects.filter(
            status=Enrolment.Status.APPLIED,
            applied_at__lte=now - REMIND_AFTER,
            program__in=Program.objects.working().filter(approver=Program.Approver.MANAGER),
        )
        .select_related("program", "member__manager")
        .order_by("pk")
    )
    written = 0
    for enrolment in late:
        if (manager := approver_of(enrolment)) is not None:
            with transaction.atomic():
                written += emails.approval_reminder(enrolment, manager=manager, link=_link(enrolment, manager))
    return written


def _link(enrolment: Enrolment, manager: Member) -> str:
    if manager.user_id is not None or enrolment.program.created_by is None:
        return ""
    page = emails.path("programs:approval", enrolment.pk)
    asked = Invitation.objects.filter(member=manager, next_path=page).select_related("invited_by").last()
    by = asked.invited_by if asked and asked.invited_by else enrolment.program.created_by
    return invitation_link(manager, by=by, next_path=page)
