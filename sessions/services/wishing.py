"""Sessions that a mentor says yes to first: until then they take nobody's time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Participant, Role

from .. import emails
from ..models import Session
from .booking import lock_people, require_active, without_clash
from .openings import nearest, openings, participants
from .problems import SessionProblem, SlotTaken

NOTHING = timedelta(0)


@transaction.atomic
def accept_wish(session: Session, *, by: Member) -> Session:
    """Say yes: the session is planned if everybody is still free.

    If not, it is off, and who wished for it hears of the nearest free times. Raises SessionProblem when the wish has
    been answered or has lapsed, PermissionDenied for who isn't the one to answer.
    """
    require_active(session.mentorship)
    people = participants(session.mentorship, by)
    _require_answerer(people, session, by)
    members = [participant.enrolment.member for participant in people]
    lock_people(members)
    session = _still_wished(session)
    length, wanted = session.ends_at - session.starts_at, session.starts_at
    # The notice was kept when it was wished for.
    found = openings(session.mentorship, people, length=length, ignoring=session, around=wanted, notice=NOTHING)

    def write() -> None:
        session.status = Session.Status.PLANNED
        session.save(update_fields=["status"])
        session.attendances.update(occupies=True, during=DateTimeTZRange(session.starts_at, session.ends_at))

    try:
        if not any(slot.starts_at == wanted for slot in found.slots):
            raise SlotTaken
        without_clash(write, wanted=wanted)
    except SlotTaken:
        free = nearest(openings(session.mentorship, people, length=length, ignoring=session).slots, wanted)
        return _end(session, by=by, reason=_("This time is no longer free."), others=[slot.starts_at for slot in free])
    emails.session_settled_wish(session)
    emails.session_booked(session, by=session.booked_by or by)
    return session


@transaction.atomic
def decline_wish(session: Session, *, by: Member, reason: str = "") -> Session:
    """Say no with a reason, or take one's own wish back."""
    if by.pk not in {person.pk for person in session.people()}:
        raise PermissionDenied
    lock_people(session.people())
    session = _still_wished(session)
    if by.pk != session.booked_by_id:
        _require_answerer(participants(session.mentorship, by), session, by)
    return _end(session, by=by, reason=reason)


@transaction.atomic
def lapse_wishes() -> int:
    """End the wishes that nobody has answered in time. Returns how many these were."""
    lapsed = Session.objects.filter(status=Session.Status.WISHED, held_until__lte=timezone.now())
    ids = lapsed.order_by("pk").select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    sessions = list(Session.objects.filter(pk__in=list(ids)).with_people().order_by("pk"))
    for session in sessions:
        _end(session, by=None, reason=_("Nobody answered in time."))
    return len(sessions)


def answers(session: Session, member: Member) -> bool:
    """Whether it is this member who says yes or no."""
    return (
        member.pk != session.booked_by_id
        and Participant.objects.filter(
            mentorship=session.mentorship_id, role=Role.MENTOR, enrolment__member=member
        ).exists()
    )


def _end(session: Session, *, by: Member | None, reason: str, others: list[datetime] | None = None) -> Session:
    session.status = Session.Status.CANCELLED
    session.cancelled_by = by
    session.cancel_reason = reason.strip()
    session.save(update_fields=["status", "cancelled_by", "cancel_reason"])
    emails.session_settled_wish(session)
    active = session.mentorship.status == Mentorship.Status.ACTIVE
    if session.booked_by is not None and session.booked_by != by and active:
        emails.session_wish_over(session, by=by, others=others or [])
    return session


def _require_answerer(people: list[Participant], session: Session, by: Member) -> None:
    mentors = {each.enrolment.member_id for each in people if each.role == Role.MENTOR}
    if by.pk not in mentors or by.pk == session.booked_by_id:
        raise PermissionDenied


def _still_wished(session: Session) -> Session:
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("mentorship__program", "booked_by")
        .get(pk=session.pk)
    )
    if not session.is_wished:
        raise SessionProblem(_("This has been answered already, or nobody answered in time."))
    return session
