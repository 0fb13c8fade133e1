"""What people gained: their skills before and after, how far they got with their goals, and whether they recommend it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from django.db.models import Count, OuterRef, Subquery

from programs.formats import FORMATS
from programs.models import Goal, GoalProgress, Mentorship, Program
from programs.services.goals import share_of

from ..averaging import Gain, Pair, Score, chunks_of, gain_of
from ..models import Survey, SurveyAnswer, SurveyQuestion
from .results import recommending_of_each, recommending_together


@dataclass(frozen=True)
class Gains:
    """Skills from 1 to 5; goals as the share of the way from where they began to their target."""

    skills: Gain | None
    goals: Gain | None


@dataclass(frozen=True)
class FormatGains:
    """What is told of the programmes of one format, or of all; `recommending` is from −1 to 1."""

    key: str
    name: str
    programs: int
    gains: Gains
    recommending: Score | None


def gains_of(program: Program) -> Gains:
    """Of one programme; it changes by five people or more at a time."""
    return gains_of_each([program])[program.pk]


def gains_of_each(programs: Sequence[Program]) -> dict[int, Gains]:
    """Programme → what its people gained, in two queries."""
    skills, goals = _skill_chunks(programs), _goal_chunks(programs)
    return {program.pk: _gains(skills[program.pk], goals[program.pk]) for program in programs}


def gains_by_format(programs: Sequence[Program]) -> tuple[list[FormatGains], FormatGains]:
    """Of each format, and of all together. Only what is told of each programme enters, so no group gives away another."""
    skills, goals, recommending = _skill_chunks(programs), _goal_chunks(programs), recommending_of_each(programs)

    def of(own: Sequence[Program], key: str = "", name: str = "") -> FormatGains:
        gains = _gains(_together(skills, own), _together(goals, own))
        scores = [recommending[program.pk] for program in own if program.pk in recommending]
        return FormatGains(key, name, len(own), gains, recommending_together(scores))

    found = [
        of(own, key, str(kind.name))
        for key, kind in FORMATS.items()
        if (own := [program for program in programs if program.format == key])
    ]
    return found, of(programs)


def _gains(skills: list[list[Pair]], goals: list[list[Pair]]) -> Gains:
    return Gains(
        skills=gain_of(skills, lowest=1, highest=5, step=1),
        goals=gain_of(goals, lowest=0, highest=1, step=0.5, from_nothing=True),
    )


def _together(chunks: dict[int, list[list[Pair]]], programs: Iterable[Program]) -> list[list[Pair]]:
    return [chunk for program in programs for chunk in chunks[program.pk]]


def _skill_chunks(programs: Sequence[Program]) -> dict[int, list[list[Pair]]]:
    """Those whose answers at the start and at the end both count, with the skills that they judged both times."""
    rows = (
        SurveyAnswer.objects.filter(
            question__kind=SurveyQuestion.Kind.SKILLS,
            question__survey__program__in=programs,
            question__survey__moment__in=[Survey.Moment.START, Survey.Moment.END],
            invitation__counted_at__isnull=False,
        )
        .order_by("pk")
        .values_list(
            "question__survey__program_id",
            "question__survey__moment",
            "invitation__enrolment_id",
            "invitation__mentorship_id",
            "invitation__counted_at",
            "value",
        )
    )
    sides: dict[tuple[int, int, int | None], dict[str, tuple[float, dict[str, int]]]] = defaultdict(dict)
    for program_id, moment, enrolment_id, mentorship_id, counted_at, value in rows:
        sides[program_id, enrolment_id, mentorship_id].setdefault(
            moment, (counted_at.timestamp() if counted_at else 0.0, value)
        )
    pairs: dict[int, list[Pair]] = defaultdict(list)
    for (program_id, enrolment_id, _mentorship), both in sides.items():
        if len(both) < 2:
            continue
        (at, before), (later, after) = both[Survey.Moment.START], both[Survey.Moment.END]
        skills = before.keys() & after.keys()
        if skills:
            means = fmean(before[each] for each in skills), fmean(after[each] for each in skills)
            pairs[program_id].append(Pair(max(at, later), enrolment_id, *means))
    return defaultdict(list, {program_id: chunks_of(found) for program_id, found in pairs.items()})


def _goal_chunks(programs: Sequence[Program]) -> dict[int, list[list[Pair]]]:
    """Owners of goals of mentorships that are over; all began at nothing of the way. Goals given up count as they stood."""
    progress = GoalProgress.objects.filter(goal=OuterRef("pk"), value__isnull=False).order_by("-at", "-pk")
    goals = (
        Goal.objects.filter(
            mentorship__program__in=programs,
            mentorship__status__in=[Mentorship.Status.COMPLETED, Mentorship.Status.ENDED],
            mentorship__ended_at__isnull=False,
        )
        .order_by("pk")
        .annotate(
            now=Subquery(progress.values("value")[:1]),
            steps=Count("milestones"),
            done=Count("milestones__done_at"),
        )
        .values_list(
            "mentorship__program_id", "mentorship__ended_at", "owner_id", "baseline", "target", "now", "steps", "done"
        )
    )
    shares: dict[tuple[int, float, int], list[float]] = defaultdict(list)
    for program_id, ended_at, owner, *state in goals:
        share = share_of(*state)
        if share is not None and ended_at is not None:
            shares[program_id, ended_at.timestamp(), owner].append(share)
    pairs: dict[int, list[Pair]] = defaultdict(list)
    for (program_id, at, owner), found in shares.items():
        pairs[program_id].append(Pair(at, owner, 0.0, fmean(found)))
    return defaultdict(list, {program_id: chunks_of(found) for program_id, found in pairs.items()})
