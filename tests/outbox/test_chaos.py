"""Senders are killed, servers go away and come back: no letter is lost, and none arrives twice that needn't.

Real processes, a real PostgreSQL, a real SMTP server and a real HTTP relay. `make chaos` runs it with 1,500 letters.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from mentoring.embedded import EmbeddedPostgres
from mentoring.embedded.provisioning import OWNER
from mentoring.embedded.valkey import free_port
from mentoring.outbox.models import Dispatch, Message
from tests.chaos import LONG, sized
from tests.conftest import cut_connections
from tests.mailbox import Temper, mail_server
from tests.people import inside
from tests.processes import eventually, kill, process
from tests.relay import Relay, relay_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(900)]
LETTERS = sized(150, 1500)
KILLS = sized(4, 40)
# A dead sender's letter is free again after so many seconds.
LEASE = 2


@pytest.fixture
def letters(organisation):
    """Write so many letters that are due; returns to whom."""

    def write(count):
        now = timezone.now()
        with inside(organisation):
            made = Message.objects.bulk_create(
                Message(
                    kind="test", subject_ref=f"test:{n}", recipient=f"alice{n}@northwind.example", subject="Yes",
                    text="Good news.\n", html="<p>Good news.</p>", due_at=now, expires_at=now + timedelta(days=3),
                )
                for n in range(count)
            )  # fmt: skip
            Dispatch.objects.bulk_create(
                Dispatch(organisation=organisation, message_id=each.pk, due_at=now) for each in made
            )
        return {each.recipient for each in made}

    return write


def all_sent(organisation):
    with inside(organisation):
        return set(Message.objects.values_list("status", flat=True)) == {"sent"}


class Killer:
    """Kills a sender with -9 in the middle of a letter: before the server has taken it, or straight after."""

    def __init__(self, countdown, *, after_taking):
        self.countdown = countdown
        self.after_taking = after_taking
        self.victim = None
        self.lock = threading.Lock()

    def strikes(self, *, taken):
        with self.lock:
            if taken != self.after_taking:
                return False
            self.countdown -= 1
            if self.countdown != 0:
                return False
        os.killpg(self.victim.pid, signal.SIGKILL)
        return True


class DeadlyTemper(Temper):
    """An SMTP server of one sender, into whose common inbox it delivers."""

    def __init__(self, inbox, killer=None):
        super().__init__()
        self.arrived = inbox
        self.killer = killer
        self.takes = 0.002

    async def handle_DATA(self, server, session, envelope):
        if self.killer and self.killer.strikes(taken=False):
            return "451 Not now"
        answer = await super().handle_DATA(server, session, envelope)
        if self.killer:
            self.killer.strikes(taken=True)
        return answer


class DeadlyRelay:
    """A relay's door for one sender."""

    connections = 0
    breaks_after_taking = 0

    def __init__(self, relay, killer=None):
        self.relay = relay
        self.killer = killer

    def take(self, headers, body):
        if self.killer and self.killer.strikes(taken=False):
            return 503, {}
        answer = self.relay.take(headers, body)
        if self.killer:
            self.killer.strikes(taken=True)
        return answer


@contextmanager
def smtp_sender(inbox, killer=None, **more):
    with mail_server(DeadlyTemper(inbox, killer)) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        with process("manage.py", "deliver_outbox", EMAIL_URL=url, OUTBOX_LEASE=LEASE, **more) as running:
            yield running


@contextmanager
def relay_sender(relay, killer=None, **more):
    with relay_server(DeadlyRelay(relay, killer)) as server:
        url = f"relay+http://:key@127.0.0.1:{server.server_port}/"
        command = ("manage.py", "deliver_outbox", "--senders", "4")
        with process(*command, EMAIL_URL=url, OUTBOX_LEASE=LEASE, **more) as running:
            yield running


def storm(sender, store, *, at_a_time=4):
    """Start senders and kill each within its first letters, KILLS of them, and let one more finish."""
    dice = random.Random(20261122)
    with ExitStack() as stack:
        doomed = []
        for number in range(KILLS):
            eventually(lambda: sum(each.poll() is None for each in doomed) < at_a_time, within=120)
            killer = Killer(dice.randint(1, 20), after_taking=number % 3 != 0)
            # Set before it can have sent anything: Python alone takes longer to start.
            killer.victim = stack.enter_context(sender(store, killer))
            doomed.append(killer.victim)
        # Only then: one that isn't killed might send them all before the others have begun.
        eventually(lambda: all(each.poll() is not None for each in doomed), within=120)
        stack.enter_context(sender(store))
        eventually(lambda: Dispatch.objects.count() == 0, within=sized(60, 400))


