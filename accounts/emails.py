"""The letters of this app."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from mentoring.outbox.services import write_letter

from .models import Invitation


def invitation(invitation: Invitation, *, token: str) -> None:
    """Tell a member that they are invited. The link is the only place where the token stands."""
    member = invitation.member
    path = reverse("accounts:invitation_accept", kwargs={"slug": member.organisation.slug, "token": token})
    write_letter(
        "invitation",
        to=invitation.sent_to,
        about=f"invitation:{invitation.pk}",
        template="mail/accounts/invitation",
        context={
            "organisation_name": member.organisation.name,
            "given_name": member.given_name,
            "inviter": invitation.invited_by.name if invitation.invited_by else "",
            "url": settings.SITE_URL + path,
            "last_day": invitation.expires_at.astimezone(member.zone).date(),
            "email": invitation.sent_to,
        },
        expires_after=invitation.expires_at - invitation.created_at,
    )
