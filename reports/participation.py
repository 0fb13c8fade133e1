"""Who takes part: shares of departments, levels and sites, never of persons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member, Organisation
from programs.models import Enrolment, Role

from .grouping import name_of, order_of
from .suppression import Shown, shown, shown_together

DIMENSIONS = {
    "department": gettext_lazy("Department"),
    "level": gettext_lazy("Level"),
    "site": gettext_lazy("Site"),
}


@dataclass(frozen=True)
class Group:
    """The people of one department, level or site, and how many of them have taken part."""

    name: str
    took_part: Shown
    mentors: Shown
    mentees: Shown


@dataclass(frozen=True)
class Participation:
    """Everybody, and each group of one dimension, on one day."""

    as_of: date
    dimension: str
    everybody: Group
    groups: list[Group]


def participation_of(organisation: Organisation, *, dimension: str) -> Participation:
    """Count who of today's members has ever had a place in a programme, by one of DIMENSIONS."""
    current = Member.objects.current()
    people: dict[str | int | None, int] = dict(current.order_by().values_list(dimension).annotate(people=Count("pk")))
    placed = (
        Enrolment.objects.filter(joined_at__isnull=False, member__in=current)
        .order_by()
        .values_list("role", "member_id", f"member__{dimension}")
    )
    mentors: dict[str | int | None, set[int]] = defaultdict(set)
    mentees: dict[str | int | None, set[int]] = defaultdict(set)
    for role, member, key in placed:
        (mentors if role == Role.MENTOR else mentees)[key].add(member)

    keys = sorted(people, key=order_of)
    took_part = shown_together([(people[key], len(mentors[key] | mentees[key])) for key in keys])
    as_mentors = shown_together([(people[key], len(mentors[key])) for key in keys])
    as_mentees = shown_together([(people[key], len(mentees[key])) for key in keys])
    total = sum(people.values())
    all_mentors, all_mentees = set().union(*mentors.values()), set().union(*mentees.values())
    return Participation(
        as_of=timezone.now().astimezone(organisation.zone).date(),
        dimension=dimension,
        everybody=Group(
            _("Everybody"),
            shown(total, len(all_mentors | all_mentees)),
            shown(total, len(all_mentors)),
            shown(total, len(all_mentees)),
        ),
        groups=[
            Group(name_of(dimension, key), *numbers)
            for key, *numbers in zip(keys, took_part, as_mentors, as_mentees, strict=True)
        ],
    )
