"""What admins tell everybody of a programme, or those of one role."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Member
from accounts.rules import allows
from mentoring.jobs.services import start_job
from mentoring.tenancy.clock import today

from .. import emails
from ..models import Announcement, Enrolment, Program
from .places import locked_program

# The same words within this time were sent twice by mistake.
ONCE_WITHIN = timedelta(minutes=10)


def readers(program: Program, role: str) -> QuerySet[Member]:
    """Who is enrolled in this role, or in any, works here and has an address."""
    enrolled = Enrolment.objects.filter(program=program, status=Enrolment.Status.ACTIVE)
    if role:
        enrolled = enrolled.filter(role=role)
    here = Q(left_on__isnull=True) | Q(left_on__gte=today())
    found: QuerySet[Member] = Member.objects.filter(here, pk__in=enrolled.values("member_id")).exclude(email="")
    return found


@transaction.atomic
def announce(program: Program, *, title: str, body: str, role: str, by: Member) -> Announcement:
    """Tell them once, however often it is sent; a job writes the letters."""
    if not allows(by, "programs.manage"):
        raise PermissionDenied
    program = locked_program(program)
    now = timezone.now()
    there = Announcement.objects.filter(program=program, title=title, body=body, role=role, sent_by=by)
    sent: Announcement | None = there.filter(sent_at__gt=now - ONCE_WITHIN).first()
    if sent is not None:
        return sent
    sent = Announcement.objects.create(
        program=program, title=title, body=body, role=role, sent_by=by, sent_at=now,
        recipients=readers(program, role).count(),
    )  # fmt: skip
    start_job("programs.announce", subject=f"announcement:{sent.pk}", announcement_id=sent.pk)
    return sent


def write_letters(announcement: Announcement) -> int:
    """Write to everybody it is for. Running it again writes to nobody twice. Returns to how many."""
    people = readers(announcement.program, announcement.role).order_by("pk").iterator(chunk_size=500)
    return sum(emails.announced(announcement, to=member) for member in people)


def announcements_for(program: Program, role: str | None) -> QuerySet[Announcement]:
    """What those of a role were told; with None, everything."""
    found: QuerySet[Announcement] = Announcement.objects.filter(program=program).select_related("sent_by")
    return found if role is None else found.filter(role__in=["", role])
