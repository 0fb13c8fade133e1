"""Whom matching serves how well: match rate, waiting time and score of a programme's mentees, by group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from programs.models import Enrolment, Mentorship, Participant, Program, Role

from .estimates import median_wait
from .grouping import name_of, order_of, tenure_of
from .suppression import Shown, shown, shown_sizes, shown_together


@dataclass(frozen=True)
class Group:
    """The mentees of one group. None is hidden, or there is nothing to tell.

    matched    how many of them have been in a mentorship that everybody accepted
    wait       median days from their place to their first mentorship, those who wait counting as waiting
    mean, lowest  of the scores of the first mentorship that each was offered
    """

    name: str
    matched: Shown
    wait: float | None
    mean: float | None
    lowest: float | None
    # Half of the group still wait, so that no median can be told yet.
    still_waiting: bool = False
    is_hidden: bool = False


@dataclass(frozen=True)
class Fairness:
    as_of: datetime
    dimension: str
    everybody: Group
    groups: list[Group]


@dataclass(frozen=True)
class _Mentee:
    key: str | int | None
    days: float
    matched: bool
    score: float | None


def fairness_of(organisation: Organisation, program: Program, *, dimension: str) -> Fairness:
    """Compare the groups of one of the dimensions of reports.grouping among everybody who was ever given a place as a mentee."""
    now = timezone.now()
    mentees = _mentees(program, organisation, dimension, now)
    by_key: dict[str | int | None, list[_Mentee]] = defaultdict(list)
    for mentee in mentees:
        by_key[mentee.key].append(mentee)
    keys = sorted(by_key, key=order_of)
    groups = [by_key[key] for key in keys]
    counts = shown_together([(len(group), sum(each.matched for each in group)) for group in groups])
    waits = shown_sizes([len(group) for group in groups])
    scores = shown_sizes([sum(each.score is not None for each in group) for group in groups])
    return Fairness(
        as_of=now,
        dimension=dimension,
        everybody=_group(
            _("Everybody"),
            mentees,
            matched=shown(len(mentees), sum(each.matched for each in mentees)),
            tells_wait=shown_sizes([len(mentees)])[0],
            tells_score=shown_sizes([sum(each.score is not None for each in mentees)])[0],
        ),
        groups=[
            _group(name_of(dimension, key), group, matched=matched, tells_wait=wait, tells_score=score)
            for key, group, matched, wait, score in zip(keys, groups, counts, waits, scores, strict=True)
        ],
    )


def _mentees(program: Program, organisation: Organisation, dimension: str, now: datetime) -> list[_Mentee]:
    # Read plainly and put together here: see reports.health for why.
    first_match = dict(
        Participant.objects.filter(mentorship__program=program, mentorship__started_at__isnull=False, role=Role.MENTEE)
        .order_by()
        .values_list("enrolment_id")
        .annotate(first=Min("mentorship__started_at"))
    )
    offers = Mentorship.objects.filter(program=program, score__isnull=False, participants__role=Role.MENTEE)
    # The earliest comes last, and stays.
    first_score: dict[int, float | None] = dict(
        offers.order_by("-offered_at", "-pk").values_list("participants__enrolment_id", "score")
    )
    field = "hired_on" if dimension == "tenure" else dimension
    rows = (
        Enrolment.objects.filter(program=program, joined_at__isnull=False)
        .mentees()
        .order_by("pk")
        .values_list("pk", "joined_at", "ended_at", f"member__{field}")
    )
    found = []
    for pk, joined_at, ended_at, value in rows:
        until = first_match.get(pk)
        end = until or min(ended_at or now, now)
        found.append(
            _Mentee(
                key=tenure_of(value, joined_at.astimezone(organisation.zone).date())
                if dimension == "tenure"
                else value,
                days=max(0.0, (end - joined_at).total_seconds() / 86_400),
                matched=until is not None,
                score=first_score.get(pk),
            )
        )
    return found


def _group(name: str, people: list[_Mentee], *, matched: Shown, tells_wait: bool, tells_score: bool) -> Group:
    scores = [each.score for each in people if each.score is not None]
    wait = median_wait([each.days for each in people], [each.matched for each in people]) if tells_wait else None
    return Group(
        name=name,
        matched=matched,
        wait=wait,
        mean=sum(scores) / len(scores) if tells_score and scores else None,
        lowest=min(scores) if tells_score and scores else None,
        still_waiting=tells_wait and wait is None,
        is_hidden=not tells_wait,
    )
