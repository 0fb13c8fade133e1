"""Changing one's mind while a session waits for a yes: it is taken back, or another time is wished for."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Attendance, BookingPolicy, Session
from sessions.services import wishing
from sessions.services.series import book_series
from tests.people import inside
from tests.sessions.conftest import utc
from tests.sessions.test_wishing import letters

NINE, TEN = "2026-11-24T09:00", "2026-11-24T10:00"


@pytest.fixture
def cast(cast):
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
    return cast


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


@pytest.fixture
def wish(cast):
    with inside(cast.northwind):
        return services.book_session(cast.mentorship, starts_at=utc(NINE), by=cast.tom, topic="Steps")


def now(session):
    return Session.objects.get(pk=session.pk)


def test_who_asked_asks_for_another_time(scope, wish, clock):
    clock.shift(timedelta(hours=1))
    moved = services.change_time(wish, starts_at=utc("2026-12-01T10:00"), by=scope.tom)
    assert (moved.status, moved.starts_at, moved.sequence) == ("wished", utc("2026-12-01T10:00"), 1)
    # Two days from now, as for any other question.
    assert now(wish).held_until == utc("2026-11-24T13:00")
    assert not Attendance.objects.filter(occupies=True).exists()
    assert letters(wish) == [("session_wished", "ines"), ("session_wished", "ines")]
    assert [letter.status for letter in Message.objects.order_by("id")] == ["skipped", "pending"]
    assert "Tuesday 1 December 2026, 10:00 to 11:00 London time" in Message.objects.latest("id").text
    assert wishing.accept_wish(moved, by=scope.ines).planned[0].starts_at == utc("2026-12-01T10:00")


def test_a_mentor_who_chooses_another_time_has_said_yes_to_it(scope, wish):
    moved = services.change_time(wish, starts_at=utc(TEN), by=scope.ines)
    assert (moved.status, moved.starts_at) == ("planned", utc(TEN))
    assert Attendance.objects.filter(session=wish, occupies=True).count() == 2
    assert letters(wish) == [("session_wished", "ines"), ("session_booked", "ines"), ("session_booked", "tom")]


def test_its_own_time_is_no_other(scope, wish):
    assert services.change_time(wish, starts_at=utc(NINE), by=scope.tom).sequence == 0
    assert letters(wish) == [("session_wished", "ines")]


def test_a_time_that_is_not_free_or_asked_for_already(scope, wish):
    services.book_session(scope.mentorship, starts_at=utc(TEN), by=scope.tom)
    with pytest.raises(services.SlotTaken, match="You have asked for this time already"):
        services.change_time(wish, starts_at=utc(TEN), by=scope.tom)
    with pytest.raises(services.SlotTaken) as taken:
        services.change_time(wish, starts_at=utc("2026-11-24T20:00"), by=scope.tom)
    assert len(taken.value.alternatives) == 4
    assert now(wish).starts_at == utc(NINE)


def test_one_of_a_series_gets_another_time_and_all_wait_as_long(scope):
    made = book_series(scope.mentorship, starts_at=utc(NINE), rhythm="weekly", count=2, by=scope.tom)
    services.change_time(made[1], starts_at=utc("2026-12-01T11:00"), by=scope.tom)
    assert [now(each).starts_at for each in made] == [utc(NINE), utc("2026-12-01T11:00")]
    assert len({now(each).held_until for each in made}) == 1
    text = Message.objects.filter(kind="session_wished", status="pending").latest("id").text
    assert "Tuesday 24 November 2026, 09:00 to 10:00 London time" in text
    assert "Tuesday 1 December 2026, 11:00 to 12:00 London time" in text
    assert len(wishing.accept_wish(made[0], by=scope.ines).planned) == 2


def test_cancelling_takes_it_back_or_says_no(scope, wish):
    services.call_off(wish, by=scope.tom)
    assert (now(wish).status, now(wish).cancelled_late) == ("cancelled", False)
    assert letters(wish) == [("session_wished", "ines")]
    second = services.book_session(scope.mentorship, starts_at=utc(TEN), by=scope.tom)
    services.call_off(second, by=scope.ines, reason="I travel")
    assert (now(second).status, now(second).cancel_reason) == ("cancelled", "I travel")
    assert letters(second) == [("session_wished", "ines"), ("session_wish_over", "tom")]


def test_nobody_else_changes_it(scope, wish):
    for act in (
        lambda: services.call_off(wish, by=scope.olga),
        lambda: services.change_time(wish, starts_at=utc(TEN), by=scope.olga),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_what_came_first_is_told_rightly(scope, wish):
    """A page that was opened before the answer came does not say that the session has begun."""
    for act in (
        lambda: services.move_session(wish, starts_at=utc(TEN), by=scope.tom),
        lambda: services.cancel_session(wish, by=scope.tom),
    ):
        with pytest.raises(services.SessionProblem, match="Nobody has said yes to this session yet"):
            act()
    wishing.accept_wish(wish, by=scope.ines)
    with pytest.raises(services.SessionProblem, match="This has been answered already"):
        services.change_time(wish, starts_at=utc(TEN), by=scope.tom)


def test_the_page_asks_for_another_time(cast, wish, as_member):
    client, path = as_member(cast.tom), f"/o/northwind/sessions/{wish.pk}/"
    assert f'href="{path}move/"' in client.get(path).content.decode()
    page = client.get(path + "move/").content.decode()
    assert "Another time with Ines Adler" in page
    assert "Ask for this time" in client.get(path + f"move/?start={TEN}Z").content.decode()
    assert client.post(path + "move/", {"starts_at": f"{TEN}Z"}).url == path
    assert "Asked for the new time." in client.get(path).content.decode()
    with inside(cast.northwind):
        assert (now(wish).status, now(wish).starts_at) == ("wished", utc(TEN))
    client = as_member(cast.ines)
    assert "Plan it at this time" in client.get(path + f"move/?start={NINE}Z").content.decode()
    client.post(path + "move/", {"starts_at": f"{NINE}Z"})
    assert "Planned at this time." in client.get(path).content.decode()


def test_the_page_takes_it_back(cast, wish, as_member):
    path = f"/o/northwind/sessions/{wish.pk}/cancel/"
    assert "Say no to Tom Brandt?" in as_member(cast.ines).get(path).content.decode()
    client = as_member(cast.tom)
    assert "Take back what you asked Ines Adler?" in client.get(path).content.decode()
    assert client.post(path, {}).status_code == 302
    assert "Taken back." in client.get(f"/o/northwind/sessions/{wish.pk}/").content.decode()
