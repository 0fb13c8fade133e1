"""Who is asked when: at the start, half-way and at the end of each mentorship, or everybody on a day."""

from __future__ import annotations

from bisect import bisect_left
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
from ..rests import rests_of
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


def send(
    survey: Survey,
    *,
    mentorship: Mentorship | None = None,
    on: date | None = None,
    late_by: timedelta = timedelta(0),
) -> int:
    """Ask everybody whose moment has come and who was not asked yet. Returns how many. Running it again changes nothing.

    `late_by` is how long nobody could be asked, because the whole programme rested.
    """
    day = on or today()
    # One after the other, so that nobody is asked twice, nor by a draft that is being changed.
    survey = Survey.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=survey.pk)
    if survey.status != Survey.Status.OPEN and not survey.opens_by_itself:
        return 0
    if survey.program.paused_at is not None or survey.program.status == Program.Status.DRAFT:
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
    for each in _due(survey, day, mentorship, late_by):
        key = each.enrolment.pk, each.mentorship.pk if each.mentorship else None
        # With several mentorships at once, one letter is enough.
        if key in there or each.enrolment.pk in lately:
            continue
        lately.add(each.enrolment.pk)
        asked.append(each)
    if asked and survey.status == Survey.Status.DRAFT:
        if not survey.questions.exists():
            return 0
        survey.status, survey.opened_at = Survey.Status.OPEN, now
        survey.save(update_fields=["status", "opened_at"])
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
    """Send every survey to those whose moment has come, and close those to which nobody can answer any more."""
    day = on or today()
    sent = 0
    for survey in Survey.objects.sendable().select_related("program").order_by("pk"):
        sent += send(survey, on=day)
        if survey.status == Survey.Status.OPEN and _is_over(survey, day):
            answering.close_survey(survey, by=None)
    return sent


def send_for(mentorship: Mentorship, *, moment: str) -> None:
    """What a mentorship that begins or ends brings about at once."""
    for survey in Survey.objects.sendable().filter(program_id=mentorship.program_id, moment=moment).order_by("pk"):
        send(survey, mentorship=mentorship)


def send_late(program: Program, *, rested: timedelta) -> int:
    """What nobody could be asked while the whole programme rested. Returns how many are asked now."""
    surveys = Survey.objects.sendable().filter(program=program).order_by("pk")
    return sum(send(survey, late_by=rested) for survey in surveys)


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
    """The day on which as much of what is planned lies behind as ahead, not counting the time in which it rested.

    So much time as it rests before, the middle comes later; it may fall into a pause.
    """
    if (planned := _planned(mentorship)) is None:
        return None
    start, days = planned
    found = bisect_left(range(days + 1), days, key=lambda n: n + _run(mentorship, start, n))
    return start + timedelta(days=found)


def _planned(mentorship: Mentorship) -> tuple[date, int] | None:
    """The first day, and how many are planned."""
    if mentorship.started_at is None:
        return None
    start = mentorship.started_at.date()
    end = end_of(mentorship) or start + mentorship.program.kind.duration
    return (start, (end - start).days) if end > start else None


def _run(mentorship: Mentorship, start: date, days: int) -> int:
    """How many of the first so many days it did not rest."""
    until = start + timedelta(days=days)
    rests = rests_of(mentorship, now=timezone.now())
    return days - sum(max(0, (min(to.date(), until) - since.date()).days) for since, to in rests)


def _is_half_way(mentorship: Mentorship, day: date, late_by: timedelta) -> bool:
    """Whether the middle is reached, and not for long; the days in which it rested since don't count."""
    middle = half_way(mentorship)
    if middle is None or middle > day:
        return False
    start = mentorship.started_at.date()  # type: ignore[union-attr]  # it has a middle
    since = _run(mentorship, start, (day - start).days) - _run(mentorship, start, (middle - start).days)
    return timedelta(days=since) < WITHIN + late_by


def _due(survey: Survey, day: date, mentorship: Mentorship | None, late_by: timedelta) -> Iterable[Asked]:
    if survey.moment == Survey.Moment.DAY:
        if survey.day is not None and survey.day <= day < survey.day + timedelta(days=survey.answer_days) + late_by:
            people = Enrolment.objects.filter(program=survey.program).active().select_related("member")
            people = people.filter(role=survey.role) if survey.role else people
            yield from (Asked(each, each.role) for each in people.order_by("pk"))
        return
    mentorships = {each.pk: each for each in _mentorships(survey, day, mentorship, late_by)}
    parts: dict[int, list[Participant]] = defaultdict(list)
    found = Participant.objects.met().filter(mentorship__in=mentorships).select_related("enrolment__member")
    found = found.filter(role=survey.role) if survey.role else found
    for part in found.order_by("mentorship_id", "pk"):
        if part.enrolment.member.left_on is None or part.enrolment.member.left_on >= day:
            parts[part.mentorship_id].append(part)
    for pk, each in mentorships.items():
        yield from (Asked(part.enrolment, part.role, each) for part in parts[pk])


def _mentorships(survey: Survey, day: date, only: Mentorship | None, late_by: timedelta) -> list[Mentorship]:
    found = Mentorship.objects.filter(program=survey.program, started_at__isnull=False).select_related("program")
    found = found.filter(pk=only.pk) if only is not None else found
    since = timezone.now() - WITHIN - late_by
    if survey.moment == Survey.Moment.END:
        over = [Mentorship.Status.COMPLETED, Mentorship.Status.ENDED]
        return list(found.filter(status__in=over, ended_at__gte=since).order_by("pk"))
    running = found.active().filter(paused_at__isnull=True).order_by("pk")
    if survey.moment == Survey.Moment.START:
        return list(running.filter(started_at__gte=since))
    return [each for each in running.prefetch_related("events") if _is_half_way(each, day, late_by)]


def _closing(survey: Survey, day: date) -> datetime:
    """The midnight, where the organisation is, after the last day to answer."""
    organisation = whole_organisation()
    assert organisation is not None
    return datetime.combine(day + timedelta(days=survey.answer_days + 1), time(), tzinfo=organisation.zone)


def _is_over(survey: Survey, day: date) -> bool:
    if survey.program.paused_at is not None:
        return False
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
