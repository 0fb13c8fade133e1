"""The days on which a format wants its people to meet, where these are uneven: dense at first, then further apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from programs import due
from programs.models import Mentorship, Role

from ..models import Session


@dataclass(frozen=True)
class MeetingDay:
    """One of them: the number of the day, when that is, and the session that stands for it, if there is one."""

    number: int
    on: date
    session: Session | None = None
    # The first that nothing is booked for.
    is_next: bool = False

    @property
    def is_held(self) -> bool:
        return self.session is not None and self.session.status == Session.Status.HELD


def course_of(mentorship: Mentorship, *, now: datetime | None = None) -> list[MeetingDay]:
    """The days of a mentorship with its sessions, each session standing for one in their order; empty where all are alike.

    They are counted from its beginning, or from the first day at work of those who have still to start.
    """
    days = mentorship.program.kind.meeting_days
    if not days or mentorship.started_at is None:
        return []
    first = first_day(mentorship)
    off = [Session.Status.CANCELLED, Session.Status.MISSED]
    sessions = list(Session.objects.filter(mentorship=mentorship).exclude(status__in=off).order_by("starts_at", "pk"))
    found = []
    for at, number in enumerate(days):
        session = sessions[at] if at < len(sessions) else None
        found.append(MeetingDay(number, first + timedelta(days=number - 1), session, is_next=at == len(sessions)))
    return found


def first_day(mentorship: Mentorship) -> date:
    """Day 1 of a mentorship."""
    parts = mentorship.participants.exclude(role=Role.MENTOR).values_list("enrolment__member__hired_on", flat=True)
    return day_one(mentorship.started_at or timezone.now(), mentorship.program.organisation.zone, parts)


def day_one(started_at: datetime, zone: ZoneInfo, hired: Iterable[date | None]) -> date:
    """The day on which it began, or the first one at work of those who have still to start."""
    return due.day_one(started_at.astimezone(zone).date(), hired)
