"""Sessions of mentorships that are more than a pair: who comes in and goes, and the meetings of an event."""

from __future__ import annotations

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from programs.models import Mentorship, Participant
from programs.services import ProgramProblem

from .. import emails
from ..models import Attendance, Session
from .booking import add_session, lock_people, wall_time, without_clash
from .openings import participants
from .problems import SlotTaken


@transaction.atomic
def book_meeting(mentorship: Mentorship) -> Session:
    """Book the meeting of an event for both, at its time and place, whatever their usual hours are.

    Raises ProgramProblem when one of them is in another session then, so that whoever publishes it is told.
    """
    assert mentorship.meets_at is not None
    assert mentorship.meets_for is not None
    people = [participant.enrolment.member for participant in participants(mentorship)]
    lock_people(people)
    zone = people[0].zone
    session = Session(
        mentorship=mentorship,
        starts_at=mentorship.meets_at,
        ends_at=mentorship.meets_at + mentorship.meets_for,
        wall_time=wall_time(mentorship.meets_at, zone),
        zone_name=zone.key,
        place=mentorship.meets_where,
        booked_by=mentorship.program.created_by,
    )
    try:
        without_clash(lambda: add_session(session, people), wanted=mentorship.meets_at)
    except SlotTaken as taken:
        busy = Attendance.objects.filter(
            member__in=people,
            occupies=True,
            during__overlap=DateTimeTZRange(session.starts_at, session.ends_at),
        )
        names = _(" and ").join(sorted({each.member.name for each in busy.select_related("member")}))
        raise ProgramProblem(
            _("%(names)s can’t come at that time: there is another session.")
            % {"names": names or _(" and ").join(person.name for person in people)}
        ) from taken
    # Whoever runs the event has booked it, not one of the two.
    emails.session_booked(session, by=mentorship.program.created_by or people[0])
    return session


@transaction.atomic
def come_in(participant: Participant) -> list[Session]:
    """Somebody has joined a mentorship that runs: they are invited to its sessions to come.

    A session at a time at which they have another is left out.
    """
    member = participant.enrolment.member
    ahead = Session.objects.planned().filter(mentorship=participant.mentorship_id, starts_at__gt=timezone.now())
    sessions = list(ahead.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    lock_people([member])
    joined = []
    for session in sessions:
        during = DateTimeTZRange(session.starts_at, session.ends_at)
        place = Attendance(session=session, member=member, during=during)
        try:
            without_clash(place.save, wanted=session.starts_at)
        except SlotTaken:
            continue
        joined.append(_told(session))
        emails.came_in(joined[-1], to=member)
    return joined


@transaction.atomic
def go_out(participant: Participant) -> list[Session]:
    """Somebody has left a mentorship that goes on: its sessions to come are taken out of their calendar."""
    member = participant.enrolment.member
    ahead = Session.objects.filter(
        mentorship=participant.mentorship_id,
        starts_at__gt=timezone.now(),
        status__in=[Session.Status.PLANNED, Session.Status.WISHED],
    )
    left = []
    for session in ahead.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        if not Attendance.objects.filter(session=session, member=member).delete()[0]:
            continue
        left.append(_told(session))
        emails.group_left(left[-1], to=member, reason=_("You are no longer in this group."))
    return left


def _told(session: Session) -> Session:
    """Who is invited has changed, but not the time."""
    Session.objects.filter(pk=session.pk).update(comings=F("comings") + 1)
    return Session.objects.with_people().get(pk=session.pk)
