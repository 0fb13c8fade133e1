"""A real SMTP server on this machine, whose temper the test decides."""

import asyncio
import itertools
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from mentoring.embedded.valkey import free_port
from mentoring.outbox.models import Dispatch, Message
from tests.people import inside, make_organisation


class Temper:
    """Accepts everything unless told otherwise."""

    def __init__(self):
        self.arrived = []
        self.connections = 0
        self.to_recipient = {}
        self.to_sender = ""
        self.to_data = ""
        self.takes = 0.0
        self.hangs_up = False

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.to_recipient:
            return self.to_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.takes)
        if self.hangs_up:
            server.transport.close()
            return "421 Bye"
        if self.to_data:
            return self.to_data
        self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Taken"

    @property
    def recipients(self):
        return [str(mail["To"]) for mail in self.arrived]


@pytest.fixture
def temper():
    return Temper()


@pytest.fixture
def smtp(temper, settings):
    controller = Controller(temper, hostname="127.0.0.1", port=free_port(), decode_data=False)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield controller
    if controller.server is not None:
        controller.stop()


@pytest.fixture
def organisation(db):
    return make_organisation()


@pytest.fixture
def letter(organisation):
    """Write a letter straight into the tables: letter(recipient="…")."""
    numbers = itertools.count(1)

    def write(**fields):
        number = next(numbers)
        now = timezone.now()
        fields = {
            "kind": "test",
            "subject_ref": f"test:{number}",
            "recipient": f"alice{number}@northwind.example",
            "subject": "Your mentor said yes",
            "text": "Good news.\n",
            "due_at": now,
            "expires_at": now + timedelta(days=3),
            **fields,
        }
        with inside(fields.pop("organisation", organisation)) as _:
            message = Message.objects.create(**fields)
            Dispatch.objects.create(
                organisation_id=message.organisation_id, message_id=message.pk, due_at=message.due_at
            )
        return message

    return write


@pytest.fixture
def now_reads():
    """A letter as the database has it now."""

    def read(message):
        if not isinstance(message, Message):
            message.refresh_from_db()
            return message
        with inside(message.organisation):
            return Message.objects.get(pk=message.pk)

    return read
