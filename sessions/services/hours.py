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
WEEK = DAYS * MIDNIGHT

# Weekday (0 is Monday), first minute, last minute (1440 is the midnight that ends the day); a last minute at or below the
# first lies on the next day.
Hours = tuple[int, int, int]


@transaction.atomic
def set_weekly_hours(member: Member, windows: Iterable[Sequence[int]], *, by: Member) -> list[WeeklyHours]:
    """Replace the hours in which a member can be booked; see tidy() for what becomes of those that overlap or touch."""
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
    """Sort windows, and join those that overlap or touch. Raises SessionProblem for other values.

    One across midnight stays one, because times are counted from its beginning. Those that touch at midnight stay two: each
    belongs to its day. So do those that would last longer than a day together; the later one begins where the other ends.
    """
    # In minutes of the week; an end may lie on the Monday after.
    spans: list[tuple[int, int]] = []
    for weekday, start, end in windows:
        if not (0 <= weekday < DAYS and 0 <= start < MIDNIGHT and 0 <= end <= MIDNIGHT):
            raise SessionProblem(_("These are not hours of a week."))
        midnight = weekday * MIDNIGHT
        spans.append((midnight + start, midnight + end + (MIDNIGHT if end <= start else 0)))
    before: list[tuple[int, int]] = []
    while spans != before:
        before, spans = spans, _once_joined(spans)
    return [_hours(start, end) for start, end in spans]


def _once_joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each with the one after it, the last with the first of the next week; again, until nothing changes any more."""
    joined: list[tuple[int, int]] = []
    for span in sorted(spans):
        joined[-1:] = _joined(joined[-1], span) if joined else [span]
    if len(joined) > 1:
        first = joined.pop(0)
        joined[-1:] = _joined(joined[-1], (first[0] + WEEK, first[1] + WEEK))
    return sorted((start % WEEK, start % WEEK + end - start) for start, end in joined)


def _joined(span: tuple[int, int], later: tuple[int, int]) -> list[tuple[int, int]]:
    """Two spans in their order as one if they are one; else as they are, without what both have."""
    start, end = span
    if later[0] > end or (later[0] == end and end % MIDNIGHT == 0):
        return [span, later]
    last = max(end, later[1])
    if last - start <= MIDNIGHT:
        return [(start, last)]
    return [span, (end, last)] if last > end else [span]


def _hours(start: int, end: int) -> Hours:
    weekday, minute = divmod(start, MIDNIGHT)
    until = end - weekday * MIDNIGHT
    return weekday, minute, until if until <= MIDNIGHT else until - MIDNIGHT
