"""What people are asked two days before a session, and when it has gone quiet."""

from datetime import timedelta

import pytest

from mentoring.outbox.models import Message
from programs.models import Enrolment, Mentorship, Program
from sessions import services
from sessions.models import Session
from sessions.services import agendas, nudging
from tests.people import inside
from tests.sessions.conftest import utc

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def letters(kind):
    found = Message.objects.filter(kind=kind).order_by("recipient", "id")
    return [(letter.recipient, letter.status, letter.due_at) for letter in found]


def book(scope, at):
    return services.book_session(scope.mentorship, starts_at=utc(at), by=scope.tom)


def test_both_are_asked_two_days_before(scope, clock):
    session = book(scope, "2026-12-01T09:00")
    assert nudging.prompt_preparation() == 0
    clock.move_to(utc("2026-11-29T02:00"))
    assert nudging.prompt_preparation() == 2
    due_at = utc("2026-11-29T09:00")
    assert letters("session_preparation") == [
        ("ines@northwind.example", "pending", due_at),
        ("tom@northwind.example", "pending", due_at),
    ]
    letter = Message.objects.filter(kind="session_preparation", recipient="tom@northwind.example").get()
    assert letter.subject == "Before you meet Ines Adler on Tuesday 1 December"
    assert "What would you like to be different in six months?" in letter.text
    assert "- What stays between us" in letter.text
    assert f"/sessions/{session.pk}/" in letter.text
    assert "List-Unsubscribe" in letter.headers
    # The next night writes nothing twice.
    clock.shift(DAY)
    nudging.prompt_preparation()
    assert len(letters("session_preparation")) == 2


def test_what_was_booked_later_than_that_is_not_asked_about(scope, booked, clock):
    clock.move_to(utc("2026-11-23T02:00"))
    assert nudging.prompt_preparation() == 0
    assert letters("session_preparation") == []


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_moved_or_cancelled_it_is_skipped(scope, clock, change):
    session = book(scope, "2026-12-01T09:00")
    clock.move_to(utc("2026-11-29T02:00"))
    nudging.prompt_preparation()
    if change == "move":
        services.move_session(session, starts_at=utc("2026-12-08T09:00"), by=scope.tom)
    else:
        services.cancel_session(session, by=scope.tom)
    assert {status for _who, status, _due in letters("session_preparation")} == {"skipped"}
    # Asked anew for the new time.
    clock.move_to(utc("2026-12-06T02:00"))
    assert nudging.prompt_preparation() == (2 if change == "move" else 0)


def test_who_has_been_asked_is_not_asked_again_when_it_moves(scope, clock):
    session = book(scope, "2026-12-01T09:00")
    clock.move_to(utc("2026-11-29T02:00"))
    nudging.prompt_preparation()
    Message.objects.filter(kind="session_preparation", recipient="tom@northwind.example").update(status="sent")
    services.move_session(session, starts_at=utc("2026-12-08T09:00"), by=scope.tom)
    clock.move_to(utc("2026-12-06T02:00"))
    assert nudging.prompt_preparation() == 1


def test_only_who_wants_it_and_where_there_is_something_to_ask(scope, clock):
    services.choose_reminders(scope.ines, kind="preparation", ahead=[], by=scope.ines)
    book(scope, "2026-12-01T09:00")
    clock.move_to(utc("2026-11-29T02:00"))
    assert nudging.prompt_preparation() == 1
    Message.objects.filter(kind="session_preparation").delete()
    program = scope.mentorship.program
    agendas.set_proposal(program, stage="first", points=["Tea"], preparation="", by=scope.olga)
    assert nudging.prompt_preparation() == 0


# --- a quiet relationship: started on 23 October, every two weeks, so quiet after four ---


def recorded(scope, at):
    session = services.record_session(scope.mentorship, starts_at=utc(at), length=HOUR, by=scope.tom)
    Session.objects.filter(pk=session.pk).update(status="held", confirmation="both", length=HOUR)
    return session


def test_it_is_quiet_after_twice_its_rhythm(scope, clock):
    clock.move_to(utc("2026-11-20T11:00"))
    assert list(nudging.quiet_mentorships()) == []
    clock.move_to(utc("2026-11-20T13:00"))
    assert list(nudging.quiet_mentorships()) == [scope.mentorship]


@pytest.mark.parametrize(("at", "quiet"), [("2026-10-25T10:00", True), ("2026-10-25T13:00", False)])
def test_it_counts_from_the_last_session(scope, at, quiet):
    recorded(scope, at)
    assert nudging.quiet_mentorships().exists() is quiet


def test_what_is_planned_ends_the_silence(scope, booked):
    assert not nudging.quiet_mentorships().exists()
    services.cancel_session(booked, by=scope.tom)
    assert nudging.quiet_mentorships().exists()


@pytest.mark.parametrize("why", ["paused", "closed", "ended"])
def test_who_is_left_in_peace(scope, why):
    assert nudging.quiet_mentorships().exists()
    if why == "paused":
        Enrolment.objects.filter(member=scope.tom).update(paused_at=utc("2026-11-01T00:00"))
    elif why == "closed":
        Program.objects.update(status="closed")
    else:
        Mentorship.objects.update(status="ended")
    assert not nudging.quiet_mentorships().exists()


def test_both_hear_of_it_once_per_spell(scope, clock):
    for _night in range(3):
        assert nudging.nudge_quiet() == 1
        clock.shift(DAY)
    assert [who for who, _status, _due in letters("mentorship_quiet")] == [
        "ines@northwind.example",
        "tom@northwind.example",
    ]
    recorded(scope, "2026-11-24T10:00")
    assert nudging.nudge_quiet() == 0
    clock.shift(40 * DAY)
    assert nudging.nudge_quiet() == 1
    assert len(letters("mentorship_quiet")) == 4
    letter = Message.objects.filter(kind="mentorship_quiet").latest("pk")
    assert "last met on Tuesday 24 November" in letter.text


def test_who_does_not_want_it_does_not_get_it(scope):
    services.choose_reminders(scope.tom, kind="quiet", ahead=[], by=scope.tom)
    nudging.nudge_quiet()
    assert [who for who, _status, _due in letters("mentorship_quiet")] == ["ines@northwind.example"]


def test_both_and_the_admin_see_it(cast, as_member):
    mentorship = f"/o/northwind/mentorships/{cast.mentorship.pk}/"
    for member in (cast.tom, cast.ines):
        assert "It has gone quiet" in as_member(member).get(mentorship).content.decode()
    page = as_member(cast.olga).get(f"/o/northwind/programmes/{cast.mentorship.program_id}/").content.decode()
    assert "1 mentorship has gone quiet" in page
    assert f'href="{mentorship}"' in page
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom)
    assert "gone quiet" not in as_member(cast.tom).get(mentorship).content.decode()
