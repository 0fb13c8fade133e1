"""How late letters leave, and how fast many that are due at once: four senders, and a mail server that takes its time."""

from __future__ import annotations

import contextlib
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from mentoring.outbox.models import Dispatch, Message
from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.scope import organisation_scope

from .figures import Figures

SENDERS = 4
TAKES = 0.020
AT_ONCE = 5000
AT_ONCE_BUDGET = 40.0
# So many letters, due one after another over so many seconds.
SPREAD, SPREAD_OVER = 1500, 30
DRIFT_BUDGET = 5.0
SLUG = "bench-letters"


class _MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as a sender needs; each letter takes 20 ms. Slow enough to be real, simple enough to cost nothing."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 16


class _Conversation(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say("220 bench")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                time.sleep(TAKES)
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 bench" if word == b"EHLO" else "250 OK")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def measure(folder: Path) -> Figures:
    """Seconds until 5,000 letters due at once have left, and how long after its moment each of 1,500 others does."""
    figures = Figures("outbox", "seconds", folder, budgets={"all": AT_ONCE_BUDGET, "p99": DRIFT_BUDGET})
    _clear()
    organisation = Organisation.objects.create(slug=SLUG, name="Letters", time_zone="Europe/London")
    try:
        with _server() as port:
            now = timezone.now()
            _write(organisation, [now] * AT_ONCE)
            with _senders(port):
                began = _first_sent(organisation)
                _until_empty(organisation)
            ended = _times(organisation, "sent_at")
            took = (max(ended) - began).total_seconds()
            figures.add(f"{AT_ONCE} at once, {SENDERS} senders", all=took, each=took / AT_ONCE)
            with _senders(port):
                # They start first, as they run all day.
                _write(organisation, [timezone.now()])
                _until_empty(organisation)
                start = timezone.now() + timedelta(seconds=3)
                due = [start + timedelta(seconds=SPREAD_OVER * n / SPREAD) for n in range(SPREAD)]
                _write(organisation, due)
                _until_empty(organisation)
            late = _drift(organisation, start)
            p50, p99 = np.percentile(late, [50, 99])
            figures.add(f"drift of {SPREAD}", p50=float(p50), p99=float(p99), most=float(late.max()))
    finally:
        _clear()
    return figures


def _write(organisation: Organisation, due: list[datetime]) -> None:
    with organisation_scope(organisation), transaction.atomic():
        first = Message.objects.count()
        made = Message.objects.bulk_create(
            Message(
                kind="bench", subject_ref=f"bench:{first + n}", recipient=f"bench{first + n}@example.org",
                subject="Tomorrow: your session with Ines Adler at 10:00", text="You meet Ines Adler.\n" * 40,
                html="<p>You meet Ines Adler.</p>" * 120, due_at=at,
            )
            for n, at in enumerate(due)
        )  # fmt: skip
        Dispatch.objects.bulk_create(
            Dispatch(organisation=organisation, message_id=each.pk, due_at=each.due_at) for each in made
        )


@contextlib.contextmanager
def _server() -> Iterator[int]:
    with _MailServer(("127.0.0.1", 0), _Conversation) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextlib.contextmanager
def _senders(port: int) -> Iterator[None]:
    command = [sys.executable, "manage.py", "deliver_outbox", "--senders", str(SENDERS)]
    environment = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    running = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


def _waiting(organisation: Organisation) -> int:
    return Dispatch.objects.filter(organisation=organisation).count()


def _first_sent(organisation: Organisation) -> datetime:
    """When the first letter was taken up; how long Python takes to start is not what is measured."""
    while True:
        with organisation_scope(organisation), transaction.atomic():
            sent = Message.objects.filter(sent_at__isnull=False).order_by("sent_at").first()
        if sent is not None and sent.sent_at is not None:
            return sent.sent_at - timedelta(seconds=TAKES)
        time.sleep(0.02)


def _until_empty(organisation: Organisation) -> None:
    while _waiting(organisation):
        time.sleep(0.1)


def _times(organisation: Organisation, field: str) -> list[Any]:
    with organisation_scope(organisation), transaction.atomic():
        return list(Message.objects.filter(sent_at__isnull=False).values_list(field, flat=True))


def _drift(organisation: Organisation, since: datetime) -> np.ndarray:
    """Seconds from when each letter was due to when it had been taken."""
    with organisation_scope(organisation), transaction.atomic():
        rows = Message.objects.filter(due_at__gte=since).values_list("due_at", "sent_at")
        return np.array([(sent - due).total_seconds() for due, sent in rows if sent is not None])


def _clear() -> None:
    for organisation in Organisation.objects.filter(slug=SLUG):
        erase_organisation(organisation)
