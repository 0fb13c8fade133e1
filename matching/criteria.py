"""What a programme asks of matching, as the scorer wants it: criteria with weights, and rules that forbid."""

from __future__ import annotations

from programs.criteria import default_criteria
from programs.models import Program

from .scoring import (
    Criterion,
    Department,
    Hours,
    Languages,
    LevelGap,
    MenteeWish,
    MentorWish,
    Rules,
    Site,
    Skills,
)

# What people asked for themselves counts in every programme, as much as the least of what an admin can set.
WISH_WEIGHT = 1.0
PLAIN: dict[str, type[Criterion]] = {kind.code: kind for kind in (Skills, Department, Site, Languages, Hours)}


class NothingCounts(ValueError):
    """Every weight of the programme is zero, so that all pairs would score alike."""


def criteria_of(program: Program) -> tuple[Criterion, ...]:
    """The criteria of a programme with their weights. Raises NothingCounts, and ValueError for a weight below zero."""
    weights = stored(program)["weights"]
    criteria: list[Criterion] = []
    for code, weight in weights.items():
        if code == LevelGap.code:
            criteria.append(LevelGap(weight=float(weight), target=float(program.kind.level_gap or 0)))
        elif code in PLAIN:
            criteria.append(PLAIN[code](weight=float(weight)))
    if not sum(criterion.weight for criterion in criteria) > 0:
        raise NothingCounts
    return (*criteria, MenteeWish(weight=WISH_WEIGHT), MentorWish(weight=WISH_WEIGHT))


def rules_of(program: Program) -> Rules:
    """What forbids a pair in a programme. Raises ValueError for limits that contradict each other."""
    rules = stored(program)["rules"]
    return Rules(
        reporting_line=bool(rules.get("reporting_line")),
        earlier_pairs=bool(rules.get("earlier_pairs")),
        common_language=bool(rules.get("common_language")),
        min_level_gap=rules.get("min_level_gap"),
        max_level_gap=rules.get("max_level_gap"),
    )


def stored(program: Program) -> dict[str, dict]:
    """The programme's own criteria, with its format's where it has none."""
    return {**default_criteria(program.kind), **(program.criteria or {})}
