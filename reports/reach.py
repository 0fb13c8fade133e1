"""How far the people of programmes got, from a place to a mentorship that came to its end, and who mentors how many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count

from programs.models import Enrolment, Mentorship, Participant, Program, Role
from sessions.models import Attendance, Session


@dataclass(frozen=True)
class Reached:
    """How far everybody got who was given a place and does not mentor: sets of enrolments; and numbers beside them."""

    enrolled: set[int]
    gone: set[int]
    offered: set[int]
    matched: set[int]
    met: set[int]
    active: set[int]
    completed: set[int]
    over: set[int]
    # Of those enrolled today: mentors with their places, in how many mentorships each is now, and all others.
    places: dict[int, int]
    load: dict[int, int]
    mentees: int
    # Mentorships that began, and that go on; sessions that were confirmed in any of them.
    began: int
    going_on: int
    held: int


class _Place(NamedTuple):
    """An enrolment."""

    pk: int
    member: int
    role: str
    status: str
    places: int
    joined_at: datetime | None


class _Part(NamedTuple):
    """One member's part in a mentorship."""

    enrolment: int
    mentorship: int
    role: str
    left_at: datetime | None
    status: str
    started_at: datetime | None
    round: int | None


def reached_by_each(programs: Sequence[Program]) -> dict[int, Reached]:
    """Programme → how far its people got, in four queries for any number of programmes."""
    # Plain lists, put together here: as one statement it takes minutes while the tables' statistics are young.
    enrolments: dict[int, list[_Place]] = defaultdict(list)
    row: list[Any]
    places = Enrolment.objects.filter(program__in=programs).order_by()
    for program_id, *row in places.values_list(
        "program_id", "pk", "member_id", "role", "status", "capacity", "joined_at"
    ):
        enrolments[program_id].append(_Place(*row))
    parts: dict[int, list[_Part]] = defaultdict(list)
    in_them = Participant.objects.filter(mentorship__program__in=programs).order_by()
    for program_id, *row in in_them.values_list(
        "mentorship__program_id", "enrolment_id", "mentorship_id", "role", "left_at",
        "mentorship__status", "mentorship__started_at", "mentorship__round",
    ):  # fmt: skip
        parts[program_id].append(_Part(*row))
    lively: dict[int, dict[int, int]] = defaultdict(dict)
    for program_id, pk, held in (
        Session.objects.held()
        .filter(mentorship__program__in=programs)
        .order_by()
        .values_list("mentorship__program_id", "mentorship_id")
        .annotate(n=Count("pk"))
    ):
        lively[program_id][pk] = held
    # Of a group session, only who says that they were there.
    together: dict[int, set[int]] = defaultdict(set)
    for program_id, member_id in Attendance.objects.filter(
        session__in=Session.objects.held().with_seats().filter(program__in=programs).values("pk"),
        report=Attendance.Report.HELD,
    ).values_list("session__program_id", "member_id"):
        together[program_id].add(member_id)
    return {
        program.pk: _reached(enrolments[program.pk], parts[program.pk], lively[program.pk], together[program.pk])
        for program in programs
    }


def _reached(rows: list[_Place], everybody: list[_Part], lively: dict[int, int], together: set[int]) -> Reached:
    status, active = Mentorship.Status, Enrolment.Status.ACTIVE
    others = [row for row in rows if row.role != Role.MENTOR]
    given = [row for row in others if row.joined_at is not None]
    enrolled = {row.pk for row in given}
    parts = [part for part in everybody if part.role != Role.MENTOR]
    began = [part for part in parts if part.started_at is not None]
    matched = {part.enrolment for part in began} & enrolled
    places = {row.pk: row.places for row in rows if row.role == Role.MENTOR and row.status == active}
    in_groups = {row.pk for row in rows if row.member in together}
    now_in = [part for part in everybody if part.status == status.ACTIVE and part.left_at is None]
    return Reached(
        enrolled=enrolled,
        gone={row.pk for row in given if row.status == Enrolment.Status.WITHDRAWN},
        offered={part.enrolment for part in parts} & enrolled,
        matched=matched,
        # Who came to a group session without a mentor has yet to meet one.
        met=({part.enrolment for part in began if part.mentorship in lively} | in_groups) & matched,
        active={part.enrolment for part in now_in if part.started_at is not None and part.role != Role.MENTOR}
        & enrolled,
        completed={part.enrolment for part in began if part.status == status.COMPLETED and part.mentorship in lively}
        & enrolled,
        over={part.enrolment for part in began if part.status == status.ENDED or part.left_at is not None} & enrolled,
        places=places,
        # A round of an event is no lasting mentorship.
        load=Counter(part.enrolment for part in now_in if part.enrolment in places and part.round is None),
        mentees=sum(row.status == active for row in others),
        began=len({part.mentorship for part in everybody if part.started_at is not None}),
        going_on=len({part.mentorship for part in everybody if part.status == status.ACTIVE}),
        held=sum(lively.values()),
    )
