"""Sessions that a mentor says yes to first: until then they take nobody's time.

A series is wished for, accepted, declined and left to lapse as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Participant, Program, Role

from .. import emails
from ..models import Attendance, Session
from .answering import answer_session
from .booking import lock_people, require_active, wall_time, without_clash
from .groups import cancel_session, move_session
from .openings import nearest, openings, participants
from .policy import policy_of
from .problems import SessionProblem, SlotTaken

NOTHING = timedelta(0)


class Accepted(NamedTuple):
    """What came of a yes: the sessions that are planned now, and those whose time had gone."""

    planned: list[Session]
    gone: list[Session]


@transaction.atomic
def accept_wish(session: Session, *, by: Member) -> Accepted:
    """Say yes: the session is planned if everybody is still free, and so is each of its series that was wished for with it.

    The others are off, and who wished for them hears which, with the nearest free times. Raises SessionProblem when the
    wish has been answered or has lapsed, PermissionDenied for who isn't the one to answer.
    """
    mentorship = _mentorship_of(session)
    require_active(mentorship)
    people = participants(mentorship, by)
    _require_answerer(people, session, by)
    members = [participant.enrolment.member for participant in people]
    lock_people(members)
    policy = policy_of(mentorship.program)
    planned, gone = [], []
    for each in _still_wished(session):
        length, wanted = each.ends_at - each.starts_at, each.starts_at

        def write(each: Session = each) -> None:
            each.status = Session.Status.PLANNED
            each.save(update_fields=["status"])
            each.attendances.update(occupies=True, during=DateTimeTZRange(each.starts_at, each.ends_at))

        # The notice was kept when it was wished for.
        found = openings(
            mentorship, people, length=length, ignoring=each, around=wanted, notice=NOTHING, policy=policy
        )  # fmt: skip
        try:
            if not any(slot.starts_at == wanted for slot in found.slots):
                raise SlotTaken
            without_clash(write, wanted=wanted)
        except SlotTaken:
            gone.append(each)
        else:
            planned.append(each)
    for each in planned:
        emails.session_settled_wish(each)
    if gone:
        first = gone[0]
        length = first.ends_at - first.starts_at
        free = openings(mentorship, people, length=length, ignoring=first, policy=policy).slots
        others = [slot.starts_at for slot in nearest(free, first.starts_at)]
        _end(gone, by=by, reason=_("This time is no longer free."), others=others)
    for each in planned:
        emails.session_booked(each, by=each.booked_by or by)
    return Accepted(planned, gone)


@transaction.atomic
def decline_wish(session: Session, *, by: Member, reason: str = "") -> list[Session]:
    """Say no with a reason, or take one's own wish back."""
    if by.pk not in {person.pk for person in session.people()}:
        raise PermissionDenied
    lock_people(session.people())
    if by.pk != session.booked_by_id:
        _require_answerer(participants(_mentorship_of(session), by), session, by)
    wishes = _still_wished(session)
    _end(wishes, by=by, reason=reason)
    return wishes


@transaction.atomic
def move_wish(session: Session, *, starts_at: datetime, by: Member) -> Session:
    """Wish for another time instead, and ask anew; when it is the mentor who chooses it, it is planned at that time.

    Raises SlotTaken when that time isn't free, or is wished for already.
    """
    mentorship = _mentorship_of(session)
    require_active(mentorship)
    people = participants(mentorship, by)
    lock_people(participant.enrolment.member for participant in people)
    is_own = by.pk == session.booked_by_id
    if not is_own:
        _require_answerer(people, session, by)
    wishes = _still_wished(session)
    session = next(each for each in wishes if each.pk == session.pk)
    if starts_at == session.starts_at:
        return session
    policy = policy_of(mentorship.program)
    length = session.ends_at - session.starts_at
    free = openings(mentorship, people, length=length, ignoring=session, policy=policy).slots
    if not any(slot.starts_at == starts_at for slot in free):
        raise SlotTaken(nearest(free, starts_at))
    if Session.objects.wished().filter(mentorship=mentorship, starts_at=starts_at).exists():
        raise SlotTaken(nearest(free, starts_at), _("You have asked for this time already."))
    emails.session_settled_wish(session)
    session.starts_at, session.ends_at = starts_at, starts_at + length
    session.wall_time = wall_time(starts_at, session.zone)
    session.sequence += 1
    if not is_own:
        session.status = Session.Status.PLANNED

    def write() -> None:
        session.save(update_fields=["starts_at", "ends_at", "wall_time", "sequence", "status"])
        session.attendances.update(during=DateTimeTZRange(starts_at, session.ends_at), occupies=not is_own)

    without_clash(write, wanted=starts_at, free=free)
    if not is_own:
        emails.session_booked(session, by=by)
        return session
    held_until = min(timezone.now() + policy.hold, *(each.starts_at for each in wishes))
    Session.objects.filter(pk__in=[each.pk for each in wishes]).update(held_until=held_until)
    session.held_until = held_until
    mentors = [each.enrolment.member for each in people if each.role == Role.MENTOR]
    emails.session_wished(session, to=mentors, by=by, wishes=wishes)
    return session


