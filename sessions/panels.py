"""What a mentorship's page shows of its sessions to the two of it."""

from __future__ import annotations

from typing import Any

from accounts.models import Member
from programs.models import Mentorship
from programs.panels import mentorship_panel

from .models import Session

SHOWN = 3


@mentorship_panel
def sessions(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The next sessions, what is to be logged, and how often they have met."""
    own = Session.objects.filter(mentorship=mentorship)
    held, unconfirmed = own.held().count(), own.unconfirmed().count()
    if mentorship.status != Mentorship.Status.ACTIVE and not held + unconfirmed:
        return None
    shown = [
        *own.waiting_for(by).with_people().order_by("-starts_at", "-id")[:SHOWN],
        *own.upcoming().with_people().order_by("starts_at", "id")[:SHOWN],
    ]
    return {
        "template": "sessions/mentorship_panel.html",
        "rows": [{"session": session, "standing": session.standing_for(by)} for session in shown],
        "held": held,
        "unconfirmed": unconfirmed,
        "is_active": mentorship.status == Mentorship.Status.ACTIVE,
    }
