"""What Northwind's HR finds when they open the reports: people of all kinds of luck, and last month's figures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from matching import services as matching
from matching.models import Declaration
from mentoring.jobs.progress import NoProgress
from programs.criteria import complete
from programs.models import Enrolment, Program, Role
from reports import snapshots
from reports.choices import Choice, last_full_month

if TYPE_CHECKING:
    from .northwind import Northwind

ASKED: dict[str, Any] = {
    "key": "k2025", "label": "First in the family at university", "options": ["Yes", "No"],
    "why": "We want to know whether the programme reaches people without a network of their own.",
    "want": "same", "weight": 0,
}  # fmt: skip


def unmatched(demo: Northwind, program: Program, *, count: int) -> None:
    """People who signed up, and for whom there was no mentor."""
    on = program.starts_on
    assert on is not None
    placed = set(Enrolment.objects.filter(program=program).values_list("member_id", flat=True))
    there = [each for each in demo.people if demo.works(each, on) and demo.works(each, on - timedelta(days=28))]
    free = [each for each in there if (each.level or 0) <= 3 and each.pk not in placed]
    for member in demo.sample(free, count):
        demo.enrolled(program, member, Role.MENTEE, demo.at(on) - demo.days(2, 28))


def declarations(demo: Northwind, program: Program) -> None:
    """Most mentees declare what they are asked, and most of those agree to be counted."""
    criteria = complete(program.criteria, program.kind)
    matching.change_criteria(program, criteria | {"characteristics": [ASKED]}, by=demo.admin)
    program.refresh_from_db()
    for enrolment in Enrolment.objects.filter(program=program).mentees().select_related("member").order_by("pk"):
        if demo.random.random() < 0.8:
            value = "Yes" if demo.random.random() < 0.4 else "No"
            counted = demo.random.random() < 0.85
            matching.declare(enrolment, ASKED["key"], value, consents=True, counted=counted, by=enrolment.member)
    joined_at = demo.at(program.starts_on)
    Declaration.objects.filter(enrolment__program=program).update(consented_at=joined_at)
    Declaration.objects.filter(enrolment__program=program, counted_at__isnull=False).update(counted_at=joined_at)


def last_month(demo: Northwind) -> None:
    """The report on who stays, as the product makes it each month."""
    organisation = demo.admin.organisation
    today = timezone.now().astimezone(organisation.zone).date()
    snapshots.make_snapshot(organisation, Choice(last_full_month(today)), NoProgress())
