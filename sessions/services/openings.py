"""Which times are free for everybody in a mentorship."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Member
from programs.models import Mentorship, Participant, Role

from .. import slots
from ..models import Attendance, BookingPolicy, DateOverride, Holiday, Session, TimeOff, UserBusyTime, WeeklyHours
from .calendars import busy_times
from .pausing import after_pause
from .policy import policies_of, policy_of

ALTERNATIVES = 4
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Opening:
    """What can be booked, and which weeks and months are full."""

    slots: list[slots.Slot]
    policy: BookingPolicy
    # Monday of each week in which the mentorship has as many sessions as its programme allows.
    full_weeks: list[date]
    # Mentor and first day of each month for which the mentor's hours are all planned.
    full_months: list[tuple[Member, date]]


def free_slots(
    mentorship: Mentorship, *, by: Member, days: int | None = None, length: timedelta | None = None
) -> list[slots.Slot]:
    """The times at which a session can be booked in the next days: in the mentor's hours, everybody being free.

    Raises PermissionDenied for somebody who doesn't take part.
    """
    return opening(mentorship, by=by, days=days, length=length).slots


def opening(
    mentorship: Mentorship,
    *,
    by: Member,
    days: int | None = None,
    length: timedelta | None = None,
    policy: BookingPolicy | None = None,
) -> Opening:
    """The free slots of a mentorship as its programme lets people book, and why there are none in some weeks."""
    return openings(
        mentorship,
        participants(mentorship, by),
        length=length or mentorship.program.session_length,
        horizon=None if days is None else timedelta(days=days),
        policy=policy,
    )


def slots_to_move_to(session: Session, *, by: Member) -> list[slots.Slot]:
    """The times to which a session can be moved; the time that it takes now counts as free."""
    # Those of a group have their own way; see groups.
    assert session.mentorship is not None
    people = participants(session.mentorship, by)
    found = openings(session.mentorship, people, length=session.ends_at - session.starts_at, ignoring=session)
    return [slot for slot in found.slots if slot.starts_at != session.starts_at]


def nearest(free: Iterable[slots.Slot], wanted: datetime) -> list[slots.Slot]:
    """The free times closest to the one that somebody wanted."""
    return slots.nearest((slot for slot in free if slot.starts_at != wanted), wanted, ALTERNATIVES)


def has_hours(mentorship: Mentorship) -> bool:
    """Whether a mentor in it offers any hours."""
    mentors = (
        Participant.objects.present()
        .filter(mentorship=mentorship, role__in=[Role.MENTOR, Role.PEER])
        .values("enrolment__member_id")
    )
    return (
        WeeklyHours.objects.filter(member__in=mentors).exists()
        or DateOverride.objects.filter(member__in=mentors).exclude(windows=[]).exists()
    )


def participants(mentorship: Mentorship, by: Member | None = None) -> list[Participant]:
    """Who takes part, mentors first. Raises PermissionDenied when `by` is given and isn't among them.

    Who has left a group, or has not answered yet whether they join it, takes no part.
    """
    here = Participant.objects.present().filter(mentorship=mentorship)
    found = list(here.select_related("enrolment__member").order_by("-role", "id"))
    if len(found) > 2:
        found = [participant for participant in found if participant.response != Participant.Response.PENDING]
    found.sort(key=lambda participant: participant.role != Role.MENTOR)
    if by is not None and by.pk not in {participant.enrolment.member_id for participant in found}:
        raise PermissionDenied
    return found


def openings(
    mentorship: Mentorship,
    people: Sequence[Participant],
    *,
    length: timedelta,
    horizon: timedelta | None = None,
    ignoring: Session | None = None,
    around: datetime | None = None,
    notice: timedelta | None = None,
    policy: BookingPolicy | None = None,
) -> Opening:
    """The free slots of the next days. The first mentor's hours make the grid; other mentors' hours narrow it.

    With `around`, those close to that time, however far ahead it lies. A `policy` that was read already is not read again.
    """
    policy = policy or policy_of(mentorship.program)
    mentors = _whose_hours(people)
    if not mentors:
        return Opening([], policy, [], [])
    # The first one's hours make the grid.
    people = [*mentors, *(participant for participant in people if participant not in mentors)]
    now, notice = timezone.now(), policy.notice if notice is None else notice
    if horizon is None or horizon > policy.horizon:
        horizon = policy.horizon
    if around is not None:
        begin = max(now, around - DAY)
        now, notice, horizon = begin, max(NOTHING, notice - (begin - now)), max(NOTHING, around + DAY - begin)
    rules = slots.BookingRules(
        length=length,
        step=policy.step,
        buffer_before=policy.buffer_before,
        buffer_after=policy.buffer_after,
        notice=notice,
        horizon=horizon,
    )
    last = now + rules.horizon + length
    members = [participant.enrolment.member for participant in people]
    everybody = _availabilities(members, [mentor.enrolment.member for mentor in mentors], now, last, ignoring, policy)
    week, months = _quotas(mentorship, mentors, policy, length, now, last, ignoring)
    free = slots.free_slots(
        everybody[0],
        everybody[1:],
        rules=rules,
        now=now,
        quotas=[quota for quota in (week, *months.values()) if quota is not None],
    )
    free = after_pause(mentorship, free, mentors[0].enrolment.member.zone)
    return Opening(
        free,
        policy,
        full_weeks=week.full(now + rules.notice, now + rules.horizon) if week else [],
        full_months=[
            (mentor, month)
            for mentor, quota in months.items()
            for month in quota.full(now + rules.notice, now + rules.horizon)
        ],
    )


def _whose_hours(people: Sequence[Participant]) -> list[Participant]:
    """Whose hours say when they can meet: the mentors'; where all are alike, of everybody who offers any."""
    mentors = [participant for participant in people if participant.role == Role.MENTOR]
    if mentors:
        return mentors
    members = [participant.enrolment.member_id for participant in people]
    offering = set(WeeklyHours.objects.filter(member__in=members).values_list("member_id", flat=True))
    offering |= set(
        DateOverride.objects.filter(member__in=members).exclude(windows=[]).values_list("member_id", flat=True)
    )
    return [participant for participant in people if participant.enrolment.member_id in offering]


