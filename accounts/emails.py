"""The letters of this app."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from mentoring.outbox.services import write_letter

from .models import Invitation


def invitation_address(invitation: Invitation, *, token: str) -> str:
    """The link that an invitation is accepted by: the only place where its token stands."""
    slug = invitation.member.organisation.slug
    return settings.SITE_URL + reverse("accounts:invitation_accept", kwargs={"slug": slug, "token": token})


def invitation(invitation: Invitation, *, token: str) -> None:
    """Tell a member that they are invited."""
    member = invitation.member
    write_letter(
        "invitation",
        to=invitation.sent_to,
        about=f"invitation:{invitation.pk}",
        template="mail/accounts/invitation",
        context={
            "organisation_name": member.organisation.name,
            "given_name": member.given_name,
            "inviter": invitation.invited_by.name if invitation.invited_by else "",
            "url": invitation_address(invitation, token=token),
            "last_day": invitation.expires_at.astimezone(member.zone).date(),
            "email": invitation.sent_to,
        },
        expires_after=invitation.expires_at - invitation.created_at,
        secret=True,
    )
