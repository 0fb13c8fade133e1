"""Two delivery processes side by side, killed in the middle: nothing is lost, and hardly anything sent twice."""

import signal
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from mentoring.outbox.models import Dispatch, Message
from tests.people import inside
from tests.processes import eventually, kill, process

pytestmark = pytest.mark.django_db(transaction=True)


def deliverer(smtp):
    return process("manage.py", "deliver_outbox", EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}", OUTBOX_LEASE=3)


def test_kill_9_loses_nothing(smtp, temper, letter, organisation):
    temper.takes = 0.02
    wanted = {letter().recipient for _ in range(150)}
    kills = 4
    with ExitStack() as stack:
        stack.enter_context(deliverer(smtp))
        for _ in range(kills):
            victim = stack.enter_context(deliverer(smtp))
            connections, so_far = temper.connections, len(temper.arrived)
            eventually(lambda: temper.connections > connections and len(temper.arrived) > so_far + 5)  # noqa: B023
            kill(victim)
        eventually(lambda: Dispatch.objects.count() == 0, within=60)
    counts = Counter(temper.recipients)
    assert set(counts) == wanted
    assert sum(counts.values()) <= 150 + kills
    twice = {who for who, times in counts.items() if times > 1}
    ids = {str(mail["To"]): set() for mail in temper.arrived}
    for mail in temper.arrived:
        ids[str(mail["To"])].add(mail["Message-ID"])
    assert all(len(ids[who]) == 1 for who in twice)
    with inside(organisation):
        assert Message.objects.exclude(status="sent").count() == 0


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
