"""Whom matching serves how well: match rate, waiting time and score of a programme's mentees, by group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation
from programs.models import Enrolment, Mentorship, Participant, Program, Role

from .estimates import median_wait
from .suppression import Shown, shown, shown_sizes, shown_together

DIMENSIONS = {
    "department": gettext_lazy("Department"),
    "level": gettext_lazy("Level"),
    "site": gettext_lazy("Site"),
    "tenure": gettext_lazy("Length of service"),
}
# Upper bounds in whole years, and what the band is called.
TENURES = (
    (1, gettext_lazy("under 1 year")),
    (2, gettext_lazy("1 to 2 years")),
    (5, gettext_lazy("2 to 5 years")),
    (10, gettext_lazy("5 to 10 years")),
    (1000, gettext_lazy("10 years and more")),
)


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
    """Compare the groups of one of DIMENSIONS among everybody who was ever given a place as a mentee."""
    now = timezone.now()
    mentees = _mentees(program, organisation, dimension, now)
    by_key: dict[str | int | None, list[_Mentee]] = defaultdict(list)
    for mentee in mentees:
        by_key[mentee.key].append(mentee)
    keys = sorted(by_key, key=_order)
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
            _group(_name(dimension, key), group, matched=matched, tells_wait=wait, tells_score=score)
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
                key=_tenure(value, joined_at.astimezone(organisation.zone).date()) if dimension == "tenure" else value,
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


def _tenure(hired_on: date | None, joined_on: date) -> int | None:
    """Which of TENURES somebody was in when they got their place."""
    if hired_on is None:
        return None
    years = joined_on.year - hired_on.year - ((joined_on.month, joined_on.day) < (hired_on.month, hired_on.day))
    return next(at for at, (below, _label) in enumerate(TENURES) if years < below)


def _order(key: Any) -> tuple[bool, int, str]:
    """Levels and lengths by number, names by alphabet, and what isn't recorded at the end."""
    if isinstance(key, int):
        return False, key, ""
    return not key, 0, (key or "").casefold()


def _name(dimension: str, key: Any) -> str:
    if key in ("", None):
        return _("Not recorded")
    if dimension == "tenure":
        return str(TENURES[key][1])
    return _("Level %(level)d") % {"level": key} if dimension == "level" else str(key)
