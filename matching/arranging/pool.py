"""Everybody in one pool: pairs of peers, and a triad where the number is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.models import Program, Role

from ..formats.peers import Alone, pair_peers
from .base import (
    Arranged,
    Arranger,
    GroupFound,
    LeftOver,
    Mask,
    Matrix,
    Prepared,
    Seat,
    both_ways,
    forbidding,
    free_people,
    must_pairs,
    not_held,
    prepared,
)


@dataclass(frozen=True)
class Situation:
    people: frozenset[int]
    # Two whom an admin wants together.
    must: frozenset[tuple[int, int]] = frozenset()


class Pool(Arranger):
    """Peers: everybody who is free is paired by the mean of how well each suits the other."""

    key = "pool"
    template = "matching/group_pool.html"

    def situation(self, program: Program) -> Situation:
        return Situation(free_people(program, [Role.PEER], busy_as=[Role.PEER]), must_pairs(program))

    def is_wanted(self, situation: Situation) -> bool:
        return len(situation.people) > 1

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if not situation.people:
            raise JobError(_("Nobody is waiting: everybody who is enrolled has a peer, or an offer of one."))
        if len(situation.people) == 1:
            raise JobError(_("Only one person is waiting, so there is nobody to pair them with."))
        return prepared(program, mentees=situation.people, mentors=situation.people)

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        ids = prepared.scorer.mentees.ids
        scores, blocked = prepared.matrix()
        allowed = both_ways(blocked)
        np.fill_diagonal(allowed, False)
        at = {person: row for row, person in enumerate(ids.tolist())}
        wanted = [(one, other) for one, other in sorted(situation.must) if one in at and other in at]
        must = [(one, other) for one, other in wanted if allowed[at[one], at[other]]]
        may = allowed.copy()
        for one, other in must:
            for person in (at[one], at[other]):
                may[person], may[:, person] = False, False
            may[at[one], at[other]] = may[at[other], at[one]] = True
        found = pair_peers(ids, scores, allowed=may)
        mutual = (scores + scores.T) / 2
        members, joined = _with_must([group.members for group in found.groups], must, found.alone, at, mutual, allowed)
        groups = []
        for group in members:
            seats = []
            for person in group:
                others = [at[other] for other in group if other != person]
                seats.append(Seat(person, Role.PEER, round(float(mutual[at[person], others].mean()), 4)))
            pairs = [mutual[at[one], at[other]] for one, other in combinations(group, 2)]
            groups.append(GroupFound(tuple(seats), round(float(sum(pairs)) / len(pairs), 4)))
        left = []
        for alone in found.alone:
            if alone.person in joined:
                continue
            row = at[alone.person]
            # Not as `alone` counts: those who were decided by hand would suit others as well.
            partners = int(allowed[row].sum())
            if partners:
                reason = ngettext(
                    "%(n)d person would suit, and is in a full group",
                    "%(n)d people would suit, and all are in full groups",
                    partners,
                ) % {"n": partners}
                left.append(LeftOver(alone.person, "pool.full", f"{reason}."))
            else:
                bits = (blocked[row] | blocked[:, row]).tolist()
                left.append(LeftOver(alone.person, "pool.forbidden", forbidding(bits, others=len(ids) - 1)))
        triads = sum(len(group) == 3 for group in members)
        told = not_held(len(wanted) - len(must))
        if triads == 1:
            odd = (
                _("Without those who are left over their number is odd, so three are together once.")
                if left
                else _("Their number is odd, so three are together once.")
            )
            told = (odd, *told)
        return Arranged(groups=tuple(groups), left=tuple(left), told=told, people=len(ids))


def _with_must(
    groups: Sequence[tuple[int, ...]],
    must: Sequence[tuple[int, int]],
    alone: Sequence[Alone],
    at: Mapping[int, int],
    mutual: Matrix,
    allowed: Mask,
) -> tuple[list[tuple[int, ...]], set[int]]:
    """The groups, of which those that were decided by hand take in somebody who would be alone; and who that is."""
    open_to = {tuple(sorted(pair)) for pair in must}
    joined: dict[tuple[int, ...], int] = {}
    for each in alone:
        suits = [
            pair
            for pair in sorted(open_to - joined.keys())
            if all(allowed[at[each.person], at[member]] for member in pair)
        ]
        if suits:
            best = max(suits, key=lambda pair: mutual[at[each.person], [at[member] for member in pair]].sum())
            joined[best] = each.person
    found = [tuple(sorted((*group, joined[group]))) if group in joined else tuple(group) for group in groups]
    return sorted(found), set(joined.values())