def change_time(session: Session, *, starts_at: datetime, by: Member) -> Session:
    """Move a session, or wish for another time as long as it waits for a yes."""
    return (move_wish if session.is_wished else move_session)(session, starts_at=starts_at, by=by)


def call_off(session: Session, *, by: Member, reason: str = "") -> None:
    """Cancel a session, or end the wish for it as long as it waits for a yes."""
    (decline_wish if session.is_wished else cancel_session)(session, by=by, reason=reason)


def answer(session: Session, *, answer: str, by: Member, reason: str = "") -> None:
    """Accept or decline a session as it is now, planned or wished for."""
    if not session.is_wished:
        answer_session(session, answer=answer, sequence=session.sequence, by=by)
    elif answer == Attendance.Answer.ACCEPTED:
        accept_wish(session, by=by)
    else:
        decline_wish(session, by=by, reason=reason)


@transaction.atomic
def lapse_wishes() -> int:
    """End the wishes that nobody has answered in time. Returns how many these were."""
    lapsed = Session.objects.filter(status=Session.Status.WISHED, held_until__lte=timezone.now())
    ids = lapsed.order_by("pk").select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    sessions = list(Session.objects.filter(pk__in=list(ids)).with_people().order_by("starts_at", "pk"))
    for wishes in _together(sessions):
        _end(wishes, by=None, reason=_("Nobody answered in time."))
    return len(sessions)


@transaction.atomic
def end_wishes(
    program: Program, *, mentorship: Mentorship | None = None, reason: str, before: date | None = None
) -> int:
    """End what is wished for in a programme, or in one mentorship of it before a day, that rests from now on."""
    found = Session.objects.wished().filter(mentorship__program=program)
    if mentorship is not None:
        found = found.filter(mentorship=mentorship)
    ids = list(found.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    sessions = list(Session.objects.filter(pk__in=ids).with_people().order_by("starts_at", "pk"))
    if before is not None:
        sessions = [each for each in sessions if each.starts_at.astimezone(each.zone).date() < before]
    for wishes in _together(sessions):
        _end(wishes, by=None, reason=reason)
    return len(sessions)


def answers(session: Session, member: Member) -> bool:
    """Whether it is this member who says yes or no."""
    return (
        member.pk != session.booked_by_id
        and Participant.objects.filter(
            mentorship=session.mentorship_id, role=Role.MENTOR, enrolment__member=member
        ).exists()
    )


def wished_with(session: Session) -> list[Session]:
    """The wishes that get one answer: the session's own, and those of its series, in their order."""
    wishes = Session.objects.wished().order_by("starts_at", "pk")
    return list(wishes.filter(series=session.series_id) if session.series_id else wishes.filter(pk=session.pk))


def _end(wishes: Sequence[Session], *, by: Member | None, reason: str, others: Sequence[datetime] = ()) -> None:
    for session in wishes:
        session.status = Session.Status.CANCELLED
        session.cancelled_by = by
        session.cancel_reason = reason.strip()
        session.save(update_fields=["status", "cancelled_by", "cancel_reason"])
        emails.session_settled_wish(session)
    first = wishes[0]
    active = _mentorship_of(first).status == Mentorship.Status.ACTIVE
    if first.booked_by is not None and first.booked_by != by and active:
        emails.session_wish_over(first, by=by, others=others, wishes=wishes)


def _together(sessions: Iterable[Session]) -> Iterable[list[Session]]:
    """Those of one series together, as they were asked for."""
    together: dict[tuple[str, int], list[Session]] = {}
    for session in sessions:
        key = ("one", session.pk) if session.series_id is None else ("series", session.series_id)
        together.setdefault(key, []).append(session)
    return together.values()


def _require_answerer(people: list[Participant], session: Session, by: Member) -> None:
    mentors = {each.enrolment.member_id for each in people if each.role == Role.MENTOR}
    if by.pk not in mentors or by.pk == session.booked_by_id:
        raise PermissionDenied


def _still_wished(session: Session) -> list[Session]:
    """The wish and those of its series as they are now, locked. Raises SessionProblem when it has been answered."""
    ids = [each.pk for each in wished_with(session)]
    found = Session.objects.filter(pk__in=ids or [session.pk]).order_by("pk")
    wishes = found.select_for_update(no_key=True, of=("self",)).select_related("mentorship__program", "booked_by")
    open_still = sorted((each for each in wishes if each.is_wished), key=lambda each: (each.starts_at, each.pk))
    if session.pk not in {each.pk for each in open_still}:
        raise SessionProblem(_("This has been answered already, or nobody answered in time."))
    return open_still


def _mentorship_of(session: Session) -> Mentorship:
    # Nobody wishes for a group session.
    assert session.mentorship is not None
    return session.mentorship
