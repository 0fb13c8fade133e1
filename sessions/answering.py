"""The links in an invitation by which somebody says whether they come, without signing in."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Member

from .models import Session

# As addresses call them, and as they are kept.
ANSWERS = {"accept": "accepted", "decline": "declined"}


class Invited(NamedTuple):
    """Who was invited to what, and to which version of it."""

    organisation_id: int
    session_id: int
    member_id: int
    sequence: int


def answer_address(session: Session, member: Member, answer: str) -> str:
    """Where a member accepts or declines the session as it is now; a later version of it has other addresses."""
    token = _signer().sign_object([session.organisation_id, session.pk, member.pk, session.sequence])
    return settings.SITE_URL + reverse("session_answer", kwargs={"token": token, "answer": answer})


def read_token(token: str) -> Invited | None:
    """Whose invitation an address is of; None if it isn't ours."""
    try:
        return Invited(*_signer().unsign_object(token))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _signer() -> signing.Signer:
    return signing.Signer(salt="sessions.answering")
