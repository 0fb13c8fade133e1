"""What a programme asks of matching, as the scorer wants it: criteria with weights, and rules that forbid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from programs.criteria import COMPARABLE, complete
from programs.models import Program, Question

from .scoring import (
    Answers,
    Choices,
    Criterion,
    Department,
    Goals,
    Hours,
    Interests,
    Languages,
    LevelGap,
    MenteeWish,
    MentorWish,
    Rules,
    Site,
    Skills,
    Style,
    Tenure,
    Zone,
)

# What people asked for themselves counts in every programme, as much as the least of what an admin can set.
WISH_WEIGHT = 1.0
TEXT_KINDS = frozenset({Question.Kind.TEXT, Question.Kind.LONG_TEXT})
QUESTION, CHARACTERISTIC = "question:", "characteristic:"


class NothingCounts(ValueError):
    """Every weight of the programme is zero, so that all pairs would score alike."""


@dataclass(frozen=True)
class Asked:
    """What a programme asks.

    dropped  a sentence for each thing that should count and can't, such as a question that is no longer asked
    """

    criteria: tuple[Criterion, ...]
    rules: Rules
    dropped: tuple[str, ...]


def asked_of(program: Program) -> Asked:
    """Raises NothingCounts, and ValueError for weights or limits that make no sense."""
    criteria = stored(program)
    found = _plain(criteria["weights"], criteria["settings"])
    found += [
        Answers(
            weight=float(each["weight"]),
            about=f"{CHARACTERISTIC}{each['key']}",
            compare="different" if each.get("want") == "different" else "equal",
        )
        for each in criteria["characteristics"]
    ]
    questions = questions_of(program, criteria)
    dropped = []
    for each in criteria["questions"]:
        question = questions.get(each["question"])
        if question is None or question.retired_at is not None or question.kind not in COMPARABLE:
            dropped.append(_left_out(question))
        else:
            found.append(
                Answers(
                    weight=float(each["weight"]),
                    about=f"{QUESTION}{question.pk}",
                    compare=_compare(question, each.get("compare", "")),
                )
            )
    if not sum(criterion.weight for criterion in found) > 0:
        raise NothingCounts
    wishes = MenteeWish(weight=WISH_WEIGHT), MentorWish(weight=WISH_WEIGHT)
    return Asked((*found, *wishes), rules_of(program), tuple(dropped))


def criteria_of(program: Program) -> tuple[Criterion, ...]:
    """The criteria of a programme with their weights. Raises NothingCounts, and ValueError for a weight below zero."""
    return asked_of(program).criteria


def rules_of(program: Program) -> Rules:
    """What forbids a pair in a programme. Raises ValueError for limits that contradict each other."""
    rules = stored(program)["rules"]
    return Rules(
        reporting_line=rules["reporting_line"],
        same_team=rules["same_team"],
        earlier_pairs=rules["earlier_pairs"],
        common_language=rules["common_language"],
        same_site=rules["same_site"],
        max_zone_hours=rules["max_zone_hours"],
        min_level_gap=rules["min_level_gap"],
        max_level_gap=rules["max_level_gap"],
        mentor_min_tenure_months=rules["mentor_min_tenure_months"],
    )


def stored(program: Program) -> dict[str, Any]:
    """The programme's own criteria, with its format's where it has none."""
    return complete(program.criteria, program.kind)


def questions_of(program: Program, criteria: Mapping[str, Any]) -> dict[int, Question]:
    """The questions that the criteria name, retired or not, by their ids."""
    wanted = [each["question"] for each in criteria["questions"]]
    return {each.pk: each for each in Question.objects.filter(program=program, pk__in=wanted)} if wanted else {}


def _plain(weights: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Criterion]:
    weight = {code: float(value) for code, value in weights.items()}
    return [
        Skills(weight=weight["skills"]),
        Goals(weight=weight["goals"]),
        LevelGap(
            weight=weight["level"],
            target=float(settings["level_target"]),
            tolerance=float(settings["level_tolerance"]),
        ),
        Department(weight=weight["department"], want=settings["department_want"]),
        Site(weight=weight["site"], want=settings["site_want"]),
        Languages(weight=weight["languages"]),
        Hours(weight=weight["hours"], enough=float(settings["hours_enough"])),
        Zone(weight=weight["zone"], tolerance=float(settings["zone_tolerance"])),
        Tenure(
            weight=weight["tenure"],
            target=float(settings["tenure_target"]),
            tolerance=float(settings["tenure_tolerance"]),
        ),
        Style(weight=weight["style"], want=settings["style_want"]),
        Interests(weight=weight["interests"]),
        Choices(weight=weight["choices"]),
    ]


def _compare(question: Question, wanted: str) -> Literal["equal", "different", "close", "in", "not_in"]:
    """How the answers are compared: as asked, or in the usual way where the question is of another kind by now."""
    compare = way_of(question, wanted)
    if question.kind in TEXT_KINDS:
        # Nobody writes the same text twice: words are what can be the same.
        return "not_in" if wanted == "different" else "in"
    if compare == "different" and question.kind == Question.Kind.CHOICES:
        return "not_in"
    if compare == "close" and question.kind == Question.Kind.RANKING:
        # Of everything that the one puts before something else, the share that the other puts so as well.
        return "in"
    match compare:
        case "different" | "close" | "in":
            return compare
    return "equal"


def way_of(question: Question, wanted: str) -> str:
    """One of the ways in which answers to a question of this kind can be compared."""
    ways = COMPARABLE[question.kind]
    return wanted if wanted in ways else ways[0]


def _left_out(question: Question | None) -> str:
    if question is None:
        return _("A question that counted is gone, so it was left out.")
    if question.kind not in COMPARABLE:
        return _("Answers to “%(question)s” can’t be compared, so it was left out.") % {"question": question.text}
    return _("“%(question)s” is no longer asked, so it was left out.") % {"question": question.text}
