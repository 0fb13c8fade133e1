"""Which proposals need an admin's eye most, by a rule that the board states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from programs.models import Enrolment, Program

from ..criteria import criteria_of
from ..models import Candidate, MatchRun
from ..services.attention import forbidden_now
from ..services.problems import Forbidden
from .reasons import CRITERION_LABELS, is_told

LOW = 0.4
# A criterion of at least so much of the weight that scores below this speaks against a pair.
HEAVY, POOR = 0.15, 0.25
# When so much of the weight could not be answered, the score says little.
UNKNOWN = 1 / 3
LAST = 9


@dataclass(frozen=True)
class Flag:
    """Why a proposal needs attention."""

    text: str
    tone: str = "warning"
    icon: str = "triangle-alert"


@dataclass(frozen=True)
class Watch:
    """The drafts of a board in order, and what is to be said of each."""

    order: list[int]
    flags: Mapping[int, list[Flag]]
    flagged: int


@dataclass(frozen=True)
class Glance:
    """What has to be known of every draft, on however many pages they are shown."""

    pk: int
    mentee: int
    mentor: int
    score: float | None
    components: Mapping[str, Any]
    locked: bool
    replaces: int | None
    changed_at: datetime
    department: str


def glance(drafts: Any) -> list[Glance]:
    """All drafts at a glance, in one query."""
    found = drafts.order_by("pk").values_list(
        "pk", "mentee_id", "mentor_id", "score", "components", "locked", "replaces_id", "changed_at",
        "mentee__member__department",
    )  # fmt: skip
    return [Glance(*each) for each in found]


def watch(program: Program, rows: Sequence[Glance], run: MatchRun | None) -> Watch:
    """Look through all drafts: what a rule forbids by now, low scores, what speaks against, what is not known.

    Locked pairs come last, since somebody has decided on them, unless a rule forbids them.
    """
    shares = _shares(program)
    forbidden = forbidden_now(program, [(each.mentee, each.mentor) for each in rows])
    names = _names({pk for pair in forbidden for pk in pair})
    lonely = _without_alternative(run, [each.mentee for each in rows])
    flags: dict[int, list[Flag]] = {}
    ranks: dict[int, tuple[int, float, int]] = {}
    for each in rows:
        found: list[tuple[int, Flag]] = []
        rule = forbidden.get((each.mentee, each.mentor))
        if rule is not None:
            why = Forbidden(rule, mentee=names[each.mentee], mentor=names[each.mentor])
            found.append((0, Flag(_("No longer allowed: %(why)s") % {"why": why}, "danger", "circle-alert")))
        if (each.score or 0.0) < LOW:
            found.append((1, Flag(_("Low score"))))
        if against := _against(each.components, shares):
            found.append((2, Flag(_("Against it: %(criteria)s") % {"criteria": ", ".join(against)})))
        if (unknown := _unknown(each.components, shares)) >= UNKNOWN:
            text = _("%(percent)d%% of the weight unanswered") % {"percent": round(unknown * 100)}
            found.append((3, Flag(text, "info", "circle-help")))
        if each.mentee in lonely:
            found.append((4, Flag(_("Nobody else suits this mentee"), "info", "user")))
        if each.replaces is not None:
            found.append((5, Flag(_("Takes the place of a running pair"), "warning", "shuffle")))
        level = found[0][0] if found else LAST
        ranks[each.pk] = (level + (LAST + 1 if each.locked and level else 0), each.score or 0.0, each.pk)
        flags[each.pk] = [flag for _level, flag in found]
    return Watch(
        order=sorted(ranks, key=ranks.__getitem__), flags=flags, flagged=sum(bool(found) for found in flags.values())
    )


def _shares(program: Program) -> dict[str, float]:
    """Each criterion's part of the weight as the programme has it now."""
    try:
        criteria = criteria_of(program)
    except ValueError:
        return {}
    total = sum(each.weight for each in criteria)
    return {each.code: each.weight / total for each in criteria if each.weight}


def _against(components: Mapping[str, Any], shares: Mapping[str, float]) -> list[str]:
    poor = [
        (-share, str(CRITERION_LABELS.get(code, _("an answer"))))
        for code, share in shares.items()
        if share >= HEAVY and is_told(code, 0.0) and (value := components.get(code)) is not None and value < POOR
    ]
    return [name for _share, name in sorted(poor)]


def _unknown(components: Mapping[str, Any], shares: Mapping[str, float]) -> float:
    return sum(
        share
        for code, share in shares.items()
        if is_told(code, None) and code in components and components[code] is None
    )


def _without_alternative(run: MatchRun | None, mentees: list[int]) -> set[int]:
    """Mentees for whom the run found one mentor and no more."""
    if run is None:
        return set()
    kept = Candidate.objects.filter(run=run).values("mentee_id").annotate(count=Count("pk")).filter(count=1)
    return set(kept.values_list("mentee_id", flat=True)) & set(mentees)


def _names(enrolments: set[int]) -> dict[int, str]:
    if not enrolments:
        return {}
    return {each.pk: each.member.name for each in Enrolment.objects.filter(pk__in=enrolments).select_related("member")}


def ordered(drafts: Any, order: str) -> Any:
    """The drafts by one of the other orders that the board offers."""
    by: dict[str, tuple[str, ...]] = {
        "score": ("score", "id"),
        "mentee": ("mentee__member__family_name", "mentee__member__given_name", "id"),
        "mentor": ("mentor__member__family_name", "mentor__member__given_name", "id"),
    }
    return drafts.order_by(*by[order])
