"""Sessions that repeat: the same wall time on the mentor's clock, each booked as if it were the only one."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Role

from .. import emails
from ..models import Session, SessionSeries
from ..slots import Slot
from ..zones import resolve_local
from .booking import add_session, cancel_session, lock_people, require_active, wall_time, without_clash
from .calendars import video_place
from .openings import nearest, openings, participants
from .pausing import require_not_resting
from .policy import lengths_of, policy_of
from .problems import SessionProblem, SlotTaken

FEWEST, MOST = 2, 26
WEEKS = {SessionSeries.Rhythm.WEEKLY: 1, SessionSeries.Rhythm.FORTNIGHTLY: 2}


class SeriesTaken(SlotTaken):
    """Some times of a series aren't free; nothing was changed. Those that are can be had on their own."""

    def __init__(self, taken: Sequence[datetime], free: Sequence[datetime], alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(alternatives, _("Not all of these times are free."))
        self.taken, self.free = list(taken), list(free)


def occurrences(first: datetime, rhythm: str, count: int, zone: Any) -> list[datetime]:
    """The starts of a series in UTC, each at the wall time of the first on the zone's clock.

    Every month means the same weekday of the month, counted from its beginning, and the last for a fifth.
    """
    local = first.astimezone(zone)
    days = [_day(local.date(), rhythm, number) for number in range(count)]
    # The first is the instant that was chosen, also in an hour that comes twice.
    return [first.astimezone(UTC), *(resolve_local(day, local.time(), zone) for day in days[1:])][:count]


@transaction.atomic
def book_series(
    mentorship: Mentorship,
    *,
    starts_at: datetime,
    rhythm: str,
    count: int,
    by: Member,
    place: str = "",
    topic: str = "",
    length: timedelta | None = None,
    skip_taken: bool = False,
) -> list[Session]:
    """Book a series, each session under the rules of a single one, and send the invitations of each.

    Where the mentor says yes first, a mentee wishes for all of them, and one answer is for all.
    The first must lie within what can be booked now; the others follow beyond it. Raises SeriesTaken when some times
    aren't free, unless these are to be skipped; SlotTaken when none is; SessionProblem when nothing can be booked.
    """
    require_active(mentorship)
    require_not_resting(mentorship)
    if rhythm not in SessionSeries.Rhythm.values or not FEWEST <= count <= MOST:
        raise SessionProblem(_("A series has from 2 to 26 sessions."))
    policy = policy_of(mentorship.program)
    if length is None:
        length = mentorship.program.session_length
    elif length not in lengths_of(mentorship.program, policy):
        raise SessionProblem(_("Sessions of this programme don’t last so long."))
    people = participants(mentorship, by)
    members = [participant.enrolment.member for participant in people]
    lock_people(members)
    zone = members[0].zone
    if starts_at > timezone.now() + policy.horizon:
        raise SlotTaken(nearest(openings(mentorship, people, length=length).slots, starts_at))
    mentors = [each.enrolment.member for each in people if each.role == Role.MENTOR]
    place = place.strip() or video_place(policy, mentors=mentors)
    series = SessionSeries.objects.create(
        mentorship=mentorship,
        rhythm=rhythm,
        first_wall_time=wall_time(starts_at, zone),
        zone_name=zone.key,
        count=count,
        made_by=by,
    )
    is_wish = policy.needs_yes and by not in mentors
    made: list[Session] = []
    taken: list[datetime] = []
    for number, start in enumerate(occurrences(starts_at, rhythm, count, zone)):
        session = Session(
            mentorship=mentorship,
            starts_at=start,
            ends_at=start + length,
            wall_time=wall_time(start, zone),
            zone_name=zone.key,
            place=place,
            topic=topic.strip(),
            booked_by=by,
            series=series,
            series_index=number,
        )
        try:
            # Those made so far count in the limits of a week and a month.
            if not _is_free(openings(mentorship, people, length=length, around=start, policy=policy).slots, start):
                raise SlotTaken
            if is_wish:
                if Session.objects.wished().filter(mentorship=mentorship, starts_at=start).exists():
                    raise SlotTaken
                session.status = Session.Status.WISHED
                # They lapse together.
                session.held_until = made[0].held_until if made else min(timezone.now() + policy.hold, start)
                add_session(session, members, occupies=False)
            else:
                without_clash(lambda session=session: add_session(session, members), wanted=start)  # type: ignore[misc]  # bound in each turn
        except SlotTaken:
            taken.append(start)
        else:
            made.append(session)
    if not made:
        raise SlotTaken(nearest(openings(mentorship, people, length=length).slots, starts_at))
    if taken and not skip_taken:
        raise SeriesTaken(taken, [session.starts_at for session in made])
    if is_wish:
        emails.session_wished(made[0], to=mentors, by=by, wishes=made)
        return made
    for session in made:
        emails.session_booked(session, by=by)
    return made


def following(session: Session) -> list[Session]:
    """A session of a series and all that come after it and are still planned; none for a session of its own."""
    if session.series_id is None:
        return []
    later = Session.objects.planned().filter(
        series=session.series_id, series_index__gte=session.series_index, starts_at__gt=timezone.now()
    )
    return list(later.with_people().order_by("series_index"))


@transaction.atomic
def move_following(session: Session, *, starts_at: datetime, by: Member, skip_taken: bool = False) -> list[Session]:
    """Move a session of a series, and all that follow in the same rhythm from its new time. Returns those that moved.

    Raises SeriesTaken when some of the new times aren't free, unless those sessions are to stay where they are.
    """
    mentorship = session.mentorship
    # Group sessions are of no series.
    assert mentorship is not None
    require_active(mentorship)
    policy = policy_of(mentorship.program)
    people = participants(mentorship, by)
    lock_people(participant.enrolment.member for participant in people)
    sessions = _locked(session)
    first, zone = sessions[0], session.zone
    series = session.series
    assert series is not None
    length = first.ends_at - first.starts_at
    if starts_at == first.starts_at:
        return []
    if starts_at > timezone.now() + max(policy.horizon, first.starts_at - timezone.now()):
        raise SlotTaken(nearest(openings(mentorship, people, length=length).slots, starts_at))
    assert first.series_index is not None
    span = max(each.series_index or 0 for each in sessions) - first.series_index + 1
    starts = occurrences(starts_at, series.rhythm, span, zone)
    moved: list[tuple[Session, datetime]] = []
    taken: list[datetime] = []
    # Whoever moves later makes room for those before, and the other way round.
    for each in sorted(sessions, key=lambda each: each.starts_at, reverse=starts_at > first.starts_at):
        start = starts[(each.series_index or 0) - first.series_index]
        was_at, length = each.starts_at, each.ends_at - each.starts_at
        if start == was_at:
            continue

        def write(each: Session = each, start: datetime = start, length: timedelta = length) -> None:
            each.starts_at, each.ends_at = start, start + length
            each.wall_time = wall_time(start, each.zone)
            each.sequence += 1
            each.save(update_fields=["starts_at", "ends_at", "wall_time", "sequence"])
            each.attendances.update(during=DateTimeTZRange(start, start + length))

        try:
            free = openings(mentorship, people, length=length, ignoring=each, around=start, policy=policy).slots
            if not _is_free(free, start):
                raise SlotTaken
            without_clash(write, wanted=start)
        except SlotTaken:
            taken.append(start)
        else:
            moved.append((each, was_at))
    moved.sort(key=lambda pair: pair[0].starts_at)
    if not moved:
        free = openings(mentorship, people, length=first.ends_at - first.starts_at, ignoring=first).slots
        raise SlotTaken(nearest(free, starts_at))
    if taken and not skip_taken:
        raise SeriesTaken(sorted(taken), [each.starts_at for each, _was in moved])
    for each, was_at in moved:
        emails.session_moved(each, was_at=was_at, by=by)
    return [each for each, _was in moved]


@transaction.atomic
def cancel_following(session: Session, *, by: Member, reason: str = "") -> list[Session]:
    """Cancel a session of a series and all that follow; everybody gets the cancellation of each."""
    lock_people(session.people())
    return [cancel_session(each, by=by, reason=reason) for each in _locked(session)]


def _locked(session: Session) -> list[Session]:
    """The session and those that follow. Raises SessionProblem unless it stands at their head."""
    found = following(session)
    if not found or found[0].pk != session.pk:
        raise SessionProblem(_("This session can’t be changed together with those that follow any more."))
    list(Session.objects.filter(pk__in=[each.pk for each in found]).order_by("pk").select_for_update(no_key=True))
    # A change that came first has let go of the lock by now.
    return following(session)


def _is_free(free: Sequence[Slot], starts_at: datetime) -> bool:
    return any(slot.starts_at == starts_at for slot in free)


def _day(first: date, rhythm: str, number: int) -> date:
    if rhythm in WEEKS:
        return first + timedelta(weeks=WEEKS[SessionSeries.Rhythm(rhythm)] * number)
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    month += 1
    days = calendar.monthrange(year, month)[1]
    # The first of that weekday in the month.
    day = 1 + (first.weekday() - date(year, month, 1).weekday()) % 7
    which = (first.day - 1) // 7
    day += 7 * which if which < 4 else (days - day) // 7 * 7
    return date(year, month, day)
