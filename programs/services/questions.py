"""The questionnaire of a programme's sign-up page: its questions, their versions, and who reads what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member

from .. import answers, criteria
from ..models import Answer, Enrolment, Program, Question
from .places import locked_program
from .problems import ProgramProblem

MOST_QUESTIONS = 40
# Which kinds of visibility reach whom.
EVERYBODY = (Question.Visibility.EVERYBODY,)
MATCHED = (Question.Visibility.EVERYBODY, Question.Visibility.MATCH)
# What a new version takes over where nothing else is said.
COPIED = (
    "text", "help_text", "kind", "options", "audience", "required", "position", "visible_to", "shown_if",
    "shown_if_values",
)  # fmt: skip


class QuestionProblem(ProgramProblem):
    """A question can't be as it was wanted; `field` is the field of the form that it is about."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(sentence)


@dataclass(frozen=True)
class Said:
    """An answer as somebody may read it."""

    question: Question
    value: Any


@transaction.atomic
def add_question(program: Program, *, by: Member, text: str, **fields: Any) -> Question:
    """Put a question at the end of the questionnaire. Raises QuestionProblem."""
    program = locked_program(program)
    asked = list(Question.objects.asked().filter(program=program))
    if len(asked) >= MOST_QUESTIONS:
        raise QuestionProblem(_("There are 40 questions already. Retire one first."))
    last = Question.objects.filter(program=program).aggregate(last=Max("position"))["last"]
    question = Question(program=program, text=text, position=0 if last is None else last + 1, **fields)
    _require_sense(question, before=asked, after=[])
    question.save()
    return question


@transaction.atomic
def change_question(question: Question, *, by: Member, **fields: Any) -> Question:
    """Change a question. One that was answered is retired, and asked anew in its place, so that answers stay true.

    What depended on it depends on the new version, and so does matching if it can. Raises QuestionProblem.
    """
    program = locked_program(question.program)
    current = latest(Question.objects.get(pk=question.pk))
    before = {name: getattr(current, name) for name in fields}
    if before == fields:
        return current
    asked = list(Question.objects.asked().filter(program=program))
    at = next((number for number, each in enumerate(asked) if each.pk == current.pk), len(asked))
    following = [each for each in asked if each.shown_if_id == current.pk]
    was_answered = current.answers.exists()
    if not was_answered:
        changed = current
    else:
        changed = Question(program=program, **{name: getattr(current, name) for name in COPIED})
        changed.replaces, changed.version = current, current.version + 1
        changed.earlier = [current.pk, *current.earlier]
    for name, value in fields.items():
        setattr(changed, name, value)
    _require_sense(changed, before=asked[:at], after=following)
    if was_answered:
        current.retired_at = timezone.now()
        current.save(update_fields=["retired_at"])
    changed.save()
    if was_answered:
        Question.objects.asked().filter(program=program, shown_if=current).update(shown_if=changed)
    _keep_counting(program, changed)
    return changed


@transaction.atomic
def move_question(question: Question, *, by: Member, up: bool = False, to: int | None = None) -> None:
    """Change places with the question before or after it, or go to a place, counted from 0.

    Raises QuestionProblem where a question would be asked before the one that decides about it.
    """
    locked_program(question.program)
    asked = list(Question.objects.asked().filter(program_id=question.program_id))
    at = next((i for i, each in enumerate(asked) if each.pk == question.pk), None)
    if at is None:
        return
    place = (at - 1 if up else at + 1) if to is None else to
    if not 0 <= place < len(asked) or place == at:
        return
    moved = asked.pop(at)
    asked.insert(place, moved)
    places = {each.pk: position for position, each in enumerate(asked)}
    for each in asked:
        if each.shown_if_id in places and places[each.shown_if_id] > places[each.pk]:
            first = next(other for other in asked if other.pk == each.shown_if_id)
            raise QuestionProblem(
                _("“%(question)s” is asked only after an answer to “%(first)s”, so it has to come after it.")
                % {"question": each.text, "first": first.text}
            )
    for position, each in enumerate(asked):
        each.position = position
    Question.objects.bulk_update(asked, ["position"])


@transaction.atomic
def retire_question(question: Question, *, by: Member) -> None:
    """Ask no more. Answers given stay with their enrolments; a question without any is deleted.

    Raises QuestionProblem where another question depends on it.
    """
    locked_program(question.program)
    current = Question.objects.get(pk=question.pk)
    following = Question.objects.asked().filter(shown_if=current).first()
    if following is not None:
        raise QuestionProblem(
            _("“%(following)s” is asked only after an answer to this one. Change that question first.")
            % {"following": following.text}
        )
    if current.answers.exists():
        current.retired_at = current.retired_at or timezone.now()
        current.save(update_fields=["retired_at"])
    else:
        current.delete()


