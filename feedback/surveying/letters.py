"""The letters that ask for answers to a survey."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mentoring.outbox.services import take_back, write_letter
from sessions.reminding import optional, unsubscribe_headers, wants

from ..models import SurveyInvitation

# What people choose; the reminder goes with it.
CHOICE = "survey"
KINDS = ["survey", "survey_reminder"]


def survey_sent(invitation: SurveyInvitation) -> None:
    """Ask somebody to answer."""
    _write("survey", invitation)


def survey_reminder(invitation: SurveyInvitation) -> None:
    """Ask once more, shortly before the end."""
    _write("survey_reminder", invitation)


def settled(invitation: SurveyInvitation, *, outcome: str = "") -> None:
    """Whoever has answered, or can't any more, needn't be asked."""
    take_back(_about(invitation), kinds=KINDS, outcome=outcome or _("The survey was answered."))


def _write(kind: str, invitation: SurveyInvitation) -> None:
    member, survey = invitation.enrolment.member, invitation.survey
    if not wants(member, CHOICE):
        return
    organisation = member.organisation
    path = reverse("feedback:survey_answer", kwargs={"org": organisation.slug, "pk": invitation.pk})
    last = invitation.last_moment.astimezone(organisation.zone)
    context: dict[str, Any] = {
        **optional(member, CHOICE),
        "organisation_name": organisation.name,
        "given_name": member.given_name,
        "program": survey.program.name,
        "name": survey.name,
        "intro": survey.intro,
        "questions": survey.questions.count(),
        "day": date_format(last, "l j F"),
        "url": settings.SITE_URL + path,
    }
    write_letter(
        kind,
        headers=unsubscribe_headers(member, CHOICE),
        to=member.email,
        about=_about(invitation),
        template=f"mail/feedback/{kind}",
        context=context,
        expires_after=max(invitation.closes_at - timezone.now(), timedelta(hours=1)),
    )


def _about(invitation: SurveyInvitation) -> str:
    return f"survey:{invitation.survey_id}:invitation:{invitation.pk}"
