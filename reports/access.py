"""Who gets access to mentoring: of the people who may be mentored, who signed up, who was matched, and how soon.

Whom matching serves how well within a programme is another question: see reports.fairness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation
from matching.models import Declaration
from mentoring.tenancy.scope import current_organisation_id
from programs.eligibility import FACTS, Facts, fails
from programs.models import Enrolment, Participant, Program, Role

from .access_counts import (
    VERSION,
    Person,
    Published,
    publish_breakdowns,
    publish_declared,
    publish_everybody,
    settled,
)
from .grouping import DIMENSIONS, name_of, order_of, tenure_of
from .models import Snapshot
from .retention import settings_of


@dataclass(frozen=True)
class Place:
    """That somebody signed up and was given a place as a mentee: when, until when they waited, and for what."""

    enrolment: int
    member: int
    applied_at: datetime
    ended_at: datetime | None
    matched_at: datetime | None


def key_of(program: Program | None) -> str:
    """What was asked for, as a snapshot keeps it."""
    return urlencode({"report": "access", "program": program.pk if program else ""})


def is_access(snapshot: Snapshot) -> bool:
    return snapshot.key.startswith("report=access&")


def access_snapshot(organisation: Organisation, month: date, program: Program | None) -> Snapshot:
    """The figures at the end of a month, of one programme or of all; worked out once, and never changed."""
    key = key_of(program)
    found = Snapshot.objects.filter(month=month, key=key).first()
    if found is None:
        found, _is_new = Snapshot.objects.get_or_create(
            organisation_id=current_organisation_id(),
            month=month,
            key=key,
            defaults={"published": work_out(organisation, month, program), "version": VERSION},
        )
    return found


def work_out(organisation: Organisation, month: date, program: Program | None) -> Published:
    """Count everybody who worked here on the last day of a month."""
    day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    end = datetime.combine(day + timedelta(days=1), time(), organisation.zone)
    floor = settings_of().smallest_group
    places = _places(program, end)
    rules = _rules(program)
    members = [
        row
        for row in Member.objects.filter(Q(hired_on__isnull=True) | Q(hired_on__lte=day))
        .filter(Q(left_on__isnull=True) | Q(left_on__gte=day))
        .order_by()
        .values("pk", *FACTS)
        # Whoever has a place was let in, whatever the rules say.
        if row["pk"] in places or _is_eligible(row, rules, day)
    ]
    people = [_person(places.get(row["pk"]), end) for row in members]
    keys: dict[str, list[Any]] = {
        name: [tenure_of(row["hired_on"], day) if name == "tenure" else row[name] for row in members]
        for name in DIMENSIONS
    }
    labels = {name: [name_of(name, key) for key in own] for name, own in keys.items()}
    order = {name: [name_of(name, key) for key in sorted(set(own), key=order_of)] for name, own in keys.items()}
    here = {row["pk"] for row in members}
    return {
        "version": VERSION,
        "floor": floor,
        "month": f"{month:%Y-%m}",
        "as_of": day.isoformat(),
        "program": {"id": program.pk, "name": program.name} if program else None,
        "has_rules": bool(rules),
        "everybody": publish_everybody(people, floor=floor),
        "breakdowns": publish_breakdowns(people, labels, order=order, floor=floor),
        "declared": _declared(program, [each for each in places.values() if each.member in here], end, floor),
    }


def _rules(program: Program | None) -> list[dict[str, Any]]:
    """Those for whoever is to be mentored; empty where anybody may be."""
    if program is None:
        return []
    roles = [role for role in program.parts if role != Role.MENTOR]
    rules = [program.eligibility.get(role) or {} for role in roles]
    return rules if all(rules) else []


def _is_eligible(row: dict[str, Any], rules: Sequence[dict[str, Any]], on: date) -> bool:
    if not rules:
        return True
    facts = Facts(**{name: row[name] for name in FACTS})
    return any(not fails(each, facts, on=on) for each in rules)


def _places(program: Program | None, end: datetime) -> dict[int, Place]:
    """By member: the first sign-up that led to a place, and the first match, before the end of the month."""
    chosen = {"program": program} if program else {}
    enrolments = (
        Enrolment.objects.filter(joined_at__lt=end, **chosen)
        .exclude(role=Role.MENTOR)
        .order_by("applied_at", "pk")
        .values_list("pk", "member_id", "applied_at", "ended_at")
    )
    began = (
        Participant.objects.filter(
            response=Participant.Response.ACCEPTED,
            mentorship__started_at__lt=end,
            **({"mentorship__program": program} if program else {}),
        )
        .exclude(role=Role.MENTOR)
        .order_by()
        .values_list("enrolment__member_id", "mentorship__started_at", "responded_at")
    )
    first: dict[int, datetime] = {}
    for member, started_at, answered_at in began:
        # Who joins a group that meets already begins with the answer.
        at = max(each for each in (started_at, answered_at) if each is not None)
        if at < end:
            first[member] = min(at, first.get(member, at))
    found: dict[int, Place] = {}
    for pk, member, applied_at, ended_at in enrolments:
        if member in found:
            # Who signed up again waits on.
            known = found[member]
            until = None if known.ended_at is None or ended_at is None else max(known.ended_at, ended_at)
            found[member] = Place(known.enrolment, member, known.applied_at, until, known.matched_at)
        else:
            found[member] = Place(pk, member, applied_at, ended_at, first.get(member))
    return found


def _person(place: Place | None, end: datetime) -> Person:
    if place is None:
        return Person()
    until = place.matched_at or min(place.ended_at or end, end)
    return Person(
        enrolled=True,
        matched=place.matched_at is not None,
        wait=max(0.0, (until - place.applied_at) / timedelta(days=1)),
    )


def _declared(program: Program | None, places: Sequence[Place], end: datetime, floor: int) -> list[Published]:
    """By what people declared of themselves and agreed to be counted by, and have not taken back."""
    asked = (program.criteria.get("characteristics") or []) if program else []
    by_enrolment = {each.enrolment: each for each in places}
    said: dict[str, dict[int, tuple[str, datetime]]] = {}
    if asked:
        rows = Declaration.objects.filter(
            enrolment__program=program, key__in=[each["key"] for each in asked], counted_at__lt=end
        ).order_by()
        for key, enrolment, value, at in rows.values_list("key", "enrolment_id", "value", "counted_at"):
            if enrolment in by_enrolment and at is not None:
                said.setdefault(key, {})[enrolment] = (value, at)
    return [_characteristic(each, said.get(each["key"], {}), by_enrolment, floor) for each in asked]


def _characteristic(
    asked: dict[str, Any], said: dict[int, tuple[str, datetime]], places: dict[int, Place], floor: int
) -> Published:
    moments = [(at, pk) for pk, (_value, at) in said.items()]
    moments += [(at, pk) for pk in said if (at := places[pk].matched_at) is not None]
    # Whoever runs the programme knows who was matched when: should one match move a number, they would know what that
    # person declared. So the lots of five people always change together.
    last = settled([(at.toordinal(), pk) for at, pk in moments], floor=floor)
    rows: list[Published] = []
    if last is not None:
        end = datetime.combine(date.fromordinal(last) + timedelta(days=1), time(), moments[0][0].tzinfo)
        groups: dict[str, list[Person]] = {name: [] for name in [*asked["options"], ""]}
        for pk, place in places.items():
            if place.applied_at < end:
                value, at = said.get(pk, ("", end))
                group = value if at < end and value in groups else ""
                matched_at = place.matched_at if place.matched_at and place.matched_at < end else None
                known = Place(pk, place.member, place.applied_at, place.ended_at, matched_at)
                groups[group].append(_person(known, end))
        named = [(name or _("Not declared, or not to be counted"), own) for name, own in groups.items() if own]
        rows = publish_declared(named, floor=floor)
    return {
        "key": asked["key"],
        "label": asked["label"],
        "rows": rows,
        "as_of": date.fromordinal(last).isoformat() if last is not None else None,
    }


def last_day_of(published: Published) -> date:
    return date.fromisoformat(published["as_of"])


def title_of(published: Published) -> str:
    """What a report is called where it is taken away."""
    month = date_format(last_day_of(published), "F Y")
    program = published["program"]
    if program:
        return _("Access to mentoring, %(program)s, %(month)s") % {"program": program["name"], "month": month}
    return _("Access to mentoring, %(month)s") % {"month": month}
