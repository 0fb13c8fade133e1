"""Delivery through an HTTP relay that honours an idempotency key."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from mentoring.outbox.delivery import Delivery
from mentoring.outbox.models import BouncedAddress, Dispatch, Message
from mentoring.outbox.relay import RelayBackend
from tests.people import inside
from tests.relay import Relay, relay_server

pytestmark = pytest.mark.django_db
CALENDAR = {"name": "a.ics", "content_type": "text/calendar; method=REQUEST", "content": "BEGIN:VCALENDAR\r\n"}


@pytest.fixture
def relay():
    return Relay()


@pytest.fixture
def server(relay, settings):
    with relay_server(relay) as server:
        settings.EMAIL_BACKEND = "mentoring.outbox.relay.RelayBackend"
        settings.EMAIL_RELAY_URL = f"http://:s3cret@127.0.0.1:{server.server_port}/v1/letters"
        settings.EMAIL_TIMEOUT = 2
        yield server


def try_again(message):
    with inside(message.organisation):
        Message.objects.filter(pk=message.pk).update(status="pending")
    Dispatch.objects.update_or_create(
        organisation=message.organisation, message_id=message.pk, defaults={"due_at": timezone.now()}
    )


def test_a_letter_arrives_whole(server, relay, letter, now_reads, settings):
    settings.DEFAULT_FROM_EMAIL = "Mentoring <hello@mentoring.example>"
    sent = letter(
        subject="Łódź said “yes”", text="Good news – yes.\n", html="<p>yes</p>", attachments=[CALENDAR],
        due_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC), written_at=datetime(2026, 11, 1, 8, tzinfo=UTC), expires_at=None,
    )  # fmt: skip
    assert Delivery().run(once=True) == 1
    (mail,) = relay.arrived
    assert (mail["Subject"], mail["From"]) == ("Łódź said “yes”", "Mentoring <hello@mentoring.example>")
    assert mail["Date"] == "Fri, 20 Nov 2026 09:30:00 +0000"
    assert mail.get_body(("plain",)).get_content() == "Good news – yes.\n"
    headers, body = relay.requests[0]
    assert headers["Authorization"] == "Bearer s3cret"
    assert len(headers["Idempotency-Key"]) == 64
    assert f'"from": "hello@mentoring.example", "to": "{sent.recipient}"' in body
    assert now_reads(sent).status == "sent"


def test_one_connection_carries_many_letters(server, relay, letter):
    for _ in range(5):
        letter()
    assert Delivery().run(once=True) == 5
    assert relay.connections == 1


def test_a_letter_whose_answer_got_lost_arrives_once(server, relay, letter, now_reads):
    """The relay took it and the line broke: the second try has the same key and the same bytes."""
    sent = letter(html="<p>yes</p>", attachments=[CALENDAR])
    relay.breaks_after_taking = 1
    assert Delivery().run(once=True) == 0
    assert now_reads(sent).outcome == "The connection to the mail server broke (RemoteDisconnected)."
    try_again(sent)
    assert Delivery().run(once=True) == 1
    assert len(relay.requests) == 2
    assert len(relay.arrived) == 1
    (first, one), (second, two) = relay.requests
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert one == two


def test_a_connection_that_was_closed_while_idle_costs_nothing(server, relay, letter):
    delivery = Delivery()
    letter()
    assert delivery.deliver_next() == "sent"
    relay.breaks_after_taking = 1
    letter()
    assert delivery.deliver_next() == "sent"
    delivery.server.close()
    assert len(relay.arrived) == 2
    assert len(relay.requests) == 3


@pytest.mark.parametrize(
    ("status", "said", "outcome", "counts", "is_down"),
    [
        (409, {}, "409 Conflict", 1, False),
        (429, {"reason": "Slowly"}, "429 Slowly", 0, True),
        (401, {}, "401 Unauthorized", 0, True),
        (404, {}, "404 Not Found", 0, True),
        (503, {"reason": "Back at\nnoon"}, "503 Back at noon", 1, True),
        (302, {}, "302 Found", 1, True),
    ],
)
def test_not_now_costs_no_letter(server, relay, letter, now_reads, status, said, outcome, counts, is_down):
    waiting = letter()
    relay.answers = [(status, said)]
    delivery = Delivery()
    assert delivery.run(once=True) == 0
    kept = now_reads(waiting)
    assert (kept.status, kept.outcome, kept.attempts) == ("pending", outcome, counts)
    assert delivery.server_is_down is is_down
    assert timedelta(seconds=50) < Dispatch.objects.get().due_at - timezone.now() <= timedelta(seconds=60)


def test_refused_for_good(server, relay, letter, now_reads, organisation):
    unlucky, nobody, fine = letter(), letter(), letter()
    relay.answers = [(422, {"reason": "Too long"}), (400, {"refused": "recipient", "reason": "No such user"})]
    assert Delivery().run(once=True) == 1
    assert [now_reads(each).outcome for each in (unlucky, nobody)] == ["422 Too long", "400 No such user"]
    assert [now_reads(each).status for each in (unlucky, nobody, fine)] == ["failed", "failed", "sent"]
    with inside(organisation):
        assert [mark.address for mark in BouncedAddress.objects.all()] == [nobody.recipient]


def test_nobody_there(server, relay, letter, now_reads, settings):
    waiting = letter()
    settings.EMAIL_RELAY_URL = "http://127.0.0.1:9/"
    assert Delivery().run(once=True) == 0
    kept = now_reads(waiting)
    assert (kept.status, kept.attempts) == ("pending", 0)
    assert kept.outcome == "The mail server could not be reached (ConnectionRefusedError)."


def test_without_tls_only_on_this_machine(settings):
    settings.EMAIL_RELAY_URL = "http://relay.example.org/"
    with pytest.raises(ImproperlyConfigured):
        RelayBackend()
