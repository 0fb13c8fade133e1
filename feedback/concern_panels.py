"""The way to raise a concern, wherever somebody may need it; and for admins, whether anybody is there to be told."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Program
from programs.panels import Tab, mentorship_panel, participant_panel, program_panel, program_tab

from .concerns import contact_of


@mentorship_panel
def raise_about_mentorship(mentorship: Mentorship, *, by: Member) -> dict[str, Any] | None:
    return {
        "template": "feedback/concern_panel.html",
        "aside": True,
        "rank": 90,
        "contact": contact_of(mentorship.program),
    }


@participant_panel
def raise_in_program(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    if enrolment.joined_at is None:
        return None
    return {"template": "feedback/concern_link.html", "rank": 90}


@program_panel
def nobody_to_tell(program: Program, *, by: Member) -> dict[str, Any] | None:
    """Says to admins that no contact can be told; never anything about a concern."""
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING) or contact_of(program) is not None:
        return None
    return {"template": "feedback/no_contact_panel.html", "named": program.safeguarding_contact}


@program_tab
def relationships_tab(program: Program, *, by: Member) -> Tab | None:
    """Who needs help; there is nobody before the launch."""
    if program.status == Program.Status.DRAFT:
        return None
    url = reverse("feedback:relationships", args=[by.organisation.slug, program.pk])
    return Tab("relationships", _("Relationships"), url, rank=40)
