"""Mentors for one mentee beside each other, criterion by criterion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Participant, Program, Role

from ..gathering import taking_part
from ..models import Proposal
from ..scoring import Rule
from ..services import Forbidden, Scored, best_candidates, places_left, score_pairs
from .people import about
from .proposals import token
from .reasons import Line, lines

MOST_COMPARED = 5
MOST_FOUND = 20
# So close together two values are the same to the eye.
SAME = 0.005


@dataclass(frozen=True)
class Holder:
    """Somebody who has, or is proposed, one of a mentor's places."""

    name: str
    mentee: int
    # Empty where it is a mentorship, which isn't moved on the board.
    token: str
    # "active", "offered" or "proposed"
    state: str

    @property
    def is_proposed(self) -> bool:
        return bool(self.token)


@dataclass(frozen=True)
class Cell:
    """What one criterion says about one of the candidates; None where it says nothing about them."""

    label: str
    line: Line | None
    # The best of those compared, where they differ.
    is_best: bool
    # The same for everybody, so that it decides nothing.
    is_even: bool


@dataclass(frozen=True)
class Column:
    """A mentor whom an admin could give to a mentee."""

    mentor: Enrolment
    detail: str
    score: float
    # Why a rule forbids the pair; empty where none does.
    forbidden: str
    free: int
    holders: Sequence[Holder]
    is_current: bool
    cells: Sequence[Cell] = ()
    lines: Sequence[Line] = ()

    @property
    def proposed(self) -> list[Holder]:
        return [each for each in self.holders if each.is_proposed]

    @property
    def taken(self) -> list[Holder]:
        return [each for each in self.holders if not each.is_proposed]


@dataclass(frozen=True)
class Comparison:
    """The mentors side by side, and those beside them whom one could compare as well."""

    columns: Sequence[Column]
    others: Sequence[Column]


def compare(
    program: Program, mentee: Enrolment, current: Proposal | None, *, wanted: Sequence[int] = (), search: str = ""
) -> Comparison:
    """The best mentors for a mentee as everybody is now, with the one proposed and those that are wanted among them.

    With a search, the others are mentors of that name, whoever they are, scored on the fly. Raises ValueError if the
    programme's criteria make no sense.
    """
    best = best_candidates(program, mentee)
    known = {each.mentor: each for each in best}
    named = found_by_name(program, search) if search else []
    extra = [
        pk for pk in dict.fromkeys([*([current.mentor_id] if current else []), *wanted, *named]) if pk not in known
    ]
    known |= {each.mentor: each for each in score_pairs(program, [(mentee.pk, pk) for pk in extra])}
    # What is proposed now first, then what was asked for, then the best.
    first = [pk for pk in dict.fromkeys([*([current.mentor_id] if current else []), *wanted]) if pk in known]
    chosen = list(dict.fromkeys([*first, *(each.mentor for each in best)]))[:MOST_COMPARED]
    shown = sorted(chosen, key=lambda pk: (-known[pk].score, pk))
    # Whoever is looked for by name is found, be they among those above or not.
    beside = [pk for pk in named if pk in known] if search else [pk for pk in known if pk not in chosen]
    everybody = {*shown, *beside}
    mentors = Enrolment.objects.select_related("member").in_bulk(everybody)
    holders, left = holders_of(program, everybody), places_left(program)

    def column(pk: int) -> Column:
        scored, mentor = known[pk], mentors[pk]
        return Column(
            mentor=mentor,
            detail=about(mentor.member),
            score=scored.score,
            forbidden=_why_forbidden(scored, mentee.member, mentor.member),
            free=max(0, left.get(pk, 0)),
            holders=[each for each in holders.get(pk, []) if each.mentee != mentee.pk],
            is_current=current is not None and current.mentor_id == pk,
            lines=lines(scored.reasons),
        )

    return Comparison(_aligned([column(pk) for pk in shown]), [column(pk) for pk in beside])


def found_by_name(program: Program, search: str) -> list[int]:
    """The mentors of a programme whose name has these words."""
    found = taking_part(program).mentors().filter(member__in=Member.objects.matching_text(search))
    ordered = found.order_by("member__family_name", "member__given_name", "pk")
    return list(ordered.values_list("pk", flat=True)[:MOST_FOUND])


def holders_of(program: Program, mentors: Iterable[int]) -> dict[int, list[Holder]]:
    """Mentor → who has their places: in mentorships, offered, or proposed."""
    wanted = list(mentors)
    found: dict[int, list[Holder]] = defaultdict(list)
    parts = Participant.objects.filter(
        enrolment__in=wanted,
        role=Role.MENTOR,
        mentorship__status__in=[Mentorship.Status.ACTIVE, Mentorship.Status.OFFERED],
        mentorship__participants__role=Role.MENTEE,
    ).order_by("mentorship_id")
    for mentor, state, mentee, given, family in parts.values_list(
        "enrolment_id", "mentorship__status", "mentorship__participants__enrolment_id",
        "mentorship__participants__enrolment__member__given_name",
        "mentorship__participants__enrolment__member__family_name",
    ):  # fmt: skip
        found[mentor].append(Holder(f"{given} {family}".strip(), mentee, "", state))
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, mentor_id__in=wanted)
    for each in drafts.select_related("mentee__member").order_by("pk"):
        found[each.mentor_id].append(Holder(each.mentee.member.name, each.mentee_id, token(each), "proposed"))
    return found


def _why_forbidden(scored: Scored, mentee: Member, mentor: Member) -> str:
    # What an admin set aside they may also take up again.
    rules = [rule for rule in scored.forbidden if rule != Rule.SET_ASIDE]
    return str(Forbidden(rules[0], mentee=mentee.name, mentor=mentor.name)) if rules else ""


def _aligned(columns: list[Column]) -> list[Column]:
    """Every column with the same criteria in the same order, the heaviest first."""
    by_criterion: list[Mapping[str, Line]] = [{line.criterion: line for line in each.lines} for each in columns]
    known = {line.criterion: line for each in columns for line in each.lines}
    order = sorted(known.values(), key=lambda line: (-line.weight, line.criterion))
    rows: list[list[Cell]] = [[] for _column in columns]
    for first in order:
        values = [each[first.criterion].value if first.criterion in each else None for each in by_criterion]
        given = [value for value in values if value is not None]
        is_even = len(columns) > 1 and len(given) == len(columns) and max(given) - min(given) < SAME
        best = max(given, default=0.0)
        for at, each in enumerate(by_criterion):
            value = values[at]
            is_best = len(columns) > 1 and not is_even and value is not None and best - value < SAME and best > 0
            rows[at].append(Cell(first.label, each.get(first.criterion), is_best, is_even))
    return [_with_cells(each, cells) for each, cells in zip(columns, rows, strict=True)]


def _with_cells(column: Column, cells: list[Cell]) -> Column:
    fields: dict[str, Any] = {**column.__dict__, "cells": cells}
    return Column(**fields)
