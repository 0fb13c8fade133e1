"""How sign-in differs from the library's defaults."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import qrcode
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from mentoring.outbox.services import write_account_letter

from . import services
from .models import Organisation

INVITATION = "invitation"
VISIT = "asks_for_codes"
CONFIRMATIONS = ("email_confirmation", "email_confirmation_signup")


def remember_invitation(request: HttpRequest, slug: str, token: str) -> None:
    """Keep an invitation that a visitor holds until they have signed up."""
    request.session[INVITATION] = [slug, token]


def _visit(request: HttpRequest) -> str:
    """A name for the visit that asks for codes."""
    name: str = request.session.setdefault(VISIT, secrets.token_hex(8))
    return name


def _code_lasts(request: HttpRequest | None, code: Any) -> timedelta:
    """How long a code will be taken: asking for another one does not begin the time anew."""
    whole = timedelta(seconds=app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
    state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) if request is not None else None
    if not state or state.get("code") != code:
        return whole
    return min(whole, whole - timedelta(seconds=time.time() - state["at"]))


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the letter into the outbox; nothing is sent inside a request."""
        kind = template_prefix.rsplit("/", 1)[-1]
        about, useful_for = f"sign-in:{timezone.now().isoformat()}", timedelta(hours=3)
        replaces: Sequence[str] = ()
        if kind in CONFIRMATIONS:
            useful_for = _code_lasts(self.request, context.get("code"))
            context = {"minutes": max(1, useful_for // timedelta(minutes=1)), **context}
            if self.request is not None:
                # Of one visit only the latest code works. Somebody else's visit must not take this one's letters back.
                about, replaces = f"sign-in:{_visit(self.request)}", CONFIRMATIONS
        context = {"email": email, "site_url": settings.SITE_URL, "request": self.request, **context}
        letter = self.render_mail(template_prefix, email, context)
        html = next((str(body) for body, form in getattr(letter, "alternatives", []) if form == "text/html"), "")
        write_account_letter(
            kind,
            to=email,
            about=about,
            subject=str(letter.subject),
            text=str(letter.body) + "\n",
            html=html,
            expires_after=useful_for,
            replaces=replaces,
        )

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Whether a letter has already reached this address: the visitor holds an invitation that went to it."""
        slug, token = request.session.get(INVITATION, ("", ""))
        organisation = Organisation.objects.filter(slug=slug).first() if slug else None
        invitation = services.find_invitation(organisation, token) if organisation else None
        if invitation is None or services.why_refused(invitation):
            return False
        return invitation.sent_to == email.lower()

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:account")


class MFAAdapter(DefaultMFAAdapter):
    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Number the passkeys of a user."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %d") % number

    def build_totp_svg(self, url: str) -> str:
        """With a white ground, because no app reads black on dark."""
        picture = io.BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(picture)
        return picture.getvalue().decode()
