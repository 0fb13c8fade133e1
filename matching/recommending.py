"""Mentors for a mentee who chooses: everybody whom no rule forbids, best first, with what a choice needs to know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Member
from mentoring.templatetags.ui import zone_name
from programs import hours
from programs.forms import SHORT_DAYS
from programs.models import Enrolment, EnrolmentSkill, Program

from .gathering import gather, places_taken, room_of, scorer_of, taking_part
from .services.pairs import explainer_of
from .telling import REASONS, speaking

WEEK = 7 * 1440
Window = tuple[int, int, int]
# The parts of a day that a mentee may ask for, in their own clock.
PARTS = {"morning": (8 * 60, 12 * 60), "afternoon": (12 * 60, 18 * 60)}
# Free for less than this isn't free at that time.
LEAST_FREE = 60


@dataclass(frozen=True)
class Clock:
    """When somebody is usually free: in the reader's clock, and in their own where the two differ."""

    lines: list[str]
    zone: str
    own_lines: list[str]
    own_zone: str


@dataclass
class Recommended:
    """A mentor whom a mentee may ask."""

    mentor: Enrolment
    score: float
    capacity: int
    taken: int
    skills: list[str]
    languages: list[str]
    windows: list[Window]
    speaking: list[str] = field(default_factory=list)
    clock: Clock | None = None

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def is_paused(self) -> bool:
        return self.mentor.paused_at is not None

    @property
    def is_free(self) -> bool:
        return bool(self.free) and not self.is_paused


class Recommendations:
    """All mentors of a programme whom no rule forbids for a mentee, scored as everybody is now, best first.

    Raises ValueError if the programme's criteria make no sense.
    """

    def __init__(self, program: Program, mentee: Enrolment, *, only: int | None = None) -> None:
        self.mentee = mentee
        mentors = taking_part(program).mentors()
        if only is not None:
            mentors = mentors.filter(pk=only)
        rows = {each.pk: each for each in mentors.select_related("member")}
        offered: dict[int, list[str]] = defaultdict(list)
        skills = EnrolmentSkill.objects.filter(enrolment_id__in=list(rows)).order_by("rank", "id")
        for pk, name in skills.values_list("enrolment_id", "skill__name"):
            offered[pk].append(name)
        self._gathered = gather(program, only=[mentee.pk, *rows])
        self._scorer = scorer_of(program, self._gathered)
        ids = [pk for pk in self._gathered.mentors.ids.tolist() if pk in rows]
        self._found = self._scorer.pairs([mentee.pk] * len(ids), ids) if len(self._gathered.mentees) else None
        taken = places_taken(program)
        self.everybody: list[Recommended] = []
        if self._found is None:
            return
        for pk, score, blocked in zip(
            ids, self._found.candidates.scores.tolist(), self._found.blocked.tolist(), strict=True
        ):
            if not blocked:
                self.everybody.append(
                    _recommended(rows[pk], score, taken.get(pk, 0), offered[pk], program=program, reader=mentee.member)
                )
        self.everybody.sort(key=lambda each: (-each.score, each.mentor.pk))

    def explain(self, chosen: Sequence[Recommended]) -> None:
        """Find the reasons and the hours of those that are shown."""
        explainer = explainer_of(self._scorer, self._gathered)
        ids = [each.mentor.pk for each in chosen]
        pairs = self._scorer.pairs([self.mentee.pk] * len(ids), ids).candidates
        for each, reasons in zip(chosen, explainer.reasons(pairs), strict=True):
            kept = [reason.as_dict() for reason in reasons]
            each.speaking = [reason.text("mentee") for reason in speaking(kept, limit=REASONS)]
            each.clock = clock_of(each.mentor, reader=self.mentee.member)


def _recommended(
    mentor: Enrolment, score: float, taken: int, skills: list[str], *, program: Program, reader: Member
) -> Recommended:
    return Recommended(
        mentor=mentor,
        score=round(score, 4),
        capacity=room_of(mentor, program),
        taken=taken,
        skills=skills,
        languages=list(mentor.languages or mentor.member.languages or ()),
        windows=moved(mentor.free_hours, mentor.member.zone, reader.zone),
    )


def clock_of(enrolment: Enrolment, *, reader: Member) -> Clock:
    """When an enrolled member is usually free, for a reader who may live by another clock."""
    now = timezone.now()
    own, readers = now.astimezone(enrolment.member.zone), now.astimezone(reader.zone)
    differs = own.utcoffset() != readers.utcoffset()
    return Clock(
        lines=in_words(moved(enrolment.free_hours, enrolment.member.zone, reader.zone, now=now)),
        zone=zone_name(readers),
        own_lines=in_words(enrolment.free_hours) if differs else [],
        own_zone=zone_name(own) if differs else "",
    )


def in_words(windows: Iterable[Sequence[int]]) -> list[str]:
    return hours.in_words(windows, [str(day) for day in SHORT_DAYS])


def moved(
    windows: Iterable[Sequence[int]], zone: ZoneInfo, to: ZoneInfo, *, now: datetime | None = None
) -> list[Window]:
    """Weekly windows of one clock in another, as far apart as the two are at present; cut where a day ends."""
    now = now or timezone.now()
    here, there = now.astimezone(to).utcoffset(), now.astimezone(zone).utcoffset()
    shift = int((here - there).total_seconds() // 60) if here is not None and there is not None else 0
    found: list[Window] = []
    for day, start, end in windows:
        at = (day * 1440 + start + shift) % WEEK
        left = end - start
        while left > 0:
            weekday, minute = divmod(at, 1440)
            length = min(left, 1440 - minute)
            found.append((weekday, minute, minute + length))
            at, left = (at + length) % WEEK, left - length
    return _joined(found)


def _joined(windows: Iterable[Window]) -> list[Window]:
    joined: list[Window] = []
    for day, start, end in sorted(windows):
        if joined and joined[-1][0] == day and start <= joined[-1][2]:
            joined[-1] = (day, joined[-1][1], max(joined[-1][2], end))
        else:
            joined.append((day, start, end))
    return joined


def is_free_at(windows: Iterable[Window], wanted: str) -> bool:
    """Whether somebody is usually free at "<weekday>-<part of the day>" for an hour or more."""
    day, _dash, part = wanted.partition("-")
    first, last = PARTS[part]
    return any(
        weekday == int(day) and min(end, last) - max(start, first) >= LEAST_FREE for weekday, start, end in windows
    )


def options(found: Iterable[Recommended]) -> dict[str, list[str]]:
    """What the filters offer: what those who can be asked have, and nothing else."""
    everybody = list(found)

    def names(values: Iterable[Any]) -> list[str]:
        return sorted({str(value) for value in values if value}, key=str.casefold)

    return {
        "skill": names(skill for each in everybody for skill in each.skills),
        "department": names(each.mentor.member.department for each in everybody),
        "site": names(each.mentor.member.site for each in everybody),
        "language": names(language for each in everybody for language in each.languages),
    }
