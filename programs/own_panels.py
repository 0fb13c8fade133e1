"""What the page of a mentorship shows of its goals and its agreement."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Member

from .models import Goal, Mentorship
from .panels import mentorship_panel
from .services import agreements, goals

SHOWN = 3


@mentorship_panel
def goals_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """The open goals, and how far they are."""
    is_active = mentorship.status == Mentorship.Status.ACTIVE
    found = goals.goals_of(mentorship) if is_active or mentorship.goals.exists() else []
    if not is_active and not found:
        return None
    shown = [goal for goal in found if goal.status == Goal.Status.OPEN or not is_active][:SHOWN]
    rows = []
    for goal in shown:
        share, steps = goals.share_reached(goal), list(goal.milestones.all())
        rows.append({
            "goal": goal,
            "percent": None if share is None else round(share * 100),
            "steps": steps,
            "done": sum(step.done_at is not None for step in steps),
        })  # fmt: skip
    return {
        "template": "programs/goals_panel.html",
        "rank": 60,
        "goals": rows,
        "count": len(found),
        "today": timezone.now().astimezone(by.zone).date(),
        "is_active": is_active,
    }


@mentorship_panel
def agreement_panel(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    """Whether there is an agreement, and who has still to accept it."""
    is_active = mentorship.status == Mentorship.Status.ACTIVE
    versions = agreements.standings_of(mentorship)
    if not versions and not is_active:
        return None
    latest = versions[0] if versions else None
    return {
        "template": "programs/agreement_panel.html",
        "rank": 70,
        "latest": latest,
        "to_accept": is_active and latest is not None and any(member.pk == by.pk for member in latest.missing),
        "is_active": is_active,
    }
