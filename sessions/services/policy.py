"""How a programme's sessions are booked: lengths, steps, gaps, notice and limits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import Member
from accounts.rules import require
from programs.models import Program

from ..models import BookingPolicy

MINUTE = timedelta(minutes=1)
# Meet in a room of the installation's own video server.
JITSI = "jitsi"


def policy_of(program: Program) -> BookingPolicy:
    """A programme's way of booking; until somebody has set one, the defaults, not saved."""
    usual = BookingPolicy(program=program, video=JITSI if settings.JITSI_SERVER else "")
    return BookingPolicy.objects.filter(program=program).first() or usual


def policies_of(program_ids: Iterable[int]) -> dict[int, BookingPolicy]:
    """By programme those that somebody has set."""
    ids = set(program_ids)
    return {policy.program_id: policy for policy in BookingPolicy.objects.filter(program__in=ids)} if ids else {}


def lengths_of(program: Program, policy: BookingPolicy) -> list[timedelta]:
    """How long a session may be, the programme's own length first."""
    others = sorted({minutes * MINUTE for minutes in policy.lengths} - {program.session_length})
    return [program.session_length, *others]


@transaction.atomic
def set_policy(
    program: Program,
    *,
    lengths: Iterable[int],
    step: timedelta | None,
    buffer_before: timedelta,
    buffer_after: timedelta,
    notice: timedelta,
    horizon: timedelta,
    most_a_week: int | None,
    needs_yes: bool = False,
    hold: timedelta = timedelta(days=2),
    video: str = "",
    by: Member,
) -> BookingPolicy:
    """Say how a programme's sessions are booked from now on. What is booked already stays as it is."""
    require(by, "programs.manage")
    policy, _is_new = BookingPolicy.objects.update_or_create(
        program=program,
        defaults={
            "lengths": sorted(set(lengths)),
            "step": step,
            "buffer_before": buffer_before,
            "buffer_after": buffer_after,
            "notice": notice,
            "horizon": horizon,
            "most_a_week": most_a_week,
            "needs_yes": needs_yes,
            "hold": hold,
            "video": video,
        },
    )
    return policy