def latest(question: Question) -> Question:
    """The version of a question that stands today; itself where nothing has taken its place."""
    while question.retired_at is not None:
        newer = Question.objects.filter(replaces=question).select_related("program").first()
        if newer is None:
            break
        question = newer
    return question


def stays_in_matching(question: Question, program: Program) -> bool | None:
    """Whether matching can go on counting a question as it is now; None where it doesn't count."""
    if not _counts(program, question):
        return None
    return question.audience == Question.Audience.BOTH and question.kind in criteria.COMPARABLE


def following(program: Program, wanted: criteria.Criteria) -> criteria.Criteria:
    """The same criteria, with today's version of each question in the place of an earlier one."""
    if not wanted.get("questions"):
        return wanted
    newest = {
        old: each.pk for each in Question.objects.asked().filter(program=program, version__gt=1) for old in each.earlier
    }
    return {
        **wanted,
        "questions": [
            {**each, "question": newest.get(each["question"], each["question"])} for each in wanted["questions"]
        ],
    }


def answers_seen(enrolments: Iterable[Enrolment], *, of: Sequence[str]) -> dict[int, list[Said]]:
    """Enrolment → what may be read by those for whom these kinds of visibility are, in the order of the sign-up page.

    An answer is as visible as it was said to be when it was given, and no more than the question is today. Of several
    versions of a question only the newest that was answered shows.
    """
    given = list(
        Answer.objects.filter(enrolment__in=list(enrolments))
        .select_related("question")
        .order_by("question__position", "question_id")
    )
    programs = {each.question.program_id for each in given}
    newer = Question.objects.filter(program__in=programs, version__gt=1) if given else []
    narrowed = {old for each in newer if each.visible_to not in of for old in each.earlier}
    said_anew = {(each.enrolment_id, old) for each in given for old in each.question.earlier}
    found: dict[int, list[Said]] = {}
    for each in given:
        is_open = each.question.visible_to in of and each.question_id not in narrowed
        if is_open and (each.enrolment_id, each.question_id) not in said_anew:
            found.setdefault(each.enrolment_id, []).append(Said(each.question, each.value))
    return found


def _require_sense(question: Question, *, before: Sequence[Question], after: Sequence[Question]) -> None:
    """A question depends only on what is asked before it of the same people, so that no circle can come about."""
    if question.shown_if is not None:
        first = next((each for each in before if each.pk == question.shown_if_id), None)
        if first is None:
            raise QuestionProblem(_("A question can depend only on one that is asked before it."), field="condition")
        _require_fit(question, first, field="condition")
    else:
        question.shown_if_values = []
    for each in after:
        _require_fit(each, question, field=None)


def _require_fit(question: Question, first: Question, *, field: str | None) -> None:
    wrong = [value for value in question.shown_if_values if value not in answers.possible(first)]
    if wrong or not question.shown_if_values:
        raise QuestionProblem(
            _("“%(question)s” is asked only of those who answer “%(value)s” to “%(first)s”, which is no answer to it.")
            % {"question": question.text, "value": wrong[0] if wrong else "–", "first": first.text},
            field=field,
        )
    if first.audience not in (Question.Audience.BOTH, question.audience):
        raise QuestionProblem(
            _("“%(question)s” is asked of people who are not asked “%(first)s”, so it can’t depend on it.")
            % {"question": question.text, "first": first.text},
            field=field,
        )


def _counts(program: Program, question: Question) -> bool:
    versions = {question.pk, *question.earlier}
    return any(each["question"] in versions for each in (program.criteria or {}).get("questions") or [])


def _keep_counting(program: Program, question: Question) -> None:
    """Where the question counts, its newest version does; what can't be compared counts no more."""
    stays = stays_in_matching(question, program)
    if stays is None:
        return
    kept = following(program, program.criteria)
    if not stays:
        kept = {**kept, "questions": [each for each in kept["questions"] if each["question"] != question.pk]}
    else:
        ways = criteria.COMPARABLE[question.kind]
        kept = {
            **kept,
            "questions": [
                {**each, "compare": ways[0]}
                if each["question"] == question.pk and each.get("compare") not in ways
                else each
                for each in kept["questions"]
            ],
        }
    if kept != program.criteria:
        program.criteria = kept
        program.save(update_fields=["criteria"])
