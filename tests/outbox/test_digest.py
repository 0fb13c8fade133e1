"""One letter a day with what may wait."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from mentoring.outbox import telling
from mentoring.outbox.kinds import may_wait
from mentoring.outbox.models import DigestChoice, Dispatch, Message
from mentoring.outbox.services import readdress, take_back, write_letter
from sessions import services
from tests.people import inside, make_member


@pytest.fixture
def bob(organisation):
    return make_member(organisation, "Bob", time_zone="America/New_York")


def choose(member, wanted=True):
    with inside(member.organisation):
        services.choose_digest(member, wanted=wanted, by=member)


def write(member, kind="announcement", about="x:1", **fields):
    with inside(member.organisation):
        return write_letter(
            kind, to=member.email, about=about, template="mail/outbox/digest",
            context={"count": 7, "items": [], "url": "http://localhost/o/northwind/"}, **fields,
        )  # fmt: skip


def on_its_way(letter):
    return Dispatch.objects.filter(message_id=letter.pk).exists()


@pytest.mark.parametrize(
    "kind",
    ["invitation", "sign_up_decided", "mentorship_offered", "offer_reminder", "session_booked", "session_moved",
     "session_cancelled", "session_wished", "reminder_60", "concern_told", "request_received", "approval_asked"],
)  # fmt: skip
def test_what_is_urgent_never_waits(bob, kind):
    choose(bob)
    assert not may_wait(kind)
    letter = write(bob, kind)
    assert on_its_way(letter)
    assert not letter.for_digest


def test_without_the_choice_nothing_waits(bob):
    assert on_its_way(write(bob))


def test_what_may_wait_comes_in_one_letter_in_the_next_morning(bob, settings):
    choose(bob)
    one, two = write(bob), write(bob, "chat_message", "x:2")
    later = write(bob, "pulse", "x:3", due_at=timezone.now() + timedelta(days=2))
    assert not any(on_its_way(letter) for letter in (one, two, later))
    night = datetime.now(UTC).replace(hour=3, minute=0) + timedelta(days=1)
    with inside(bob.organisation):
        args = {"organisation_name": "Northwind", "choices_path": "/o/northwind/reminders/"}
        assert telling.write_digests(**args, now=night) == 1
        assert telling.write_digests(**args, now=night) == 0
        digest = Message.objects.get(kind="digest")
        assert digest.recipient == bob.email
        assert digest.subject == "Your day in mentoring: 2 things to know"
        assert digest.text.count("Your day in mentoring: 7 things to know") == 2
        assert f"{settings.SITE_URL}/o/northwind/reminders/" in digest.text
        kept = Message.objects.filter(pk__in=[one.pk, two.pk])
        assert set(kept.values_list("status", "outcome")) == {("skipped", "in the daily summary")}
        # They stand in the list of what one was told; the summary itself does not.
        assert telling.unread_count(bob.email) == 2
        assert Message.objects.get(pk=later.pk).status == "pending"
    assert on_its_way(digest)


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        (datetime(2026, 11, 23, 2, tzinfo=UTC), "Europe/London", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 8, tzinfo=UTC), "Europe/London", datetime(2026, 11, 24, 7, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, tzinfo=UTC), "America/New_York", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 11, 23, 22, 30, tzinfo=UTC)),
        # The clocks go forward in the night before.
        (datetime(2026, 3, 28, 22, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 5, 30, tzinfo=UTC)),
    ],
)
def test_the_next_morning(now, zone, morning):
    assert telling.next_morning(now, zone) == morning


def test_who_wants_each_by_itself_again_gets_what_was_kept(bob):
    choose(bob)
    letter = write(bob)
    choose(bob, wanted=False)
    assert on_its_way(letter)
    with inside(bob.organisation):
        assert not DigestChoice.objects.exists()
        assert not Message.objects.get(pk=letter.pk).for_digest


def test_what_is_kept_can_be_taken_back(bob):
    choose(bob)
    write(bob)
    with inside(bob.organisation):
        assert take_back("x:1", kinds=["announcement"], outcome="gone") == 1
        assert telling.write_digests(organisation_name="x", choices_path="/", now=timezone.now()) == 0


def test_the_choice_follows_to_another_address(bob):
    choose(bob)
    write(bob)
    with inside(bob.organisation):
        assert readdress({bob.email: "new@northwind.example"}) == 1
        assert DigestChoice.objects.get().address == "new@northwind.example"
        assert Message.objects.get().recipient == "new@northwind.example"


def test_nobody_chooses_for_others(bob):
    carl = make_member(bob.organisation, "Carl")
    with pytest.raises(PermissionDenied), inside(bob.organisation):
        services.choose_digest(bob, wanted=True, by=carl)


def test_it_is_chosen_beside_the_reminders(bob):
    client = Client()
    client.force_login(bob.user)
    address = "/o/northwind/sessions/reminders/"
    with inside(bob.organisation):
        from django.urls import reverse

        address = reverse("sessions:reminders", args=["northwind"])
    assert "One letter a day" in client.get(address).content.decode()
    assert client.post(address, {"digest": "on"}).status_code == 302
    with inside(bob.organisation):
        assert DigestChoice.objects.get().time_zone == "America/New_York"
    client.post(address, {})
    with inside(bob.organisation):
        assert not DigestChoice.objects.exists()
