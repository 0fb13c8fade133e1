"""Booking, moving and cancelling sessions.

Everybody who takes part is locked in the order of their ids before anyone's time is looked at, members first and then
their users, so that two bookings never wait for each other in a circle, not those of two organisations either. The
database's own constraints have the last word: over each member's sessions, and over each user's in all organisations.
The latter's rows follow attendances by a trigger, so that nothing that writes an attendance can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, User
from programs.models import Mentorship, Role

from .. import emails
from ..models import Attendance, BookingPolicy, Session
from ..slots import Slot
from .calendars import video_place
from .openings import nearest, openings, participants
from .pausing import require_not_resting
from .policy import lengths_of, policy_of
from .problems import SessionProblem, SlotTaken

# What the database says when somebody is in another session at that time, here or in another organisation.
CLASHES = {"attendance_no_clash", "user_busy_no_clash"}


@transaction.atomic
def book_session(
    mentorship: Mentorship,
    *,
    starts_at: datetime,
    by: Member,
    place: str = "",
    topic: str = "",
    length: timedelta | None = None,
) -> Session:
    """Book one of the mentorship's free slots, of the usual length unless told otherwise, and send the invitations.

    Where the mentor says yes first, a mentee's session is only wished for until then.
    Raises SlotTaken when it isn't free (any more), SessionProblem when nothing can be booked in this mentorship, or not
    for so long.
    """
    require_active(mentorship)
    require_not_resting(mentorship)
    policy = policy_of(mentorship.program)
    if length is None:
        length = mentorship.program.session_length
    elif length not in lengths_of(mentorship.program, policy):
        raise SessionProblem(_("Sessions of this programme don’t last so long."))
    people = participants(mentorship, by)
    members = [participant.enrolment.member for participant in people]
    lock_people(members)
    free = openings(mentorship, people, length=length, policy=policy).slots
    slot = _chosen(free, starts_at)
    mentors = [each.enrolment.member for each in people if each.role == Role.MENTOR]
    # The hours are the mentor's, so it is the mentor's wall clock that was meant.
    zone = members[0].zone
    session = Session(
        mentorship=mentorship,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        wall_time=wall_time(slot.starts_at, zone),
        zone_name=zone.key,
        place=place.strip() or video_place(policy, mentors=mentors),
        topic=topic.strip(),
        booked_by=by,
    )
    if policy.needs_yes and mentors and by not in mentors:
        if Session.objects.wished().filter(mentorship=mentorship, starts_at=starts_at).exists():
            raise SlotTaken(nearest(free, starts_at), _("You have asked for this time already."))
        session.status = Session.Status.WISHED
        session.held_until = min(timezone.now() + policy.hold, session.starts_at)
        add_session(session, members, occupies=False)
        emails.session_wished(session, to=mentors, by=by)
        return session
    without_clash(lambda: add_session(session, members), wanted=starts_at, free=free)
    emails.session_booked(session, by=by)
    return session


@transaction.atomic
def move_session(session: Session, *, starts_at: datetime, by: Member) -> Session:
    """Move a session that has not begun to another free slot, keep its length, and tell everyone.

    Raises SlotTaken when the slot isn't free (any more), SessionProblem when the session can't be moved.
    """
    mentorship = session.mentorship
    # Those of a group have their own way; see groups.
    assert mentorship is not None
    require_active(mentorship)
    people = participants(mentorship, by)
    lock_people(participant.enrolment.member for participant in people)
    session = _still_planned(session)
    if starts_at == session.starts_at:
        return session
    length = session.ends_at - session.starts_at
    free = openings(mentorship, people, length=length, ignoring=session).slots
    return put_at(session, starts_at, free=free, by=by)


def put_at(session: Session, starts_at: datetime, *, free: list[Slot], by: Member) -> Session:
    """Move a session whose people are locked to one of these free slots, with a new invitation for everyone."""
    slot = _chosen(free, starts_at)
    was_at = session.starts_at
    session.starts_at, session.ends_at = slot.starts_at, slot.ends_at
    session.wall_time = wall_time(slot.starts_at, session.zone)
    session.sequence += 1

    def write() -> None:
        session.save(update_fields=["starts_at", "ends_at", "wall_time", "sequence"])
        session.attendances.update(during=DateTimeTZRange(slot.starts_at, slot.ends_at))

    without_clash(write, wanted=starts_at, free=free)
    emails.session_moved(session, was_at=was_at, by=by)
    return session


@transaction.atomic
def cancel_session(session: Session, *, by: Member | None, reason: str = "") -> Session:
    """Cancel a session that has not begun, free everybody's time and tell them.

    Without `by`, the end of the mentorship cancels it. Raises SessionProblem when it can't be cancelled any more.
    """
    members = session.people()
    if by is not None and by.pk not in {member.pk for member in members}:
        raise PermissionDenied
    lock_people(members)
    session = _still_planned(session)
    session.status = Session.Status.CANCELLED
    session.cancelled_by = by
    session.cancel_reason = reason.strip()
    assert session.mentorship is not None
    # What the end of a mentorship cancels is nobody's lateness.
    session.cancelled_late = by is not None and session.starts_at < timezone.now() + notice_of(session.mentorship)
    session.sequence += 1
    session.save(update_fields=["status", "cancelled_by", "cancel_reason", "cancelled_late", "sequence"])
    session.attendances.update(occupies=False)
    emails.session_cancelled(session, by=by)
    return session


@transaction.atomic
def cancel_upcoming(mentorship: Mentorship, *, reason: str, before: date | None = None) -> int:
    """Cancel what is still to come of a mentorship that has ended, or rests until a day. Returns how many sessions."""
    ahead = Session.objects.planned().filter(mentorship=mentorship, starts_at__gt=timezone.now())
    sessions = list(ahead.with_people())
    if before is not None:
        sessions = [each for each in sessions if each.starts_at.astimezone(each.zone).date() < before]
    lock_people(person for session in sessions for person in session.people())
    for session in sessions:
        cancel_session(session, by=None, reason=reason)
    return len(sessions)


def require_active(mentorship: Mentorship) -> None:
    """Hold the mentorship as it is until the end of the transaction. Raises SessionProblem unless it is active."""
    # Whoever ends it has to wait, and then finds the session that is being booked.
    active = Mentorship.objects.active().filter(pk=mentorship.pk).select_for_update(no_key=True)
    found = list(active.values_list("paused_at", "resumes_on"))
    if not found:
        raise SessionProblem(_("This mentorship is not active, so nothing can be booked in it."))
    # It may have been paused since it was read.
    [(mentorship.paused_at, mentorship.resumes_on)] = found


def notice_of(mentorship: Mentorship) -> timedelta:
    """How long before a session it can be booked, and cancelled without being late."""
    policy = BookingPolicy.objects.filter(program=mentorship.program_id).first() or BookingPolicy()
    return policy.notice


def lock_people(members: Iterable[Member]) -> None:
    """Keep everybody's time for this transaction, in the order of their ids so that nobody waits in a circle."""
    ids = sorted({member.pk for member in members})
    locked = Member.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    users = {user_id for user_id in locked.values_list("user_id", flat=True) if user_id}
    if users:
        list(User.objects.filter(pk__in=users).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def add_session(session: Session, members: Iterable[Member], **attendance: Any) -> None:
    """Write a session with everybody in it."""
    session.save(force_insert=True)
    during = DateTimeTZRange(session.starts_at, session.ends_at)
    Attendance.objects.bulk_create(
        Attendance(session=session, member=member, during=during, **attendance) for member in members
    )


def without_clash(write: Callable[[], None], *, wanted: datetime, free: Iterable[Slot] = ()) -> None:
    """Write, or raise SlotTaken when the database finds that somebody is in another session at that time."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") not in CLASHES:
            raise
        raise SlotTaken(nearest(free, wanted)) from error


def wall_time(at: datetime, zone: Any) -> datetime:
    """What the clock on the wall shows, kept as if it were UTC."""
    return at.astimezone(zone).replace(tzinfo=UTC, fold=0)


def _chosen(free: list[Slot], starts_at: datetime) -> Slot:
    for slot in free:
        if slot.starts_at == starts_at:
            return slot
    raise SlotTaken(nearest(free, starts_at))


def _still_planned(session: Session) -> Session:
    """The session as it is now, locked. Raises SessionProblem when it has begun or is off."""
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("mentorship__program")
        .get(pk=session.pk)
    )
    if session.status == Session.Status.CANCELLED:
        raise SessionProblem(_("This session has been cancelled already."))
    if session.status == Session.Status.WISHED:
        # Somebody answers it at this very moment, or nobody has.
        raise SessionProblem(_("Nobody has said yes to this session yet, or nobody answered in time."))
    if not session.is_planned or session.has_begun:
        raise SessionProblem(_("This session has begun: say afterwards how it went."))
    return session
