"""How sign-in differs from the library's defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.utils import timezone

from mentoring.outbox.services import write_account_letter


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the letter into the outbox; nothing is sent inside a request."""
        letter = self.render_mail(template_prefix, email, context)
        html = next((str(body) for body, kind in getattr(letter, "alternatives", []) if kind == "text/html"), "")
        write_account_letter(
            template_prefix.rsplit("/", 1)[-1],
            to=email,
            about=f"sign-in:{timezone.now().isoformat()}",
            subject=letter.subject,
            text=str(letter.body),
            html=html,
            expires_after=timedelta(hours=3),
        )
