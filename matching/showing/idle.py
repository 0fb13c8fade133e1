"""Mentors with places left, and why nobody more came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from programs.models import Enrolment, Program

from .. import gathering
from ..models import IdleMentor, MatchRun, Proposal
from ..relaxing import parted_text
from .people import about


@dataclass(frozen=True)
class IdleRow:
    """A mentor with places left, and why."""

    enrolment: Enrolment
    detail: str
    free: int
    reason: str


def free_places(program: Program) -> dict[int, int]:
    """Mentor → places that neither a mentorship nor a proposal takes, of those with any."""
    places = gathering.free_places(program)
    left = Counter(places.capacity | places.paused)
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    left.subtract(Counter(drafts.values_list("mentor_id", flat=True)))
    return {mentor: free for mentor, free in left.items() if free > 0}


def mentors_with_places(free: Mapping[int, int]) -> Any:
    """Their enrolments, by name."""
    ordered = Enrolment.objects.filter(pk__in=free.keys()).select_related("member")
    return ordered.order_by("member__family_name", "member__given_name", "pk")


def idle_rows(run: MatchRun | None, enrolments: Sequence[Enrolment], free: Mapping[int, int]) -> list[IdleRow]:
    """Why each of these mentors has places left: as the last run found, or what has happened since."""
    found = {each.mentor_id: each for each in IdleMentor.objects.filter(run=run, mentor__in=enrolments)} if run else {}
    return [
        IdleRow(
            enrolment=enrolment,
            detail=about(enrolment.member),
            free=free[enrolment.pk],
            reason=_why(enrolment, found.get(enrolment.pk), run),
        )
        for enrolment in enrolments
    ]


def _why(enrolment: Enrolment, idle: IdleMentor | None, run: MatchRun | None) -> str:
    if enrolment.paused_at:
        return _("On a break, so nobody is proposed to them.")
    if run is None:
        return _("Matching hasn’t run in this programme yet.")
    text = parted_text(idle.details) if idle else ""
    if text:
        return f"{text}."
    return _("Signed up, or free again, since matching last ran. The next run looks for somebody.")
