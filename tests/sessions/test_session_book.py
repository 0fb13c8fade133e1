import pytest

from programs.models import Mentorship
from sessions import services
from sessions.models import Session
from tests.people import inside
from tests.sessions.conftest import utc


@pytest.fixture
def path(cast):
    return f"/o/northwind/sessions/book/{cast.mentorship.pk}/"


def sessions(cast):
    with inside(cast.northwind):
        return list(Session.objects.all())


def shown(response, name="page"):
    return [
        (str(day["day"]), [(slot["clock"], slot["other"]) for slot in day["slots"]]) for day in response.context[name]
    ]


def test_free_times_stand_in_the_readers_zone_with_the_others_beside_them(path, tom_client):
    response = tom_client.get(path)
    assert response.status_code == 200
    assert shown(response)[:2] == [
        ("2026-11-24", [("10:00", "09:00"), ("11:00", "10:00"), ("12:00", "11:00")]),
        ("2026-11-26", [("15:00", "14:00")]),
    ]
    assert "All times are in Berlin time. Ines Adler is on London time" in response.content.decode()
    assert len(shown(response)) == 7
    assert shown(tom_client.get(path + "?page=2"))[0][0] == "2026-12-17"


def test_two_clicks(cast, path, tom_client):
    assert "?start=2026-11-24T09%3A00Z" in tom_client.get(path).content.decode()
    confirm = tom_client.get(path + "?start=2026-11-24T09:00Z")
    assert "Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in confirm.content.decode()
    assert "For Ines Adler: Tuesday 24 November 2026, 09:00 to 10:00 London time" in confirm.content.decode()
    assert confirm.context["form"]["starts_at"].value() == "2026-11-24T09:00Z"
    answer = tom_client.post(path, {"starts_at": "2026-11-24T09:00Z", "topic": "First steps", "place": "Room 4"})
    [session] = sessions(cast)
    assert answer.status_code == 302
    assert answer.url == f"/o/northwind/sessions/{session.pk}/"
    assert (session.starts_at, session.topic, session.place) == (utc("2026-11-24T09:00"), "First steps", "Room 4")


def test_the_last_place_is_put_forward(path, booked, tom_client):
    confirm = tom_client.get(path + "?start=2026-11-24T10:00Z")
    assert confirm.context["form"]["place"].value() == "Room 4"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_taken_slot_leads_to_the_nearest_others(cast, path, booked, tom_client, method):
    if method == "get":
        response = tom_client.get(path + "?start=2026-11-24T09:00Z")
    else:
        response = tom_client.post(path, {"starts_at": "2026-11-24T09:00Z", "topic": "My topic"})
        assert 'value="My topic"' in response.content.decode()
    assert response.status_code == 409
    assert "This time is no longer free." in response.content.decode()
    assert shown(response, "alternatives") == [
        ("2026-11-24", [("11:00", "10:00"), ("12:00", "11:00")]),
        ("2026-11-26", [("15:00", "14:00")]),
        ("2026-12-01", [("10:00", "09:00")]),
    ]
    assert '<button type="submit" name="starts_at" value="2026-11-24T10:00Z"' in response.content.decode()
    assert len(sessions(cast)) == 1


def test_nonsense_shows_the_free_times_again(cast, path, tom_client):
    assert tom_client.get(path + "?start=soon").status_code == 200
    response = tom_client.post(path, {"starts_at": "soon"})
    assert response.status_code == 422
    assert shown(response)[0][0] == "2026-11-24"
    assert sessions(cast) == []


def test_too_long_a_topic_is_refused(cast, path, tom_client):
    response = tom_client.post(path, {"starts_at": "2026-11-24T09:00Z", "topic": "x" * 201})
    assert response.status_code == 422
    assert "at most 200 characters" in response.content.decode()
    assert sessions(cast) == []


def test_nothing_is_booked_in_a_mentorship_that_has_ended(cast, path, tom_client):
    with inside(cast.northwind):
        Mentorship.objects.update(status="ended")
    assert "Nothing can be booked here" in tom_client.get(path).content.decode()
    assert tom_client.post(path, {"starts_at": "2026-11-24T09:00Z"}).status_code == 409
    assert sessions(cast) == []


def test_without_hours_the_page_says_whose_turn_it_is(cast, path, as_member):
    with inside(cast.northwind):
        services.set_weekly_hours(cast.ines, [], by=cast.ines)
    assert "Ines Adler offers no hours yet" in as_member(cast.tom).get(path).content.decode()
    assert "You offer no hours yet" in as_member(cast.ines).get(path).content.decode()


def test_only_for_those_in_the_mentorship(cast, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path, {"starts_at": "2026-11-24T09:00Z"}).status_code == 404
    assert sessions(cast) == []
