"""Puts a stored letter into the form in which it travels; every try makes the same one."""

from __future__ import annotations

import re
from email.message import Message as Mime
from email.mime.text import MIMEText
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from .models import Letter, Message

PLACE = re.compile(r"<?[0-9a-f]{40}\.(\d{1,18})\.(\d{1,18})@[^<>@\s]+>?")


class SameMail(EmailMultiAlternatives):
    """A letter that is the same to the byte however often it is put together: relays compare."""

    _mime: Mime | None = None

    def message(self, *args: Any, **options: Any) -> Any:
        if self._mime is None:
            mime = super().message(*args, **options)
            digest = sha256(str(mime["Message-ID"]).encode()).hexdigest()[:32]
            for number, part in enumerate(mime.walk()):
                if part.is_multipart():
                    part.set_boundary(f"=={digest}.{number}==")
            self._mime = mime
        return self._mime


def compose(letter: Letter) -> EmailMultiAlternatives:
    """A letter as text, HTML and attachments, with a Message-ID and a date that stay the same at every try."""
    mail = SameMail(
        subject=letter.subject,
        body=letter.text,
        to=[letter.recipient],
        headers={
            "Message-ID": message_id(letter),
            "Date": format_datetime(max(letter.due_at, letter.written_at)),
            # Keeps holiday notices from answering.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            **letter.headers,
        },
    )
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    for attachment in letter.attachments:
        content, content_type = attachment["content"], attachment["content_type"]
        main_type, parameters = _split(content_type)
        if main_type == "text/calendar" and "method" in parameters:
            # Outlook offers its buttons only for an invitation that is a form of the letter; others want a file.
            mail.attach_alternative(content, f"text/calendar; method={parameters['method']}")
        mail.attach(_part(attachment["name"], main_type, parameters, content))
    # Whatever is wrong with it comes to light here, before the mail server is troubled.
    mail.message()
    return mail


def message_id(letter: Letter) -> str:
    """The same for the same (kind, subject, recipient, sequence, organisation), so that servers know a second copy.

    It ends with where the letter is found when a server reports of it later.
    """
    organisation = letter.organisation_id if isinstance(letter, Message) else "account"
    key = [letter.kind, letter.subject_ref, letter.recipient, str(letter.sequence), str(organisation)]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(chr(0).join(key).encode()).hexdigest()[:40]}.{organisation}.{letter.pk}@{domain}>"


def place_of(said: str) -> tuple[int, int] | None:
    """The organisation and the letter that a Message-ID names, or None when it is not of an organisation's letter."""
    found = PLACE.fullmatch(said.strip())
    return (int(found[1]), int(found[2])) if found else None


def _part(name: str, main_type: str, parameters: dict[str, str], content: str) -> MIMEText:
    kind, _, subtype = main_type.partition("/")
    if kind != "text":
        raise ValueError(f"attachments hold text only, not {main_type}")
    part = MIMEText(content, subtype, "utf-8")
    for key, value in parameters.items():
        if key != "charset":
            part.set_param(key, value)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _split(content_type: str) -> tuple[str, dict[str, str]]:
    main_type, *rest = (each.strip() for each in content_type.split(";"))
    pairs = (each.partition("=") for each in rest if each)
    return main_type.lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
