"""What an answer to a question is: how it is kept, when a question is asked at all, and how an answer reads.

Kept as JSON, by the kind of the question:

text, long_text  a string
choice           one of the options
choices          a list of options
scale            a whole number from 1 to 5
ranking          every option, the first choice first
skills           [[name, level], …]; the level is 1 (some), 2 (solid) or 3 (deep), as with the skills of a mentor
hours            [[weekday 0–6, first minute, last minute], …] in the answerer's own time zone, as Enrolment.free_hours

What somebody was not asked, or left empty, is not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import hours

SCALE = range(1, 6)
SKILL_LEVELS: dict[int, Any] = {1: _("some"), 2: _("solid"), 3: _("deep")}
MOST_SKILLS = 10
MOST_RANKED = 10
MOST_WINDOWS = 50
# Kinds with a list of options, and the most of them.
OPTIONS = {"choice": 30, "choices": 30, "ranking": MOST_RANKED}
# Kinds whose answers another question may depend on.
DECIDING = ("choice", "choices", "scale")
LONGEST = {"text": 300, "long_text": 5000}
NOTHING: tuple[Any, ...] = (None, "", [])


def possible(question: Any) -> list[str]:
    """The answers that another question may depend on, as they are compared."""
    if question.kind == "scale":
        return [str(number) for number in SCALE]
    return list(question.options) if question.kind in DECIDING else []


def follows(question: Any, value: Any) -> bool:
    """Whether an answer to the other question is one of those that this question wants to see."""
    said = value if isinstance(value, list) else [] if value in NOTHING else [value]
    return not {str(each) for each in said}.isdisjoint(question.shown_if_values)


def asked(questions: Iterable[Any], given: Mapping[int, Any]) -> set[int]:
    """The primary keys of the questions that are asked of somebody who answered that.

    What follows from a question that is not asked itself is not asked either, whatever was sent.
    """
    found: set[int] = set()
    waiting = list(questions)
    while waiting:
        now = [
            each
            for each in waiting
            if each.shown_if_id is None or (each.shown_if_id in found and follows(each, given.get(each.shown_if_id)))
        ]
        if not now:
            break
        found.update(each.pk for each in now)
        waiting = [each for each in waiting if each.pk not in found]
    return found


def suits(question: Any, value: Any, *, known: Collection[str] | None = None) -> bool:
    """Whether a value is an answer of the question's kind. `known` are the keys of the skills that there are."""
    match question.kind:
        case "text" | "long_text":
            return isinstance(value, str) and len(value) <= LONGEST[question.kind]
        case "choice":
            return isinstance(value, str) and value in question.options
        case "choices":
            return isinstance(value, list) and all(isinstance(each, str) and each in question.options for each in value)
        case "scale":
            return _is_whole(value) and value in SCALE
        case "ranking":
            whole = isinstance(value, list) and all(isinstance(each, str) for each in value)
            return whole and sorted(value) == sorted(question.options)
        case "skills":
            return isinstance(value, list) and len(value) <= MOST_SKILLS and _are_skills(value, known)
        case "hours":
            return isinstance(value, list) and len(value) <= MOST_WINDOWS and all(_is_window(each) for each in value)
    return False


def in_words(question: Any, value: Any, *, days: list[str]) -> list[str]:
    """An answer as lines to read. What was kept of another kind than the question has now reads as it is."""
    if not suits(question, value):
        return [", ".join(map(str, value))] if isinstance(value, list) else [str(value)]
    match question.kind:
        case "choices":
            return [", ".join(value)]
        case "ranking":
            return [f"{place}. {option}" for place, option in enumerate(value, start=1)]
        case "skills":
            return [f"{name} ({SKILL_LEVELS[level]})" for name, level in value]
        case "hours":
            return hours.in_words(value, days)
        case "scale":
            return [str(_("%(value)d of 5")) % {"value": value}]
    return [str(value)]


def _are_skills(value: list[Any], known: Collection[str] | None) -> bool:
    if not all(isinstance(each, list) and len(each) == 2 for each in value):
        return False
    whole = all(isinstance(name, str) and name and _is_whole(level) and level in SKILL_LEVELS for name, level in value)
    if not whole:
        return False
    keys = [name.casefold() for name, _level in value]
    return len(set(keys)) == len(keys) and (known is None or set(keys) <= set(known))


def _is_window(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) == 3 and all(_is_whole(each) for each in value)):
        return False
    day, start, end = value
    return 0 <= day <= 6 and 0 <= start < end <= 24 * 60


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
