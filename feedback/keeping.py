"""What of a programme's surveys goes into templates and copies: the questions, never an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from programs.keeping import Later, register_keeper
from programs.models import Program

from .models import Survey, SurveyQuestion

_SURVEY = ("name", "intro", "moment", "role", "answer_days")
_QUESTION = ("text", "help_text", "kind", "options", "required")


def take_surveys(program: Program) -> list[dict[str, Any]]:
    surveys = Survey.objects.filter(program=program).prefetch_related("questions")
    return [
        {
            **{name: getattr(survey, name) for name in _SURVEY},
            "day": survey.day.isoformat() if survey.day else None,
            "questions": [{name: getattr(each, name) for name in _QUESTION} for each in survey.questions.all()],
        }
        for survey in surveys
    ]


def give_surveys(program: Program, kept: list[dict[str, Any]], later: Later) -> None:
    """As drafts, which the launch of the new programme makes ready to be sent; see feedback.surveying.building.prepare."""
    for each in kept:
        day = later(date.fromisoformat(each["day"])) if each["day"] else None
        survey = Survey.objects.create(program=program, day=day, **{name: each[name] for name in _SURVEY})
        SurveyQuestion.objects.bulk_create(
            SurveyQuestion(survey=survey, position=position, **question)
            for position, question in enumerate(each["questions"])
        )


register_keeper("surveys", take=take_surveys, give=give_surveys)
