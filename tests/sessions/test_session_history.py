"""One's own sessions as files: what is in them, what never is, and whose they are."""

import csv
import io
from datetime import timedelta

import pytest
from icalendar import Calendar

from sessions import services
from tests.people import inside
from tests.sessions.conftest import utc

CSV, ICS = "/o/northwind/sessions/history.csv", "/o/northwind/sessions/history.ics"


def rows(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", [CSV, ICS])
def test_own_only(cast, client, as_member, booked, path):
    client.logout()
    assert client.get(path).status_code == 302
    assert as_member(cast.mallory).get(path).status_code == 404
    assert as_member(cast.tom).post(path).status_code == 405
    assert b"First steps" in as_member(cast.tom).get(path).content
    assert b"First steps" not in as_member(cast.olga).get(path).content


def test_the_csv_has_each_session_on_the_readers_clock(cast, booked, tom_client):
    with inside(cast.northwind):
        services.record_session(
            cast.mentorship, starts_at=utc("2026-10-25T00:30"), length=timedelta(minutes=45), by=cast.ines
        )
    response = tom_client.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="sessions.csv"'
    assert response.content.startswith(b"\xef\xbb\xbfDay,From,Until,")
    assert rows(response)[1:] == [
        ["2026-11-24", "10:00", "11:00", "Berlin time (+0100)", "Ines Adler", "Growing together", "First steps",
         "Room 4", "planned", ""],
        ["2026-10-25", "02:30", "02:15", "Berlin time (+0200)", "Ines Adler", "Growing together", "", "", "to log", ""],
    ]  # fmt: skip


def test_lengths_are_those_that_everybody_agrees_on(cast, over, tom_client):
    with inside(cast.northwind):
        for member in (cast.tom, cast.ines):
            services.log_session(over, report="held", length=timedelta(minutes=50), by=member)
    assert rows(tom_client.get(CSV))[1][-2:] == ["held", "50"]


def test_no_cell_begins_like_a_formula(cast, booked, tom_client):
    with inside(cast.northwind):
        booked.topic, booked.place = '=HYPERLINK("http://evil.example")', "+1 555"
        booked.save()
        cast.ines.given_name = "@Ines"
        cast.ines.save()
    cells = rows(tom_client.get(CSV))[1]
    assert cells[4] == "'@Ines Adler"
    assert cells[6:8] == ['\'=HYPERLINK("http://evil.example")', "'+1 555"]


@pytest.mark.parametrize("path", [CSV, ICS])
def test_notes_stay_out(cast, booked, tom_client, path):
    with inside(cast.northwind):
        services.write_notes(booked, shared_note="Shared words", private_note="Private words", by=cast.tom)
    content = tom_client.get(path).content
    assert b"First steps" in content
    assert b"words" not in content


def test_the_calendar_is_one_that_programs_read_without_a_complaint(cast, booked, tom_client):
    with inside(cast.northwind):
        off = services.book_session(cast.mentorship, starts_at=utc("2026-12-01T09:00"), by=cast.tom)
        services.cancel_session(off, by=cast.ines)
    response = tom_client.get(ICS)
    assert response["Content-Disposition"] == 'attachment; filename="sessions.ics"'
    calendar = Calendar.from_ical(response.content)
    # A PUBLISH would have to name who organises each (RFC 5546, 3.2.1).
    assert ("METHOD" in calendar, calendar.errors) == (False, [])
    events = calendar.walk("VEVENT")
    assert [(str(event["UID"]), str(event["STATUS"]), event.errors) for event in events] == [
        (str(booked.uid), "CONFIRMED", []), (str(off.uid), "CANCELLED", []),
    ]  # fmt: skip
    assert "ATTENDEE" not in events[0]
    assert str(events[0]["DTSTART"].dt) == "2026-11-24 09:00:00+00:00"
