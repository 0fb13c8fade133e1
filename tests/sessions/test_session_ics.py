from icalendar import Calendar

from sessions import services
from tests.people import inside
from tests.sessions.conftest import utc


def test_a_session_as_a_calendar_file(booked, tom_client):
    response = tom_client.get(f"/o/northwind/sessions/{booked.pk}/session.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="session.ics"'
    calendar = Calendar.from_ical(response.content)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert (event["UID"], event["DTSTART"].dt) == (str(booked.uid), utc("2026-11-24T09:00"))
    assert event["SUMMARY"] == "Mentoring: Ines Adler"
    assert "ATTENDEE" not in event


def test_a_cancelled_session_has_none(cast, booked, tom_client):
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    assert tom_client.get(f"/o/northwind/sessions/{booked.pk}/session.ics").status_code == 404


def test_only_for_those_in_the_session(booked, assert_own_only):
    assert_own_only(f"/o/northwind/sessions/{booked.pk}/session.ics", refused="post")
