"""Which times are free for everybody in a mentorship."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Member
from programs.models import Mentorship, Participant, Role

from .. import slots
from ..models import Attendance, Session, WeeklyHours

# Nobody finds a session in their diary that somebody booked this shortly before.
NOTICE = timedelta(hours=12)
HORIZON = timedelta(days=28)
ALTERNATIVES = 4


def free_slots(mentorship: Mentorship, *, by: Member, days: int = 28) -> list[slots.Slot]:
    """The times at which a session can be booked in the next days: in the mentor's hours, everybody being free.

    Raises PermissionDenied for somebody who doesn't take part.
    """
    return openings(
        participants(mentorship, by), length=mentorship.program.session_length, horizon=timedelta(days=days)
    )


def slots_to_move_to(session: Session, *, by: Member) -> list[slots.Slot]:
    """The times to which a session can be moved; the time that it takes now counts as free."""
    found = openings(participants(session.mentorship, by), length=session.ends_at - session.starts_at, ignoring=session)
    return [slot for slot in found if slot.starts_at != session.starts_at]


def nearest(free: Iterable[slots.Slot], wanted: datetime) -> list[slots.Slot]:
    """The free times closest to the one that somebody wanted."""
    return slots.nearest((slot for slot in free if slot.starts_at != wanted), wanted, ALTERNATIVES)


def has_hours(mentorship: Mentorship) -> bool:
    """Whether a mentor in it offers any hours."""
    mentors = Participant.objects.filter(mentorship=mentorship, role=Role.MENTOR)
    return WeeklyHours.objects.filter(member__in=mentors.values("enrolment__member_id")).exists()


def participants(mentorship: Mentorship, by: Member | None = None) -> list[Participant]:
    """Who takes part, mentors first. Raises PermissionDenied when `by` is given and isn't among them."""
    found = list(
        Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member").order_by("-role", "id")
    )
    found.sort(key=lambda participant: participant.role != Role.MENTOR)
    if by is not None and by.pk not in {participant.enrolment.member_id for participant in found}:
        raise PermissionDenied
    return found


def openings(
    people: list[Participant],
    *,
    length: timedelta,
    horizon: timedelta = HORIZON,
    ignoring: Session | None = None,
) -> list[slots.Slot]:
    """The free slots of the next days. The first mentor's hours make the grid; other mentors' hours narrow it."""
    now = timezone.now()
    members = [participant.enrolment.member for participant in people]
    mentors = [participant.enrolment.member for participant in people if participant.role == Role.MENTOR]
    if not mentors:
        return []
    windows: dict[int, list[slots.Window]] = defaultdict(list)
    for hours in WeeklyHours.objects.filter(member__in=mentors):
        windows[hours.member_id].append(slots.Window(hours.weekday, hours.start_minute, hours.end_minute))
    busy: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    taken = Attendance.objects.filter(member__in=members, occupies=True, session__ends_at__gt=now)
    if ignoring is not None:
        taken = taken.exclude(session=ignoring)
    for member_id, during in taken.values_list("member_id", "during"):
        busy[member_id].append((during.lower, during.upper))
    everybody = [slots.Availability(member.zone, windows[member.pk], busy[member.pk]) for member in members]
    return slots.free_slots(
        everybody[0],
        everybody[1:],
        rules=slots.BookingRules(length=length, notice=NOTICE, horizon=min(horizon, HORIZON)),
        now=now,
    )
