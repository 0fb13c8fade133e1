"""What one alone has said counts after a week, and is marked; and what was cancelled too late."""

from datetime import timedelta

import pytest

from mentoring.outbox.models import Message
from programs.models import Mentorship
from sessions import services
from sessions.models import BookingPolicy, Session
from sessions.signals import session_held
from tests.people import inside
from tests.sessions.conftest import utc

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
DAY = timedelta(days=1)


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


@pytest.fixture
def heard():
    sessions = []

    def hear(session, **kwargs):
        sessions.append(session.pk)

    session_held.connect(hear)
    yield sessions
    session_held.disconnect(hear)


def log(session, by, report="held", length=HOUR):
    return services.log_session(session, report=report, length=length, by=by)


def state(session):
    session = Session.objects.get(pk=session.pk)
    return session.status, session.confirmation, session.length


def test_both_say_so(scope, over):
    log(over, scope.tom)
    log(over, scope.ines, length=HALF)
    assert state(over) == ("held", "both", HALF)


def test_the_word_of_one_counts_after_seven_days_of_silence(scope, over, clock, heard):
    log(over, scope.tom, length=HALF)
    clock.shift(7 * DAY - timedelta(seconds=1))
    assert services.settle_silent() == 0
    assert state(over) == ("planned", "", None)
    clock.shift(timedelta(seconds=1))
    assert services.settle_silent() == 1
    assert state(over) == ("held", "one", HALF)
    assert list(Session.objects.held()) == []
    assert list(Session.objects.unconfirmed()) == [over]
    assert Session.objects.with_people().get().standing_for(scope.ines) == "unconfirmed"
    # Nobody is asked how a session was that they have not confirmed, nor any longer whether it was.
    assert heard == []
    assert [letter.status for letter in Message.objects.filter(kind="session_log_request")] == ["skipped"]
    assert services.settle_silent() == 0


def test_a_meeting_that_was_never_booked_counts_the_same_way(scope, clock):
    session = services.record_session(scope.mentorship, starts_at=utc("2026-11-20T15:00"), length=HALF, by=scope.tom)
    clock.shift(7 * DAY)
    assert services.settle_silent() == 1
    assert state(session) == ("held", "one", HALF)


def test_nobody_said_anything(scope, over, clock):
    clock.shift(30 * DAY)
    assert services.settle_silent() == 0
    assert state(over) == ("planned", "", None)


@pytest.mark.parametrize("others", ["missed", "held"])
def test_who_says_that_it_did_not_happen_is_not_overruled(scope, over, clock, others):
    log(over, scope.ines, report="missed", length=None)
    if others == "held":
        log(over, scope.tom)
    clock.shift(30 * DAY)
    assert services.settle_silent() == 0
    assert state(over) == ("planned", "", None)


def test_the_silent_one_may_still_confirm(scope, over, clock, heard):
    log(over, scope.tom)
    clock.shift(8 * DAY)
    services.settle_silent()
    log(over, scope.ines, length=HALF)
    assert state(over) == ("held", "both", HALF)
    assert heard == [over.pk]
    with pytest.raises(services.SessionProblem, match="confirmed"):
        log(over, scope.ines, report="missed", length=None)


def test_the_silent_one_may_still_object(scope, over, clock, heard):
    log(over, scope.tom)
    clock.shift(8 * DAY)
    services.settle_silent()
    log(over, scope.ines, report="missed", length=None)
    assert state(over) == ("planned", "", None)
    assert Session.objects.with_people().get().standing_for(scope.tom) == "different"
    assert services.settle_silent() == 0
    assert heard == []


def test_who_said_so_may_correct_the_length_until_the_other_speaks(scope, over, clock):
    log(over, scope.tom)
    clock.shift(8 * DAY)
    services.settle_silent()
    log(over, scope.tom, length=HALF)
    assert state(over) == ("held", "one", HALF)


def test_an_unconfirmed_session_is_shown_as_such(cast, over, clock, as_member):
    with inside(cast.northwind):
        log(over, cast.tom)
        clock.shift(8 * DAY)
        services.settle_silent()
    client = as_member(cast.ines)
    assert "unconfirmed" in client.get("/o/northwind/sessions/?tab=past").content.decode()
    assert "said nothing for a week" in client.get(f"/o/northwind/sessions/{over.pk}/").content.decode()
    mentorship = client.get(f"/o/northwind/mentorships/{cast.mentorship.pk}/").content.decode()
    assert "1 meeting is unconfirmed" in mentorship
    assert client.get(f"/o/northwind/sessions/{over.pk}/log/").status_code == 200
    answer = client.post(f"/o/northwind/sessions/{over.pk}/log/", {"report": "held", "length": "60"})
    assert answer.status_code == 302
    with inside(cast.northwind):
        assert state(over) == ("held", "both", HOUR)


@pytest.mark.parametrize(
    ("notice", "before", "late"),
    [(None, 13 * HOUR, False), (None, 11 * HOUR, True), (timedelta(days=2), 40 * HOUR, True), (HOUR, 2 * HOUR, False)],
)
def test_a_session_is_cancelled_late_within_the_programmes_notice(scope, booked, clock, notice, before, late):
    if notice is not None:
        BookingPolicy.objects.create(program=scope.mentorship.program, notice=notice)
    clock.move_to(booked.starts_at - before)
    services.cancel_session(booked, by=scope.tom)
    assert Session.objects.get().cancelled_late is late


def test_what_the_end_of_a_mentorship_cancels_is_nobodys_lateness(scope, booked, clock):
    clock.move_to(booked.starts_at - HOUR)
    services.cancel_upcoming(Mentorship.objects.get(), reason="Over")
    assert Session.objects.get().cancelled_late is False
