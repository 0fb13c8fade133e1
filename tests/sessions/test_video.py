"""Where a session takes place that was booked without a place: a mentor's own link, or a room of our own server."""

import re
from datetime import timedelta

import pytest

from sessions import services
from sessions.models import BookingPolicy, Session
from sessions.services.series import book_series
from tests.people import inside
from tests.sessions.conftest import utc

SERVER = "https://meet.northwind.example"
ROOM = re.compile(r"https://meet\.northwind\.example/mentoring-[0-9a-f]{20}")
POLICY = {"buffer_before": "0", "buffer_after": "0", "notice": "12", "horizon": "28"}


@pytest.fixture
def server(settings):
    settings.JITSI_SERVER = SERVER


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def book(cast, at, **fields):
    return services.book_session(cast.mentorship, starts_at=utc(at), by=cast.tom, **fields).place


def test_each_session_gets_a_room_of_its_own_that_nobody_can_guess(scope, server):
    BookingPolicy.objects.create(program=scope.mentorship.program, video="jitsi")
    first, second = book(scope, "2026-11-24T09:00"), book(scope, "2026-11-24T10:00")
    assert ROOM.fullmatch(first)
    assert ROOM.fullmatch(second)
    assert first != second


def test_a_mentors_own_link_comes_before_it_and_a_place_before_both(scope, server):
    BookingPolicy.objects.create(program=scope.mentorship.program, video="jitsi")
    services.set_meeting_link(scope.tom, link="https://whereby.com/tom", by=scope.tom)
    assert ROOM.fullmatch(book(scope, "2026-11-24T09:00"))
    services.set_meeting_link(scope.ines, link="https://zoom.us/j/1", by=scope.ines)
    assert book(scope, "2026-11-24T10:00") == "https://zoom.us/j/1"
    assert book(scope, "2026-11-24T11:00", place=" Room 4 ") == "Room 4"


def test_programmes_whose_people_agree_on_it_get_no_room(scope, server):
    BookingPolicy.objects.create(program=scope.mentorship.program)
    services.set_meeting_link(scope.ines, link="https://zoom.us/j/1", by=scope.ines)
    assert book(scope, "2026-11-24T09:00") == ""


def test_a_server_gives_rooms_until_an_admin_says_otherwise(scope, server):
    assert ROOM.fullmatch(services.usual_place(scope.mentorship, by=scope.tom))
    assert ROOM.fullmatch(book(scope, "2026-11-24T09:00"))
    BookingPolicy.objects.create(program=scope.mentorship.program)
    Session.objects.update(place="")
    assert services.usual_place(scope.mentorship, by=scope.tom) == ""


def test_without_a_server_there_is_no_room(scope):
    BookingPolicy.objects.create(program=scope.mentorship.program, video="jitsi")
    assert book(scope, "2026-11-24T09:00") == ""


def test_a_series_meets_in_one_room(scope, server):
    BookingPolicy.objects.create(program=scope.mentorship.program, video="jitsi", horizon=timedelta(days=60))
    made = book_series(scope.mentorship, starts_at=utc("2026-11-24T09:00"), rhythm="weekly", count=3, by=scope.tom)
    (room,) = {session.place for session in made}
    assert ROOM.fullmatch(room)


def test_admins_choose_it(cast, server, as_member):
    client, path = as_member(cast.olga), f"/o/northwind/sessions/policy/{cast.mentorship.program_id}/"
    html = client.get(path).content.decode()
    assert "In a video room of our own server" in html
    assert "The mentor’s own meeting link comes before it." in html
    for chosen in ("jitsi", ""):
        assert client.post(path, POLICY | {"video": chosen}).status_code == 302
        with inside(cast.northwind):
            assert BookingPolicy.objects.get().video == chosen
    assert client.post(path, POLICY | {"video": "zoom"}).status_code == 422


def test_without_a_server_there_is_no_choice_and_the_old_one_stays(cast, as_member):
    client, path = as_member(cast.olga), f"/o/northwind/sessions/policy/{cast.mentorship.program_id}/"
    assert "video room" not in client.get(path).content.decode()
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, video="jitsi")
    assert client.post(path, POLICY | {"video": ""}).status_code == 302
    with inside(cast.northwind):
        assert BookingPolicy.objects.get().video == "jitsi"
