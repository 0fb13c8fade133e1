from datetime import timedelta

import pytest

from sessions import services
from sessions.models import Note
from tests.people import inside


@pytest.fixture
def path(booked):
    return f"/o/northwind/sessions/{booked.pk}/"


def test_when_where_and_what_can_be_done(path, tom_client):
    html = tom_client.get(path).content.decode()
    assert "Session with Ines Adler" in html
    assert "Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in html
    assert "09:00 London time for them" in html
    assert ("Room 4" in html, "First steps" in html) == (True, True)
    for action in ("move/", "cancel/", "session.ics"):
        assert f'href="{path}{action}"' in html


def test_a_link_to_the_meeting_can_be_followed_and_nothing_else(cast, booked, path, tom_client):
    with inside(cast.northwind):
        booked.place = "https://meet.example/a?b=1 <script>alert(1)</script>"
        booked.save()
    html = tom_client.get(path).content.decode()
    assert 'href="https://meet.example/a?b=1"' in html
    assert "<script>alert" not in html


def test_notes_are_kept_and_only_shared_ones_are_shown_to_the_other(cast, path, as_member):
    answer = as_member(cast.tom).post(path, {"private_note": "I was nervous.", "shared_note": "Read chapter two."})
    assert (answer.status_code, answer.url) == (302, path)
    own = as_member(cast.tom).get(path).content.decode()
    assert ("I was nervous." in own, "Read chapter two." in own) == (True, True)
    other = as_member(cast.ines).get(path).content.decode()
    assert ("I was nervous." in other, "Read chapter two." in other) == (False, True)
    assert "Shared by Tom Brandt" in other


def test_too_long_a_note_is_given_back(cast, path, tom_client):
    response = tom_client.post(path, {"private_note": "x" * 10_001})
    assert response.status_code == 422
    assert "x" * 10_001 in response.content.decode()
    with inside(cast.northwind):
        assert not Note.objects.count()


def test_no_role_opens_a_session_or_its_notes(cast, path, assert_own_only, as_member):
    as_member(cast.tom).post(path, {"private_note": "Secret one", "shared_note": "Secret two"})
    assert_own_only(path)
    response = as_member(cast.olga).get(path)
    assert "Secret" not in response.content.decode()
    assert as_member(cast.olga).post(path, {"shared_note": "Hello"}).status_code == 404


@pytest.mark.parametrize(
    ("tom", "ines", "expected"),
    [
        ("", "", "How did it go?"),
        ("", "held", "Ines Adler has logged this session."),
        ("held", "", "It counts once Ines Adler has confirmed it"),
        ("held", "missed", "One of you says that you met"),
        ("held", "held", "45 minutes"),
    ],
)
def test_afterwards_the_page_says_how_it_stands(cast, over, path, tom_client, tom, ines, expected):
    with inside(cast.northwind):
        for member, report in ((cast.tom, tom), (cast.ines, ines)):
            if report:
                services.log_session(over, report=report, length=timedelta(minutes=45), by=member)
    assert expected in tom_client.get(path).content.decode()
