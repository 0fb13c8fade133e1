"""What was done on the board, kept so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import Member
from programs.models import Program

from ..models import BoardChange, GroupProposal, GroupSeat, Proposal

LONGEST = 300


def kept(proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    """What has to be known of proposals to bring them back as they are."""
    return [
        {
            "id": each.pk,
            "mentee": each.mentee_id,
            "mentor": each.mentor_id,
            "topic": each.topic_id,
            "tier": each.tier,
            "run": each.run_id,
            "status": each.status,
            "locked": each.locked,
            "by_hand": each.by_hand,
            "replaces": each.replaces_id,
            "mentorship": each.mentorship_id,
            "changed_by": each.changed_by_id,
            "changed_at": each.changed_at.isoformat(),
        }
        for each in proposals
    ]


def kept_groups(groups: Iterable[GroupProposal]) -> list[dict[str, Any]]:
    """What has to be known of suggested groups to bring them back as they are, with everybody in them."""
    return [
        {
            "group": True,
            "id": each.pk,
            "name": each.name,
            "score": each.score,
            "reasons": each.reasons,
            "round": each.round,
            "place": each.place,
            "run": each.run_id,
            "status": each.status,
            "locked": each.locked,
            "by_hand": each.by_hand,
            "mentorship": each.mentorship_id,
            "changed_by": each.changed_by_id,
            "changed_at": each.changed_at.isoformat(),
            "seats": [
                {"enrolment": seat.enrolment_id, "role": seat.role, "score": seat.score, "reasons": seat.reasons}
                for seat in GroupSeat.objects.filter(group=each).order_by("id")
            ],
        }
        for each in groups
    ]


def is_as_kept(proposal: Proposal | GroupProposal, row: dict[str, Any]) -> bool:
    """Whether nobody has changed the suggestion since it was kept."""
    return proposal.status == row["status"] and proposal.changed_at == datetime.fromisoformat(row["changed_at"])


def record(
    program: Program, text: str, *, before: list[dict[str, Any]], after: list[dict[str, Any]], by: Member
) -> BoardChange:
    """Keep a change with the suggestions concerned, as they were before and as they are now."""
    return BoardChange.objects.create(program=program, by=by, text=text[:LONGEST], before=before, after=after)
