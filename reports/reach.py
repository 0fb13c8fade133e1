"""How far the people of a programme got, from a place to a mentorship that came to its end."""

from __future__ import annotations

from dataclasses import dataclass

from programs.models import Enrolment, Mentorship, Participant, Program, Role
from sessions.models import Attendance, Session


@dataclass(frozen=True)
class Reached:
    """How far everybody got who was given a place and does not mentor: sets of enrolments."""

    enrolled: set[int]
    gone: set[int]
    offered: set[int]
    matched: set[int]
    met: set[int]
    active: set[int]
    completed: set[int]
    over: set[int]


def reached_by(program: Program) -> Reached:
    """Read it, in six queries."""
    rows = list(
        Enrolment.objects.filter(program=program, joined_at__isnull=False)
        .exclude(role=Role.MENTOR)
        .order_by()
        .values_list("pk", "status")
    )
    enrolled = {pk for pk, _status in rows}
    # Plain lists, put together here: as one statement it takes minutes while the tables' statistics are young.
    parts = list(
        Participant.objects.filter(mentorship__program=program)
        .exclude(role=Role.MENTOR)
        .order_by()
        .values_list("enrolment_id", "mentorship_id", "mentorship__status", "mentorship__started_at", "left_at")
    )
    lively = set(
        Session.objects.held()
        .filter(mentorship__program=program)
        .order_by()
        .values_list("mentorship_id", flat=True)
        .distinct()
    )
    # Of a group session, only who says that they were there.
    together = set(
        Attendance.objects.filter(
            session__in=Session.objects.held().with_seats().filter(program=program).values("pk"),
            report=Attendance.Report.HELD,
        ).values_list("member_id", flat=True)
    )
    in_groups = set(
        Enrolment.objects.filter(program=program, member__in=together).values_list("pk", flat=True) if together else []
    )
    status = Mentorship.Status
    began = [part for part in parts if part[3] is not None]
    matched = {part[0] for part in began} & enrolled
    return Reached(
        enrolled=enrolled,
        gone={pk for pk, each in rows if each == Enrolment.Status.WITHDRAWN},
        offered={part[0] for part in parts} & enrolled,
        matched=matched,
        # Who came to a group session without a mentor has yet to meet one.
        met=({part[0] for part in began if part[1] in lively} | in_groups) & matched,
        active={part[0] for part in began if part[2] == status.ACTIVE and part[4] is None} & enrolled,
        completed={part[0] for part in began if part[2] == status.COMPLETED and part[1] in lively} & enrolled,
        over={part[0] for part in began if part[2] == status.ENDED or part[4] is not None} & enrolled,
    )
