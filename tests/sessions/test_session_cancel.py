import pytest

from sessions.models import Session
from tests.people import inside


@pytest.fixture
def path(booked):
    return f"/o/northwind/sessions/{booked.pk}/cancel/"


def status(cast, booked):
    with inside(cast.northwind):
        return Session.objects.get(pk=booked.pk).status


def test_the_page_asks_first(cast, booked, path, tom_client):
    assert "Cancel the session with Ines Adler?" in tom_client.get(path).content.decode()
    assert status(cast, booked) == "planned"
    answer = tom_client.post(path, {"reason": "I am ill."})
    assert (answer.status_code, answer.url) == (302, f"/o/northwind/sessions/{booked.pk}/")
    assert status(cast, booked) == "cancelled"
    assert "I am ill." in tom_client.get(answer.url).content.decode()


def test_too_long_a_reason_is_refused(cast, booked, path, tom_client):
    assert tom_client.post(path, {"reason": "x" * 301}).status_code == 422
    assert status(cast, booked) == "planned"


def test_cancelling_twice_leads_back(cast, booked, path, tom_client):
    tom_client.post(path)
    assert tom_client.post(path).status_code == 302
    assert status(cast, booked) == "cancelled"


def test_what_has_begun_is_logged_instead(cast, booked, path, tom_client, clock):
    clock.move_to(booked.starts_at)
    assert tom_client.post(path).status_code == 302
    assert status(cast, booked) == "planned"


def test_only_for_those_in_the_session(cast, booked, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path).status_code == 404
    assert status(cast, booked) == "planned"
