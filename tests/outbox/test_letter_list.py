"""The page of letters that could not be sent, and trying them again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import edit_member
from mentoring.outbox.models import BouncedAddress, Dispatch, Message
from mentoring.outbox.services import clear_marks
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db
PAGE = "/o/northwind/letters/"


@pytest.fixture
def olga(organisation):
    return make_member(organisation, "Olga", is_owner=True)


@pytest.fixture
def as_olga(client, olga):
    client.force_login(olga.user)
    return client


@pytest.fixture
def failed(letter):
    return letter(
        kind="session_booked", recipient="nobody@northwind.example", status="failed", attempts=20,
        outcome="550 5.1.1 No such user", subject="Ines said yes",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def no_pointers(failed):
    Dispatch.objects.all().delete()


def test_it_says_to_whom_and_why_and_nothing_of_the_letter(as_olga, failed):
    page = as_olga.get(PAGE).content.decode()
    assert "nobody@northwind.example" in page
    assert "Session booked" in page
    assert "550 5.1.1 No such user" in page
    assert "Ines said yes" not in page
    assert "Good news" not in page


def test_trying_again(as_olga, failed, organisation, now_reads):
    with inside(organisation):
        BouncedAddress.objects.create(address=failed.recipient, reason="550")
    response = as_olga.post(f"{PAGE}{failed.pk}/retry/", follow=True)
    assert "The letter to nobody@northwind.example is on its way." in response.content.decode()
    assert "All letters have gone out" in response.content.decode()
    again = now_reads(failed)
    assert (again.status, again.attempts, again.outcome) == ("pending", 0, "")
    assert Dispatch.objects.get().message_id == failed.pk
    with inside(organisation):
        assert BouncedAddress.objects.count() == 0
    # A second click finds that it has gone.
    response = as_olga.post(f"{PAGE}{failed.pk}/retry/", follow=True)
    assert "can’t be sent again" in response.content.decode()
    assert Dispatch.objects.count() == 1


@pytest.mark.parametrize("fields", [{"expires_at": timezone.now() - timedelta(days=1)}, {"text": ""}])
def test_what_is_of_no_use_any_more_is_not_sent_again(as_olga, failed, organisation, now_reads, fields):
    with inside(organisation):
        Message.objects.filter(pk=failed.pk).update(**fields)
    page = as_olga.get(PAGE).content.decode()
    assert "too late by now" in page
    assert "Try again" not in page
    as_olga.post(f"{PAGE}{failed.pk}/retry/")
    assert now_reads(failed).status == "failed"
    assert Dispatch.objects.count() == 0


def test_who_may_see_it(client, organisation, failed):
    retry = f"{PAGE}{failed.pk}/retry/"
    assert client.get(PAGE).status_code == 302
    for member, answer in (
        (make_member(organisation, "Max"), 403),
        (make_member(organisation, "Hana", is_hr=True), 403),
        (make_member(make_organisation("initech"), "Mallory", is_owner=True), 404),
    ):
        client.force_login(member.user)
        assert client.get(PAGE).status_code == answer
        assert client.post(retry).status_code == answer
    client.force_login(make_member(organisation, "Paula", is_admin=True).user)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE).status_code == 405
    assert client.get(retry).status_code == 405
    assert client.post(f"{PAGE}{failed.pk + 1000}/retry/").status_code == 404


def test_people_pages_say_whose_letters_come_back(as_olga, organisation, failed):
    nobody = make_member(organisation, "Nobody", login=False, email="nobody@northwind.example")
    fine = make_member(organisation, "Fine", login=False)
    with inside(organisation):
        BouncedAddress.objects.create(address=nobody.email, reason="550 5.1.1 No such user")
    people = as_olga.get("/o/northwind/people/").content.decode()
    assert "1 letter could not be sent" in people
    assert people.count("letters come back") == 1
    page = as_olga.get(f"/o/northwind/people/{nobody.pk}/").content.decode()
    assert "Letters to nobody@northwind.example come back" in page
    assert "550 5.1.1 No such user" in page
    assert "come back" not in as_olga.get(f"/o/northwind/people/{fine.pk}/").content.decode()


def test_hr_does_not_hear_of_it(client, organisation, failed):
    nobody = make_member(organisation, "Nobody", login=False, email="nobody@northwind.example")
    with inside(organisation):
        BouncedAddress.objects.create(address=nobody.email, reason="550")
    client.force_login(make_member(organisation, "Hana", is_hr=True).user)
    for page in ("/o/northwind/people/", f"/o/northwind/people/{nobody.pk}/"):
        text = client.get(page).content.decode()
        assert "come back" not in text
        assert "could not be sent" not in text


def test_a_corrected_address_starts_anew(olga, organisation):
    nobody = make_member(organisation, "Nobody", login=False, email="nobody@northwind.example")
    with inside(organisation):
        BouncedAddress.objects.create(address=nobody.email, reason="550")
        edit_member(nobody, by=olga, email="somebody@northwind.example")
        assert BouncedAddress.objects.count() == 0


def test_marks_are_forgotten_after_a_while(organisation):
    now = timezone.now()
    with inside(organisation):
        for days in (89, 91):
            BouncedAddress.objects.create(address=f"{days}@x.example", reason="550", at=now - timedelta(days=days))
        assert clear_marks(now=now) == 1
        assert BouncedAddress.objects.get().address == "89@x.example"
