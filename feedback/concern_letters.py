"""Letters about concerns. They say that there is something to read, and never what, of whom, or about whom."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.outbox.services import write_letter

from .models import Concern

TOLD, NEWS, UNREAD = "concern_told", "concern_news", "concern_unread"


def told(concern: Concern, *, sequence: int = 0) -> None:
    """Tell the contact that there is a concern."""
    _write(
        TOLD,
        concern,
        concern.contact,
        sequence=sequence,
        subject=_("Somebody has told you something in confidence"),
        text=_("Somebody has raised a concern and told it to you, in confidence. Please read it soon."),
        why=_("You get this because you are the safeguarding contact of a programme, or were chosen to be told."),
    )


def answered(concern: Concern, *, sequence: int) -> None:
    """Tell the contact that whoever raised it has written again."""
    _write(
        TOLD,
        concern,
        concern.contact,
        sequence=sequence,
        subject=_("An answer in confidence"),
        text=_("Somebody who told you something in confidence has written to you again."),
        why=_("You get this because somebody has told you something in confidence."),
    )


def news(concern: Concern, *, what: str, sequence: int) -> None:
    """Tell whoever raised it what has become of it."""
    subject, text = {
        "acknowledged": (_("It was read"), _("What you told in confidence was read, and is being looked into.")),
        "answer": (_("An answer in confidence"), _("There is an answer to what you told in confidence.")),
        "handed_over": (
            _("Somebody else looks into it now"),
            _("What you told in confidence was handed over. You see to whom on its page."),
        ),
        "closed": (
            _("It is closed"),
            _("What you told in confidence is closed. You can read the last word on its page."),
        ),
    }[what]
    _write(
        NEWS,
        concern,
        concern.raised_by,
        sequence=sequence,
        subject=subject,
        text=text,
        why=_("You get this because you told somebody something in confidence."),
    )


def unread(concern: Concern) -> None:
    """Tell whoever raised it that nobody can read it any more, and that they can choose who does."""
    _write(
        UNREAD,
        concern,
        concern.raised_by,
        sequence=concern.contact_id,
        subject=_("Choose who reads it now"),
        text=_(
            "Whom you told something in confidence has left, or can’t sign in any more, and nobody else can open it. "
            "On its page you choose who reads it from now on."
        ),
        why=_("You get this because you told somebody something in confidence."),
    )


def _write(kind: str, concern: Concern, reader: Member, *, sequence: int, subject: str, text: str, why: str) -> None:
    write_letter(
        kind,
        to=reader.email,
        about=f"concern:{concern.pk}",
        template="mail/feedback/concern",
        sequence=sequence,
        context={
            "organisation_name": reader.organisation.name,
            "given_name": reader.given_name,
            "subject": subject,
            "text": text,
            "why": why,
            "url": settings.SITE_URL
            + reverse("feedback:concern", kwargs={"org": reader.organisation.slug, "pk": concern.pk}),
        },
    )
