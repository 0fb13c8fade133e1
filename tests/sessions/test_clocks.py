"""When the rules of a zone's clocks change, future sessions keep the wall time that was meant, and people hear of it."""

import importlib.resources
import zoneinfo
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from icalendar import Calendar

from mentoring.outbox.models import Message
from sessions import emails, services
from sessions.busy.zone_names import zone_of
from sessions.models import Attendance, BookingPolicy, Session, UserBusyTime
from sessions.services.clocks import keep_wall_times
from sessions.services.wishing import accept_wish
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc

NINE = "2026-11-24T09:00"


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


@pytest.fixture
def london_keeps(tmp_path):
    """From now on London's clocks are those of another zone."""

    def change(name):
        data = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
        (tmp_path / "Europe").mkdir(exist_ok=True)
        (tmp_path / "Europe" / "London").write_bytes(data)
        read_from([str(tmp_path)])

    def read_from(folders):
        zoneinfo.reset_tzpath(to=folders)
        zoneinfo.ZoneInfo.clear_cache()
        # Those who read calendars keep zones of their own.
        icalendar.use_zoneinfo()
        zone_of.cache_clear()

    before = zoneinfo.TZPATH
    yield change
    read_from(before)


def now(session):
    return Session.objects.get(pk=session.pk)


def kinds():
    letters = Message.objects.filter(kind__startswith="session_clocks").order_by("id")
    return [(letter.kind, letter.recipient.split("@")[0]) for letter in letters]


def test_a_session_keeps_its_wall_time_and_everybody_gets_the_new_time(scope, booked, london_keeps):
    london_keeps("Europe/Paris")
    assert keep_wall_times() == 1
    moved = now(booked)
    # Nine o'clock in London is eight in UTC, now that its clocks show what those of Paris do.
    assert (moved.starts_at, moved.ends_at, moved.sequence) == (utc("2026-11-24T08:00"), utc("2026-11-24T09:00"), 1)
    assert moved.wall_time == datetime(2026, 11, 24, 9, tzinfo=UTC)
    during = DateTimeTZRange(utc("2026-11-24T08:00"), utc("2026-11-24T09:00"))
    assert [each.during for each in Attendance.objects.all()] == [during] * 2
    assert [each.during for each in UserBusyTime.objects.all()] == [during] * 2
    assert kinds() == [("session_clocks", "ines"), ("session_clocks", "tom")]
    to_ines, to_tom = Message.objects.filter(kind="session_clocks").order_by("id")
    assert "The rules for the clocks have changed since your session with Tom Brandt was booked." in to_ines.text
    assert "Tuesday 24 November 2026, 09:00 to 10:00 London time" in to_ines.text
    assert "Before: Tuesday 24 November 2026, 10:00 to 11:00 London time" in to_ines.text
    assert "Tuesday 24 November 2026, 09:00 to 10:00 Berlin time" in to_tom.text
    (event,) = Calendar.from_ical(to_tom.attachments[0]["content"]).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"]) == (str(booked.uid), 1)
    assert event["DTSTART"].dt.astimezone(UTC) == utc("2026-11-24T08:00")
    # The reminders follow: a day and an hour before the new time.
    waiting = Message.objects.filter(kind__startswith="reminder", status="pending", recipient=scope.tom.email)
    assert sorted(each.due_at for each in waiting) == [utc("2026-11-23T08:00"), utc("2026-11-24T07:00")]
    assert keep_wall_times() == 0
    assert len(kinds()) == 2


def test_nothing_moves_while_the_rules_stay(scope, booked):
    assert keep_wall_times() == 0
    assert (now(booked).starts_at, now(booked).sequence, kinds()) == (utc(NINE), 0, [])


def test_vancouver_as_it_was_before_its_clocks_stood_still(scope):
    """Booked for nine o'clock when the data still had winter time there: 17:00Z then, 16:00Z by today's."""
    session = services.book_session(scope.mentorship, starts_at=utc(NINE), by=scope.tom)
    at = utc("2027-01-15T17:00")
    wall = datetime(2027, 1, 15, 9, tzinfo=UTC)
    Session.objects.filter(pk=session.pk).update(
        starts_at=at, ends_at=at + timedelta(hours=1), wall_time=wall, zone_name="America/Vancouver"
    )
    assert keep_wall_times() == 1
    assert now(session).starts_at == utc("2027-01-15T16:00")


