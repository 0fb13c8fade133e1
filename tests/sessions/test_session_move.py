import pytest

from sessions import services
from sessions.models import Session
from tests.people import inside
from tests.sessions.conftest import utc


@pytest.fixture
def path(booked):
    return f"/o/northwind/sessions/{booked.pk}/move/"


def starts_at(cast, booked):
    with inside(cast.northwind):
        return Session.objects.get(pk=booked.pk).starts_at


def test_moving_in_two_clicks(cast, booked, path, tom_client):
    clocks = [slot["clock"] for day in tom_client.get(path).context["page"] for slot in day["slots"]]
    # Ten o'clock in Berlin is the time that it has now.
    assert clocks[:3] == ["11:00", "12:00", "15:00"]
    assert "Move the session here" in tom_client.get(path + "?start=2026-11-26T14:00Z").content.decode()
    answer = tom_client.post(path, {"starts_at": "2026-11-26T14:00Z"})
    assert (answer.status_code, answer.url) == (302, f"/o/northwind/sessions/{booked.pk}/")
    assert starts_at(cast, booked) == utc("2026-11-26T14:00")


def test_a_taken_slot_leads_to_the_nearest_others(cast, booked, path, tom_client):
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T10:00"), by=cast.ines)
    response = tom_client.post(path, {"starts_at": "2026-11-24T10:00Z"})
    assert response.status_code == 409
    assert response.context["alternatives"][0]["slots"][0]["clock"] == "10:00"
    assert starts_at(cast, booked) == utc("2026-11-24T09:00")


def test_nonsense_moves_nothing(cast, booked, path, tom_client):
    assert tom_client.post(path, {}).status_code == 422
    assert starts_at(cast, booked) == utc("2026-11-24T09:00")


def test_what_has_begun_stays(cast, booked, path, tom_client, clock):
    clock.move_to(booked.starts_at)
    assert tom_client.get(path).url == f"/o/northwind/sessions/{booked.pk}/"
    assert tom_client.post(path, {"starts_at": "2026-11-26T14:00Z"}).status_code == 302
    assert starts_at(cast, booked) == utc("2026-11-24T09:00")


def test_only_for_those_in_the_session(cast, booked, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path, {"starts_at": "2026-11-26T14:00Z"}).status_code == 404
    assert starts_at(cast, booked) == utc("2026-11-24T09:00")
