"""A cascade: each tier mentors the next, so that whoever has a mentor passes it on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.formats import tier_of
from programs.models import Participant, Program, Role

from ..formats.cascade import build_cascade, closes_circle
from ..gathering import TAKING_PLACES, ready
from ..models import Proposal
from ..scoring import Candidates
from .base import (
    Arranged,
    Arranger,
    LeftOver,
    PairFound,
    Prepared,
    forbidding,
    must_pairs,
    not_held,
    prepared,
    ruled_out,
)


@dataclass(frozen=True)
class Situation:
    """tiers of ids from the top; who wants a mentor; id → places left; pairs that stay; who is in no tier."""

    tiers: tuple[tuple[int, ...], ...]
    wanting: frozenset[int]
    capacity: tuple[tuple[int, int], ...]
    running: frozenset[tuple[int, int]]
    nowhere: frozenset[int]
    paused: frozenset[int] = frozenset()
    # (mentee, mentor) whom an admin wants together.
    must: frozenset[tuple[int, int]] = frozenset()


class Tiers(Arranger):
    """As many people of each tier as possible have a mentor in the tier above."""

    key = "tiers"
    template = "matching/group_tiers.html"
    makes_pairs = True

    def situation(self, program: Program) -> Situation:
        tiers = tiers_of(program)
        found: list[list[int]] = [[] for _tier in tiers]
        nowhere, room, paused = set(), {}, set()
        rows = ready(program).order_by("pk")
        for pk, own, level, capacity, paused_at in rows.values_list(
            "pk", "tier", "member__level", "capacity", "paused_at"
        ):
            number = own if own is not None else tier_of(level, tiers)
            if number is None or number >= len(found):
                nowhere.add(pk)
                continue
            found[number].append(pk)
            room[pk] = 0 if paused_at else (capacity or program.default_capacity)
            if paused_at:
                paused.add(pk)
        running = set(_open_pairs(program))
        locked = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True)
        running |= set(locked.values_list("mentee_id", "mentor_id"))
        for _mentee, mentor in running:
            if mentor in room:
                room[mentor] = max(0, room[mentor] - 1)
        has_mentor = {mentee for mentee, _mentor in running}
        below = {pk for tier in found[1:] for pk in tier}
        return Situation(
            tiers=tuple(tuple(tier) for tier in found),
            wanting=frozenset(below - has_mentor - paused),
            # Whoever is in the lowest tier mentors nobody.
            capacity=tuple(sorted((pk, room[pk]) for tier in found[:-1] for pk in tier)),
            running=frozenset(running),
            nowhere=frozenset(nowhere - has_mentor),
            paused=frozenset(paused),
            must=must_pairs(program),
        )

    def is_wanted(self, situation: Situation) -> bool:
        return bool(situation.wanting) and any(places for _pk, places in situation.capacity)

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if not situation.wanting:
            raise JobError(_("Nobody is waiting: everybody below the top has a mentor, or an offer of one."))
        if not any(places for _pk, places in situation.capacity):
            raise JobError(_("Nobody has a free place for somebody of the tier below."))
        people = [pk for tier in situation.tiers for pk in tier]
        return prepared(program, mentees=situation.wanting, mentors=people)

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        scorer = prepared.scorer
        scores, blocked = prepared.matrix()
        number = {pk: at for at, tier in enumerate(situation.tiers) for pk in tier}
        above = np.array([number[pk] for pk in scorer.mentors.ids.tolist()], dtype=np.int64)
        below = np.array([number[pk] for pk in scorer.mentees.ids.tolist()], dtype=np.int64)
        next_to = below[:, None] == above[None, :] + 1
        row, column = ({pk: at for at, pk in enumerate(side.ids.tolist())} for side in (scorer.mentees, scorer.mentors))
        wanted = sorted((one, other) for one, other in situation.must if one in row and other in column)
        held = _held([pair for pair in wanted if (next_to & (blocked == 0))[row[pair[0]], column[pair[1]]]], situation)
        found = build_cascade(
            Candidates.dense(scorer.mentees.ids, scorer.mentors.ids, scores, (blocked == 0) & next_to),
            tiers=situation.tiers,
            capacity=dict(situation.capacity),
            mentees=situation.wanting,
            running=situation.running,
            locked=held,
        )
        pairs = tuple(
            PairFound(pair.mentee, pair.mentor, round(float(pair.score or 0), 4), tier=number[pair.mentor])
            for pair in found.pairs
        )
        on_break = np.isin(scorer.mentors.ids, sorted(situation.paused))
        left = [
            _why(
                pk,
                blocked[row[pk], next_to[row[pk]]].tolist(),
                paused=int((on_break & next_to[row[pk]] & (blocked[row[pk]] == 0)).sum()),
            )
            for pk in found.unmatched
        ]
        circles = {mentee for mentee, _mentor in found.struck}
        left = [
            LeftOver(
                each.enrolment,
                "tiers.circle",
                _("Whoever would suit and has a free place is mentored by them, also further down."),
            )
            if each.enrolment in circles
            else each
            for each in left
        ]
        left += [
            LeftOver(
                pk,
                "tiers.nowhere",
                _(
                    "In no tier: their level is not known, or no tier has it. Give them a level, or a tier of their own."
                ),
            )
            for pk in sorted(situation.nowhere)
        ]
        return Arranged(
            pairs=pairs,
            left=tuple(left),
            told=not_held(len(wanted) - len(held)),
            people=len(situation.wanting),
            leaders=len(situation.capacity),
        )


def _held(wanted: Iterable[tuple[int, int]], situation: Situation) -> list[tuple[int, int]]:
    """Of the pairs that an admin wants those for whom there is a place, and that close no circle of persons."""
    left, standing, held = dict(situation.capacity), set(situation.running), []
    for mentee, mentor in wanted:
        if left.get(mentor, 0) > 0 and not closes_circle(standing, mentee, mentor):
            left[mentor] -= 1
            standing.add((mentee, mentor))
            held.append((mentee, mentor))
    return held


def _why(pk: int, bits: list[int], *, paused: int) -> LeftOver:
    """bits: which rules forbid each of the tier above; paused: how many of those who would suit are on a break."""
    if not bits:
        return LeftOver(pk, "tiers.nobody", _("Nobody is in the tier above."))
    forbidden = [each for each in bits if each]
    if suitable := len(bits) - len(forbidden):
        reason = ngettext(
            "The one person of the tier above who would suit has no free place",
            "The %(n)d people of the tier above who would suit have no free place",
            suitable,
        ) % {"n": suitable}
        if paused == suitable:
            reason = ngettext(
                "The one person of the tier above who would suit is on a break",
                "The %(n)d people of the tier above who would suit are on a break",
                suitable,
            ) % {"n": suitable}
        elif paused:
            breaks = ngettext("%(n)d of them is on a break", "%(n)d of them are on a break", paused) % {"n": paused}
            reason = f"{reason}, {breaks}"
        if forbidden:
            more = ngettext("%(n)d is ruled out", "%(n)d are ruled out", len(forbidden)) % {"n": len(forbidden)}
            reason = f"{reason}; {more}: {ruled_out(forbidden)}"
        return LeftOver(pk, "tiers.full", f"{reason}.")
    return LeftOver(pk, "tiers.forbidden", forbidding(bits, others=len(bits)))


def tiers_of(program: Program) -> list[list[int]]:
    """[lowest, highest level] of each tier, from the top."""
    return [list(each) for each in program.kind.particulars(program.format_settings).get("tiers") or []]


def _open_pairs(program: Program) -> list[tuple[int, int]]:
    """(mentee, mentor) of what is offered or active."""
    parts = Participant.objects.present().filter(
        mentorship__program=program, mentorship__status__in=TAKING_PLACES, role=Role.MENTEE
    )
    return list(
        parts.filter(mentorship__participants__role=Role.MENTOR).values_list(
            "enrolment_id", "mentorship__participants__enrolment_id"
        )
    )
