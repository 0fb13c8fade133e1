"""What the report on who stays is made of, read from the database: people, their employments and their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from accounts.models import JobChange, Member, Organisation, PeopleImport, Spell
from programs.models import Enrolment, Participant
from sessions.models import Attendance, Session

from .careers import Careers, read_careers
from .choices import Choice
from .models import ReportSettings, Snapshot

# People hired so many years ago, or more, are one group.
YEARS_APART = 10

# A place of somebody: who, in which programme, in which role, on which day.
Place = tuple[int, int, str, int]


@dataclass(frozen=True)
class Facts:
    """What is read from the database, once."""

    spells: list[tuple[int, date, date | None, str]]
    members: dict[int, dict[str, Any]]
    places: dict[str, list[Place]]
    as_of: date
    imported_on: date | None
    covered_from: date | None
    floor: int
    careers: Careers
    # Up to which year of hiring people are one group.
    oldest_year: int
    # Changes of department, as (member, day, department after it).
    moves: Sequence[tuple[int, int, str]] = ()


def settings_of() -> ReportSettings:
    """Those of the organisation in scope, or what holds until somebody has set some."""
    return ReportSettings.objects.first() or ReportSettings()


def last_import(organisation: Organisation) -> date | None:
    """The day of the last import of people data, by the organisation's clock."""
    imported_at = PeopleImport.objects.done().of_people().aggregate(at=Max("applied_at"))["at"]
    return imported_at.astimezone(organisation.zone).date() if imported_at else None


def read_facts(organisation: Organisation, choice: Choice) -> Facts:
    """Everything that the study of a choice is made of, as it is known today."""
    chosen = settings_of()
    imported_on = last_import(organisation)
    # Who has left since the last export isn't known to have left, so the clock stops on its day.
    as_of = min(choice.last_day, imported_on) if imported_on else choice.last_day
    spells = list(Spell.objects.order_by().values_list("member_id", "started_on", "ended_on", "end_reason"))
    members = {
        pk: {"department": department, "level": level, "site": site}
        for pk, department, level, site in Member.objects.order_by().values_list("pk", "department", "level", "site")
    }
    return Facts(
        spells=spells,
        members=members,
        places=_places(organisation),
        as_of=as_of,
        imported_on=imported_on,
        covered_from=chosen.covered_from,
        floor=chosen.smallest_group,
        careers=read_careers(organisation),
        oldest_year=_oldest_year(as_of),
        moves=[
            (member, on.toordinal(), department)
            for member, on, department in JobChange.objects.exclude(department_after="")
            .order_by("member", "effective_on", "pk")
            .values_list("member_id", "effective_on", "department_after")
        ],
    )


def _oldest_year(as_of: date) -> int:
    """It stays what the first report had: should the oldest group take in another year each January, what was told of it
    last and what is told then could be taken from each other."""
    told = Snapshot.objects.filter(published__has_key="oldest_year").order_by("pk")
    found: int | None = told.values_list("published__oldest_year", flat=True).first()
    return as_of.year - YEARS_APART if found is None else found


def _places(organisation: Organisation) -> dict[str, list[Place]]:
    """When people reached each step, in any programme."""

    def day(at: datetime | None) -> int:
        assert at is not None
        return at.astimezone(organisation.zone).toordinal()

    placed = Enrolment.objects.filter(joined_at__isnull=False).order_by()
    matched = Participant.objects.filter(
        response=Participant.Response.ACCEPTED, mentorship__started_at__isnull=False
    ).order_by()  # fmt: skip
    met = (
        Attendance.objects.filter(
            session__in=Session.objects.filter(Session.CONFIRMED), session__mentorship__isnull=False
        )
        .exclude(report=Attendance.Report.MISSED)
        .order_by()
    )
    role_of = {
        (member, program): role
        for member, program, role in Enrolment.objects.order_by().values_list("member_id", "program_id", "role")
    }
    return {
        "place": [
            (member, program, role, day(at))
            for member, program, role, at in placed.values_list("member_id", "program_id", "role", "joined_at")
        ],
        "matched": [
            # Who joins a group that meets already begins with the answer.
            (member, program, role, max(day(started), day(answered or started)))
            for member, program, role, started, answered in matched.values_list(
                "enrolment__member_id", "mentorship__program_id", "role", "mentorship__started_at", "responded_at"
            )
        ],
        "met": [
            (member, program, role_of.get((member, program), ""), day(at))
            for member, program, at in met.values_list(
                "member_id", "session__mentorship__program_id", "session__starts_at"
            )
        ],
    }
