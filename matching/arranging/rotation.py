"""An event of many short meetings: rounds in which nobody meets the same person twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.models import Mentorship, Participant, Program, Role

from ..formats.speed import rotate_pool, rotate_sides
from ..gathering import ready
from ..models import GroupSeat, Proposal
from .base import Arranged, Arranger, GroupFound, LeftOver, Mask, Prepared, Seat, both_ways, forbidding, prepared


@dataclass(frozen=True)
class Event:
    """When the rounds are, and where people meet; without rooms the tables are numbered."""

    starts_at: datetime | None
    rounds: int
    round_length: timedelta
    pause: timedelta
    rooms: tuple[str, ...]

    def begins(self, number: int) -> datetime | None:
        """When a round begins, counted from 0."""
        return self.starts_at + number * (self.round_length + self.pause) if self.starts_at else None

    def ends(self, number: int) -> datetime | None:
        begins = self.begins(number)
        return begins + self.round_length if begins else None

    def room(self, table: int) -> str:
        return self.rooms[table] if self.rooms else _("Table %(number)d") % {"number": table + 1}


def event_of(program: Program) -> Event:
    given = program.kind.particulars(program.format_settings)
    return Event(
        starts_at=given.get("starts_at"),
        rounds=int(given.get("rounds") or 6),
        round_length=timedelta(minutes=int(given.get("round_minutes") or 10)),
        pause=timedelta(minutes=int(given.get("break_minutes") or 0)),
        rooms=tuple(each.strip() for each in given.get("rooms") or () if each.strip()),
    )


@dataclass(frozen=True)
class Situation:
    """mentees and mentors, or a pool; meetings that stand (round, one, other, place); who met before; the event."""

    mentees: frozenset[int]
    mentors: frozenset[int]
    pool: frozenset[int]
    standing: frozenset[tuple[int, int, int, str]]
    met: frozenset[frozenset[int]]
    event: Event

    @property
    def everybody(self) -> frozenset[int]:
        return self.pool or self.mentees | self.mentors


class Rotation(Arranger):
    """As many meetings as possible, nobody sitting out needlessly."""

    key = "rotation"
    template = "matching/group_rotation.html"
    takes_must = False

    def situation(self, program: Program) -> Situation:
        here: dict[str, set[int]] = defaultdict(set)
        for pk, role in ready(program).filter(paused_at__isnull=True).values_list("pk", "role"):
            here[role].add(pk)
        is_pool = Role.PEER in program.kind.parts_for(program.format_settings)
        event = event_of(program)
        standing = {
            (number, *sorted(seats)[:2], place)
            for number, place, seats in [*_locked(program), *_published(program, event)]
            if len(seats) == 2
        }
        parts: dict[int, set[int]] = defaultdict(set)
        found = Participant.objects.filter(mentorship__program=program, mentorship__round__isnull=False)
        for mentorship, enrolment in found.values_list("mentorship_id", "enrolment_id"):
            parts[mentorship].add(enrolment)
        return Situation(
            mentees=frozenset() if is_pool else frozenset(here[Role.MENTEE]),
            mentors=frozenset() if is_pool else frozenset(here[Role.MENTOR]),
            pool=frozenset(here[Role.PEER]) if is_pool else frozenset(),
            standing=frozenset(standing),  # type: ignore[arg-type]  # triples, as it says
            met=frozenset(frozenset(each) for each in parts.values()),
            event=event,
        )

    def is_wanted(self, situation: Situation) -> bool:
        # A timetable is made when the admin asks for it: one that changed over night would be nobody's.
        return False

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if situation.pool:
            if len(situation.pool) < 2:
                raise JobError(_("Nobody else has signed up, so there is nobody to meet."))
            return prepared(program, mentees=situation.pool, mentors=situation.pool)
        if not situation.mentees or not situation.mentors:
            raise JobError(_("Nobody can meet yet: the event needs people on both sides."))
        return prepared(program, mentees=situation.mentees, mentors=situation.mentors)

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        scorer, event = prepared.scorer, situation.event
        scores, blocked = prepared.matrix()
        ones, others = scorer.mentees.ids.tolist(), scorer.mentors.ids.tolist()
        apart = {frozenset((one, other)) for _round, one, other, _place in situation.standing} | situation.met
        allowed = both_ways(blocked) if situation.pool else blocked == 0
        for row, one in enumerate(ones):
            for column, other in enumerate(others):
                if one == other or frozenset((one, other)) in apart:
                    allowed[row, column] = False
        tables = len(event.rooms) or None

        def rotate(people: tuple[list[int], list[int]], mask: Any, rounds: int, seats: int | None) -> Any:
            rows = [at for at, pk in enumerate(ones) if pk in set(people[0])]
            columns = [at for at, pk in enumerate(others) if pk in set(people[1])]
            grid = np.ix_(rows, columns)
            if situation.pool:
                ids = [ones[at] for at in rows]
                return rotate_pool(ids, scores[grid], rounds=rounds, allowed=mask[grid], tables=seats)
            return rotate_sides(
                [ones[at] for at in rows],
                [others[at] for at in columns],
                scores[grid],
                rounds=rounds,
                allowed=mask[grid],
                tables=seats,
            )

        fits = (scores + scores.T) / 2 if situation.pool else scores
        row_of, column_of = ({pk: at for at, pk in enumerate(side)} for side in (ones, others))

        def score(one: int, other: int) -> float:
            return round(float(fits[row_of[one], column_of[other]]), 4)

        found = rotate((ones, others), allowed, event.rounds, tables)
        rounds = [[(meeting.one, meeting.other) for meeting in each.meetings] for each in found.rounds]
        rounds += [[] for _round in range(event.rounds - len(rounds))]
        if situation.standing:
            rounds = _around_what_stands(rotate, situation, allowed, ones, others, tables)
        places = _places(rounds, situation)
        groups = []
        for number, meetings in enumerate(rounds):
            for one, other in meetings:
                role = Role.PEER if situation.pool else None
                seats = (Seat(other, role or Role.MENTOR), Seat(one, role or Role.MENTEE, score(one, other)))
                groups.append(
                    GroupFound(seats, score(one, other), round=number, place=event.room(places[number, one, other]))
                )
        meets = {pk for meetings in rounds for pair in meetings for pk in pair}
        meets |= {pk for _round, one, other, _place in situation.standing for pk in (one, other)}
        left = []
        for pk in sorted(situation.everybody - meets):
            bits = blocked[row_of[pk]].tolist() if pk in row_of else blocked[:, column_of[pk]].tolist()
            may_meet = allowed[row_of[pk]] if pk in row_of else allowed[:, column_of[pk]]
            if may_meet.any():
                reason = _("Meets nobody: there are fewer seats than people.")
            elif all(bits):
                reason = forbidding(bits, others=len(bits))
            else:
                reason = _("Meets nobody: whoever would suit has met them before, or is ruled out.")
            left.append(LeftOver(pk, "rotation.nobody", reason))
        total = sum(len(meetings) for meetings in rounds)
        told = [
            ngettext("%(n)d meeting in %(rounds)d rounds.", "%(n)d meetings in %(rounds)d rounds.", total)
            % {"n": total, "rounds": sum(bool(meetings) for meetings in rounds)}
        ]
        if not event.starts_at:
            told.append(_("Say when the event begins before you publish it."))
        return Arranged(
            groups=tuple(groups), left=tuple(left), told=tuple(told), people=len(situation.everybody), leaders=0
        )


def _around_what_stands(
    rotate: Callable[..., Any],
    situation: Situation,
    allowed: Mask,
    ones: list[int],
    others: list[int],
    tables: int | None,
) -> list[list[tuple[int, int]]]:
    """Fill one round after the other with those who are free in it, the rounds with most meetings that stand first."""
    busy: dict[int, set[int]] = defaultdict(set)
    for number, one, other, _place in situation.standing:
        busy[number] |= {one, other}
    left = allowed.copy()
    row_of, column_of = ({pk: at for at, pk in enumerate(side)} for side in (ones, others))
    rounds: list[list[tuple[int, int]]] = [[] for _round in range(situation.event.rounds)]
    for number in sorted(range(situation.event.rounds), key=lambda each: (-len(busy[each]), each)):
        free = [[pk for pk in side if pk not in busy[number]] for side in (ones, others)]
        seats = None if tables is None else max(0, tables - len(busy[number]) // 2)
        found = rotate((free[0], free[1]), left, 1, seats)
        rounds[number] = [(meeting.one, meeting.other) for each in found.rounds for meeting in each.meetings]
        for one, other in rounds[number]:
            left[row_of[one], column_of[other]] = False
            if situation.pool:
                left[row_of[other], column_of[one]] = False
    return rounds


def _places(rounds: list[list[tuple[int, int]]], situation: Situation) -> dict[tuple[int, int, int], int]:
    """(round, one, other) → which table: a mentor stays at theirs as long as there are enough of them."""
    event = situation.event
    count = len(event.rooms) or max((len(meetings) for meetings in rounds), default=0)
    home = {}
    if situation.mentors and len(situation.mentors) <= max(count, len(event.rooms)):
        home = {mentor: at for at, mentor in enumerate(sorted(situation.mentors))}
    taken_by_name: dict[int, set[str]] = defaultdict(set)
    for number, _one, _other, place in situation.standing:
        taken_by_name[number].add(place)
    found = {}
    for number, meetings in enumerate(rounds):
        free = [at for at in range(count + len(situation.standing)) if not event.rooms or at < len(event.rooms)]
        free = [at for at in free if event.room(at) not in taken_by_name[number]]
        for one, other in meetings:
            at = home.get(other)
            if at is None or at not in free:
                reserved = {home.get(each[1]) for each in meetings if each != (one, other)}
                at = next((each for each in free if each not in reserved), free[0] if free else 0)
            if at in free:
                free.remove(at)
            found[number, one, other] = at
    return found


def _locked(program: Program) -> list[tuple[int, str, set[int]]]:
    seats = GroupSeat.objects.filter(
        group__program=program, group__status=Proposal.Status.DRAFT, group__locked=True, group__round__isnull=False
    )
    found: dict[int, tuple[int, str, set[int]]] = {}
    for group, number, place, pk in seats.values_list("group_id", "group__round", "group__place", "enrolment_id"):
        found.setdefault(group, (number or 0, place, set()))[2].add(pk)
    return list(found.values())


def _published(program: Program, event: Event) -> list[tuple[int, str, set[int]]]:
    """Meetings of this event that are published: those of an earlier one take nobody's time."""
    if event.starts_at is None:
        return []
    last = event.ends(event.rounds - 1)
    parts = Participant.objects.present().filter(
        mentorship__program=program,
        mentorship__status=Mentorship.Status.ACTIVE,
        mentorship__round__isnull=False,
        mentorship__meets_at__gte=event.starts_at,
        mentorship__meets_at__lte=last,
    )
    found: dict[int, tuple[int, str, set[int]]] = {}
    for mentorship, number, place, pk in parts.values_list(
        "mentorship_id", "mentorship__round", "mentorship__meets_where", "enrolment_id"
    ):
        found.setdefault(mentorship, (number, place, set()))[2].add(pk)
    return list(found.values())
