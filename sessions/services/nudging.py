"""What is minded every night: sessions to prepare, and mentorships that have gone quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, DateTimeField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Member
from programs.due import overdue_after
from programs.formats import FORMATS
from programs.models import Enrolment, Mentorship, Participant, Program, Role

from .. import prompting
from ..models import Session
from .agendas import begin_agenda, proposal_of

# So long before a session people are asked to think about it.
AHEAD = timedelta(days=2)
# From one night to the next, and an hour more for clock changes.
NIGHT = timedelta(hours=25)
BATCH = 1000


def prompt_preparation(*, now: datetime | None = None) -> int:
    """Write the letters of the sessions that are two days ahead by the next night, unless they were booked later than that.

    Running it again writes nothing twice. Returns how many letters are due.
    """
    now = now or timezone.now()
    found = Session.objects.planned().filter(
        starts_at__gt=now + AHEAD - NIGHT,
        starts_at__lte=now + AHEAD + NIGHT,
        booked_at__lte=F("starts_at") - AHEAD,
        mentorship__status=Mentorship.Status.ACTIVE,
        mentorship__program__paused_at__isnull=True,
    )
    count = 0
    for session in found.with_people().order_by("pk"):
        with transaction.atomic():
            session.stage = begin_agenda(session).stage
            questions = proposal_of(session.scheme, session.stage).preparation if session.stage else ""
            if questions:
                points = list(session.agenda_points.values_list("text", flat=True))
                due_at = max(now, session.starts_at - AHEAD)
                count += prompting.session_preparation(session, points=points, questions=questions, due_at=due_at)
    return count


def quiet_mentorships(*, now: datetime | None = None) -> Any:
    """Active mentorships without a session, held or planned, for twice as long as the time between sessions.

    Where the format names the days on which to meet, one of them must have passed by as well. Who has paused is left in
    peace.
    """
    now = now or timezone.now()
    since = ExpressionWrapper(
        Value(now, output_field=DateTimeField()) - F("program__rhythm") - F("program__rhythm"), DateTimeField()
    )
    sessions = Session.objects.filter(mentorship=OuterRef("pk"))
    lively = sessions.filter(status__in=[Session.Status.HELD, Session.Status.PLANNED, Session.Status.WISHED])
    last = lively.order_by("-starts_at").values("starts_at")[:1]
    paused = Enrolment.objects.filter(participations__mentorship=OuterRef("pk"), paused_at__isnull=False)
    running = Program.objects.working().filter(rhythm__gt=timedelta(0))
    counted = lively.order_by().values("mentorship").annotate(n=Count("pk")).values("n")
    return (
        Mentorship.objects.active()
        .filter(program__in=running)
        .annotate(quiet_since=since, last_at=Subquery(last))
        .filter(started_at__lt=F("quiet_since"))
        .filter(Q(last_at=None) | Q(last_at__lt=F("quiet_since")))
        .alias(times=Coalesce(Subquery(counted), 0), hired_on=Subquery(first_days_at_work().values("day")))
        .filter(_overdue(now))
        .filter(paused_at__isnull=True)
        .exclude(Exists(paused))
        .select_related("program")
    )


def first_days_at_work() -> Any:
    """The last first day at work of those who are guided, of the mentorship around it: day 1 may still lie ahead."""
    guided = Participant.objects.present().filter(mentorship=OuterRef("pk")).exclude(role=Role.MENTOR)
    return guided.order_by().values("mentorship").annotate(day=Max("enrolment__member__hired_on"))


def _overdue(now: datetime) -> Q:
    """Has no days of its own on which to meet, or has let one of them pass by."""
    uneven = [kind for kind in FORMATS.values() if kind.meeting_days]
    found = ~Q(program__format__in=[kind.key for kind in uneven])
    for kind in uneven:
        for times, long in enumerate(overdue_after(kind.meeting_days)):
            at_work = Q(hired_on=None) | Q(hired_on__lt=(now - long).date())
            found |= Q(program__format=kind.key, times=times, started_at__lt=now - long) & at_work
    return found


@transaction.atomic
def nudge_quiet(*, now: datetime | None = None) -> int:
    """Write to everybody in a mentorship that has gone quiet, once per spell. Returns how many are quiet."""
    quiet = list(quiet_mentorships(now=now).order_by("pk"))
    for start in range(0, len(quiet), BATCH):
        part = quiet[start : start + BATCH]
        people: dict[int, list[Member]] = {}
        participants = (
            Participant.objects.met().filter(mentorship__in=part).select_related("enrolment__member").order_by("id")
        )
        for participant in participants:
            people.setdefault(participant.mentorship_id, []).append(participant.enrolment.member)
        last: dict[int, Session] = {}
        lively = Session.objects.filter(mentorship__in=part).select_related("mentorship")
        lively = lively.filter(status__in=[Session.Status.HELD, Session.Status.PLANNED, Session.Status.WISHED])
        for session in lively.order_by("starts_at", "pk"):
            last[session.pair.pk] = session
        for mentorship in part:
            prompting.mentorship_quiet(mentorship, people=people.get(mentorship.pk, []), last=last.get(mentorship.pk))
    return len(quiet)
