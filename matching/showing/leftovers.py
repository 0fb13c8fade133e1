"""Mentees without a proposal, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from programs.models import Enrolment, Program
from programs.services.resources import untrained

from ..explain import Statement
from ..gathering import waiting_mentees
from ..models import MatchRun, Proposal, Unmatched
from ..relaxing import parted_text
from ..wording import WORDING
from .people import about


def unmatched_mentees(program: Program) -> Any:
    """Enrolments of mentees who have neither a mentor nor a proposal."""
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    return waiting_mentees(program).exclude(pk__in=drafts.values("mentee_id"))


@dataclass(frozen=True)
class Blocked:
    """What a rule takes from a mentee."""

    text: str
    count: int
    frees: int


@dataclass(frozen=True)
class Left:
    """A mentee without a proposal, and why."""

    enrolment: Enrolment
    detail: str
    reason: str
    # What became of the mentors who offer what they want most.
    offering: str
    blocked: list[Blocked]


def left_over(run: MatchRun | None, enrolments: Sequence[Enrolment]) -> list[Left]:
    """Why each of these mentees has no proposal: as the last run found, or what has happened since."""
    found = {each.mentee_id: each for each in Unmatched.objects.filter(run=run, mentee__in=enrolments)} if run else {}
    # Whether the last pair was turned down by an admin, or by one of its two.
    discarded = dict(
        Proposal.objects.filter(mentee__in=enrolments, status=Proposal.Status.DISCARDED)
        .order_by("pk")
        .values_list("mentee_id", "mentorship_id")
    )
    program = enrolments[0].program if enrolments else None
    to_train = set(untrained(program).values_list("pk", flat=True)) if program and program.training_required else set()
    return [
        Left(
            enrolment=enrolment,
            detail=about(enrolment.member),
            reason=_("They haven’t finished the training yet.")
            if enrolment.pk in to_train
            else _why(found.get(enrolment.pk), run, enrolment.pk, discarded),
            offering=_offering(found.get(enrolment.pk)),
            blocked=_blocked(found.get(enrolment.pk)),
        )
        for enrolment in enrolments
    ]


def _why(unmatched: Unmatched | None, run: MatchRun | None, mentee: int, discarded: Mapping[int, int | None]) -> str:
    if run is None:
        return _("Matching hasn’t run in this programme yet.")
    if unmatched is not None:
        # The rules are told in the table below it.
        return Statement(unmatched.code, unmatched.details.get("params", {})).text("admin") + "."
    if discarded.get(mentee):
        return _("Their match was declined or not answered, and nobody else who suits has a free place.")
    if mentee in discarded:
        return _("Their proposal was discarded. The next run looks for somebody else.")
    return _("Signed up, or free again, since matching last ran. The next run looks for somebody.")


def _offering(unmatched: Unmatched | None) -> str:
    text = parted_text(unmatched.details.get("offering")) if unmatched else ""
    return f"{text}." if text else ""


def _blocked(unmatched: Unmatched | None) -> list[Blocked]:
    removed: list[Mapping[str, Any]] = unmatched.details.get("removed", []) if unmatched else []
    return [
        Blocked(
            text=Statement(each["code"], each["params"]).text("admin"),
            count=each["params"].get("count", 0),
            frees=each.get("frees", 0),
        )
        for each in removed
        if each["code"] in WORDING
    ]
