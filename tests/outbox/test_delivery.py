"""Delivery over real SMTP, to servers of every temper."""

import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from mentoring.outbox.delivery import DatabaseClock, Delivery
from mentoring.outbox.models import BouncedAddress, Dispatch, Message
from mentoring.outbox.services import take_back, write_account_letter
from mentoring.outbox.taking import take_next
from tests.people import inside, make_organisation

pytestmark = pytest.mark.django_db


def waits():
    """How long until the only pointer is due, in minutes."""
    return round((Dispatch.objects.get().due_at - timezone.now()) / timedelta(minutes=1), 1)


def test_a_letter_arrives_whole(smtp, temper, letter, now_reads, settings):
    settings.DEFAULT_FROM_EMAIL = "Mentoring <hello@mentoring.example>"
    sent = letter(
        html="<p>Good news – <b>yes</b></p>",
        subject="Łódź said “yes”",
        text="Good news – yes.\n",
        headers={"Reply-To": "owner@northwind.example"},
        due_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        written_at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        expires_at=None,
        attachments=[
            {
                "name": "invitation.ics",
                "content_type": "text/calendar; charset=utf-8; method=REQUEST",
                "content": "BEGIN:VCALENDAR\r\nSUMMARY:Łódź\r\nEND:VCALENDAR\r\n",
            }
        ],
    )
    assert Delivery().run(once=True) == 1
    (mail,) = temper.arrived
    assert (mail["Subject"], mail["To"]) == ("Łódź said “yes”", sent.recipient)
    assert mail["From"] == "Mentoring <hello@mentoring.example>"
    assert mail["Reply-To"] == "owner@northwind.example"
    assert mail["Date"] == "Fri, 20 Nov 2026 09:30:00 +0000"
    assert mail["Message-ID"].endswith("@mentoring.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/mixed"
    forms, file = mail.iter_parts()
    assert [part.get_content_type() for part in forms.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    assert mail.get_body(("plain",)).get_content() == "Good news – yes.\r\n"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Good news – <b>yes</b></p>"
    assert [part.get_param("method") for part in (list(forms.iter_parts())[2], file)] == ["REQUEST", "REQUEST"]
    assert (file.get_filename(), file.get_content_disposition()) == ("invitation.ics", "attachment")
    assert file.get_content().splitlines() == ["BEGIN:VCALENDAR", "SUMMARY:Łódź", "END:VCALENDAR"]
    kept = now_reads(sent)
    assert (kept.status, kept.attempts, kept.outcome) == ("sent", 1, "")
    assert kept.sent_at is not None
    assert kept.text, "kept for a month"
    assert Dispatch.objects.count() == 0


def test_only_what_is_due_is_sent_oldest_first(smtp, temper, letter):
    now = timezone.now()
    letter(recipient="later@northwind.example", due_at=now + timedelta(minutes=1))
    letter(recipient="second@northwind.example", due_at=now - timedelta(minutes=1))
    letter(recipient="first@northwind.example", due_at=now - timedelta(minutes=2))
    assert Delivery().run(once=True) == 2
    assert temper.recipients == ["first@northwind.example", "second@northwind.example"]


def test_one_connection_carries_many_letters(smtp, temper, letter):
    for _ in range(5):
        letter()
    assert Delivery().run(once=True) == 5
    assert temper.connections == 1


def test_letters_of_several_organisations_and_of_none(smtp, temper, letter):
    letter(organisation=make_organisation("southwind"), recipient="bob@southwind.example")
    letter()
    code = write_account_letter("code", to="carol@home.example", about="sign-in:1", subject="Code", text="123456")
    assert Delivery().run(once=True) == 3
    assert temper.recipients == ["bob@southwind.example", "alice2@northwind.example", "carol@home.example"]
    assert temper.arrived[2].get_content() == "123456\r\n"
    code.refresh_from_db()
    assert (code.status, code.text) == ("sent", ""), "a code is not kept"


def test_a_refused_recipient_is_final(smtp, temper, letter, now_reads):
    refused = letter(recipient="nobody@northwind.example")
    letter(recipient="alice@northwind.example")
    temper.to_recipient = {"nobody@northwind.example": "550 5.1.1 No such user"}
    assert Delivery().run(once=True) == 1
    assert temper.recipients == ["alice@northwind.example"]
    assert temper.connections == 1
    kept = now_reads(refused)
    assert (kept.status, kept.outcome) == ("failed", "550 5.1.1 No such user")
    assert Dispatch.objects.count() == 0


def test_a_refused_letter_is_final(smtp, temper, letter, now_reads):
    refused = letter()
    temper.to_data = "554 5.7.1 We don't like this"
    assert Delivery().run(once=True) == 0
    assert (now_reads(refused).status, now_reads(refused).outcome) == ("failed", "554 5.7.1 We don't like this")


def test_not_now_is_tried_again_less_and_less_often(smtp, temper, letter, now_reads):
    greylisted = letter(recipient="grey@northwind.example", expires_at=None)
    temper.to_recipient = {"grey@northwind.example": "451 4.7.1 Come back later"}
    waited = []
    for attempt in range(1, 7):
        assert Delivery().run(once=True) == 0
        assert now_reads(greylisted).attempts == attempt
        waited.append(waits())
        Dispatch.objects.update(due_at=timezone.now())
    assert waited == [1.0, 5.0, 15.0, 60.0, 180.0, 180.0]
    assert now_reads(greylisted).outcome == "451 4.7.1 Come back later"
    temper.to_recipient = {}
    assert Delivery().run(once=True) == 1
    assert (now_reads(greylisted).status, now_reads(greylisted).outcome) == ("sent", "")


def test_after_twenty_attempts_it_is_set_aside(smtp, temper, letter, now_reads):
    unlucky = letter(attempts=19)
    temper.to_data = "452 4.3.1 Full"
    assert Delivery().run(once=True) == 0
    kept = now_reads(unlucky)
    assert (kept.status, kept.attempts, kept.outcome) == ("failed", 20, "452 4.3.1 Full")
    assert Dispatch.objects.count() == 0


def test_a_refusal_of_our_own_address_is_not_the_letters_fault(smtp, temper, letter, now_reads):
    waiting = letter()
    temper.to_sender = "550 5.7.1 Sender not allowed"
    assert Delivery().run(once=True) == 0
    assert now_reads(waiting).status == "pending"
    assert waits() == 1.0


@pytest.mark.parametrize("trouble", ["hangs", "hangs up", "gone"])
def test_a_server_in_trouble_costs_no_letter(smtp, temper, letter, now_reads, trouble):
    waiting = letter()
    delivery = Delivery()
    if trouble == "hangs":
        temper.takes = 3
    elif trouble == "hangs up":
        temper.hangs_up = True
    else:
        smtp.stop()
    began = time.monotonic()
    assert delivery.run(once=True) == 0
    assert time.monotonic() - began < 3
    assert delivery.server_is_down
    assert now_reads(waiting).status == "pending"
    assert waits() == 1.0


def test_a_connection_that_died_while_idle_costs_nothing(smtp, temper, letter):
    delivery = Delivery()
    letter()
    assert delivery.deliver_next() == "sent"
    delivery.server._connection.connection.sock.close()
    letter()
    assert delivery.deliver_next() == "sent"
    delivery.server.close()
    assert len(temper.arrived) == 2


@pytest.mark.parametrize("how", ["says so and hangs up", "refuses the next letter"])
def test_a_server_that_has_had_enough_of_a_connection_costs_nothing(smtp, temper, letter, how):
    """Some take so many letters on one connection and no more."""

    async def at_once(server, session, envelope, address, options):
        if session in full:
            await server.push("421 4.7.0 Too many letters on this connection")
            server.transport.close()
            return "421 Bye"
        envelope.mail_from = address
        return "250 OK"

    async def taken(server, session, envelope):
        full.append(session)
        answer = await type(temper).handle_DATA(temper, server, session, envelope)
        if how == "says so and hangs up":
            server.transport.write(b"250 Taken\r\n421 4.7.0 Too many letters on this connection\r\n")
            server.transport.close()
        return answer

    full = []
    temper.handle_MAIL, temper.handle_DATA = at_once, taken
    for _ in range(3):
        letter()
    assert Delivery().run(once=True) == 3
    assert len(set(temper.recipients)) == len(temper.arrived) == 3
    assert temper.connections == 3


def test_a_second_copy_can_be_known_by_its_id(smtp, temper, letter):
    sent = letter(due_at=timezone.now() - timedelta(hours=1))
    Delivery().run(once=True)
    with inside(sent.organisation):
        Message.objects.update(status="pending")
    Dispatch.objects.create(organisation=sent.organisation, message_id=sent.pk, due_at=timezone.now())
    letter()
    Delivery().run(once=True)
    first, second, other = temper.arrived
    assert first["Message-ID"] == second["Message-ID"] != other["Message-ID"]
    assert first["Date"] == second["Date"]


def test_what_is_too_late_is_not_sent(smtp, temper, letter, now_reads):
    now = timezone.now()
    late = letter(due_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1), outcome="451 Later")
    assert Delivery().run(once=True) == 0
    assert temper.arrived == []
    assert (now_reads(late).status, now_reads(late).outcome) == ("skipped", "Too late to be of use. 451 Later")
    assert Dispatch.objects.count() == 0


def test_what_was_taken_back_is_not_sent(smtp, temper, letter, now_reads):
    taken = letter()
    delivery = Delivery()
    with inside(taken.organisation):
        dispatch = Dispatch.objects.get()
        take_back(taken.subject_ref, kinds=["test"], outcome="Cancelled.")
        assert delivery._take_out(dispatch, timezone.now()) is None
    assert now_reads(taken).outcome == "Cancelled."


def test_a_letter_that_cannot_be_put_together_stops_no_other(smtp, temper, letter, now_reads):
    broken = letter(headers={"X-Broken": "a\nBcc: everybody@northwind.example"})
    picture = letter(attachments=[{"name": "a.png", "content_type": "image/png", "content": "x"}])
    letter(recipient="fine@northwind.example")
    assert Delivery().run(once=True) == 1
    assert temper.recipients == ["fine@northwind.example"]
    assert now_reads(broken).outcome == "The letter could not be put together (BadHeaderError)."
    assert now_reads(picture).status == "failed"


def test_a_claimed_letter_is_left_alone_until_its_lease_ends(smtp, temper, letter, settings):
    letter()
    now = timezone.now()
    pointer, _letter = take_next(now=now, lease=settings.OUTBOX_LEASE, most_attempts=20)
    assert pointer.due_at == now + settings.OUTBOX_LEASE
    assert Delivery().deliver_next() is None
    assert Delivery().deliver_next(now=lambda: now + timedelta(minutes=11)) == "sent"


def test_the_log_names_nobody(smtp, temper, letter, caplog):
    caplog.set_level(logging.DEBUG)
    letter(recipient="alice.osei@northwind.example")
    letter(recipient="nobody.osei@northwind.example")
    letter(recipient="broken.osei@northwind.example", subject="Osei", headers={"X": "osei\nosei"})
    temper.to_recipient = {"nobody.osei@northwind.example": "550 no nobody.osei@northwind.example here"}
    Delivery().run(once=True)
    smtp.stop()
    letter(recipient="later.osei@northwind.example")
    Delivery().run(once=True)
    ours = [
        record.getMessage() + str(record.exc_info) for record in caplog.records if record.name.startswith("mentoring")
    ]
    assert len(ours) == 5
    assert not [line for line in ours if "osei" in line.lower() or "@" in line]


def test_the_command(smtp, temper, letter, capsys):
    letter()
    call_command("deliver_outbox", "--once")
    assert capsys.readouterr().out == "1 sent\n"


def test_a_secret_is_forgotten_once_it_was_sent(smtp, temper, letter, now_reads):
    invitation = letter(secret=True, html="<p>secret link</p>", text="secret link\n")
    refused = letter(secret=True, text="secret link\n", recipient="grey@northwind.example")
    temper.to_recipient = {"grey@northwind.example": "451 4.7.1 Come back later"}
    Delivery().run(once=True)
    assert (now_reads(invitation).text, now_reads(invitation).html) == ("", "")
    assert now_reads(refused).text == "secret link\n", "it is still to be sent"
    assert "secret link" in temper.arrived[0].get_body(("plain",)).get_content()


def test_a_server_that_cannot_be_reached_sets_no_letter_aside(smtp, letter, now_reads):
    """An outage of any length: every minute a try that doesn't count."""
    waiting = letter(expires_at=None, attempts=19)
    smtp.stop()
    for _ in range(25):
        assert Delivery().run(once=True) == 0
        assert waits() == 1.0
        Dispatch.objects.update(due_at=timezone.now())
    assert (now_reads(waiting).status, now_reads(waiting).attempts) == ("pending", 19)


def test_what_is_soon_too_late_is_tried_once_more_before(smtp, temper, letter):
    """A reminder is good for ten minutes; refused in its sixth, it isn't put off to the twenty-first."""
    now = timezone.now()
    reminder = letter(due_at=now - timedelta(minutes=6), expires_at=now + timedelta(minutes=4), attempts=2)
    temper.to_recipient = {reminder.recipient: "451 4.7.1 Come back later"}
    Delivery().run(once=True)
    assert waits() == 3.5


def test_a_letter_that_kills_its_sender_is_set_aside(smtp, temper, letter, now_reads):
    poison = letter(attempts=20)
    assert Delivery().run(once=True) == 0
    assert (now_reads(poison).status, now_reads(poison).outcome) == ("failed", "Sending it was broken off each time.")
    assert temper.arrived == []


@pytest.mark.parametrize(
    ("said", "is_marked"),
    [
        ("550 5.1.1 No such user", True),
        ("550 No such user", True),
        ("552 5.2.2 Mailbox full", True),
        ("550 5.7.1 We don't like your server", False),
        ("554 5.4.6 Routing loop", False),
        ("451 4.7.1 Come back later", False),
    ],
)
def test_an_address_that_nobody_has_is_marked(smtp, temper, letter, organisation, said, is_marked):
    unlucky = letter()
    temper.to_recipient = {unlucky.recipient: said}
    Delivery().run(once=True)
    with inside(organisation):
        marks = list(BouncedAddress.objects.values_list("address", "reason"))
    assert marks == ([(unlucky.recipient, said)] if is_marked else [])


def test_no_endless_letters_to_an_address_that_sends_them_back(smtp, temper, letter, now_reads, organisation):
    who = "nobody@northwind.example"
    temper.to_recipient = {who: "550 5.1.1 No such user"}
    letter(recipient=who)
    Delivery().run(once=True)
    connections = temper.connections
    second = letter(recipient=who)
    Delivery().run(once=True)
    assert temper.connections == connections
    assert now_reads(second).status == "failed"
    assert now_reads(second).outcome == "Letters to this address come back: 550 5.1.1 No such user"
    # After a week one is tried again, and when it gets through the mark is gone.
    with inside(organisation):
        BouncedAddress.objects.update(at=timezone.now() - timedelta(days=8))
    temper.to_recipient = {}
    letter(recipient=who)
    letter(recipient=who)
    assert Delivery().run(once=True) == 2
    with inside(organisation):
        assert BouncedAddress.objects.count() == 0


def test_a_mark_binds_one_organisation_only(smtp, temper, letter, organisation):
    who = "nobody@home.example"
    other = make_organisation("southwind")
    with inside(organisation):
        BouncedAddress.objects.create(address=who, reason="550 5.1.1 No such user")
    letter(recipient=who, organisation=other)
    assert Delivery().run(once=True) == 1


def test_a_sender_whose_clock_jumps_neither_hurries_nor_skips(smtp, temper, letter, now_reads):
    """The machine's clock is an hour ahead, then an hour behind; the database's is right."""
    now = timezone.now()
    due = letter(expires_at=now + timedelta(minutes=10))
    later = letter(due_at=now + timedelta(minutes=30))
    for hours in (1, -1):
        delivery = Delivery(clock=DatabaseClock())
        with time_machine.travel(now + timedelta(hours=hours), tick=True):
            assert delivery.run(once=True) == (hours == 1)
    assert (now_reads(due).status, now_reads(later).status) == ("sent", "pending")


def test_the_databases_clock_jumps_and_nothing_is_lost(smtp, temper, letter, now_reads):
    """An hour ahead, back again, an hour behind: letters come early or late by that, and every one comes once."""
    start = timezone.now()
    clock = SimpleNamespace(now=start)
    letters = [letter(due_at=start + timedelta(minutes=20 * n)) for n in range(6)]
    temper.to_recipient = {letters[1].recipient: "451 4.7.1 Come back later"}
    for minutes in (0, 60, 0, -60, 5, 60, 120, 200):
        clock.now = start + timedelta(minutes=minutes)
        Delivery(clock=lambda: clock.now).run(once=True)
        temper.to_recipient = {}
    assert sorted(temper.recipients) == sorted(each.recipient for each in letters)
    assert Dispatch.objects.count() == 0
