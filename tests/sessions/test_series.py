"""Sessions that repeat keep the clock on the wall, and each is checked like a single one."""

from datetime import timedelta
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from icalendar import Calendar

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Attendance, Session, SessionSeries
from sessions.services.series import (
    SeriesTaken,
    book_series,
    cancel_following,
    following,
    move_following,
    occurrences,
)
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import people, utc

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


@pytest.fixture
def series(scope):
    """Four Tuesdays at nine, from 24 November."""
    return book_series(
        scope.mentorship, starts_at=utc("2026-11-24T09:00"), rhythm="weekly", count=4, by=scope.tom, topic="Steps"
    )


def starts(sessions):
    return [f"{session.starts_at:%Y-%m-%dT%H:%M}" for session in sessions]


def letters(kind):
    return Message.objects.filter(kind=kind)


@pytest.mark.parametrize(
    ("first", "rhythm", "count", "zone", "expected"),
    [
        # Clocks go forward on 28 March 2027: nine in London is nine UTC before and eight after.
        ("2027-03-16T09:00", "weekly", 4, LONDON,
         ["2027-03-16T09:00", "2027-03-23T09:00", "2027-03-30T08:00", "2027-04-06T08:00"]),
        # 01:30 is skipped on the 28th: the offset before it counts, so 02:30 on the wall.
        ("2027-03-21T01:30", "weekly", 3, LONDON, ["2027-03-21T01:30", "2027-03-28T01:30", "2027-04-04T00:30"]),
        # Clocks go back on 7 November 2027: nine in New York is 13 UTC before and 14 after.
        ("2027-10-25T13:00", "fortnightly", 3, NEW_YORK, ["2027-10-25T13:00", "2027-11-08T14:00", "2027-11-22T14:00"]),
        # 01:30 comes twice on the 7th: the first.
        ("2027-10-31T05:30", "weekly", 3, NEW_YORK, ["2027-10-31T05:30", "2027-11-07T05:30", "2027-11-14T06:30"]),
        # The second of the two, chosen as such, stays that instant.
        ("2027-11-07T06:30", "weekly", 2, NEW_YORK, ["2027-11-07T06:30", "2027-11-14T06:30"]),
        # The second Tuesday of each month.
        ("2027-02-09T09:00", "monthly", 4, LONDON,
         ["2027-02-09T09:00", "2027-03-09T09:00", "2027-04-13T08:00", "2027-05-11T08:00"]),
        # The fifth Monday, so the last of each month.
        ("2027-03-29T08:00", "monthly", 4, LONDON,
         ["2027-03-29T08:00", "2027-04-26T08:00", "2027-05-31T08:00", "2027-06-28T08:00"]),
        # The fourth stays the fourth, although it is February's last; the year turns.
        ("2026-12-22T09:00", "monthly", 3, LONDON, ["2026-12-22T09:00", "2027-01-26T09:00", "2027-02-23T09:00"]),
    ],
)  # fmt: skip
def test_wall_time_is_kept(first, rhythm, count, zone, expected):
    found = occurrences(utc(first), rhythm, count, zone)
    assert [f"{start:%Y-%m-%dT%H:%M}" for start in found] == expected


def test_booking_a_series_reaches_beyond_the_horizon_and_over_a_clock_change(scope, clock):
    clock.move_to(utc("2027-03-14T12:00"))
    made = book_series(scope.mentorship, starts_at=utc("2027-03-16T09:00"), rhythm="weekly", count=8, by=scope.tom)
    assert starts(made) == [
        "2027-03-16T09:00", "2027-03-23T09:00", "2027-03-30T08:00", "2027-04-06T08:00",
        "2027-04-13T08:00", "2027-04-20T08:00", "2027-04-27T08:00", "2027-05-04T08:00",
    ]  # fmt: skip
    assert [f"{session.wall_time:%H:%M}" for session in made] == ["09:00"] * 8
    assert [session.series_index for session in made] == list(range(8))
    assert SessionSeries.objects.get().count == 8
    with pytest.raises(services.SlotTaken):
        book_series(scope.mentorship, starts_at=utc("2027-04-13T09:00"), rhythm="weekly", count=2, by=scope.tom)


def test_each_session_has_its_own_invitation_once(scope, series):
    assert letters("session_booked").count() == 8
    uids = set()
    for letter in letters("session_booked"):
        [attachment] = letter.attachments
        [event] = Calendar.from_ical(attachment["content"]).walk("VEVENT")
        uids.add(str(event["UID"]))
    assert uids == {str(session.uid) for session in series}
    assert len(uids) == 4


def test_what_is_not_free_is_named_and_skipped_only_when_asked(scope):
    services.book_session(scope.mentorship, starts_at=utc("2026-12-01T09:00"), by=scope.tom)
    asked = {"starts_at": utc("2026-11-24T09:00"), "rhythm": "weekly", "count": 3, "by": scope.tom}
    with pytest.raises(SeriesTaken) as refused:
        book_series(scope.mentorship, **asked)
    assert refused.value.taken == [utc("2026-12-01T09:00")]
    assert refused.value.free == [utc("2026-11-24T09:00"), utc("2026-12-08T09:00")]
    assert (Session.objects.count(), SessionSeries.objects.count(), letters("session_booked").count()) == (1, 0, 2)
    made = book_series(scope.mentorship, **asked, skip_taken=True)
    assert starts(made) == ["2026-11-24T09:00", "2026-12-08T09:00"]
    assert [session.series_index for session in made] == [0, 2]
    with pytest.raises(services.SlotTaken):
        book_series(scope.mentorship, **asked, skip_taken=True)


