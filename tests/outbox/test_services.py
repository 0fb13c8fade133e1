"""Letters are written with the fact they tell, once, and can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from mentoring.outbox.models import AccountMessage, Dispatch, Message
from mentoring.outbox.services import clear_bodies, readdress, take_back, write_account_letter, write_letter
from tests.people import inside, make_organisation

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def template(settings, tmp_path):
    (tmp_path / "hello.subject.txt").write_text("News from\n {{ name }} ")
    (tmp_path / "hello.txt").write_text("Dear {{ name }},\n{{ site_url }}\n\n")
    (tmp_path / "hello.html").write_text("<p>Dear {{ name }}</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.SITE_URL = "https://mentoring.example"


def write(**more):
    fields = {
        "to": "Alice@northwind.example",
        "about": "session:1",
        "template": "hello",
        "context": {"name": "O'Brien"},
    }
    return write_letter("hello", **{**fields, **more})


def test_a_letter_is_rendered_when_it_is_written(organisation):
    with inside(organisation):
        letter = write(due_at=DUE)
    assert letter.recipient == "alice@northwind.example"
    assert letter.subject == "News from O'Brien"
    assert letter.text == "Dear O'Brien,\nhttps://mentoring.example\n"
    assert letter.html == "<p>Dear O&#x27;Brien</p>"
    assert letter.expires_at == datetime(2026, 12, 4, 9, tzinfo=UTC)
    pointer = Dispatch.objects.get()
    assert (pointer.organisation_id, pointer.message_id, pointer.due_at) == (organisation.pk, letter.pk, DUE)


def test_the_same_letter_twice_is_once(organisation):
    with inside(organisation):
        first = write()
        assert write(context={"name": "Somebody else"}) == first
        assert write(sequence=1) != first
        assert write(to="bob@northwind.example") != first
    other = make_organisation("southwind")
    with inside(other):
        assert write() != first
    assert Dispatch.objects.count() == 4


def test_without_an_address_there_is_no_letter(organisation):
    with inside(organisation):
        assert write(to="") is None
        assert Message.objects.count() == 0


def test_a_letter_is_not_written_when_the_fact_is_not(organisation):
    with pytest.raises(ZeroDivisionError), inside(organisation):
        write()
        raise ZeroDivisionError
    assert Dispatch.objects.count() == 0


def test_taking_back_skips_what_was_not_sent(organisation):
    with inside(organisation):
        unsent, sent, other = write(), write(sequence=1), write(about="session:2")
        Message.objects.filter(pk=sent.pk).update(status=Message.Status.SENT)
        assert take_back("session:1", kinds=["hello"], outcome="The session was cancelled.") == 1
        assert take_back("session:1", kinds=["goodbye"], outcome="") == 0
        states = dict(Message.objects.values_list("pk", "status"))
    assert states == {unsent.pk: "skipped", sent.pk: "sent", other.pk: "pending"}
    assert not Dispatch.objects.filter(message_id=unsent.pk).exists()


def test_old_bodies_are_forgotten(organisation):
    now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    file = {"name": "a.ics", "content_type": "text/calendar", "content": "BEGIN:VCALENDAR"}
    with inside(organisation):
        old = write(due_at=now - timedelta(days=31), attachments=[file])
        young = write(due_at=now - timedelta(days=29), sequence=1)
        waiting = write(due_at=now - timedelta(days=31), sequence=2)
        Message.objects.exclude(pk=waiting.pk).update(status=Message.Status.SENT)
        assert clear_bodies(now=now) == 1
        assert clear_bodies(now=now) == 0
        old = Message.objects.get(pk=old.pk)
        assert (old.text, old.html, old.attachments, old.subject) == ("", "", [], "News from O'Brien")
        assert Message.objects.get(pk=young.pk).text
        assert Message.objects.get(pk=waiting.pk).text


def test_a_letter_about_ones_own_sign_in_belongs_to_no_organisation():
    letter = write_account_letter("code", to="Carol@home.example", about="sign-in:1", subject="Your\ncode", text="123")
    assert (letter.recipient, letter.subject) == ("carol@home.example", "Your code")
    assert letter.expires_at - letter.due_at == timedelta(days=3)
    assert Dispatch.objects.get().organisation_id is None
    assert AccountMessage.objects.get() == letter


def test_a_later_letter_about_the_same_takes_the_place_of_those_that_wait():
    def write_code(about, to="carol@home.example", **more):
        return write_account_letter("code", to=to, about=about, subject="Code", text="123", **more)

    first, other = write_code("sign-in:1"), write_code("sign-in:2")
    sent = write_code("sign-in:1", to="c@home.example")
    AccountMessage.objects.filter(pk=sent.pk).update(status="sent")
    second = write_code("sign-in:1", replaces=["code"])
    third = write_code("sign-in:1", to="new@home.example", replaces=["code"])
    assert {letter.pk: letter.status for letter in AccountMessage.objects.all()} == {
        first.pk: "skipped",
        other.pk: "pending",
        sent.pk: "sent",
        second.pk: "skipped",
        third.pk: "pending",
    }
    assert set(Dispatch.objects.values_list("message_id", flat=True)) == {other.pk, sent.pk, third.pk}


def test_what_was_taken_back_can_be_written_again(organisation):
    with inside(organisation):
        first = write(due_at=DUE)
        take_back("session:1", kinds=["hello"], outcome="Not wanted any more.")
        assert write(due_at=DUE).status == "skipped", "not without saying so"
        write(due_at=DUE + timedelta(hours=1), context={"name": "Zadie"}, again=True)
        letter = Message.objects.get()
    assert (letter.pk, letter.status, letter.outcome) == (first.pk, "pending", "")
    assert letter.subject == "News from Zadie"
    assert Dispatch.objects.get().due_at == DUE + timedelta(hours=1)


def test_what_has_left_is_not_written_again(organisation):
    with inside(organisation):
        letter = write()
        Message.objects.update(status=Message.Status.SENT)
        Dispatch.objects.all().delete()
        write(again=True)
        assert Message.objects.get(pk=letter.pk).status == "sent"
    assert Dispatch.objects.count() == 0


def test_a_letter_for_the_record_is_not_sent(organisation):
    with inside(organisation):
        letter = write(skipped="Its time had gone by already.")
    assert (letter.status, letter.outcome) == ("skipped", "Its time had gone by already.")
    assert Dispatch.objects.count() == 0


def test_taking_back_from_one_leaves_the_others(organisation):
    with inside(organisation):
        write(to="alice@northwind.example")
        write(to="bob@northwind.example")
        assert take_back("session:1", kinds=["hello"], outcome="", to="Bob@northwind.example") == 1
        assert set(Message.objects.values_list("recipient", "status")) == {
            ("alice@northwind.example", "pending"), ("bob@northwind.example", "skipped"),
        }  # fmt: skip


def recipients(organisation):
    with inside(organisation):
        return dict(Message.objects.values_list("pk", "recipient"))


def test_what_is_to_be_sent_follows_to_another_address(organisation):
    other = make_organisation("southwind")
    with inside(other):
        theirs = write()
    with inside(organisation):
        waiting, not_ours, sent = write(), write(to="bob@northwind.example"), write(about="session:2")
        Message.objects.filter(pk=sent.pk).update(status="sent")
        Dispatch.objects.filter(message_id=sent.pk, organisation=organisation).delete()
        failed = write(about="session:3")
        Message.objects.filter(pk=failed.pk).update(status="failed", outcome="550 5.1.1 No such user")
        Dispatch.objects.filter(message_id=failed.pk, organisation=organisation).delete()
        assert readdress({"Alice@northwind.example": "Alice.Osei@northwind.example"}) == 2
        assert Message.objects.get(pk=failed.pk).outcome == "At the earlier address: 550 5.1.1 No such user"
    assert recipients(organisation) == {
        waiting.pk: "alice.osei@northwind.example", not_ours.pk: "bob@northwind.example",
        sent.pk: "alice@northwind.example", failed.pk: "alice.osei@northwind.example",
    }  # fmt: skip
    assert recipients(other) == {theirs.pk: "alice@northwind.example"}
    assert Dispatch.objects.count() == 3


def test_two_who_swap_addresses_each_keep_their_letter(organisation):
    alice, bob = "alice@northwind.example", "bob@northwind.example"
    with inside(organisation):
        first, second = write(context={"name": "for Alice"}), write(to=bob, context={"name": "for Bob"})
        assert readdress({alice: bob, bob: alice}) == 2
    assert recipients(organisation) == {first.pk: bob, second.pk: alice}


def test_a_letter_that_somebody_before_them_had_there_takes_nobody_s_place(organisation):
    with inside(organisation):
        write(to="bob@northwind.example", skipped="Not wanted any more.")
        mine = write()
        assert readdress({"alice@northwind.example": "bob@northwind.example"}) == 1
        kept = Message.objects.get(pk=mine.pk)
    assert (kept.recipient, kept.status, kept.sequence) == ("bob@northwind.example", "pending", 1)


@pytest.mark.parametrize(("new", "secret"), [("", False), ("alice.osei@northwind.example", True)])
def test_what_cannot_follow_is_taken_back(organisation, new, secret):
    with inside(organisation):
        letter = write(secret=secret)
        assert readdress({"alice@northwind.example": new}) == 0
        kept = Message.objects.get(pk=letter.pk)
    assert (kept.recipient, kept.status) == ("alice@northwind.example", "skipped")
    assert kept.outcome == "The address has changed."
    assert Dispatch.objects.count() == 0


def test_few_questions_for_many_letters(organisation, django_assert_num_queries):
    with inside(organisation):
        for number in range(3):
            write(about=f"session:{number}")
        with django_assert_num_queries(9):
            readdress({"alice@northwind.example": "alice.osei@northwind.example"})
        write(to="bob@northwind.example")
        with django_assert_num_queries(9):
            readdress({"bob@northwind.example": "bob.osei@northwind.example"})
