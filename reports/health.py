"""How one programme does: how far people get, how often they meet, and what they think of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation
from feedback.services import Averages
from mentoring.charts import Bar, Chart, bars
from programs.models import Program
from sessions.models import Session

from .program_figures import Figures
from .survival import round_count

MONTHS_SHOWN = 6
# A pair that has not met for twice the programme's rhythm has gone quiet.
QUIET_AFTER = 2


@dataclass(frozen=True)
class Health:
    """A programme in numbers. None is a number too small for this reader."""

    program: Program
    as_of: datetime
    is_rounded: bool
    mentors: int | None
    mentees: int | None
    active: int | None
    quiet: int | None
    quiet_days: int
    held: int | None
    held_lately: int | None
    missed: int | None
    cancelled: int | None
    unconfirmed: int | None
    pulse: Averages | None
    funnel: Chart
    rhythm: Chart


def health_of(organisation: Organisation, figures: Figures) -> Health:
    """A programme's health from its figures; unless they are exact, numbers are rounded to the nearest five.

    Those who run the programme see each person in it anyway. Everybody else reads about groups only.
    """

    def told(count: int) -> int | None:
        return round_count(count) if figures.is_rounded else count

    now, program, reached = figures.as_of, figures.program, figures.reached
    months = _months(now.astimezone(organisation.zone).date(), organisation)
    sessions = _sessions(program, now, months)
    return Health(
        program=program,
        as_of=now,
        is_rounded=figures.is_rounded,
        mentors=told(len(reached.places)),
        mentees=told(reached.mentees),
        active=told(reached.going_on),
        # A sign of being quiet is given where the letters to the quiet go.
        quiet=told(sum(sign.key in ("quiet", "not_met") for each in figures.healths for sign in each.signs)),
        quiet_days=(program.rhythm * QUIET_AFTER).days,
        held=told(sessions["held"]),
        held_lately=told(sessions["held_lately"]),
        missed=told(sessions["missed"]),
        cancelled=told(sessions["cancelled"]),
        unconfirmed=told(sessions["unconfirmed"]),
        pulse=figures.pulse,
        funnel=figures.funnel,
        rhythm=bars(
            [
                Bar(_month_name(first, number == len(months) - 1), told(sessions[f"month_{number}"]))
                for number, (first, _start, _end) in enumerate(months)
            ]
            if sessions["held"]
            else [],
            title=_("Sessions held each month"),
            description=_("Sessions of this programme that everybody confirmed, by the month in which they began."),
            label=_("Month"),
            value_label=_("Sessions held"),
            hidden=_("fewer than 5"),
            empty=_("No session has been confirmed yet."),
            id="rhythm",
        ),
    )


def _sessions(program: Program, now: datetime, months: list[tuple[date, datetime, datetime]]) -> dict[str, int]:
    held = Session.CONFIRMED
    by_one = Q(status=Session.Status.HELD, confirmation=Session.Confirmation.ONE)
    counts: dict[str, Any] = {
        "held": Count("pk", filter=held),
        "held_lately": Count("pk", filter=held & Q(starts_at__gt=now - timedelta(days=30))),
        "missed": Count("pk", filter=Q(status=Session.Status.MISSED)),
        "cancelled": Count("pk", filter=Q(status=Session.Status.CANCELLED)),
        "unconfirmed": Count("pk", filter=by_one | Q(status=Session.Status.PLANNED, ends_at__lte=now)),
    }
    for number, (_first, start, end) in enumerate(months):
        counts[f"month_{number}"] = Count("pk", filter=held & Q(starts_at__gte=start, starts_at__lt=end))
    # Two questions in one, each with an index of its own.
    pairs = Session.objects.filter(mentorship__program=program).order_by().values("organisation_id")
    groups = Session.objects.with_seats().filter(program=program).order_by().values("organisation_id")
    rows = list(pairs.annotate(**counts).values(*counts).union(groups.annotate(**counts).values(*counts), all=True))
    return {name: sum(row[name] for row in rows) for name in counts}


def _months(today: date, organisation: Organisation) -> list[tuple[date, datetime, datetime]]:
    """The last months, the current one last: first day, and when they begin and end on the organisation's clock."""
    firsts = [today.replace(day=1)]
    while len(firsts) < MONTHS_SHOWN:
        firsts.insert(0, (firsts[0] - timedelta(days=1)).replace(day=1))
    following = (firsts[-1] + timedelta(days=32)).replace(day=1)

    def begin(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=organisation.zone)

    return [(first, begin(first), begin(end)) for first, end in zip(firsts, [*firsts[1:], following], strict=True)]


def _month_name(first: date, is_running: bool) -> str:
    name = date_format(first, "F Y")
    return _("%(month)s so far") % {"month": name} if is_running else name
