"""Group sessions: a mentor opens one, and people of the programme join it as long as there are seats.

Locks are taken in one order: somebody's place in the programme, the session, then people. Nothing locks people first and
a group session after them, nor a second one while it holds people, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from accounts.rules import allows, require
from programs.models import Enrolment, Mentorship, Participant, Program, Role

from .. import emails
from ..models import Attendance, BookingPolicy, CalendarSettings, Session
from ..slots import Slot
from . import booking
from . import openings as pairs
from .booking import add_session, lock_people, put_at, wall_time, without_clash
from .openings import Opening, nearest, openings
from .pausing import why_not_in
from .policy import lengths_of, policy_of
from .problems import SessionProblem, SlotTaken

MOST_SEATS = 100
SHOWN = 3
RUNNING = (Program.Status.OPEN, Program.Status.RUNNING)


class SessionFull(SessionProblem):
    """Every seat is taken."""

    def __init__(self) -> None:
        super().__init__(_("This session is full: all seats are taken."))


def led_in(program: Program, leader: Member) -> Enrolment | None:
    """The leader's place in a programme in which they can open group sessions: as a mentor with an active mentorship."""
    return leading().filter(program=program, member=leader).first()


def leading() -> Any:
    """The places of mentors who can open group sessions."""
    active = Participant.objects.filter(
        enrolment=OuterRef("pk"), role=Role.MENTOR, mentorship__status=Mentorship.Status.ACTIVE
    )
    mentors = Enrolment.objects.active().mentors().filter(ended_at=None, program__status__in=RUNNING)
    return mentors.filter(Exists(active)).select_related("member", "program")


def meant_for(member: Member) -> Any:
    """Group sessions that are, or were, for a member to join."""
    places = Enrolment.objects.active().mentees().filter(member=member, ended_at=None, program__status__in=RUNNING)
    with_leader = Participant.objects.filter(
        mentorship__program=OuterRef("program_id"),
        mentorship__status=Mentorship.Status.ACTIVE,
        mentorship__participants__enrolment__member=member,
        role=Role.MENTOR,
        enrolment__member=OuterRef("led_by_id"),
    )
    return (
        Session.objects.with_seats()
        .filter(program__in=places.values("program_id"))
        .filter(Q(own_mentees_only=False) | Exists(with_leader))
        .exclude(led_by=member)
    )


def open_to(member: Member) -> Any:
    """Group sessions to come that a member may join, full or not, and those that they have joined."""
    return meant_for(member).planned().filter(starts_at__gt=timezone.now())


def next_open_to(member: Member, *, program: Program | None = None) -> list[dict[str, Any]]:
    """The next group sessions that a member may join and has not joined, with how many seats are left."""
    found = open_to(member).filter(program__paused_at__isnull=True)
    if program is not None:
        found = found.filter(program=program)
    own = Attendance.objects.filter(member=member).values("session_id")
    shown = found.exclude(pk__in=own).with_people().order_by("starts_at", "id")[:SHOWN]
    return [
        {
            "session": session,
            "left": session.seats_left,
            "can_join": session.seats_left > 0,
            "is_full": not session.seats_left,
        }
        for session in shown
    ]


def visible_to(member: Member) -> Any:
    """Group sessions that a member may know of: meant for them, joined or led; all for those who manage programmes."""
    sessions = Session.objects.with_seats()
    if allows(member, "programs.manage"):
        return sessions
    own = Attendance.objects.filter(member=member).values("session_id")
    return sessions.filter(Q(pk__in=own) | Q(pk__in=meant_for(member).values("pk")))


def changeable_by(member: Member) -> Any:
    """What a member may move or cancel: own sessions, and group sessions for those who manage programmes."""
    sessions = Session.objects.involving(member)
    if allows(member, "programs.manage"):
        sessions = Session.objects.filter(Q(pk__in=sessions.values("pk")) | Q(seats__isnull=False))
    return sessions.with_people()


def may_lead(session: Session, member: Member) -> bool:
    """Whether a member changes a group session for everybody: its leader, and those who manage programmes."""
    return session.has_seats and (session.led_by_id == member.pk or allows(member, "programs.manage"))


def group_opening(program: Program, *, leader: Member, by: Member, length: timedelta | None = None) -> Opening:
    """When a mentor can open a group session: their own free slots, as the programme lets people book."""
    enrolment = _require_leader(program, leader, by)
    stand_in, people = _as_mentorship(program, enrolment)
    return openings(stand_in, people, length=length or program.session_length)


def own_link(leader: Member) -> str:
    """The leader's own meeting link, where they have one."""
    links = CalendarSettings.objects.filter(member=leader).values_list("meeting_link", flat=True)
    return links.first() or ""


