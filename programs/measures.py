"""Figures that the platform counts itself, for the objectives of a programme. Apps above count what they know:

@measure("sessions")
def sessions(program: Program) -> Figure: …
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Enrolment, Goal, Mentorship, Objective, Participant, Program, Role


@dataclass(frozen=True)
class Figure:
    """What was counted, of how many, in words; no value where there is nothing to count yet."""

    value: Decimal | None
    basis: str
    unit: str = ""

    def __str__(self) -> str:
        return "–" if self.value is None else f"{plain(self.value)}{self.unit}"


Count_ = Callable[[Program], Figure]
_measures: dict[str, Count_] = {}
UNITS = {"goals": " %", "completed": " %", "matched": " %"}


def measure(key: str) -> Callable[[Count_], Count_]:
    """Register who counts one of Objective.Measure."""

    def register(count: Count_) -> Count_:
        _measures[key] = count
        return count

    return register


def figures_of(program: Program, objectives: list[Objective]) -> dict[str, Figure]:
    """What stands behind each measure that these objectives have, each counted once."""
    wanted = {each.measure for each in objectives} & _measures.keys()
    return {key: _measures[key](program) for key in sorted(wanted)}


def plain(value: Decimal | None) -> str:
    """Without noughts behind the point that say nothing."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def share(part: int, whole: int) -> Decimal | None:
    """In per cent, to a tenth."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1")) if whole else None


@measure("matched")
def matched(program: Program) -> Figure:
    """Of all who take part and are no mentors: who is, or was, in a mentorship that began."""
    takes_part = Enrolment.objects.filter(program=program).active().exclude(role=Role.MENTOR)
    began = Participant.objects.filter(
        mentorship__program=program, mentorship__started_at__isnull=False, response=Participant.Response.ACCEPTED
    ).exclude(role=Role.MENTOR)
    number = takes_part.count()
    with_one = takes_part.filter(pk__in=began.values("enrolment_id")).count()
    basis = ngettext("%(part)d of %(n)d person", "%(part)d of %(n)d people", number) % {"part": with_one, "n": number}
    return Figure(share(with_one, number), basis, UNITS["matched"])


@measure("completed")
def completed(program: Program) -> Figure:
    """Of the mentorships that began and are over: those that were completed."""
    over = Mentorship.objects.filter(
        program=program, started_at__isnull=False, status__in=[Mentorship.Status.COMPLETED, Mentorship.Status.ENDED]
    )
    counts = over.aggregate(n=Count("pk"), part=Count("pk", filter=Q(status=Mentorship.Status.COMPLETED)))
    basis = ngettext(
        "%(part)d of %(n)d mentorship that is over", "%(part)d of %(n)d mentorships that are over", counts["n"]
    )
    return Figure(share(counts["part"], counts["n"]), basis % counts, UNITS["completed"])


@measure("goals")
def goals(program: Program) -> Figure:
    """Of the goals that are closed: those reached; partly reached ones count as not."""
    closed = Goal.objects.filter(mentorship__program=program).exclude(status=Goal.Status.OPEN)
    counts = closed.aggregate(n=Count("pk"), part=Count("pk", filter=Q(status=Goal.Status.REACHED)))
    if 0 < counts["n"] < FEWEST:
        return Figure(None, _("Fewer than five goals are closed; goals are their owners’ own."), UNITS["goals"])
    basis = ngettext("%(part)d of %(n)d goal that is closed", "%(part)d of %(n)d goals that are closed", counts["n"])
    return Figure(share(counts["part"], counts["n"]), basis % counts, UNITS["goals"])


# What only the people of a mentorship may read is told of this many at least.
FEWEST = 5
