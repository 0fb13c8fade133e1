"""Answering a survey, and letting the answers of five people or more into its results together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Participant

from ..averaging import FLOOR, Waiting, blocks_of
from ..models import Survey, SurveyAnswer, SurveyInvitation, SurveyQuestion
from ..services import FeedbackProblem
from . import letters

# Of these no answers are averaged by themselves: see feedback.surveying.gains.
_ALONE = {SurveyQuestion.Kind.SKILLS, SurveyQuestion.Kind.TEXT}


@transaction.atomic
def answer_survey(invitation: SurveyInvitation, *, answers: Mapping[int, Any], by: Member) -> SurveyInvitation:
    """Answer, or change the answers as long as no result contains them; by question, None where there is none."""
    survey = Survey.objects.select_for_update(no_key=True, of=("self",)).get(pk=invitation.survey_id)
    held = SurveyInvitation.objects.select_related("enrolment").get(pk=invitation.pk)
    if held.enrolment.member_id != by.pk:
        raise PermissionDenied
    now = timezone.now()
    if held.counted_at is not None:
        raise FeedbackProblem(_("Your answers are part of the results by now, so they can’t be changed any more."))
    if survey.status != Survey.Status.OPEN or held.closes_at <= now:
        raise FeedbackProblem(_("This survey is closed by now."))
    there = {each.question_id: each for each in held.answers.all()}
    for question in survey.questions.all():
        value, old = answers.get(question.pk), there.get(question.pk)
        if value in (None, "", [], {}):
            if old is not None:
                old.delete()
        elif old is None:
            SurveyAnswer.objects.create(invitation=held, question=question, value=value)
        elif old.value != value:
            old.value = value
            old.save(update_fields=["value"])
    held.answered_at = held.answered_at or now
    held.save(update_fields=["answered_at"])
    count_together(survey)
    letters.settled(held)
    return held


@transaction.atomic
def close_survey(survey: Survey, *, by: Member | None) -> Survey:
    """Take no more answers. What has waited for others enters the results now, if five people can enter together."""
    held = Survey.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=survey.pk)
    if held.status != Survey.Status.OPEN:
        raise FeedbackProblem(_("Only an open survey can be closed."))
    count_together(held, closing=True)
    held.status, held.closed_at = Survey.Status.CLOSED, timezone.now()
    held.save(update_fields=["status", "closed_at"])
    for invitation in held.invitations.filter(answered_at__isnull=True):
        letters.settled(invitation, outcome=_("The survey was closed."))
    return held


def count_together(survey: Survey, *, closing: bool = False) -> None:
    """Let into the results what can enter; the survey is locked."""
    roles, people = roles_of(survey), defaultdict(set)
    for role, enrolment_id in roles.values():
        people[role].add(enrolment_id)
    few = {role for role, asked in people.items() if len(asked) < FLOOR} if len(people) > 1 else set()
    waiting: dict[int, list[Waiting]] = defaultdict(list)
    invitation_of: dict[int, int] = {}
    kinds = dict(survey.questions.values_list("pk", "kind"))
    found = SurveyAnswer.objects.filter(invitation__survey=survey, block__isnull=True)
    for pk, question_id, invitation_id in found.values_list("pk", "question_id", "invitation_id"):
        role, enrolment_id = roles[invitation_id]
        # What is written, and skills, are never told by role.
        shown_role = "" if kinds[question_id] in _ALONE else role
        waiting[question_id].append(Waiting(pk, enrolment_id, shown_role))
        invitation_of[pk] = invitation_id
    last = dict(
        SurveyAnswer.objects.filter(invitation__survey=survey)
        .order_by()
        .values_list("question_id")
        .annotate(last=Max("block"))
    )
    counted: set[int] = set()
    for question_id, given in waiting.items():
        number = last[question_id] or 0
        for block in blocks_of(given, few=few, closing=closing):
            number += 1
            SurveyAnswer.objects.filter(pk__in=block.keys).update(block=number, block_role=block.role)
            counted |= {invitation_of[key] for key in block.keys}
    SurveyInvitation.objects.filter(pk__in=counted, counted_at__isnull=True).update(counted_at=timezone.now())


def roles_of(survey: Survey) -> dict[int, tuple[str, int]]:
    """Invitation → the role in which somebody was asked, and their enrolment."""
    return {each.pk: (each.role, each.enrolment) for each in asked_by([survey])}


class Invited(NamedTuple):
    """Somebody who was asked by a survey, in which role, and whether they have answered."""

    survey: int
    pk: int
    enrolment: int
    role: str
    has_answered: bool


def asked_by(surveys: Collection[Survey]) -> list[Invited]:
    """Everybody whom these surveys have asked, in one query."""
    part = Participant.objects.filter(mentorship=OuterRef("mentorship"), enrolment=OuterRef("enrolment"))
    rows = (
        SurveyInvitation.objects.filter(survey__in=[each.pk for each in surveys])
        .order_by("pk")
        .annotate(asked_as=Coalesce(Subquery(part.values("role")[:1]), "enrolment__role"))
        .values_list("survey_id", "pk", "enrolment_id", "asked_as", "answered_at")
    )
    return [
        Invited(survey_id, pk, enrolment_id, role, answered_at is not None)
        for survey_id, pk, enrolment_id, role, answered_at in rows
    ]


def waiting_for(member: Member) -> QuerySet[SurveyInvitation]:
    """The surveys that somebody may answer and has not, the most urgent first."""
    found: QuerySet[SurveyInvitation] = SurveyInvitation.objects.filter(
        enrolment__member=member,
        answered_at__isnull=True,
        closes_at__gt=timezone.now(),
        survey__status=Survey.Status.OPEN,
    )
    return found.select_related("survey__program").order_by("closes_at", "pk")