@transaction.atomic
def open_group(
    program: Program,
    *,
    leader: Member,
    starts_at: datetime,
    seats: int,
    topic: str,
    by: Member,
    place: str = "",
    length: timedelta | None = None,
    own_mentees_only: bool = False,
) -> Session:
    """Open a group session in one of the leader's free slots. Admins may do so on a mentor's behalf.

    Raises SlotTaken when the slot isn't free (any more), SessionProblem when this mentor can't open one.
    """
    enrolment = _require_leader(program, leader, by, lock=True)
    _require_not_resting(program)
    policy = policy_of(program)
    length = length or program.session_length
    if length not in lengths_of(program, policy):
        raise SessionProblem(_("Sessions of this programme don’t last so long."))
    topic = " ".join(topic.split())
    if not topic:
        raise SessionProblem(_("Say what the session is about, so that people know why to join."))
    _check_seats(seats)
    lock_people([leader])
    stand_in, people = _as_mentorship(program, enrolment)
    free = openings(stand_in, people, length=length).slots
    slot = _chosen(free, starts_at)
    session = Session(
        program=program,
        led_by=leader,
        seats=seats,
        own_mentees_only=own_mentees_only,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        wall_time=wall_time(slot.starts_at, leader.zone),
        zone_name=leader.zone.key,
        place=place.strip(),
        topic=topic,
        booked_by=by,
    )
    without_clash(lambda: add_session(session, [leader]), wanted=starts_at, free=free)
    emails.session_booked(session, by=by)
    return session