def test_killed_senders_and_plain_smtp(letters, organisation):
    """Nothing lost; at most one letter twice for each kill, and that with one Message-ID."""
    wanted, inbox = letters(LETTERS), []
    storm(smtp_sender, inbox)
    counts = Counter(str(mail["To"]) for mail in inbox)
    assert set(counts) == wanted
    assert sum(counts.values()) - len(wanted) <= KILLS
    ids = {(str(mail["To"]), mail["Message-ID"], mail["Date"]) for mail in inbox}
    assert len(ids) == len(wanted)
    assert all_sent(organisation)


def test_killed_senders_and_a_relay_that_knows_the_letter(letters, organisation):
    """Nothing lost, nothing twice, though letters were handed over twice."""
    wanted, relay = letters(LETTERS), Relay()
    storm(relay_sender, relay)
    counts = Counter(relay.recipients)
    assert set(counts) == wanted
    assert max(counts.values()) == 1
    assert len(relay.requests) > len(relay.arrived), "or the test would have proved nothing"
    assert all_sent(organisation)


def test_mail_server_and_database_go_away_and_come_back(letters, organisation):
    """Ten minutes without a mail server, at two hundred times the speed; and every connection to the database cut."""
    faster = {"OUTBOX_RETRY_AFTER": "0.3,1.5,4.5,18,54", "OUTBOX_PAUSE": 0.025}
    wanted, inbox, port = letters(sized(120, 1000)), [], free_port()
    temper = DeadlyTemper(inbox)
    temper.takes = 0.01
    command = ("manage.py", "deliver_outbox", "--senders", "2")
    with process(*command, EMAIL_URL=f"smtp://127.0.0.1:{port}", OUTBOX_LEASE=LEASE, **faster) as running:
        with mail_server(temper, port=port):
            eventually(lambda: len(inbox) > 10)
            for _ in range(sized(3, 30)):
                cut_connections()
                time.sleep(0.2)
        with inside(organisation):
            assert Message.objects.filter(status="pending").exists()
        time.sleep(3)
        assert running.poll() is None
        with mail_server(temper, port=port):
            eventually(lambda: Dispatch.objects.count() == 0, within=sized(60, 200))
    counts = Counter(str(mail["To"]) for mail in inbox)
    assert set(counts) == wanted
    # A server that stops in the middle of a letter may have taken it: one for each connection.
    assert sum(counts.values()) - len(wanted) <= 2
    assert all_sent(organisation)


WRITE = """
from django.utils import timezone
from accounts.models import Organisation
from mentoring.outbox.models import *
from mentoring.tenancy.scope import organisation_scope
from django.db import transaction
o = Organisation.objects.create(slug="northwind", name="Northwind", time_zone="Europe/London")
with organisation_scope(o), transaction.atomic():
    made = Message.objects.bulk_create(Message(kind="test", subject_ref=f"test:{n}", recipient=f"alice{n}@x.example",
        subject="Yes", text="Good news.", due_at=timezone.now()) for n in range(500))
    Dispatch.objects.bulk_create(Dispatch(organisation=o, message_id=m.pk, due_at=m.due_at) for m in made)
"""


@pytest.mark.skipif(not LONG, reason="make chaos: it makes a database of its own and stops it again and again")
def test_the_database_is_stopped_and_killed_under_the_senders(tmp_path):
    """A PostgreSQL of its own, durable as in production: stopped cleanly three times, and three times with -9."""
    inbox = []
    with EmbeddedPostgres(tmp_path / "postgres") as postgres, mail_server(DeadlyTemper(inbox)) as server:
        around = {"DATABASE_URL": postgres.url(), "EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "OUTBOX_LEASE": 40}
        owner = {**around, "DATABASE_OWNER_URL": postgres.url(role=OWNER), "DATABASE_AS": "owner"}
        for command, env in ((("migrate", "-v0"), owner), (("shell", "-c", WRITE), around)):
            with process("manage.py", *command, **env) as running:
                assert running.wait(180) == 0
        server.handler.takes = 0.03
        with process("manage.py", "deliver_outbox", "--senders", "2", **around) as running:
            for number in range(6):
                so_far = len(inbox)
                eventually(lambda: len(inbox) >= so_far + 20, within=60)  # noqa: B023  (asked before the next turn)
                if number % 2:
                    kill(postgres.process)
                    time.sleep(1)
                    postgres.revive()
                else:
                    postgres.stop()
                    time.sleep(1)
                    postgres.start()
            eventually(lambda: len({str(mail["To"]) for mail in inbox}) == 500, within=120)
            assert running.poll() is None
    # What was sent while the database was away was written down when it was back.
    assert len(inbox) == 500