def test_the_hours_of_a_month_count_for_the_series_itself(scope):
    mentor = scope.mentorship.participants.get(role="mentor").enrolment
    mentor.hours_per_month = 2
    mentor.save()
    with pytest.raises(SeriesTaken) as refused:
        book_series(scope.mentorship, starts_at=utc("2026-12-01T09:00"), rhythm="weekly", count=6, by=scope.tom)
    assert refused.value.taken == [utc("2026-12-15T09:00"), utc("2026-12-22T09:00"), utc("2026-12-29T09:00")]


@pytest.mark.parametrize(("count", "rhythm"), [(1, "weekly"), (27, "weekly"), (3, "daily")])
def test_nonsense_is_refused(scope, count, rhythm):
    with pytest.raises(services.SessionProblem):
        book_series(scope.mentorship, starts_at=utc("2026-11-24T09:00"), rhythm=rhythm, count=count, by=scope.tom)


def test_only_for_who_takes_part(scope):
    with pytest.raises(PermissionDenied):
        book_series(scope.mentorship, starts_at=utc("2026-11-24T09:00"), rhythm="weekly", count=2, by=scope.olga)


def test_cancelling_one_leaves_the_others(scope, series):
    services.cancel_session(series[1], by=scope.tom)
    assert starts(following(series[0])) == ["2026-11-24T09:00", "2026-12-08T09:00", "2026-12-15T09:00"]


def test_cancelling_all_that_follow(scope, series):
    cancel_following(series[1], by=scope.ines, reason="Parental leave")
    assert list(Session.objects.planned()) == [series[0]]
    assert letters("session_cancelled").count() == 6
    assert Attendance.objects.filter(occupies=True).count() == 2
    with pytest.raises(services.SessionProblem):
        cancel_following(series[1], by=scope.ines)


def test_nobody_else_cancels(scope, series):
    with pytest.raises(PermissionDenied):
        cancel_following(series[1], by=scope.olga)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("2026-12-01T10:00", ["2026-12-01T10:00", "2026-12-08T10:00", "2026-12-15T10:00"]),
        # A week later, onto the times of those that follow.
        ("2026-12-08T09:00", ["2026-12-08T09:00", "2026-12-15T09:00", "2026-12-22T09:00"]),
        ("2026-11-26T14:00", ["2026-11-26T14:00", "2026-12-03T14:00", "2026-12-10T14:00"]),
    ],
)
def test_moving_all_that_follow(scope, series, to, expected):
    moved = move_following(series[1], starts_at=utc(to), by=scope.tom)
    assert starts(moved) == expected
    assert starts(Session.objects.planned()) == ["2026-11-24T09:00", *expected]
    assert [session.sequence for session in moved] == [1, 1, 1]
    assert letters("session_moved").count() == 6
    taken = Attendance.objects.filter(member=scope.tom).order_by("during").values_list("during", flat=True)
    assert [f"{during.lower:%Y-%m-%dT%H:%M}" for during in taken] == ["2026-11-24T09:00", *expected]


def test_those_that_cannot_follow_stay_only_when_asked(scope, series):
    services.book_session(scope.mentorship, starts_at=utc("2026-12-08T11:00"), by=scope.tom)
    with pytest.raises(SeriesTaken) as refused:
        move_following(series[1], starts_at=utc("2026-12-01T11:00"), by=scope.tom)
    assert refused.value.taken == [utc("2026-12-08T11:00")]
    assert starts(following(series[1])) == ["2026-12-01T09:00", "2026-12-08T09:00", "2026-12-15T09:00"]
    assert not letters("session_moved").exists()
    move_following(series[1], starts_at=utc("2026-12-01T11:00"), by=scope.tom, skip_taken=True)
    assert starts(following(series[1])) == ["2026-12-01T11:00", "2026-12-08T09:00", "2026-12-15T11:00"]


@pytest.mark.django_db(transaction=True)
def test_a_booking_at_the_same_moment_has_one_of_the_times(clock):
    """Another mentee books one Tuesday while the series waits for Ines's lock: it isn't free when the series looks."""
    cast = people()
    mira = make_member(cast.northwind, "Mira", time_zone="Europe/London")
    other = make_mentorship(cast.ines, mira, program=cast.mentorship.program)
    locked, answers = Event(), []

    def ask():
        try:
            locked.wait(10)
            with inside(cast.northwind):
                book_series(cast.mentorship, starts_at=utc("2026-11-24T09:00"), rhythm="weekly", count=3, by=cast.tom)
        except SeriesTaken as taken:
            answers.append(taken.taken)
        finally:
            connection.close()

    thread = Thread(target=ask)
    thread.start()
    with inside(cast.northwind):
        services.book_session(other, starts_at=utc("2026-12-01T09:00"), by=mira)
        locked.set()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(20)
    assert answers == [[utc("2026-12-01T09:00")]]
    with inside(cast.northwind):
        assert Session.objects.count() == 1
        assert Session.objects.get().ends_at - Session.objects.get().starts_at == timedelta(hours=1)
