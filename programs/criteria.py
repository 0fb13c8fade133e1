"""What a programme asks of matching, in the words of its pages: how much each criterion counts, and what forbids a pair.

Kept on the programme as {"weights": {"skills": 5, …}, "rules": {"reporting_line": true, "min_level_gap": 0, …}}.
The rules bear the names of matching's own; a rule that is absent sets no limit.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from .formats import Format

Criteria = dict[str, dict[str, Any]]

LABELS: dict[str, Any] = {
    "skills": _("Skills"),
    "level": _("Level"),
    "department": _("Department"),
    "site": _("Location"),
    "languages": _("Languages"),
    "hours": _("Free hours"),
}
EXPLANATIONS: dict[str, Any] = {
    "skills": _("The mentor offers what the mentee wants to learn; what the mentee put first counts most."),
    "level": _("The two are as many levels apart as suits this format."),
    "department": _("The two work in different departments, for another view of the organisation."),
    "site": _("The two work in the same place."),
    "languages": _("The mentor speaks the languages that the mentee is comfortable in."),
    "hours": _("They are usually free at the same time, each in their own time zone."),
}
# How far the mentor's level may be from the mentee's: choice → the rules it stands for.
LEVEL_RULES: dict[str, dict[str, int]] = {
    "any": {},
    "not_below": {"min_level_gap": 0},
    "above": {"min_level_gap": 1},
    "below": {"max_level_gap": -1},
}
_USUAL_LEVEL_RULE = {"traditional": "not_below", "reverse": "below", "onboarding": "any"}


def default_criteria(kind: Format) -> Criteria:
    """What a format starts with."""
    return {
        "weights": dict(kind.weights),
        "rules": {
            "reporting_line": True,
            "earlier_pairs": True,
            "common_language": True,
            **LEVEL_RULES[_USUAL_LEVEL_RULE[kind.key]],
        },
    }


def importance(criteria: Criteria, key: str, kind: Format) -> str:
    """How much a criterion counts: none, normal (as the format has it) or high."""
    usual = kind.weights[key]
    weight = criteria.get("weights", {}).get(key, usual)
    if not weight:
        return "none"
    return "high" if weight > usual else "normal"


def weight_of(level: str, key: str, kind: Format) -> float:
    """The weight that an importance stands for."""
    return {"none": 0, "normal": 1, "high": 2}[level] * kind.weights[key]


def level_rule(criteria: Criteria) -> str:
    """Which of LEVEL_RULES is in force."""
    rules = criteria.get("rules", {})
    limits = {key: rules[key] for key in ("min_level_gap", "max_level_gap") if rules.get(key) is not None}
    return next((name for name, meant in LEVEL_RULES.items() if meant == limits), "any")


def make_criteria(kind: Format, *, importances: dict[str, str], level: str, **rules: bool) -> Criteria:
    """Criteria from what was chosen on a page."""
    return {
        "weights": {key: weight_of(importances.get(key, "normal"), key, kind) for key in kind.weights},
        "rules": {**rules, **LEVEL_RULES[level]},
    }
