"""How long people stay: an organisation's facts, worked out into what may be published of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, PeopleImport, Spell
from programs.models import Enrolment

from .caching import kept
from .suppression import Shown, shown
from .survival import (
    CAVEAT,
    Comparison,
    PublishedPoint,
    Sentence,
    compare_retention,
    continue_spells,
    exposure_rows,
    notices,
    publish,
    verdict,
)
from .survival.publishing import DAYS_IN_MONTH

# An older export is worth a word.
FRESH = timedelta(days=45)
POINTS_WANTED = 30


@dataclass(frozen=True)
class Retention:
    """The published comparison: nothing in it is finer than the page, the table and the CSV file may show."""

    as_of: date
    worked_out_at: datetime
    took_part: Shown
    points: list[PublishedPoint]
    verdict: Sentence
    caveat: Sentence = CAVEAT
    notices: list[Sentence] = field(default_factory=list)


def retention_of(organisation: Organisation) -> Retention:
    """Compare how long participants and their colleagues stay, from what is known today."""
    today = timezone.now().astimezone(organisation.zone).date()
    imported_at = PeopleImport.objects.filter(status=PeopleImport.Status.DONE).aggregate(at=Max("applied_at"))["at"]
    # Who has left since the last export isn't known to have left, so the clock stops on its day.
    as_of = imported_at.astimezone(organisation.zone).date() if imported_at else today
    return kept("retention", (today, as_of, *_marker()), lambda: _work_out(organisation, as_of=as_of, today=today))


def _marker() -> list[Any]:
    """What changes when people come, leave or join. A corrected date may escape it until the next day."""
    spells = Spell.objects.aggregate(Count("pk"), Max("pk"), Count("ended_on"), Max("ended_on"), Max("started_on"))
    joined = Enrolment.objects.aggregate(Count("joined_at"), Max("joined_at"), Min("joined_at"))
    return [*spells.values(), *joined.values()]


def _work_out(organisation: Organisation, *, as_of: date, today: date) -> Retention:
    facts = list(Spell.objects.order_by().values_list("member_id", "started_on", "ended_on"))
    first_joined = {
        member: at.astimezone(organisation.zone).toordinal()
        for member, at in Enrolment.objects.filter(joined_at__isnull=False)
        .order_by()
        .values_list("member_id")
        .annotate(at=Min("joined_at"))
    }
    spells = continue_spells(
        person=[member for member, _start, _end in facts],
        hired=[start.toordinal() for _member, start, _end in facts],
        left=[end.toordinal() if end else None for _member, _start, end in facts],
    )
    rows = exposure_rows(
        hired=spells.hired,
        left=spells.left,
        joined=[first_joined.get(member) for member in spells.person.tolist()],
        as_of=as_of.toordinal(),
        person=spells.person,
    )
    comparison = compare_retention(rows)
    # A person with two spells stands in the rows twice; people are counted once.
    took_part = shown(len(np.unique(rows.person)), len(np.unique(rows.person[rows.exposed])))
    nobody_left = not any(end is not None and end <= as_of for _member, _start, end in facts)
    return Retention(
        as_of=as_of,
        worked_out_at=timezone.now(),
        took_part=took_part,
        points=publish(comparison, every_months=_every_months(comparison)),
        verdict=verdict(comparison),
        notices=[*_about_data(bool(facts), nobody_left, as_of, today), *notices(comparison)],
    )


def _every_months(comparison: Comparison) -> int:
    """Read the curves at so many months that the table stays short enough to read."""
    if comparison.window is None:
        return 1
    months = (comparison.window.ends_at - comparison.window.starts_at) / DAYS_IN_MONTH
    return next((step for step in (1, 3, 6) if months / step <= POINTS_WANTED), 12)


def _about_data(is_known: bool, nobody_left: bool, as_of: date, today: date) -> list[Sentence]:
    found = []
    if is_known and nobody_left:
        found.append(
            Sentence(
                "no_leavers_in_data",
                text=_(
                    "There are no leavers in the people data: has the export left them out? Without them, nothing can be said about who stays."
                ),
            )
        )
    if today - as_of > FRESH:
        day = date_format(as_of, "j F Y")
        found.append(
            Sentence(
                "old_data",
                {"day": day},
                _(
                    "The people data ends on %(day)s, the day of the last import. Import a newer export to bring this up to date."
                )
                % {"day": day},
            )
        )
    return found
