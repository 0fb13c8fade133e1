"""How sign-in differs from the library's defaults."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
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


def remember_invitation(request: HttpRequest, slug: str, token: str) -> None:
    """Keep an invitation that a visitor holds until they have signed up."""
    request.session[INVITATION] = [slug, token]


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the letter into the outbox; nothing is sent inside a request."""
        context = {"email": email, "site_url": settings.SITE_URL, "request": self.request, **context}
        letter = self.render_mail(template_prefix, email, context)
        html = next((str(body) for body, kind in getattr(letter, "alternatives", []) if kind == "text/html"), "")
        write_account_letter(
            template_prefix.rsplit("/", 1)[-1],
            to=email,
            about=f"sign-in:{timezone.now().isoformat()}",
            subject=str(letter.subject),
            text=str(letter.body) + "\n",
            html=html,
            expires_after=timedelta(hours=3),
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
