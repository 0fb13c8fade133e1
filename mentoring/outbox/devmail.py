"""Development only: keeps sent mail as files and shows it at /dev/mail/, so that no mail server is needed."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage as ParsedMail
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

# Older mail stays in the folder, but isn't searched.
MOST_LISTED = 2000
ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


class DevMailBackend(BaseEmailBackend):
    """Writes each letter, as it would travel, into settings.DEV_MAIL_DIR."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            now = time.time_ns()
            moment = datetime.fromtimestamp(now / 1e9, UTC)
            name = f"{moment:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
            # Readers never see half a letter.
            half = folder / f"{name}.part"
            half.write_bytes(mail.message().as_bytes())
            os.replace(half, folder / f"{name}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class KeptMail:
    """One letter in the folder."""

    id: str
    headers: ParsedMail

    @property
    def sent_at(self) -> datetime:
        return datetime.strptime(self.id[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)

    @property
    def to(self) -> str:
        return str(self.headers["To"] or "")

    @property
    def subject(self) -> str:
        # A subject that begins with an encoded word begins on its second line, after a space.
        return str(self.headers["Subject"] or "").strip()


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """List what was sent, newest first; `?to=` finds a recipient."""
    wanted = request.GET.get("to", "").strip()
    files = sorted(_folder().glob("*.eml"), reverse=True)[:MOST_LISTED]
    if wanted:
        files = [each for each in files if wanted.casefold() in _headers(each).to.casefold()]
    page = Paginator(files, 50).get_page(request.GET.get("page"))
    mails = [_headers(each) for each in page]
    return render(request, "devmail/mail_list.html", {"page": page, "mails": mails, "wanted": wanted})


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know only views without arguments
def mail_detail(request: HttpRequest, id: str) -> HttpResponse:
    """Show one letter: headers, text, HTML in a frame of its own, attachments."""
    mail = _read(id)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    context = {
        "mail": KeptMail(id, mail),
        "headers": [(name, str(value)) for name, value in mail.items()],
        "text": text.get_content() if text else "",
        "has_html": html is not None,
        "attachments": [
            {"number": number, "name": part.get_filename() or f"attachment-{number}", "type": str(part["Content-Type"])}
            for number, part in enumerate(mail.iter_attachments())
        ],
    }
    return render(request, "devmail/mail_detail.html", context)


# Letters carry their styles inline. In this one answer they may, and nothing else: no script, nothing fetched.
@require_safe
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]  # likewise
    {
        "script-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "font-src": [NONE],
        "connect-src": [NONE],
        "manifest-src": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def mail_html(request: HttpRequest, id: str) -> HttpResponse:
    """The HTML of one letter as it was sent; its links open in a new tab."""
    html = _read(id).get_body(("html",))
    if html is None:
        raise Http404
    return HttpResponse('<base target="_blank">' + html.get_content())


@require_safe
def mail_attachment(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """Download one attachment."""
    parts = list(_read(id).iter_attachments())
    if number >= len(parts):
        raise Http404
    part = parts[number]
    content = part.get_payload(decode=True)
    response = HttpResponse(content, content_type=str(part["Content-Type"]).replace("\r\n", ""))
    name = re.sub(r"[^\w. -]", "_", part.get_filename() or f"attachment-{number}")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _folder() -> Path:
    return Path(settings.DEV_MAIL_DIR)


def _headers(file: Path) -> KeptMail:
    with file.open("rb") as opened:
        return KeptMail(file.stem, BytesHeaderParser(policy=policy.default).parse(opened))


def _read(id: str) -> ParsedMail:
    file = _folder() / f"{id}.eml"
    if not ID.fullmatch(id) or not file.is_file():
        raise Http404
    return BytesParser(policy=policy.default).parsebytes(file.read_bytes())


app_name = "devmail"
urlpatterns = [
    path("", mail_list, name="list"),
    path("<str:id>/", mail_detail, name="detail"),
    path("<str:id>/html/", mail_html, name="html"),
    path("<str:id>/attachments/<int:number>/", mail_attachment, name="attachment"),
]
