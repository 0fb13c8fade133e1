"""Reads a programme's people into the arrays that the scorer works on, in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Member, Skill
from mentoring.tenancy.clock import today
from programs.models import Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Role

from .models import Proposal
from .scoring import UNKNOWN, People, Wish, weekly_slots

TAKING_PLACES = (Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE)
WISHES: dict[str, Wish] = {
    Enrolment.Preference.OTHER_DEPARTMENT: Wish.DIFFERENT_DEPARTMENT,
    Enrolment.Preference.SAME_SITE: Wish.SAME_SITE,
}


@dataclass(frozen=True, eq=False)
class Gathered:
    """A programme's people, ready to be scored.

    capacity       mentor's enrolment → places that no mentorship takes
    earlier_pairs  (member, member) who have been paired or offered to each other before, in both orders
    set_aside      (mentee's member, mentor's member) of proposals that were discarded in this programme
    """

    mentees: People
    mentors: People
    capacity: dict[int, int]
    skills: list[str]
    languages: list[str]
    managers: dict[int, int]
    earlier_pairs: list[tuple[int, int]]
    set_aside: list[tuple[int, int]]


@dataclass(frozen=True)
class _Row:
    pk: int
    member: int
    role: str
    capacity: int
    languages: tuple[str, ...]
    free_hours: tuple[tuple[int, int, int], ...]
    preference: str
    level: int | None
    department: str
    site: str
    time_zone: str


def gather(
    program: Program,
    *,
    only: Iterable[int] | None = None,
    also: Collection[int] = (),
    now: datetime | None = None,
) -> Gathered:
    """Read who takes part in a programme: its mentors, and its mentees without a mentor.

    With `only`, these enrolments and nobody else, matched or not, as long as they are enrolled; with `also`, these
    mentees too, although they have a mentor.
    """
    now = now or timezone.now()
    enrolments = taking_part(program)
    if only is not None:
        enrolments = enrolments.filter(pk__in=list(only))
    rows = list(_rows(enrolments))
    taken = places_taken(program)
    mentors = [row for row in rows if row.role == Role.MENTOR]
    mentees = [
        row for row in rows if row.role == Role.MENTEE and (only is not None or row.pk in also or not taken.get(row.pk))
    ]
    people = _People(rows, now=now)
    everybody = [row.member for row in rows]
    return Gathered(
        mentees=people.side(mentees, ranked=True),
        mentors=people.side(mentors, ranked=False),
        capacity={row.pk: max(0, row.capacity - taken.get(row.pk, 0)) for row in mentors},
        skills=people.skills,
        languages=people.languages,
        managers=_managers(None if only is None else everybody),
        earlier_pairs=_earlier_pairs([row.member for row in mentees]),
        set_aside=set_aside(program),
    )


def taking_part(program: Program) -> Any:
    """The enrolments that count for matching: enrolled, and still working here."""
    return (
        Enrolment.objects.filter(program=program)
        .active()
        .filter(Q(member__left_on__isnull=True) | Q(member__left_on__gte=today()))
    )


def places_taken(program: Program) -> dict[int, int]:
    """Enrolment → how many mentorships it is in that are offered or active."""
    taken = Participant.objects.filter(mentorship__program=program, mentorship__status__in=TAKING_PLACES)
    return dict(taken.values("enrolment_id").annotate(count=Count("id")).values_list("enrolment_id", "count"))


def waiting_mentees(program: Program) -> Any:
    """Enrolments of mentees who have no mentor, and no offer of one."""
    taken = Participant.objects.filter(
        mentorship__program=program, mentorship__status__in=TAKING_PLACES, role=Role.MENTEE
    )
    return taking_part(program).mentees().exclude(pk__in=taken.values("enrolment_id"))


def set_aside(program: Program) -> list[tuple[int, int]]:
    """(mentee's member, mentor's member) whose proposal an admin discarded."""
    discarded = Proposal.objects.filter(program=program, status=Proposal.Status.DISCARDED)
    return list(discarded.values_list("mentee__member_id", "mentor__member_id").distinct())


def _rows(enrolments: Any) -> Iterator[_Row]:
    found = enrolments.order_by("pk").values_list(
        "pk", "member_id", "role", "capacity", "languages", "free_hours", "preference", "member__level",
        "member__department", "member__site", "member__time_zone", "member__languages",
    )  # fmt: skip
    for pk, member, role, capacity, languages, hours, preference, level, department, site, zone, spoken in found:
        yield _Row(
            pk=pk,
            member=member,
            role=role,
            capacity=capacity,
            # What somebody chose for this programme; else what is known of them.
            languages=tuple(languages or spoken or ()),
            free_hours=tuple((day, start, end) for day, start, end in hours or ()),
            preference=preference,
            level=level,
            department=department.strip().casefold(),
            site=site.strip().casefold(),
            time_zone=zone,
        )


class _People:
    """Turns rows into the arrays of one side; both sides share their lists of skills, languages and places."""

    def __init__(self, rows: Sequence[_Row], *, now: datetime) -> None:
        self._now = now
        self._departments = _numbered(row.department for row in rows)
        self._sites = _numbered(row.site for row in rows)
        spoken = {name.casefold(): name for row in rows for name in row.languages}
        self.languages = [spoken[key] for key in sorted(spoken)]
        self._language_at = {key: at for at, key in enumerate(sorted(spoken))}
        self._chosen: dict[int, list[int]] = defaultdict(list)
        found = EnrolmentSkill.objects.filter(enrolment_id__in=[row.pk for row in rows]).order_by("rank", "id")
        for enrolment, skill in found.values_list("enrolment_id", "skill_id"):
            self._chosen[enrolment].append(skill)
        names = dict(
            Skill.objects.filter(pk__in={skill for chosen in self._chosen.values() for skill in chosen})
            .order_by("key")
            .values_list("pk", "name")
        )
        self.skills = list(names.values())
        self._skill_at = {skill: at for at, skill in enumerate(names)}
        self._offsets: dict[str, float] = {}
        self._weeks: dict[tuple[Any, float], Any] = {}

    def side(self, rows: Sequence[_Row], *, ranked: bool) -> People:
        """Mentees rank their skills, the first being the most important; mentors simply offer theirs."""
        skills = np.zeros((len(rows), len(self.skills)), dtype=np.float32)
        languages = np.zeros((len(rows), len(self.languages)), dtype=np.bool_)
        for at, row in enumerate(rows):
            chosen = self._chosen.get(row.pk, [])
            for place, skill in enumerate(chosen):
                skills[at, self._skill_at[skill]] = len(chosen) - place if ranked else 1
            languages[at, [self._language_at[name.casefold()] for name in row.languages]] = True
        offsets = [self._offset(row.time_zone) for row in rows]
        return People.of(
            [row.pk for row in rows],
            person_ids=[row.member for row in rows],
            skills=skills,
            level=[_known(row.level) for row in rows],
            department=[self._departments.get(row.department, UNKNOWN) for row in rows],
            site=[self._sites.get(row.site, UNKNOWN) for row in rows],
            languages=languages,
            utc_offset=offsets,
            free=np.array([self._week(row.free_hours, offset) for row, offset in zip(rows, offsets, strict=True)])
            if rows
            else None,
            wish=[WISHES.get(row.preference, Wish.NONE) for row in rows],
        )

    def _offset(self, zone: str) -> float:
        """Minutes east of UTC at present."""
        if zone not in self._offsets:
            away = self._now.astimezone(ZoneInfo(zone)).utcoffset()
            self._offsets[zone] = away.total_seconds() / 60 if away is not None else 0.0
        return self._offsets[zone]

    def _week(self, windows: tuple[tuple[int, int, int], ...], offset: float) -> Any:
        # Many people give the same hours, most of them none at all.
        if (windows, offset) not in self._weeks:
            self._weeks[windows, offset] = weekly_slots(windows, utc_offset=offset)
        return self._weeks[windows, offset]


def _known(level: int | None) -> float:
    return nan if level is None else level


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Name → a number; an empty name has none."""
    return {name: at for at, name in enumerate(sorted(set(names) - {""}))}


def _managers(members: Sequence[int] | None) -> dict[int, int]:
    """Member → their manager: of everyone, or of these members and whoever is above them."""
    managed = Member.objects.filter(manager__isnull=False)
    if members is None:
        return dict(managed.values_list("pk", "manager_id"))
    found: dict[int, int] = {}
    asking = set(members)
    while asking:
        step = dict(managed.filter(pk__in=asking).values_list("pk", "manager_id"))
        found.update(step)
        asking = set(step.values()) - found.keys()
    return found


def _earlier_pairs(mentees: Sequence[int]) -> list[tuple[int, int]]:
    """Those who have been in one mentorship, whichever way round, however it went and in whatever programme."""
    found = Participant.objects.filter(
        Q(role=Role.MENTEE, mentorship__participants__role=Role.MENTOR)
        | Q(role=Role.MENTOR, mentorship__participants__role=Role.MENTEE),
        enrolment__member_id__in=mentees,
    )
    return list(found.values_list("enrolment__member_id", "mentorship__participants__enrolment__member_id").distinct())
