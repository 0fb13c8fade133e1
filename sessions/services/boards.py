"""What a shadow board works on: a brief before each meeting, a recommendation, and what becomes of it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows
from programs.models import Mentorship, Participant, Program, Role

from ..models import BoardBrief, Session
from .problems import SessionProblem

# Who writes what; whoever runs the programme may write all of it.
WRITES: dict[str, tuple[str, ...]] = {
    "brief": (Role.MENTOR,),
    "recommendation": (Role.MENTEE,),
    "response": (Role.MENTOR,),
}


def has_boards(program: Program) -> bool:
    """Whether the mentorships of this programme are boards that work on briefs."""
    return program.kind.arranging == "panel"


def board_sessions(mentorship: Mentorship) -> Any:
    """A board's meetings, the next one first, with what they are about."""
    return (
        Session.objects.filter(mentorship=mentorship)
        .exclude(status=Session.Status.CANCELLED)
        .prefetch_related("briefs")
        .order_by("-starts_at", "-id")
    )


def boards_of(member: Member) -> Any:
    """The boards that somebody may read: their own, and all for those who manage programmes."""
    boards = Mentorship.objects.exclude(status__in=[Mentorship.Status.OFFERED, Mentorship.Status.DECLINED])
    return boards if allows(member, "programs.manage") else boards.involving(member)


def may_write(mentorship: Mentorship, member: Member) -> tuple[str, ...]:
    """Which parts of a brief somebody writes."""
    if allows(member, "programs.manage"):
        return tuple(WRITES)
    own = Participant.objects.met().filter(mentorship=mentorship, enrolment__member=member).first()
    return tuple(part for part, roles in WRITES.items() if own is not None and own.role in roles)


@transaction.atomic
def write_brief(session: Session, *, values: dict[str, str], seen: str, by: Member) -> BoardBrief:
    """Write those parts of a meeting's brief that are one's own. Raises SessionProblem if somebody has changed it since.

    `seen` names it as it was read: the moment of its last change, empty where there was none.
    """
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("mentorship").get(pk=session.pk)
    )
    allowed = may_write(session.pair, by)
    if not allowed or set(values) - set(allowed):
        raise PermissionDenied
    found = BoardBrief.objects.filter(session=session).first()
    if token_of(found) != seen:
        raise SessionProblem(
            _("Somebody else has changed it since you opened this page. What you typed is still below.")
        )
    brief = found or BoardBrief(session=session)
    for part, text in values.items():
        setattr(brief, part, text.strip())
    brief.changed_by, brief.changed_at = by, timezone.now()
    brief.save()
    return brief


def token_of(brief: BoardBrief | None) -> str:
    return brief.changed_at.isoformat() if brief is not None else ""
