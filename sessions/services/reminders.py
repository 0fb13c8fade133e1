"""Which reminders somebody wants, and what follows for the sessions that are booked."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from accounts.models import Member, Organisation
from mentoring.outbox import telling
from mentoring.tenancy.scope import current_organisation_id

from .. import emails
from ..models import Attendance, ReminderChoice, Session
from ..reminding import KINDS, SESSION


@transaction.atomic
def choose_reminders(member: Member, *, kind: str, ahead: Iterable[int], by: Member) -> None:
    """Keep when this member wants letters of one kind, and plan those about booked sessions anew."""
    if by.pk != member.pk:
        raise PermissionDenied
    offered = {minutes for minutes, _label in KINDS[kind].times} or {0}
    wanted = sorted(offered.intersection(ahead), reverse=True)
    ReminderChoice.objects.update_or_create(
        organisation_id=current_organisation_id(), member=member, kind=kind, defaults={"ahead": wanted}
    )
    if kind == SESSION:
        plan_reminders(member)


@transaction.atomic
def plan_reminders(member: Member) -> None:
    """Write the reminders of everything that is booked for this member as they have chosen, and take back the others."""
    for session in Session.objects.upcoming().involving(member).with_people().order_by("pk"):
        emails.plan_reminders(session, to=[member])


@transaction.atomic
def follow_clocks(members: Iterable[int]) -> None:
    """Let the reminders that wait show the times of the clocks that these people, by their ids, go by now."""
    changed = set(members)
    theirs = Attendance.objects.filter(member__in=changed).values("session_id")
    for session in Session.objects.upcoming().filter(pk__in=theirs).with_people().order_by("pk"):
        emails.renew_reminders(session, changed=changed)


@transaction.atomic
def choose_digest(member: Member, *, wanted: bool, by: Member) -> None:
    """One letter a day with what may wait, or each by itself."""
    if by.pk != member.pk:
        raise PermissionDenied
    telling.choose_digest(member.email, wanted=wanted, time_zone=member.time_zone)


def write_digests() -> int:
    """Write the letters of the day for everybody who wants one. Returns how many."""
    organisation = Organisation.objects.get(pk=current_organisation_id())
    path = reverse("sessions:reminders", kwargs={"org": organisation.slug})
    return telling.write_digests(organisation_name=organisation.name, choices_path=path)