def _availabilities(
    members: Sequence[Member],
    mentors: Sequence[Member],
    now: datetime,
    last: datetime,
    ignoring: Session | None,
    policy: BookingPolicy,
) -> list[slots.Availability]:
    """What everybody offers and what fills their time, whatever organisation it belongs to."""
    windows: dict[int, list[slots.Window]] = defaultdict(list)
    for hours in WeeklyHours.objects.filter(member__in=mentors):
        windows[hours.member_id].append(slots.Window(hours.weekday, hours.start_minute, hours.end_minute))
    # Days of any clock on earth that may matter.
    days = (now - 2 * DAY).date(), (last + 2 * DAY).date()
    overrides: dict[int, dict[date, list[tuple[int, int]]]] = defaultdict(dict)
    for override in DateOverride.objects.filter(member__in=mentors, day__range=days):
        overrides[override.member_id][override.day] = [(start, end) for start, end in override.windows]
    off: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for away in TimeOff.objects.filter(member__in=members, first_day__lte=days[1], last_day__gte=days[0]):
        off[away.member_id].append((away.first_day, away.last_day))
    holidays = list(Holiday.objects.filter(day__range=days).values_list("day", "site"))
    busy = _busy(members, now, last, ignoring, policy)
    return [
        slots.Availability(
            member.zone,
            windows[member.pk],
            busy[member.pk],
            overrides[member.pk],
            [*off[member.pk], *((day, day) for day, site in holidays if _is_at(site, member))],
        )
        for member in members
    ]


def _is_at(site: str, member: Member) -> bool:
    return not site or site.casefold() == member.site.casefold()


