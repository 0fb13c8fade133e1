"""The people of an organisation as the planning of an import sees them."""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from django.db.models import Aggregate, BigIntegerField, Count

from ..importing.cells import days_in_figures
from ..importing.changes import KnownChange
from ..importing.existing import Existing, ExistingMember, Spell
from ..models import JobChange, Member
from ..models import Spell as StoredSpell

PAGE = 5000
_FIELDS = (
    "id", "employee_number", "given_name", "family_name", "email", "department", "job_title", "level", "site",
    "time_zone", "manager_id", "absence_days", "absence_until",
)  # fmt: skip


def snapshot() -> Existing:
    """Everybody of the organisation in scope, with their spells. 100,000 people take about 80 MB."""
    return Existing(_members())


def _members() -> Iterator[ExistingMember]:
    # Page by page: the driver holds whatever one query returns.
    last = 0
    while page := list(Member.objects.filter(pk__gt=last).order_by("pk").values_list(*_FIELDS)[:PAGE]):
        spells: dict[int, list[Spell]] = {}
        found = StoredSpell.objects.filter(member_id__gt=last, member_id__lte=page[-1][0]).order_by("started_on")
        for member_id, started_on, ended_on, reason in found.values_list(
            "member_id", "started_on", "ended_on", "end_reason"
        ):
            spells.setdefault(member_id, []).append(Spell(started_on, ended_on, intern(reason)))
        for pk, number, given, family, email, department, title, level, site, zone, manager_id, days, until in page:
            yield ExistingMember(
                id=pk,
                employee_number=number,
                given_name=given,
                family_name=family,
                email=email,
                department=intern(department),
                job_title=intern(title),
                level=level,
                site=intern(site),
                time_zone=intern(zone),
                manager_id=manager_id,
                absence_days=None if days is None else days_in_figures(days),
                absence_until=until and until.isoformat(),
                spells=tuple(spells.get(pk, ())),
            )
        last = page[-1][0]


def known_changes() -> list[KnownChange]:
    """Every promotion and move of the organisation in scope."""
    found = JobChange.objects.order_by("effective_on", "pk").values_list(
        "pk", "member_id", "kind", "effective_on", "department_after", "found_since"
    )
    return [KnownChange(*change) for change in found]


class _Mixed(Aggregate):
    """The content of all rows folded into one number, whatever their order."""

    template = "COALESCE(BIT_XOR(HASHTEXTEXTENDED(ROW(%(expressions)s)::text, 0)), 0)"
    output_field = BigIntegerField()


def fingerprint() -> str:
    """A short text that differs once anything differs that a plan depends on."""
    members = Member.objects.order_by().aggregate(
        count=Count("id"), mixed=_Mixed(*_FIELDS, "left_on", "is_owner", "is_admin", "is_hr", "user_id")
    )
    spells = StoredSpell.objects.order_by().aggregate(
        count=Count("id"), mixed=_Mixed("id", "member_id", "started_on", "ended_on", "end_reason")
    )
    changes = JobChange.objects.order_by().aggregate(
        mixed=_Mixed("id", "member_id", "kind", "effective_on", "department_after", "found_since")
    )
    return f"{members['count']} {members['mixed']:x} {spells['count']} {spells['mixed']:x} {changes['mixed']:x}"
