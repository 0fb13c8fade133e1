"""Who is asked when: at the start, half-way and at the end of each mentorship, or everybody on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from mentoring.tenancy.clock import today
from mentoring.tenancy.scope import whole_organisation
from programs.models import Enrolment, Mentorship, Participant, Program
from programs.services.lifelines import end_of

from ..models import Survey, SurveyInvitation
from . import answering, letters

# Nobody is asked about a moment that is longer ago, nor twice within this time by the same survey.
WITHIN = timedelta(days=14)
# So long before the last day to answer comes the reminder, and not sooner than this after the first letter.
REMINDED_BEFORE = timedelta(days=3)
REMINDED_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Asked:
    """Somebody who is to be asked, in a role, about a mentorship or about the programme."""

    enrolment: Enrolment
    role: str
    mentorship: Mentorship | None = None


def send(survey: Survey, *, mentorship: Mentorship | None = None, on: date | None = None) -> int:
    """Ask everybody whose moment has come and who was not asked yet. Returns how many. Running it again changes nothing."""
    day = on or today()
    if survey.status != Survey.Status.OPEN or survey.program.paused_at is not None:
        return 0
    now = timezone.now()
    there: set[tuple[int, int | None]] = set()
    lately: set[int] = set()
    for enrolment_id, mentorship_id, sent_at in survey.invitations.values_list(
        "enrolment_id", "mentorship_id", "sent_at"
    ):
        there.add((enrolment_id, mentorship_id))
        if sent_at > now - WITHIN:
            lately.add(enrolment_id)
    asked = []
    for each in _due(survey, day, mentorship):
        key = each.enrolment.pk, each.mentorship.pk if each.mentorship else None
        # With several mentorships at once, one letter is enough.
        if key in there or each.enrolment.pk in lately:
            continue
        lately.add(each.enrolment.pk)
        asked.append(each)
    closes_at = _closing(survey, day)
    made = SurveyInvitation.objects.bulk_create(
        SurveyInvitation(
            survey=survey, enrolment=each.enrolment, mentorship=each.mentorship, sent_at=now, closes_at=closes_at
        )
        for each in asked
    )
    for invitation in made:
        letters.survey_sent(invitation)
    return len(made)


def send_due(*, on: date | None = None) -> int:
    """Send every open survey to those whose moment has come, and close those to which nobody can answer any more."""
    day = on or today()
    sent = 0
    for survey in Survey.objects.filter(status=Survey.Status.OPEN).select_related("program").order_by("pk"):
        sent += send(survey, on=day)
        if _is_over(survey, day):
            answering.close_survey(survey, by=None)
    return sent


def send_for(mentorship: Mentorship, *, moment: str) -> None:
    """What a mentorship that begins or ends brings about at once."""
    surveys = Survey.objects.filter(program_id=mentorship.program_id, moment=moment, status=Survey.Status.OPEN)
    for survey in surveys.select_related("program"):
        send(survey, mentorship=mentorship)


def remind(*, now: datetime | None = None) -> int:
    """Remind, once, those who have a few days left and have not answered. Returns how many."""
    now = now or timezone.now()
    due = SurveyInvitation.objects.filter(
        survey__status=Survey.Status.OPEN,
        survey__program__paused_at__isnull=True,
        answered_at__isnull=True,
        reminded_at__isnull=True,
        closes_at__gt=now,
        closes_at__lte=now + REMINDED_BEFORE,
        sent_at__lte=now - REMINDED_AFTER,
    )
    found = list(due.select_for_update(of=("self",)).select_related("survey__program", "enrolment__member"))
    for invitation in found:
        letters.survey_reminder(invitation)
        invitation.reminded_at = now
    SurveyInvitation.objects.bulk_update(found, ["reminded_at"], batch_size=500)
    return len(found)


def half_way(mentorship: Mentorship) -> date | None:
    """The day in the middle of what is planned."""
    if mentorship.started_at is None:
        return None
    start = mentorship.started_at.date()
    end = end_of(mentorship) or start + mentorship.program.kind.duration
    return start + (end - start) / 2 if end > start else None


def _due(survey: Survey, day: date, mentorship: Mentorship | None) -> Iterable[Asked]:
    if survey.moment == Survey.Moment.DAY:
        if survey.day is not None and survey.day <= day < survey.day + timedelta(days=survey.answer_days):
            people = Enrolment.objects.filter(program=survey.program).active().select_related("member")
            people = people.filter(role=survey.role) if survey.role else people
            yield from (Asked(each, each.role) for each in people.order_by("pk"))
        return
    mentorships = {each.pk: each for each in _mentorships(survey, day, mentorship)}
    parts: dict[int, list[Participant]] = defaultdict(list)
    found = Participant.objects.met().filter(mentorship__in=mentorships).select_related("enrolment__member")
    found = found.filter(role=survey.role) if survey.role else found
    for part in found.order_by("mentorship_id", "pk"):
        if part.enrolment.member.left_on is None or part.enrolment.member.left_on >= day:
            parts[part.mentorship_id].append(part)
    for pk, each in mentorships.items():
        yield from (Asked(part.enrolment, part.role, each) for part in parts[pk])


def _mentorships(survey: Survey, day: date, only: Mentorship | None) -> list[Mentorship]:
    found = Mentorship.objects.filter(program=survey.program, started_at__isnull=False).select_related("program")
    found = found.filter(pk=only.pk) if only is not None else found
    since = timezone.now() - WITHIN
    if survey.moment == Survey.Moment.END:
        over = [Mentorship.Status.COMPLETED, Mentorship.Status.ENDED]
        return list(found.filter(status__in=over, ended_at__gte=since).order_by("pk"))
    running = found.active().filter(paused_at__isnull=True).order_by("pk")
    if survey.moment == Survey.Moment.START:
        return list(running.filter(started_at__gte=since))
    return [each for each in running if (middle := half_way(each)) and middle <= day < middle + WITHIN]


def _closing(survey: Survey, day: date) -> datetime:
    """The midnight, where the organisation is, after the last day to answer."""
    organisation = whole_organisation()
    assert organisation is not None
    return datetime.combine(day + timedelta(days=survey.answer_days + 1), time(), tzinfo=organisation.zone)


def _is_over(survey: Survey, day: date) -> bool:
    if survey.moment == Survey.Moment.DAY:
        assert survey.day is not None
        last = survey.day + timedelta(days=survey.answer_days)
    else:
        program = survey.program
        if program.status != Program.Status.CLOSED or program.closed_at is None:
            return False
        last = program.closed_at.date() + WITHIN
    if day <= last:
        return False
    return not survey.invitations.filter(closes_at__gt=timezone.now()).exists()
