"""Who gets access to mentoring: of the people who may be mentored, who signed up, who was matched, and how soon.

Whom matching serves how well within a programme is another question: see reports.fairness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    stays,
)
from .grouping import DIMENSIONS, name_of, order_of, tenure_of
from .models import Snapshot
from .retention_facts import settings_of

# Beside so many earlier months a new one is laid.
MONTHS_BESIDE = 12
# Everybody, as a breakdown with one group.
ALL = ("", "")
# A breakdown and one of its groups.
Group = tuple[str, str]
# Who of a group signed up, and who of those was matched.
Lots = dict[Group, tuple[set[int], set[int]]]

# What the keys of these snapshots begin with, among those of the report on who stays.
PREFIX = "report=access&"


@dataclass(frozen=True)
class Place:
    """That somebody signed up and was given a place as a mentee: when, until when they waited, and for what."""

    enrolment: int
    member: int
    applied_at: datetime
    joined_at: datetime
    ended_at: datetime | None
    matched_at: datetime | None


def key_of(program: Program | None) -> str:
    """What was asked for, as a snapshot keeps it."""
    return PREFIX + urlencode({"program": program.pk if program else ""})


def is_access(snapshot: Snapshot) -> bool:
    return snapshot.key.startswith(PREFIX)


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
    end = _end_of(day, organisation)
    floor = settings_of().smallest_group
    places = _places(program, end)
    rules = _rules(program)
    members = [
        row
        for row in Member.objects.filter(Q(hired_on__isnull=True) | Q(hired_on__lte=day))
        .filter(Q(left_on__isnull=True) | Q(left_on__gte=day))
        .order_by()
        .values("pk", *FACTS, "left_on")
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
    kept = _kept(organisation, month, program, members, places, day, floor)
    return {
        "version": VERSION,
        "floor": floor,
        "month": f"{month:%Y-%m}",
        "as_of": day.isoformat(),
        "program": {"id": program.pk, "name": program.name} if program else None,
        "has_rules": bool(rules),
        "everybody": publish_everybody(people, floor=floor, kept=kept.get(ALL)),
        "breakdowns": publish_breakdowns(
            people,
            labels,
            order=order,
            floor=floor,
            kept={name: {group: row for (by, group), row in kept.items() if by == name} for name in DIMENSIONS},
        ),
        "declared": _declared(program, [each for each in places.values() if each.member in here], end, floor),
    }


def _end_of(day: date, organisation: Organisation) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), organisation.zone)


def _kept(
    organisation: Organisation,
    month: date,
    program: Program | None,
    members: Sequence[dict[str, Any]],
    places: dict[int, Place],
    day: date,
    floor: int,
) -> dict[Group, Published]:
    """The rows of the month before that stay as they are: too few have signed up, were matched or went since a day of
    which they were told, so that both together would tell of those few."""
    last: dict[Group, Published] = {}
    told: dict[Group, set[date]] = {}
    for snapshot in Snapshot.objects.filter(key=key_of(program), month__lt=month).order_by("-month")[:MONTHS_BESIDE]:
        for group, row in _rows_of(snapshot.published):
            known = row | {"as_of": row.get("as_of", snapshot.published["as_of"])}
            if group not in last or ("as_of" not in row and not row["hidden"]):
                told.setdefault(group, set()).add(date.fromisoformat(known["as_of"]))
            last.setdefault(group, known)
    days = set().union(*told.values())
    if not days:
        return {}
    gone = Member.objects.filter(left_on__gte=min(days), left_on__lt=day, pk__in=places)
    everybody = [*members, *gone.order_by().values("pk", *FACTS, "left_on")]
    now = _lots(everybody, places, day, organisation)
    then = {each: _lots(everybody, places, each, organisation) for each in days}
    nobody: tuple[set[int], set[int]] = set(), set()
    return {
        group: row
        for group, row in last.items()
        if stays(
            [
                (len(before[0] ^ after[0]), len(before[1] ^ after[1]))
                for before, after in ((then[each].get(group, nobody), now.get(group, nobody)) for each in told[group])
            ],
            floor=floor,
        )
    }


def _rows_of(published: Published) -> Iterator[tuple[Group, Published]]:
    yield ALL, published["everybody"]
    for name, rows in published["breakdowns"].items():
        for row in rows:
            yield (name, row["group"]), row


def _lots(members: Sequence[dict[str, Any]], places: dict[int, Place], on: date, organisation: Organisation) -> Lots:
    """Who of those employed on a day had signed up, and been matched, by its end."""
    end = _end_of(on, organisation)
    found: Lots = {}
    for row in members:
        place = places.get(row["pk"])
        if place is None or place.joined_at >= end or (row["hired_on"] and row["hired_on"] > on):
            continue
        if row["left_on"] and row["left_on"] < on:
            continue
        matched = place.matched_at is not None and place.matched_at < end
        for name, key in (
            (name, tenure_of(row["hired_on"], on) if name == "tenure" else row[name]) for name in DIMENSIONS
        ):
            _add(found, (name, name_of(name, key)), row["pk"], matched)
        _add(found, ALL, row["pk"], matched)
    return found


def _add(lots: Lots, group: Group, member: int, matched: bool) -> None:
    signed_up, were_matched = lots.setdefault(group, (set(), set()))
    signed_up.add(member)
    if matched:
        were_matched.add(member)


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
        .values_list("pk", "member_id", "applied_at", "joined_at", "ended_at")
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
    for pk, member, applied_at, joined_at, ended_at in enrolments:
        assert joined_at is not None
        if member in found:
            # Who signed up again waits on.
            known = found[member]
            until = None if known.ended_at is None or ended_at is None else max(known.ended_at, ended_at)
            found[member] = replace(known, joined_at=min(known.joined_at, joined_at), ended_at=until)
        else:
            found[member] = Place(pk, member, applied_at, joined_at, ended_at, first.get(member))
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
                groups[group].append(_person(replace(place, matched_at=matched_at), end))
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