def test_those_in_a_row_make_room_for_each_other(scope, london_keeps):
    row = [
        services.book_session(scope.mentorship, starts_at=utc(f"2026-11-24T{hour}:00"), by=scope.tom)
        for hour in ("09", "10", "11")
    ]
    london_keeps("Europe/Paris")
    assert keep_wall_times() == 3
    assert [now(each).starts_at.hour for each in row] == [8, 9, 10]
    london_keeps("Atlantic/Azores")
    assert keep_wall_times() == 3
    assert [now(each).starts_at.hour for each in row] == [10, 11, 12]


def test_who_is_not_free_then_is_told_once_and_the_next_night_tries_again(scope, booked, london_keeps):
    # Tom has another session from 9 to 10 in Berlin, whose clocks stay as they are.
    mira = make_member(scope.northwind, "Mira", family_name="Cox", time_zone="Europe/Berlin")
    other = make_mentorship(mira, scope.tom)
    services.set_weekly_hours(mira, [(1, 540, 600)], by=mira)
    blocker = services.book_session(other, starts_at=utc("2026-11-24T08:00"), by=scope.tom)
    london_keeps("Europe/Paris")
    assert (keep_wall_times(), keep_wall_times()) == (0, 0)
    assert (now(booked).starts_at, now(booked).sequence) == (utc(NINE), 0)
    assert kinds() == [("session_clocks_shown", "ines"), ("session_clocks_shown", "tom")]
    text = Message.objects.get(kind="session_clocks_shown", recipient=scope.ines.email).text
    assert "It could not stay at the same hour in London time, because one of you is not free then" in text
    assert "Tuesday 24 November 2026, 10:00 to 11:00 London time" in text
    assert "Mira" not in text
    services.cancel_session(blocker, by=scope.tom)
    assert keep_wall_times() == 1
    assert now(booked).starts_at == utc("2026-11-24T08:00")


def test_one_that_fails_does_not_stop_the_others(scope, booked, london_keeps, monkeypatch):
    other = services.book_session(scope.mentorship, starts_at=utc("2026-11-26T14:00"), by=scope.tom)
    tell = emails.session_clocks

    def fails(session, **more):
        if session.pk == booked.pk:
            raise ValueError("no letter")
        tell(session, **more)

    monkeypatch.setattr(emails, "session_clocks", fails)
    london_keeps("Europe/Paris")
    assert keep_wall_times() == 1
    assert (now(booked).starts_at, now(other).starts_at) == (utc(NINE), utc("2026-11-26T13:00"))


def test_what_is_over_cancelled_or_was_moved_stays(scope, booked, clock, london_keeps):
    off = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T11:00"), by=scope.tom)
    services.cancel_session(off, by=scope.tom)
    clock.move_to(utc("2026-11-24T09:30"))
    london_keeps("Europe/Paris")
    assert keep_wall_times() == 0
    assert (now(booked).starts_at, now(off).starts_at) == (utc(NINE), utc("2026-11-24T11:00"))


def test_the_second_of_two_hours_stays_the_second(scope, booked):
    """01:30 comes twice in London on 31 October 2027; the later one shows the same clock and is no mistake."""
    at = utc("2027-10-31T01:30")
    Session.objects.filter(pk=booked.pk).update(
        starts_at=at, ends_at=at + timedelta(hours=1), wall_time=datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    )
    assert keep_wall_times() == 0
    assert now(booked).starts_at == at


def test_a_wish_keeps_it_without_a_letter(scope, london_keeps):
    BookingPolicy.objects.create(program=scope.mentorship.program, needs_yes=True)
    wish = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T10:00"), by=scope.tom)
    london_keeps("Europe/Paris")
    assert keep_wall_times() == 1
    assert (now(wish).status, now(wish).starts_at, kinds()) == ("wished", utc("2026-11-24T09:00"), [])
    assert accept_wish(now(wish), by=scope.ines).planned[0].starts_at == utc("2026-11-24T09:00")


def test_a_zone_that_is_not_known_any_more(scope, booked):
    Session.objects.filter(pk=booked.pk).update(zone_name="Europe/Atlantis")
    assert keep_wall_times() == 0
