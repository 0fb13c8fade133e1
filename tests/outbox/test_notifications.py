"""The list of what somebody was told, and the number beside the bell."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mentoring.outbox import telling
from mentoring.outbox.models import Message
from mentoring.outbox.services import take_back, write_letter
from tests.people import inside, make_member, make_organisation

URL = "/o/northwind/notifications/"


@pytest.fixture
def bob(organisation):
    return make_member(organisation, "Bob")


@pytest.fixture
def client(bob):
    client = Client()
    client.force_login(bob.user)
    return client


def tell(member, subject="News", **fields):
    with inside(member.organisation):
        return Message.objects.create(
            **{"kind": "test", "subject_ref": subject, "recipient": member.email, "subject": subject, "text": "x", **fields}
        )  # fmt: skip


def subjects(page):
    return [letter.subject for letter in page.context["page"]]


def test_it_shows_what_one_was_told_the_latest_first(client, bob):
    now = timezone.now()
    other = make_member(bob.organisation, "Carl")
    tell(bob, "Older", due_at=now - timedelta(days=2), status="sent")
    tell(bob, "Newer", due_at=now - timedelta(hours=1), status="failed")
    tell(bob, "Not yet", due_at=now + timedelta(hours=1))
    tell(bob, "Long ago", due_at=now - timedelta(days=91))
    tell(bob, "Taken back", status="skipped", outcome="moved")
    tell(bob, "Lets somebody in", secret=True)
    tell(bob, "In confidence", kind="concern_told")
    tell(other, "For another")
    assert subjects(client.get(URL)) == ["Newer", "Older"]


def test_a_letter_knows_its_page_and_opening_it_reads_it(client, bob, settings):
    with inside(bob.organisation):
        made = write_letter(
            "announcement", to=bob.email, about="x:1", template="mail/outbox/digest",
            context={"url": f"{settings.SITE_URL}/o/northwind/sessions/", "count": 1, "items": []},
        )  # fmt: skip
        hidden = write_letter(
            "invitation", to=bob.email, about="x:2", template="mail/outbox/digest", secret=True,
            context={"url": f"{settings.SITE_URL}/o/northwind/sessions/?token=x", "count": 1, "items": []},
        )  # fmt: skip
    assert (made.path, hidden.path) == ("/o/northwind/sessions/", "")
    assert telling_count(bob) == 1
    answer = client.get(f"{URL}{made.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/o/northwind/sessions/")
    assert telling_count(bob) == 0
    assert client.get(f"{URL}{hidden.pk}/").status_code == 404


def telling_count(member):
    with inside(member.organisation):
        return telling.unread_count(member.email)


def test_only_ones_own_can_be_opened(client, bob):
    other = make_member(bob.organisation, "Carl")
    letter = tell(other, path="/o/northwind/sessions/")
    assert client.get(f"{URL}{letter.pk}/").status_code == 404
    sam = make_member(make_organisation("southwind"), "Sam")
    stranger = Client()
    stranger.force_login(sam.user)
    assert stranger.get(URL).status_code == 404
    assert telling_count(other) == 1


def test_a_letter_never_leads_elsewhere(client, bob):
    letter = tell(bob, path="//evil.example/")
    assert client.get(f"{URL}{letter.pk}/")["Location"] == URL


def test_all_are_read_at_once(client, bob):
    tell(bob, "One")
    tell(bob, "Two")
    page = client.get(URL)
    assert "All read" in page.content.decode()
    assert '<span class="nav-count">2</span>' in page.content.decode()
    assert client.post(URL).status_code == 302
    page = client.get(URL)
    assert "nav-count" not in page.content.decode()
    assert subjects(page) == ["Two", "One"]


def test_what_is_taken_back_is_counted_no_more(bob):
    tell(bob, "A", subject_ref="session:1")
    assert telling_count(bob) == 1
    with inside(bob.organisation):
        take_back("session:1", kinds=["test"], outcome="cancelled")
    assert telling_count(bob) == 0


def test_the_number_costs_one_query_and_stops_at_a_hundred(bob, client):
    with inside(bob.organisation):
        Message.objects.bulk_create(
            Message(kind="test", subject_ref=f"x:{n}", recipient=bob.email, subject="x", text="x") for n in range(150)
        )
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert telling.unread_count(bob.email) == 100
    assert len(asked) == 1
    assert '<span class="nav-count">99+</span>' in client.get(URL).content.decode()


def test_without_an_address_the_list_is_empty(organisation, bob, client):
    with inside(organisation):
        type(bob).objects.filter(pk=bob.pk).update(email="")
    page = client.get(URL)
    assert page.status_code == 200
    assert "Nothing yet" in page.content.decode()