def _busy(
    members: Sequence[Member], now: datetime, last: datetime, ignoring: Session | None, known: BookingPolicy
) -> dict[int, list[slots.Busy | tuple[datetime, datetime]]]:
    """When somebody is not free: in sessions of all programmes, each with the gap that it wants, and elsewhere."""
    busy: dict[int, list[slots.Busy | tuple[datetime, datetime]]] = defaultdict(list)
    # What has just ended may still want its gap.
    during = DateTimeTZRange(now - DAY, last + DAY)
    taken = Attendance.objects.filter(member__in=members, occupies=True, during__overlap=during)
    elsewhere = UserBusyTime.objects.filter(
        user__in={member.user_id for member in members if member.user_id}, during__overlap=during
    )
    if ignoring is not None:
        own = Attendance.objects.filter(session=ignoring).exclude(busy_key=None).values_list("busy_key", flat=True)
        taken, elsewhere = taken.exclude(session=ignoring), elsewhere.exclude(key__in=list(own))
    # The bounds alone are read much faster than the ranges.
    program_of = Coalesce("session__mentorship__program_id", "session__program_id")
    rows = list(taken.values_list("member_id", "during__startswith", "during__endswith", program_of))
    policies = {known.program_id: known} | policies_of({program_id for *_rest, program_id in rows} - {known.program_id})
    for member_id, starts_at, ends_at, program_id in rows:
        policy = policies.get(program_id)
        gaps = (policy.buffer_before, policy.buffer_after) if policy else (NOTHING, NOTHING)
        busy[member_id].append(slots.Busy(starts_at, ends_at, *gaps))
    members_of = {member.user_id: member.pk for member in members}
    for user_id, starts_at, ends_at in elsewhere.values_list("user_id", "during__startswith", "during__endswith"):
        busy[members_of[user_id]].append((starts_at, ends_at))
    for member_id, times in busy_times(members, now, last + DAY).items():
        busy[member_id] += times
    return busy


def _quotas(
    mentorship: Mentorship,
    mentors: Sequence[Participant],
    policy: BookingPolicy,
    length: timedelta,
    now: datetime,
    last: datetime,
    ignoring: Session | None,
) -> tuple[slots.Quota | None, dict[Member, slots.Quota]]:
    """Sessions a week of this mentorship on the first mentor's clock, and hours a month of each mentor in the programme."""
    limited = [mentor for mentor in mentors if mentor.enrolment.hours_per_month is not None]
    if policy.most_a_week is None and not limited:
        return None, {}
    # The first of this month on any clock on earth lies after this.
    since = (now - 2 * DAY).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - 2 * DAY
    counted = Session.objects.filter(
        status__in=(Session.Status.WISHED, Session.Status.PLANNED, Session.Status.HELD),
        starts_at__gte=min(since, now - 9 * DAY),
        starts_at__lt=last + 32 * DAY,
    ).exclude(status=Session.Status.WISHED, held_until__lte=timezone.now())
    if ignoring is not None:
        counted = counted.exclude(pk=ignoring.pk)
    week = None
    # A group session is of no mentorship, so it counts in no pair's week.
    if policy.most_a_week is not None and mentorship.pk is not None:
        starts = counted.filter(mentorship=mentorship).values_list("starts_at", flat=True)
        week = slots.Quota(mentors[0].enrolment.member.zone, policy.most_a_week, taken=[(start, 1) for start in starts])
    months = {}
    if limited:
        rows = Attendance.objects.filter(
            session__in=counted.of_program(mentorship.program).values("pk"),
            member__in=[mentor.enrolment.member_id for mentor in limited],
        ).values_list("member_id", "session__starts_at", "session__ends_at")
        taken: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        for member_id, starts_at, ends_at in rows:
            taken[member_id].append((starts_at, (ends_at - starts_at) // SECOND))
        for mentor in limited:
            member, hours = mentor.enrolment.member, mentor.enrolment.hours_per_month or 0
            months[member] = slots.Quota(
                member.zone, hours * 3600, each=length // SECOND, monthly=True, taken=taken[member.pk]
            )
    return week, months
