"""The hours of each week in which somebody can be booked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Role

from ..models import WeeklyHours
from .problems import SessionProblem

MIDNIGHT = 24 * 60
DAYS = 7

# Weekday (0 is Monday), first minute, last minute (1440 is the midnight that ends the day).
Hours = tuple[int, int, int]


@transaction.atomic
def set_weekly_hours(member: Member, windows: Iterable[Sequence[int]], *, by: Member) -> list[WeeklyHours]:
    """Replace the hours in which a member can be booked. Hours that overlap or touch become one."""
    hours = tidy(windows)
    # Two savings at once would otherwise mix.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    WeeklyHours.objects.filter(member=member).delete()
    return WeeklyHours.objects.bulk_create(
        WeeklyHours(member=member, weekday=day, start_minute=start, end_minute=end) for day, start, end in hours
    )


def offer_usual_hours(member: Member) -> list[WeeklyHours]:
    """Let a member who offers no hours yet be booked in those that they gave when signing up as a mentor."""
    if WeeklyHours.objects.filter(member=member).exists():
        return []
    windows = usual_hours(member)
    return set_weekly_hours(member, windows, by=member) if windows else []


def usual_hours(member: Member) -> list[Hours]:
    """The free hours that a member gave when signing up as a mentor, the newest sign-up that has any."""
    enrolments = (
        Enrolment.objects.active().exclude(role=Role.MENTEE).filter(member=member).order_by("-applied_at", "-id")
    )
    for free_hours in enrolments.values_list("free_hours", flat=True):
        try:
            if hours := tidy(free_hours):
                return hours
        except SessionProblem:
            continue
    return []


def tidy(windows: Iterable[Sequence[int]]) -> list[Hours]:
    """Sort windows, part them at midnight and join those that overlap or touch. Raises SessionProblem for other values."""
    parts: list[Hours] = []
    for weekday, start, end in windows:
        if not (0 <= weekday < DAYS and 0 <= start < MIDNIGHT and 0 <= end <= MIDNIGHT):
            raise SessionProblem(_("These are not hours of a week."))
        if end > start:
            parts.append((weekday, start, end))
        else:
            parts.append((weekday, start, MIDNIGHT))
            if end:
                parts.append(((weekday + 1) % DAYS, 0, end))
    hours: list[Hours] = []
    for weekday, start, end in sorted(parts):
        if hours and hours[-1][0] == weekday and start <= hours[-1][2]:
            hours[-1] = (weekday, hours[-1][1], max(end, hours[-1][2]))
        else:
            hours.append((weekday, start, end))
    return hours
