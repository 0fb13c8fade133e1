"""Letters, and the server that takes them."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from mentoring.outbox.models import Dispatch, Message
from tests.mailbox import Temper, mail_server
from tests.people import inside, make_organisation


@pytest.fixture
def temper():
    return Temper()


@pytest.fixture
def smtp(temper, settings):
    with mail_server(temper) as controller:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 1
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield controller


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
