"""Delivery as a process of its own. What it survives is in test_chaos.py."""

import signal
import time

import pytest
from django.utils import timezone

from mentoring.outbox.delivery import DatabaseClock, Delivery
from tests.processes import eventually, process

pytestmark = pytest.mark.django_db(transaction=True)


def deliverer(smtp, *options):
    return process("manage.py", "deliver_outbox", *options, EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}", OUTBOX_LEASE=3)


def test_a_polite_stop_finishes_the_letter_in_hand(smtp, temper, letter, now_reads):
    temper.takes = 0.7
    first, second = letter(), letter()
    with deliverer(smtp) as running:
        eventually(lambda: temper.connections == 1)
        time.sleep(0.3)
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0
    assert temper.recipients == [first.recipient]
    assert (now_reads(first).status, now_reads(second).status) == ("sent", "pending")
    assert now_reads(second).attempts == 0


def test_several_senders_have_letters_in_hand_at_once(smtp, temper, letter):
    temper.takes = 0.5
    for _ in range(8):
        letter()
    with deliverer(smtp, "--senders", "4") as running:
        eventually(lambda: temper.connections == 4)
        eventually(lambda: len(temper.arrived) == 8)
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0
    assert len(set(temper.recipients)) == 8
    assert temper.connections == 4


def test_the_databases_clock_is_asked_between_transactions(smtp, temper, letter, monkeypatch):
    """Nothing may be asked in an organisation's scope outside a transaction, not even the time."""
    monkeypatch.setattr("mentoring.outbox.delivery.POLL", -1)
    letter()
    letter(expires_at=timezone.now())
    refused = letter()
    temper.to_recipient = {refused.recipient: "451 4.7.1 Come back later"}
    assert Delivery(clock=DatabaseClock()).run(once=True) == 1
