"""Which proposals need an admin's eye: reads only."""

from __future__ import annotations

from collections.abc import Iterable

from programs.models import Program

from ..gathering import gather, scorer_of
from ..scoring import Rule


def forbidden_now(program: Program, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Rule]:
    """Of these pairs of (mentee, mentor) enrolments those that a rule forbids as people and criteria are now.

    What an admin set aside counts as allowed: they have taken it up again. Criteria that make no sense forbid nothing.
    """
    wanted = list(pairs)
    if not wanted:
        return {}
    gathered = gather(program, only={pk for pair in wanted for pk in pair})
    mentees, mentors = set(gathered.mentees.ids.tolist()), set(gathered.mentors.ids.tolist())
    wanted = [(mentee, mentor) for mentee, mentor in wanted if mentee in mentees and mentor in mentors]
    try:
        found = scorer_of(program, gathered).pairs([mentee for mentee, _ in wanted], [mentor for _, mentor in wanted])
    except ValueError:
        return {}
    forbidden: dict[tuple[int, int], Rule] = {}
    for pair, blocked in zip(wanted, found.blocked.tolist(), strict=True):
        rules = [rule for rule in Rule if blocked & rule.bit and rule != Rule.SET_ASIDE]
        if rules:
            forbidden[pair] = rules[0]
    return forbidden
