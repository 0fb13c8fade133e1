"""The questionnaire of a programme's sign-up page."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Member

from ..models import Program, Question
from .places import locked_program


@transaction.atomic
def add_question(program: Program, *, by: Member, text: str, **fields: Any) -> Question:
    """Put a question at the end of the questionnaire."""
    program = locked_program(program)
    last = Question.objects.filter(program=program).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    return Question.objects.create(program=program, text=text, position=position, **fields)


@transaction.atomic
def change_question(question: Question, *, by: Member, **fields: Any) -> Question:
    """Change a question. One that has been answered is retired, and asked anew in its place, so that answers stay true."""
    locked_program(question.program)
    current = Question.objects.get(pk=question.pk)
    before = {name: getattr(current, name) for name in fields}
    if before == fields:
        return current
    if current.answers.exists():
        current.retired_at = timezone.now()
        current.save(update_fields=["retired_at"])
        copied = {
            name: getattr(current, name)
            for name in ("text", "help_text", "kind", "options", "audience", "required", "position")
        }
        return Question.objects.create(program_id=current.program_id, **{**copied, **fields})
    for name, value in fields.items():
        setattr(current, name, value)
    current.save(update_fields=list(fields))
    return current


@transaction.atomic
def move_question(question: Question, *, up: bool, by: Member) -> None:
    """Change places with the question before or after it."""
    locked_program(question.program)
    asked = list(Question.objects.filter(program_id=question.program_id, retired_at__isnull=True))
    at = next((i for i, each in enumerate(asked) if each.pk == question.pk), None)
    if at is None:
        return
    other = at - 1 if up else at + 1
    if 0 <= other < len(asked):
        asked[at], asked[other] = asked[other], asked[at]
    for position, each in enumerate(asked):
        each.position = position
    Question.objects.bulk_update(asked, ["position"])


@transaction.atomic
def retire_question(question: Question, *, by: Member) -> None:
    """Ask no more. Answers given stay with their enrolments; a question without any is deleted."""
    locked_program(question.program)
    current = Question.objects.get(pk=question.pk)
    if current.answers.exists():
        current.retired_at = current.retired_at or timezone.now()
        current.save(update_fields=["retired_at"])
    else:
        current.delete()
