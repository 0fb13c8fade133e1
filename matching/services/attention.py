"""Which proposals need an admin's eye: reads only."""

from __future__ import annotations

from collections.abc import Iterable

from programs.models import Program

from ..gathering import blocker_of
from ..scoring import Rule


def forbidden_now(program: Program, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Rule]:
    """Of these pairs of (mentee, mentor) enrolments those that a rule forbids as people and criteria are now.

    What an admin set aside counts as allowed: they have taken it up again. Limits that make no sense forbid nothing.
    """
    wanted = list(pairs)
    if not wanted:
        return {}
    try:
        mentees, mentors, blocker = blocker_of(program, wanted)
    except ValueError:
        return {}
    here, there = set(mentees.ids.tolist()), set(mentors.ids.tolist())
    wanted = [(mentee, mentor) for mentee, mentor in wanted if mentee in here and mentor in there]
    blocked = blocker.pairs(
        mentees.positions([mentee for mentee, _ in wanted]), mentors.positions([mentor for _, mentor in wanted])
    )
    return {
        pair: next(rule for rule in Rule if bits & rule.bit)
        for pair, bits in zip(wanted, blocked.tolist(), strict=True)
        if bits
    }