@transaction.atomic
def join_group(session: Session, *, by: Member) -> Session:
    """Take a seat in a group session, and get the invitation. Joining again changes nothing.

    Raises SessionFull when there is no seat (any more), SessionProblem when it has begun or the member is busy then,
    PermissionDenied for who isn't among those that it is for.
    """
    # Whoever leaves the programme has to wait, and then leaves this session too.
    places = Enrolment.objects.active().filter(member=by, program=session.program_id)
    list(places.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    session = _to_come(session)
    if Attendance.objects.filter(session=session, member=by).exists():
        return session
    if not open_to(by).filter(pk=session.pk).exists():
        raise PermissionDenied
    _require_not_resting(session.scheme)
    if session.seats is None or _joined(session) >= session.seats:
        raise SessionFull
    lock_people([by])
    during = DateTimeTZRange(session.starts_at, session.ends_at)

    def write() -> None:
        Attendance.objects.create(session=session, member=by, during=during)

    try:
        without_clash(write, wanted=session.starts_at)
    except SlotTaken as taken:
        raise SessionProblem(_("You have another session at that time. Move or cancel it first.")) from taken
    session = _changed(session)
    emails.group_joined(session, to=by)
    return session


@transaction.atomic
def leave_group(session: Session, *, by: Member) -> Session:
    """Give one's seat back before the session begins; it goes out of one's calendar. Leaving again changes nothing."""
    session = _to_come(session)
    if session.led_by_id == by.pk:
        raise SessionProblem(_("You lead this session. Cancel it if it can’t take place."))
    return _take_out(session, by, reason="")


@transaction.atomic
def set_seats(session: Session, *, seats: int, by: Member) -> Session:
    """Say how many may join a group session, never fewer than have joined."""
    if not may_lead(session, by):
        raise PermissionDenied
    session = _to_come(session)
    _check_seats(seats)
    joined = _joined(session)
    if seats < joined:
        sentence = ngettext(
            "%(n)d person has joined, so there can’t be fewer seats than that.",
            "%(n)d people have joined, so there can’t be fewer seats than that.",
            joined,
        )
        raise SessionProblem(sentence % {"n": joined})
    session.seats = seats
    session.save(update_fields=["seats"])
    return session


def slots_to_move_group_to(session: Session, *, by: Member) -> list[Slot]:
    """The leader's free slots at which all who have joined are free too."""
    if not may_lead(session, by):
        raise PermissionDenied
    session = Session.objects.with_people().get(pk=session.pk)
    return [slot for slot in _slots(session) if slot.starts_at != session.starts_at]


def slots_to_move_to(session: Session, *, by: Member) -> list[Slot]:
    """The times to which a session can be moved, be it a mentorship's or a group's."""
    find = slots_to_move_group_to if session.has_seats else pairs.slots_to_move_to
    return find(session, by=by)


@transaction.atomic
def move_group(session: Session, *, starts_at: datetime, by: Member) -> Session:
    """Move a group session that has not begun, keep its length, and tell everyone who has joined.

    Raises SlotTaken when the leader or somebody who has joined isn't free then.
    """
    if not may_lead(session, by):
        raise PermissionDenied
    session = _to_come(session)
    if starts_at == session.starts_at:
        return session
    # Nobody joins or leaves as long as the session is locked.
    lock_people(session.people())
    return put_at(session, starts_at, free=_slots(session), by=by)


@transaction.atomic
def cancel_group(session: Session, *, by: Member | None, reason: str = "") -> Session:
    """Cancel a group session that has not begun, free everybody's time and tell them. Without `by`, the platform does."""
    if by is not None and not may_lead(session, by):
        raise PermissionDenied
    session = _to_come(session)
    policy = BookingPolicy.objects.filter(program=session.program_id).first() or BookingPolicy()
    session.status = Session.Status.CANCELLED
    session.cancelled_by = by
    session.cancel_reason = reason.strip()
    session.cancelled_late = by is not None and session.starts_at < timezone.now() + policy.notice
    session.sequence += 1
    session.save(update_fields=["status", "cancelled_by", "cancel_reason", "cancelled_late", "sequence"])
    session.attendances.update(occupies=False)
    emails.session_cancelled(session, by=by)
    return session


def leave_groups(enrolment: Enrolment) -> None:
    """Take somebody who has left a programme out of its group sessions to come, and cancel those that they led."""
    ahead = Session.objects.with_seats().planned().filter(program=enrolment.program_id, starts_at__gt=timezone.now())
    for session in ahead.involving(enrolment.member).order_by("pk"):
        if session.led_by_id == enrolment.member_id:
            cancel_group(session, by=None, reason=_("Whoever led it takes no part in the programme any more."))
        else:
            _take_out(_to_come(session), enrolment.member, reason=_("You take no part in the programme any more."))


@transaction.atomic
def move_session(session: Session, *, starts_at: datetime, by: Member) -> Session:
    """Move a session that has not begun to another free slot, be it a mentorship's or a group's, and tell everyone."""
    move = move_group if session.has_seats else booking.move_session
    return move(session, starts_at=starts_at, by=by)


@transaction.atomic
def cancel_session(session: Session, *, by: Member, reason: str = "") -> Session:
    """Cancel a session that has not begun, be it a mentorship's or a group's, and tell everyone."""
    cancel = cancel_group if session.has_seats else booking.cancel_session
    return cancel(session, by=by, reason=reason)


def _require_leader(program: Program, leader: Member, by: Member, *, lock: bool = False) -> Enrolment:
    if leader.pk != by.pk:
        require(by, "programs.manage")
    if lock:
        places = Enrolment.objects.filter(program=program, member=leader)
        list(places.select_for_update(no_key=True).values_list("pk"))
    enrolment = led_in(program, leader)
    if enrolment is None:
        raise SessionProblem(_("Only a mentor with an active mentorship in this programme can open a group session."))
    return enrolment


def _as_mentorship(
    program: Program, leader: Enrolment, joined: Iterable[Member] = ()
) -> tuple[Mentorship, list[Participant]]:
    """The leader as a mentor and the others as mentees, for what finds the times at which all of them are free."""
    people = [Participant(enrolment=leader, role=Role.MENTOR)]
    for member in joined:
        people.append(Participant(enrolment=Enrolment(member=member, program=program), role=Role.MENTEE))
    return Mentorship(program=program), people


def _slots(session: Session) -> list[Slot]:
    leader = session.led_by
    enrolment = led_in(session.scheme, leader) if leader else None
    if leader is None or enrolment is None:
        return []
    stand_in, people = _as_mentorship(session.scheme, enrolment, session.others(leader))
    return openings(stand_in, people, length=session.ends_at - session.starts_at, ignoring=session).slots


def _to_come(session: Session) -> Session:
    """The session as it is now, locked. Raises SessionProblem when it has begun or is off."""
    # Waits first and reads then: whoever was in it while we waited is seen.
    list(Session.objects.filter(pk=session.pk).select_for_update(no_key=True).values_list("pk"))
    session = Session.objects.with_people().get(pk=session.pk)
    if session.status == Session.Status.CANCELLED:
        raise SessionProblem(_("This session has been cancelled."))
    if not session.is_planned or session.has_begun:
        raise SessionProblem(_("This session has begun already."))
    return session


def _joined(session: Session) -> int:
    return Attendance.objects.filter(session=session).exclude(member=session.led_by_id).count()


def _changed(session: Session) -> Session:
    """The session with those who take part in it now that somebody has joined or left."""
    Session.objects.filter(pk=session.pk).update(comings=F("comings") + 1)
    return Session.objects.with_people().get(pk=session.pk)


def _take_out(session: Session, member: Member, *, reason: str) -> Session:
    if not Attendance.objects.filter(session=session, member=member).delete()[0]:
        return session
    session = _changed(session)
    emails.group_left(session, to=member, reason=reason)
    return session


def _require_not_resting(program: Program) -> None:
    if sentence := why_not_in(program):
        raise SessionProblem(sentence)


def _check_seats(seats: int) -> None:
    if not 1 <= seats <= MOST_SEATS:
        raise SessionProblem(_("A group session has from 1 to %(n)d seats.") % {"n": MOST_SEATS})


def _chosen(free: list[Slot], starts_at: datetime) -> Slot:
    for slot in free:
        if slot.starts_at == starts_at:
            return slot
    raise SlotTaken(nearest(free, starts_at))
