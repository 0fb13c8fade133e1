"""Who may sign up, by what the organisation knows of a person. No query is made here.

The rules of one role, as Program.eligibility keeps them by role; what is empty or missing rules nobody out:

    {"departments": ["Sales"], "sites": [], "languages": ["English"], "levels": [3, None], "months": [6, None]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Rules = Mapping[str, Any]
LISTS = ("departments", "sites", "languages")
RANGES = ("levels", "months")
FACTS = ("department", "site", "languages", "level", "hired_on")


@dataclass(frozen=True)
class Facts:
    """What the rules look at."""

    department: str = ""
    site: str = ""
    languages: Sequence[str] = ()
    level: int | None = None
    hired_on: date | None = None

    @classmethod
    def of(cls, member: Any) -> Facts:
        return cls(**{name: getattr(member, name) for name in FACTS})


def is_empty(rules: Rules) -> bool:
    return not any(rules.get(name) for name in LISTS) and not any(_bounds(rules, name) for name in RANGES)


def tidy(rules: Rules) -> dict[str, Any]:
    """Only what rules somebody out."""
    kept: dict[str, Any] = {name: list(rules[name]) for name in LISTS if rules.get(name)}
    kept |= {name: list(bounds) for name in RANGES if (bounds := _bounds(rules, name))}
    return kept


def fails(rules: Rules, facts: Facts, *, on: date) -> str:
    """The first rule that somebody does not meet; empty when they meet all. What is unknown meets no rule."""
    return next((name for name, meets in _TESTS.items() if not meets(rules, facts, on)), "")


def why_not_eligible(rules: Rules, facts: Facts, *, on: date, name: str, people: str) -> str:
    """The rule that keeps somebody out and what we know of them, in a sentence; empty when nothing does."""
    failed = fails(rules, facts, on=on)
    if not failed:
        return ""
    known = {
        "departments": facts.department,
        "sites": facts.site,
        "languages": _listed(facts.languages, _("and")),
        "levels": "" if facts.level is None else _("level %(n)d") % {"n": facts.level},
        "months": "" if facts.hired_on is None else _months(months_between(facts.hired_on, on)),
    }[failed]
    rule = _("This programme takes as %(people)s only those %(rule)s.") % {
        "people": people, "rule": _words(rules, failed)
    }  # fmt: skip
    if known:
        return rule + " " + _("Of %(name)s it is known: %(known)s.") % {"name": name, "known": known}
    missing = {
        "departments": _("Of %(name)s no department is known."),
        "sites": _("Of %(name)s no site is known."),
        "languages": _("Of %(name)s no language is known."),
        "levels": _("Of %(name)s no level is known."),
        "months": _("When %(name)s was hired is not known."),
    }[failed]
    return rule + " " + missing % {"name": name}


def in_words(rules: Rules) -> list[str]:
    """Each rule as the end of "only those …"."""
    return [
        _words(rules, name) for name in (*LISTS, *RANGES) if rules.get(name) and (name in LISTS or _bounds(rules, name))
    ]


def months_between(start: date, end: date) -> int:
    """Whole months from one day to another; negative where it lies ahead."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def _words(rules: Rules, name: str) -> str:
    match name:
        case "departments":
            return _("in %(list)s") % {"list": _listed(rules[name], _("or"))}
        case "sites":
            return _("at %(list)s") % {"list": _listed(rules[name], _("or"))}
        case "languages":
            return _("who speak %(list)s") % {"list": _listed(rules[name], _("or"))}
    low, high = _bounds(rules, name) or (None, None)
    if name == "levels":
        if low == high:
            return _("of level %(low)d") % {"low": low}
        if high is None:
            return _("of level %(low)d or above") % {"low": low}
        if low is None:
            return _("of level %(high)d or below") % {"high": high}
        return _("of level %(low)d to %(high)d") % {"low": low, "high": high}
    if high is None:
        return _("who have been here for %(low)s or longer") % {"low": _months(low or 0)}
    if low is None:
        return _("who have been here for %(high)s at most") % {"high": _months(high)}
    return _("who have been here for %(low)s to %(high)s") % {"low": _months(low), "high": _months(high)}


def _months(number: int) -> str:
    return ngettext("%(n)d month", "%(n)d months", number) % {"n": number}


def _listed(words: Sequence[str], joint: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _bounds(rules: Rules, name: str) -> tuple[int | None, int | None] | None:
    low, high = rules.get(name) or (None, None)
    return None if low is None and high is None else (low, high)


def _one_of(rule: str, fact: str) -> Callable[[Rules, Facts, date], bool]:
    def meets(rules: Rules, facts: Facts, on: date) -> bool:
        wanted = {each.casefold() for each in rules.get(rule) or ()}
        return not wanted or getattr(facts, fact).casefold() in wanted

    return meets


def _speaks(rules: Rules, facts: Facts, on: date) -> bool:
    wanted = {each.casefold() for each in rules.get("languages") or ()}
    return not wanted or any(each.casefold() in wanted for each in facts.languages)


def _within(rules: Rules, name: str, value: int | None) -> bool:
    bounds = _bounds(rules, name)
    if bounds is None:
        return True
    low, high = bounds
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _tenure(rules: Rules, facts: Facts, on: date) -> bool:
    return _within(rules, "months", None if facts.hired_on is None else months_between(facts.hired_on, on))


_TESTS: dict[str, Callable[[Rules, Facts, date], bool]] = {
    "departments": _one_of("departments", "department"),
    "sites": _one_of("sites", "site"),
    "languages": _speaks,
    "levels": lambda rules, facts, on: _within(rules, "levels", facts.level),
    "months": _tenure,
}
