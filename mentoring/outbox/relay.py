"""Sends letters through an HTTP relay that knows a letter it has seen before, so that none arrives twice.

    EMAIL_URL=relay+https://:<token>@relay.example.org/v1/letters

Each letter is one request:

    POST /v1/letters
    Authorization: Bearer <token>
    Idempotency-Key: <the same at every try of this letter>
    Content-Type: application/json

    {"message_id": "<…@example.org>", "from": "mentoring@example.org", "to": "alice@example.org", "mime": "<base64>"}

`mime` is the whole letter as it travels (RFC 5322), byte for byte the same at every try. What the relay answers:

    2xx             taken, now or when the same key came before
    409, 408, 425   the same letter is just being taken, or not now: tried again later
    429, 5xx        not now: tried again later, and the other letters wait as well
    401, 403, 404, 405   it doesn't know us: nobody's letter is at fault, all wait
    other 4xx       refused for good; {"refused": "recipient", "reason": "…"} says that there is nobody at the address
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Sequence
from email.utils import parseaddr
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from .refusals import Refused

NOT_NOW = {408, 409, 425}
ABOUT_US = {401, 402, 403, 404, 405}
LOCAL = {"127.0.0.1", "::1", "localhost"}
MOST_READ = 64 * 1024


class RelayBackend(BaseEmailBackend):
    """One connection to the relay of settings.EMAIL_RELAY_URL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        url = urlsplit(settings.EMAIL_RELAY_URL)
        if not url.hostname or (url.scheme != "https" and url.hostname not in LOCAL):
            raise ImproperlyConfigured("EMAIL_URL must be relay+https://; without TLS only on this machine.")
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._token = unquote(url.password or url.username or "")
        self._was_used = False
        self._http: http.client.HTTPConnection
        if url.scheme == "https":
            self._http = http.client.HTTPSConnection(
                url.hostname, url.port, timeout=settings.EMAIL_TIMEOUT, context=ssl.create_default_context()
            )
        else:
            self._http = http.client.HTTPConnection(url.hostname, url.port, timeout=settings.EMAIL_TIMEOUT)

    def open(self) -> bool:
        self._http.connect()
        return True

    def close(self) -> None:
        self._http.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand over letters of one recipient each. Raises Refused at the first that is not taken."""
        for mail in email_messages:
            self._send(mail)
        return len(email_messages)

    def _send(self, mail: EmailMessage) -> None:
        mime = mail.message()
        message_id = str(mime["Message-ID"])
        body = {
            "message_id": message_id,
            "from": parseaddr(mail.from_email)[1],
            "to": mail.to[0],
            "mime": base64.b64encode(mime.as_bytes()).decode(),
        }
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": sha256(message_id.encode()).hexdigest(),
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        # A connection that was idle may have been closed meanwhile; the key makes a second try safe.
        tries = 2 if self._was_used else 1
        for left in reversed(range(tries)):
            try:
                status, said = self._ask(json.dumps(body), headers)
                break
            except (http.client.HTTPException, OSError) as error:
                self._http.close()
                if not left:
                    reason = _("The connection to the mail server broke (%s).") % type(error).__name__
                    raise Refused(reason, server_is_down=True) from None
        if not 200 <= status < 300:
            raise _refused(status, said)

    def _ask(self, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self._http.request("POST", self._path, body, headers)
        answer = self._http.getresponse()
        said = answer.read(MOST_READ)
        self._was_used = True
        if answer.length:
            # Longer than anybody needs: the rest would stand before the next answer.
            self._http.close()
        return answer.status, said


def _refused(status: int, said: bytes) -> Refused:
    try:
        told = json.loads(said)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    reason = " ".join(f"{status} {told.get('reason') or http.client.responses.get(status, '')}".split())
    if status in ABOUT_US or status == 429 or status >= 500 or status < 400:
        return Refused(reason, server_is_down=True, untouched=status in ABOUT_US or status == 429)
    if status in NOT_NOW:
        return Refused(reason)
    return Refused(reason, for_good=True, bounced=told.get("refused") == "recipient")
