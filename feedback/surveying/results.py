"""What may be told of the answers to a survey. Pages and files are made from these objects and from nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone

from programs.models import Program

from ..averaging import FLOOR, SPREAD_FLOOR, Score, score, spread, to_five, told, wilson
from ..models import Survey, SurveyAnswer, SurveyQuestion
from .answering import Invited, asked_by

Kind = SurveyQuestion.Kind
# So many surveys of a programme stand beside each other.
LATEST = 6


@dataclass(frozen=True)
class Rate:
    """How many of those asked have answered, as shares with bounds of 95% confidence."""

    answered: int
    asked: int
    lower: float
    upper: float

    @property
    def percent(self) -> int:
        return round(100 * self.answered / self.asked)


@dataclass(frozen=True)
class Part:
    """What those of one role say; hidden without a score."""

    role: str
    score: Score | None


@dataclass
class Told:
    """One question and what may be told of its answers."""

    question: SurveyQuestion
    # How many people's answers are contained in what follows.
    people: int = 0
    score: Score | None = None
    parts: list[Part] = field(default_factory=list)
    # Option → how many gave it, to the nearest five. None before the survey is closed, and where it would tell too much.
    spread: list[tuple[str, int]] | None = None
    texts: list[str] = field(default_factory=list)

    @property
    def is_recommending(self) -> bool:
        return self.question.kind == Kind.RECOMMEND


@dataclass(frozen=True)
class Results:
    survey: Survey
    as_of: datetime
    rate: Rate | None
    # Of each role, where five people or more were asked in every one: beside the total, the others tell of a small one.
    rates: list[tuple[str, Rate]]
    questions: list[Told]


# Lowest and highest of what is averaged, and its options from the lowest: recommending is +1, 0 or −1.
_SCALES: dict[str, tuple[int, int]] = {Kind.SCALE: (1, 5), Kind.RECOMMEND: (-1, 1)}


def results_of(survey: Survey) -> Results:
    """Read everything that may be told of a survey, in as many queries for many answers as for few."""
    return results_of_each([survey], list(survey.questions.all()))[0]


def results_of_each(surveys: Sequence[Survey], questions: Sequence[SurveyQuestion]) -> list[Results]:
    """The same of several, whose questions are given: what is told of one does not hang on the others."""
    now = timezone.now()
    invited: dict[int, list[Invited]] = defaultdict(list)
    for each in asked_by(surveys):
        invited[each.survey].append(each)
    given = _counted(questions)
    return [
        _results(survey, now, invited[survey.pk], [each for each in questions if each.survey_id == survey.pk], given)
        for survey in surveys
    ]


def _counted(questions: Sequence[SurveyQuestion]) -> dict[int, list[tuple[int, str, int, Any]]]:
    """Question → the answers that have entered: their block and its role, whose they are, and what they say."""
    given: dict[int, list[tuple[int, str, int, Any]]] = defaultdict(list)
    counted = SurveyAnswer.objects.filter(question__in=[each.pk for each in questions], block__isnull=False)
    for question_id, block, role, enrolment_id, value in counted.order_by("pk").values_list(
        "question_id", "block", "block_role", "invitation__enrolment_id", "value"
    ):
        given[question_id].append((block or 0, role, enrolment_id, value))
    return given


def _results(
    survey: Survey,
    now: datetime,
    invited: Sequence[Invited],
    questions: Sequence[SurveyQuestion],
    given: Mapping[int, list[tuple[int, str, int, Any]]],
) -> Results:
    asked: Counter[str] = Counter(each.role for each in invited)
    answered: Counter[str] = Counter(each.role for each in invited if each.has_answered)
    is_told = len(asked) > 1 and all(
        len({each.enrolment for each in invited if each.role == role}) >= FLOOR for role in asked
    )
    return Results(
        survey=survey,
        as_of=now,
        rate=rate(answered.total(), len(invited)),
        rates=[
            (role, found) for role, count in sorted(asked.items()) if is_told and (found := rate(answered[role], count))
        ],
        questions=[
            _told(
                question, given.get(question.pk, []), roles=sorted(asked), closed=survey.status == Survey.Status.CLOSED
            )
            for question in questions
        ],
    )


def rate(answered: int, asked: int) -> Rate | None:
    return Rate(answered, asked, *wilson(answered / asked, asked)) if asked else None


def response_rates(surveys: list[Survey]) -> dict[int, Rate]:
    """By survey, for a list of them."""
    found = (
        Survey.objects.filter(pk__in=[each.pk for each in surveys])
        .order_by()
        .annotate(asked=Count("invitations"), answered=Count("invitations__answered_at"))
        .values_list("pk", "answered", "asked")
    )
    return {pk: known for pk, answered, asked in found if (known := rate(answered, asked))}


def _told(question: SurveyQuestion, given: list[tuple[int, str, int, Any]], *, roles: list[str], closed: bool) -> Told:
    # Of a block with fewer people, since somebody was erased, nothing is told any more.
    people: dict[tuple[int, str], set[int]] = defaultdict(set)
    for block, role, person, _value in given:
        people[block, role].add(person)
    given = [each for each in given if len(people[each[0], each[1]]) >= FLOOR]
    result = Told(question, people=len({person for _block, _role, person, _value in given}))
    if question.kind in _SCALES:
        _add_scores(result, given, roles)
    if question.kind == Kind.TEXT:
        # In the order of the alphabet: which came first would tell who wrote it.
        result.texts = sorted((str(value) for *_rest, value in given), key=str.casefold)
    if closed and given and question.kind not in (Kind.TEXT, Kind.SKILLS):
        result.spread = _spread(question, given)
    return result


def _number(question: SurveyQuestion, value: Any) -> int:
    """An answer as it is averaged."""
    if question.kind == Kind.RECOMMEND:
        return 1 if value >= 9 else 0 if value >= 7 else -1
    return int(value)


def _add_scores(result: Told, given: list[tuple[int, str, int, Any]], roles: list[str]) -> None:
    blocks: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for block, role, person, value in given:
        blocks[block, role].append((person, _number(result.question, value)))
    result.score = _score(result.question, list(blocks.values()))
    if len(roles) > 1:
        result.parts = [
            Part(role, _score(result.question, [each for (_block, own), each in blocks.items() if own == role]))
            for role in roles
        ]


def _score(question: SurveyQuestion, blocks: list[list[tuple[int, int]]]) -> Score | None:
    if not blocks:
        return None
    lowest, highest = _SCALES[question.kind]
    return score(
        [told([value for _person, value in block], lowest=lowest, highest=highest) for block in blocks],
        answers=sum(map(len, blocks)),
        people=len({person for block in blocks for person, _value in block}),
        lowest=lowest,
        highest=highest,
    )


def _spread(question: SurveyQuestion, given: list[tuple[int, str, int, Any]]) -> list[tuple[str, int]] | None:
    options = list(question.options)
    if question.kind == Kind.CHOICES:
        # Each option is counted by itself, so none follows from the others.
        if len(given) < SPREAD_FLOOR:
            return None
        times = Counter(option for *_rest, value in given for option in value)
        return [(option, to_five(times[option])) for option in options]
    sums_told = question.kind in _SCALES
    if sums_told:
        lowest, highest = _SCALES[question.kind]
        options = [str(number) for number in range(lowest, highest + 1)]
    blocks: dict[tuple[int, str], list[int]] = defaultdict(list)
    for block, role, _person, value in given:
        if sums_told:
            blocks[block, role].append(_number(question, value) - lowest)
        elif value in options:
            blocks[0, ""].append(options.index(value))
    found = spread(list(blocks.values()), options=len(options), sums_told=sums_told)
    return None if found is None else list(zip(options, found, strict=True))


def recommending(program: Program) -> list[tuple[Survey, Told]]:
    """How likely people are to recommend a programme, by survey, the latest first."""
    found = results_by_program([program], kinds=[Kind.RECOMMEND]).get(program.pk, [])
    return [(each.survey, told) for each in found for told in each.questions]


def recommending_of_each(programs: Collection[Program]) -> dict[int, Score]:
    """Programme → how likely its people are to recommend it, by its last survey of which that is told; in two queries."""
    questions = list(
        SurveyQuestion.objects.filter(survey__program__in=[each.pk for each in programs], kind=Kind.RECOMMEND)
        .exclude(survey__status=Survey.Status.DRAFT)
        .select_related("survey")
        .order_by("-survey__opened_at", "-survey_id", "position", "pk")
    )
    given = _counted(questions)
    found: dict[int, Score] = {}
    for question in questions:
        told = _told(question, given.get(question.pk, []), roles=[], closed=False)
        if told.score is not None:
            found.setdefault(question.survey.program_id, told.score)
    return found


def recommending_together(scores: Collection[Score]) -> Score | None:
    """Of several programmes, from nothing but what is told of each."""
    if not scores:
        return None
    lowest, highest = _SCALES[Kind.RECOMMEND]
    return score(
        [each.value * each.answers for each in scores],
        answers=sum(each.answers for each in scores),
        people=sum(each.people for each in scores),
        lowest=lowest,
        highest=highest,
    )


def results_by_program(
    programs: Collection[Program], *, kinds: Collection[str] = (Kind.SCALE, Kind.RECOMMEND)
) -> dict[int, list[Results]]:
    """Programme → its latest surveys that have asked such questions, the last first, and what is told of these; in three queries."""
    asked = (
        SurveyQuestion.objects.filter(survey__program__in=[program.pk for program in programs], kind__in=kinds)
        .exclude(survey__status=Survey.Status.DRAFT)
        .select_related("survey")
        .order_by("-survey__opened_at", "-survey_id", "position", "pk")
    )
    latest: dict[int, dict[int, Survey]] = defaultdict(dict)
    questions = []
    for question in asked:
        own = latest[question.survey.program_id]
        if question.survey_id in own or len(own) < LATEST:
            own.setdefault(question.survey_id, question.survey)
            questions.append(question)
    surveys = [survey for own in latest.values() for survey in own.values()]
    found: dict[int, list[Results]] = defaultdict(list)
    for each in results_of_each(surveys, questions) if surveys else []:
        found[each.survey.program_id].append(each)
    return found
