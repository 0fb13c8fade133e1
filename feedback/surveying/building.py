"""Making a survey: from the programme's format or from nothing, changing it while it is a draft, opening it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.tenancy.clock import today
from programs.models import Program

from ..models import Survey, SurveyQuestion
from ..services import FeedbackProblem
from . import sending

MOST_QUESTIONS = 30


@transaction.atomic
def create_survey(program: Program, *, by: Member, **fields: Any) -> Survey:
    """A survey without questions yet."""
    return Survey.objects.create(program=program, made_by=by, **fields)


@transaction.atomic
def copy_from_format(program: Program, *, by: Member) -> list[Survey]:
    """Drafts of what the programme's format asks at the start, in the middle and at the end; not of what is there."""
    Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program.pk)
    names = {"start": _("At the start"), "middle": _("Half-way"), "end": _("At the end")}
    made = []
    for moment in missing_moments(program):
        survey = Survey.objects.create(program=program, name=names.get(moment, moment), moment=moment, made_by=by)
        SurveyQuestion.objects.bulk_create(
            SurveyQuestion(
                survey=survey,
                text=str(ask.text),
                help_text=str(ask.help_text),
                kind=ask.kind,
                options=[str(option) for option in ask.options],
                required=ask.required,
                position=position,
            )
            for position, ask in enumerate(program.kind.surveys[moment])
        )
        made.append(survey)
    return made


@transaction.atomic
def prepare(program: Program, *, by: Member) -> list[Survey]:
    """At its launch, what a programme asks by itself: the surveys that it was copied with, or else those of its format.

    Each is opened when the first person's moment comes. One on a day stays a draft, because its day was another's.
    """
    if not Survey.objects.filter(program=program).exists():
        copy_from_format(program, by=by)
    found = Survey.objects.filter(program=program, status=Survey.Status.DRAFT).exclude(moment=Survey.Moment.DAY)
    found.update(sends_itself=True)
    return list(found)


@transaction.atomic
def send_by_itself(survey: Survey, *, wanted: bool, by: Member) -> Survey:
    """Let a draft be opened as soon as somebody's moment comes, or hold it back until somebody opens it."""
    held = locked_draft(survey)
    if wanted and held.moment == Survey.Moment.DAY:
        raise FeedbackProblem(_("A survey on a day is sent once you have opened it."))
    held.sends_itself = wanted
    held.save(update_fields=["sends_itself"])
    return held


def missing_moments(program: Program) -> list[str]:
    """Of which moments the format has questions and the programme has no survey."""
    there = set(Survey.objects.filter(program=program).values_list("moment", flat=True))
    return [moment for moment in program.kind.surveys if moment not in there and moment in Survey.Moment.values]


@transaction.atomic
def change_survey(survey: Survey, *, by: Member, **fields: Any) -> Survey:
    """Change what a draft is called, when it is sent and to whom."""
    held = locked_draft(survey)
    for name, value in fields.items():
        setattr(held, name, value)
    held.sends_itself = held.sends_itself and held.moment != Survey.Moment.DAY
    held.save(update_fields=[*fields, "sends_itself"])
    return held


@transaction.atomic
def remove_survey(survey: Survey, *, by: Member) -> None:
    """Throw a draft away."""
    locked_draft(survey).delete()


@transaction.atomic
def add_question(survey: Survey, *, by: Member, **fields: Any) -> SurveyQuestion:
    """Put a question at the end."""
    held = locked_draft(survey)
    asked = list(held.questions.all())
    if len(asked) >= MOST_QUESTIONS:
        raise FeedbackProblem(
            _("There are %(n)d questions already. Few people answer longer surveys.") % {"n": MOST_QUESTIONS}
        )
    position = asked[-1].position + 1 if asked else 0
    return SurveyQuestion.objects.create(survey=held, position=position, **fields)


@transaction.atomic
def change_question(question: SurveyQuestion, *, by: Member, **fields: Any) -> SurveyQuestion:
    locked_draft(question.survey)
    for name, value in fields.items():
        setattr(question, name, value)
    question.save(update_fields=list(fields))
    return question


@transaction.atomic
def move_question(question: SurveyQuestion, *, up: bool, by: Member) -> None:
    """Change places with the question before or after it."""
    held = locked_draft(question.survey)
    asked = list(held.questions.all())
    at = next((i for i, each in enumerate(asked) if each.pk == question.pk), None)
    if at is None:
        return
    other = at - 1 if up else at + 1
    if 0 <= other < len(asked):
        asked[at], asked[other] = asked[other], asked[at]
    for position, each in enumerate(asked):
        each.position = position
    SurveyQuestion.objects.bulk_update(asked, ["position"])


@transaction.atomic
def remove_question(question: SurveyQuestion, *, by: Member) -> None:
    locked_draft(question.survey)
    question.delete()


@transaction.atomic
def open_survey(survey: Survey, *, by: Member, on: date | None = None) -> int:
    """From now on it is sent when its moment comes, and its questions stay as they are. Returns how many were asked now."""
    held = locked_draft(survey)
    if not held.questions.exists():
        raise FeedbackProblem(_("Add a question first."))
    if held.moment == Survey.Moment.DAY:
        if held.day is None:
            raise FeedbackProblem(_("Choose the day on which it is sent first."))
        if held.day < (on or today()):
            raise FeedbackProblem(_("The day on which it is sent is over. Choose another one first."))
    held.status, held.opened_at = Survey.Status.OPEN, timezone.now()
    held.save(update_fields=["status", "opened_at"])
    return sending.send(held)


def locked_draft(survey: Survey) -> Survey:
    held = Survey.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=survey.pk)
    if held.status != Survey.Status.DRAFT:
        raise FeedbackProblem(_("This survey has been opened, so it stays as it is. Close it and make another one."))
    return held
