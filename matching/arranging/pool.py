"""Everybody in one pool: pairs of peers, and a triad where the number is odd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.models import Program, Role

from ..formats.peers import pair_peers
from .base import Arranged, Arranger, GroupFound, LeftOver, Prepared, Seat, both_ways, forbidding, free_people, prepared


@dataclass(frozen=True)
class Situation:
    people: frozenset[int]


class Pool(Arranger):
    """Peers: everybody who is free is paired by the mean of how well each suits the other."""

    key = "pool"
    template = "matching/group_pool.html"

    def situation(self, program: Program) -> Situation:
        return Situation(free_people(program, [Role.PEER], busy_as=[Role.PEER]))

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
        found = pair_peers(ids, scores, allowed=allowed)
        at = {person: row for row, person in enumerate(ids.tolist())}
        mutual = (scores + scores.T) / 2
        groups = []
        for group in found.groups:
            seats = []
            for person in group.members:
                others = [at[other] for other in group.members if other != person]
                seats.append(Seat(person, Role.PEER, round(float(mutual[at[person], others].mean()), 4)))
            groups.append(GroupFound(tuple(seats), round(group.score, 4)))
        left = []
        for alone in found.alone:
            row = at[alone.person]
            if alone.partners:
                reason = ngettext(
                    "%(n)d person would suit, and is in a full group",
                    "%(n)d people would suit, and all are in full groups",
                    alone.partners,
                ) % {"n": alone.partners}
                left.append(LeftOver(alone.person, "pool.full", f"{reason}."))
            else:
                bits = (blocked[row] | blocked[:, row]).tolist()
                left.append(LeftOver(alone.person, "pool.forbidden", forbidding(bits, others=len(ids) - 1)))
        triads = sum(len(group.members) == 3 for group in found.groups)
        told = (_("Their number is odd, so three are together once."),) if triads == 1 else ()
        return Arranged(groups=tuple(groups), left=tuple(left), told=told, people=len(ids))
