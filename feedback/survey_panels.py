"""Where surveys stand on the pages of programmes."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Program
from programs.panels import Tab, participant_panel, program_tab

from .surveying.answering import waiting_for


@program_tab
def feedback_tab(program: Program, *, by: Member) -> Tab | None:
    """The surveys of a programme, what came of them, and what people gained."""
    if program.status == Program.Status.DRAFT:
        return None
    url = reverse("feedback:surveys", args=[by.organisation.slug, program.pk])
    return Tab("feedback", _("Feedback"), url, rank=60)


@participant_panel
def surveys_to_answer(enrolment: Enrolment, *, by: Member) -> dict[str, Any] | None:
    """What waits for this person's answers."""
    found = list(waiting_for(by).filter(enrolment=enrolment))
    if not found:
        return None
    return {"template": "feedback/survey_panel.html", "invitations": found, "enrolment": enrolment, "rank": 10}
