"""What may be told of the answers to a survey. Pages and files are made from these objects and from nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone

from programs.models import Program

from ..averaging import FLOOR, SPREAD_FLOOR, Score, score, spread, to_five, told, wilson
from ..models import Survey, SurveyAnswer, SurveyQuestion
from .answering import roles_of

Kind = SurveyQuestion.Kind
# So many surveys stand on the page of a programme's gains.
LATEST = 5


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
    # Of roles in which five people or more were asked.
    rates: list[tuple[str, Rate]]
    questions: list[Told]


# Lowest and highest of what is averaged, and its options from the lowest: recommending is +1, 0 or −1.
_SCALES: dict[str, tuple[int, int]] = {Kind.SCALE: (1, 5), Kind.RECOMMEND: (-1, 1)}


def results_of(survey: Survey) -> Results:
    """Read everything that may be told of a survey, in as many queries for many answers as for few."""
    roles = roles_of(survey)
    given: dict[int, list[tuple[int, str, int, Any]]] = defaultdict(list)
    counted = SurveyAnswer.objects.filter(invitation__survey=survey, block__isnull=False).order_by("pk")
    for question_id, block, role, invitation_id, value in counted.values_list(
        "question_id", "block", "block_role", "invitation_id", "value"
    ):
        given[question_id].append((block or 0, role, roles[invitation_id][1], value))
    answered = set(survey.invitations.filter(answered_at__isnull=False).values_list("pk", flat=True))
    asked_by_role: Counter[str] = Counter(role for role, _enrolment in roles.values())
    people_by_role = {role: len({person for each, person in roles.values() if each == role}) for role in asked_by_role}
    answered_by_role: Counter[str] = Counter(roles[pk][0] for pk in answered)
    return Results(
        survey=survey,
        as_of=timezone.now(),
        rate=rate(len(answered), len(roles)),
        rates=[
            (role, found)
            for role, asked in sorted(asked_by_role.items())
            if len(asked_by_role) > 1
            and people_by_role[role] >= FLOOR
            and (found := rate(answered_by_role[role], asked))
        ],
        questions=[
            _told(
                question, given[question.pk], roles=sorted(asked_by_role), closed=survey.status == Survey.Status.CLOSED
            )
            for question in survey.questions.all()
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
    asking = SurveyQuestion.objects.filter(kind=Kind.RECOMMEND).values("survey")
    surveys = Survey.objects.filter(program=program, pk__in=asking).exclude(status=Survey.Status.DRAFT)
    found = [results_of(survey) for survey in surveys.order_by("-opened_at", "-pk")[:LATEST]]
    return [(each.survey, told) for each in found for told in each.questions if told.is_recommending]
