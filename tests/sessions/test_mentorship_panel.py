"""The sessions of a mentorship, on its page."""

from django.test import Client

from sessions import services
from tests.people import inside


def page(cast, member):
    client = Client()
    client.force_login(member.user)
    return client.get(f"/o/northwind/mentorships/{cast.mentorship.pk}/").content.decode()


def test_who_has_not_met_is_asked_to_book(cast):
    text = page(cast, cast.tom)
    assert "You have not met yet." in text
    assert f"/o/northwind/sessions/book/{cast.mentorship.pk}/" in text


def test_the_next_session_stands_there_in_the_readers_time(cast, booked):
    text = page(cast, cast.tom)
    assert "Tuesday 24 November 2026, 10:00 Berlin time" in text
    assert "(09:00 London time for them)" in text
    assert "First steps" in text


def test_what_is_to_be_logged_stands_first(cast, over):
    assert f"/o/northwind/sessions/{over.pk}/log/" in page(cast, cast.ines)


def test_an_admin_sees_no_sessions(cast, booked):
    text = page(cast, cast.olga)
    assert "Ines Adler" in text
    assert "First steps" not in text


def test_a_cancelled_session_is_not_shown(cast, booked):
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    assert "First steps" not in page(cast, cast.tom)
