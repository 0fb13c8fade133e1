"""A series where the mentor says yes first: one question, one answer, and one end for all of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Attendance, BookingPolicy, Session, UserBusyTime
from sessions.services import wishing
from sessions.services.series import SeriesTaken, book_series
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc
from tests.sessions.test_wishing import letters

DAYS = ["2026-11-24", "2026-12-01", "2026-12-08"]
NINE = [f"{day}T09:00" for day in DAYS]


@pytest.fixture
def cast(cast):
    cast.mira = make_member(cast.northwind, "Mira", family_name="Cox", time_zone="Europe/London")
    cast.other = make_mentorship(cast.ines, cast.mira, program=cast.mentorship.program)
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True, hold=timedelta(days=1))
    return cast


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def wish_for(cast, **fields):
    return book_series(
        cast.mentorship, starts_at=utc(NINE[0]), rhythm="weekly", count=3, by=fields.pop("by", cast.tom), **fields
    )


def statuses():
    return [session.status for session in Session.objects.filter(series__isnull=False).order_by("starts_at")]


def test_all_of_it_is_wished_for_with_one_letter_and_one_end(scope):
    made = wish_for(scope)
    assert [(session.status, session.starts_at) for session in made] == [("wished", utc(at)) for at in NINE]
    assert {session.held_until for session in made} == {utc("2026-11-23T12:00")}
    assert not Attendance.objects.filter(occupies=True).exists()
    assert not UserBusyTime.objects.exists()
    letter = Message.objects.get()
    assert (letter.kind, letter.recipient) == ("session_wished", "ines@northwind.example")
    assert "It is one of 3 sessions, and your answer is for all of them:" in letter.text
    for when in ("24 November", "1 December", "8 December"):
        assert f"Tuesday {when} 2026, 09:00 to 10:00 London time" in letter.text
        assert f"Tuesday {when} 2026, 09:00 to 10:00 London time" in letter.html


def test_a_mentor_needs_nobodys_yes(scope):
    assert [session.status for session in wish_for(scope, by=scope.ines)] == ["planned"] * 3


def test_one_yes_plans_all(scope):
    made = wish_for(scope)
    planned, gone = wishing.accept_wish(made[1], by=scope.ines)
    assert ([session.starts_at for session in planned], gone) == ([utc(at) for at in NINE], [])
    assert statuses() == ["planned"] * 3
    assert Attendance.objects.filter(occupies=True).count() == 6
    assert Message.objects.filter(kind="session_booked").count() == 6
    assert not Message.objects.filter(kind="session_wish_over").exists()
    with pytest.raises(services.SessionProblem):
        wishing.accept_wish(made[0], by=scope.ines)


def test_what_has_gone_is_named(scope):
    made = wish_for(scope)
    services.book_session(scope.other, starts_at=utc(NINE[1]), by=scope.ines)
    planned, gone = wishing.accept_wish(made[0], by=scope.ines)
    assert [session.starts_at for session in planned] == [utc(NINE[0]), utc(NINE[2])]
    assert [session.starts_at for session in gone] == [utc(NINE[1])]
    assert statuses() == ["planned", "cancelled", "planned"]
    assert letters(made[1]) == [("session_wish_over", "tom")]
    text = Message.objects.get(kind="session_wish_over").text
    assert "Tuesday 1 December 2026, 10:00 to 11:00 Berlin time" in text
    assert "This time is no longer free." in text
    # An alternative on the same morning.
    assert "Tuesday 1 December 2026, 11:00 to 12:00 Berlin time" in text


def test_all_that_have_gone_stand_in_one_letter(scope):
    made = wish_for(scope)
    for at in NINE[1:]:
        services.book_session(scope.other, starts_at=utc(at), by=scope.ines)
    planned, gone = wishing.accept_wish(made[0], by=scope.ines)
    assert (len(planned), len(gone)) == (1, 2)
    text = Message.objects.get(kind="session_wish_over").text
    assert "It is one of 2 sessions that are not planned:" in text
    assert "Tuesday 1 December 2026, 10:00 to 11:00 Berlin time" in text
    assert "Tuesday 8 December 2026, 10:00 to 11:00 Berlin time" in text


def test_times_that_are_not_free_are_named_before_anything_is_asked(scope):
    services.book_session(scope.other, starts_at=utc(NINE[1]), by=scope.ines)
    with pytest.raises(SeriesTaken) as taken:
        wish_for(scope)
    assert (taken.value.taken, taken.value.free) == ([utc(NINE[1])], [utc(NINE[0]), utc(NINE[2])])


def test_what_is_asked_already_is_not_asked_again(scope):
    services.book_session(scope.mentorship, starts_at=utc(NINE[2]), by=scope.tom)
    made = wish_for(scope, skip_taken=True)
    assert [session.starts_at for session in made] == [utc(NINE[0]), utc(NINE[1])]


@pytest.mark.parametrize(("who", "told"), [("ines", ["tom@northwind.example"]), ("tom", [])])
def test_a_no_is_for_all_of_it_too(scope, who, told):
    made = wish_for(scope)
    assert len(wishing.decline_wish(made[2], by=getattr(scope, who), reason="I travel")) == 3
    assert statuses() == ["cancelled"] * 3
    assert [letter.recipient for letter in Message.objects.filter(kind="session_wish_over")] == told
    assert Message.objects.get(kind="session_wished").status == "skipped"


@pytest.mark.parametrize("who", ["tom", "mira", "olga"])
def test_only_the_mentor_says_yes(scope, who):
    made = wish_for(scope)
    with pytest.raises(PermissionDenied):
        wishing.accept_wish(made[0], by=getattr(scope, who))
    assert statuses() == ["wished"] * 3


def test_it_lapses_as_a_whole(scope, clock):
    made = wish_for(scope)
    clock.move_to(utc("2026-11-23T12:00"))
    with pytest.raises(services.SessionProblem):
        wishing.accept_wish(made[2], by=scope.ines)
    assert (wishing.lapse_wishes(), wishing.lapse_wishes()) == (3, 0)
    assert statuses() == ["cancelled"] * 3
    letter = Message.objects.get(kind="session_wish_over")
    assert "Nobody answered in time." in letter.text
    assert "It is one of 3 sessions that are not planned:" in letter.text


def test_the_pages_ask_once_for_all(cast, as_member):
    client = as_member(cast.tom)
    path = f"/o/northwind/sessions/book/{cast.mentorship.pk}/"
    detail = client.post(path, {"starts_at": f"{NINE[0]}Z", "repeat": "weekly", "times": "3"}).url
    html = client.get(detail).content.decode()
    assert "Asked for 3 sessions at once. You get an invitation to each as soon as the answer is yes." in html
    assert "One answer is for all 3 sessions of this series:" in html
    assert "Tuesday 8 December 2026, 10:00 to 11:00 Berlin time" in html
    client = as_member(cast.ines)
    assert client.get("/o/northwind/").content.decode().count("Tom Brandt would like to meet you") == 1
    assert "Do these times suit you?" in client.get(detail).content.decode()
    with inside(cast.northwind):
        services.book_session(cast.other, starts_at=utc(NINE[1]), by=cast.ines)
    client.post(detail + "answer/", {"yes": "1"})
    assert "Agreed, but one time is no longer free." in client.get(detail).content.decode()
    with inside(cast.northwind):
        assert statuses() == ["planned", "cancelled", "planned"]
