"""What sessions forget of somebody who was erased. That they met, when and for how long, stays."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.erasing import ERASED
from accounts.models import Member
from accounts.signals import member_erased

from .models import (
    ActionItem,
    AgendaPoint,
    AnsweredRequest,
    BusyCalendar,
    BusyTime,
    CalendarSettings,
    DateOverride,
    JournalEntry,
    Note,
    ReminderChoice,
    Session,
    TimeOff,
    WeeklyHours,
)


@receiver(member_erased, dispatch_uid="sessions.member_erased")
def forget(*, member: Member, **kwargs: Any) -> None:
    for written in (Note, JournalEntry):
        written.objects.filter(author=member).delete()
    for model in (
        BusyTime, BusyCalendar, CalendarSettings, DateOverride, TimeOff, WeeklyHours, ReminderChoice, AnsweredRequest,
    ):  # fmt: skip
        model.objects.filter(member=member).delete()
    ActionItem.objects.filter(owner=member).update(text=ERASED)
    AgendaPoint.objects.filter(added_by=member).update(text=ERASED)
    Session.objects.filter(cancelled_by=member).update(cancel_reason="")
