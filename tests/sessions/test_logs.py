"""What both say of a session afterwards, when it counts, and who can read the notes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Note, Session
from sessions.signals import session_held
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)


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


def log(session, by, report="held", length=HOUR, **notes):
    return services.log_session(session, report=report, length=length, by=by, **notes)


def requests(session, **filters):
    found = Message.objects.filter(subject_ref=f"session:{session.pk}", kind="session_log_request", **filters)
    return [(letter.recipient, letter.status) for letter in found]


def test_one_word_is_not_enough(scope, over, heard):
    session = log(over, scope.tom)
    assert (session.status, session.length) == ("planned", None)
    assert heard == []
    assert requests(over) == [("ines@northwind.example", "pending")]


def test_held_when_both_say_so_with_the_smaller_length(scope, over, heard):
    log(over, scope.tom, length=HOUR)
    log(over, scope.ines, length=HALF)
    session = Session.objects.get(pk=over.pk)
    assert (session.status, session.length) == ("held", HALF)
    assert heard == [over.pk]
    assert requests(over) == [("ines@northwind.example", "skipped")]


def test_missed_when_both_say_so(scope, over, heard):
    log(over, scope.ines, report="missed", length=None)
    log(over, scope.tom, report="missed", length=HOUR)
    session = Session.objects.get(pk=over.pk)
    assert (session.status, session.length) == ("missed", None)
    assert heard == []


def test_two_different_words_settle_nothing_until_one_changes(scope, over, heard):
    log(over, scope.ines, report="missed", length=None)
    log(over, scope.tom, report="held")
    assert Session.objects.get(pk=over.pk).status == "planned"
    assert list(Session.objects.waiting_for(scope.ines)) == [over]
    assert list(Session.objects.waiting_for(scope.tom)) == [over]
    log(over, scope.ines, report="held", length=HALF)
    assert Session.objects.get(pk=over.pk).status == "held"
    assert heard == [over.pk]


def test_a_session_waits_for_those_who_have_said_nothing(scope, over):
    assert list(Session.objects.waiting_for(scope.ines)) == [over]
    log(over, scope.ines)
    assert list(Session.objects.waiting_for(scope.ines)) == []
    assert list(Session.objects.waiting_for(scope.tom)) == [over]
    assert list(Session.objects.waiting_for(scope.olga)) == []


def test_a_settled_session_stays_as_it_is(scope, over, heard):
    log(over, scope.ines)
    log(over, scope.tom)
    with pytest.raises(services.SessionProblem, match="confirmed"):
        log(over, scope.tom, report="missed", length=None)
    # Notes may still be written, and nobody hears twice that it was held.
    log(over, scope.tom, length=HALF, private_note="Look up the course.")
    assert Session.objects.get(pk=over.pk).length == HOUR
    assert heard == [over.pk]
    assert services.own_notes(over, by=scope.tom) == {"private": "Look up the course."}


def test_only_those_who_took_part_can_log(scope, over):
    with pytest.raises(PermissionDenied):
        log(over, scope.olga)


def test_nothing_is_logged_before_it_begins(scope, booked):
    with pytest.raises(services.SessionProblem, match="not begun"):
        log(booked, scope.tom)


def test_a_cancelled_session_is_not_logged(scope, booked, clock):
    services.cancel_session(booked, by=scope.tom)
    clock.move_to(booked.ends_at)
    with pytest.raises(services.SessionProblem, match="cancelled"):
        log(booked, scope.tom)


@pytest.mark.parametrize("length", [None, timedelta(0), timedelta(hours=8, minutes=1)])
def test_a_held_session_has_a_length(scope, over, length):
    with pytest.raises(services.SessionProblem, match="how long"):
        log(over, scope.tom, length=length)


# --- a meeting that was never booked ---


def test_a_recorded_meeting_waits_for_the_other(scope, heard):
    session = services.record_session(
        scope.mentorship, starts_at=utc("2026-11-20T15:00"), length=HALF, by=scope.tom, topic="Over coffee"
    )
    assert (session.status, session.starts_at, session.ends_at) == (
        "planned",
        utc("2026-11-20T15:00"),
        utc("2026-11-20T15:30"),
    )
    assert (session.zone_name, session.wall_time) == ("Europe/Berlin", utc("2026-11-20T16:00"))
    assert requests(session) == [("ines@northwind.example", "pending")]
    log(session, scope.ines, length=HOUR)
    assert Session.objects.get(pk=session.pk).length == HALF
    assert heard == [session.pk]


def test_a_recorded_meeting_lies_in_the_past_of_the_mentorship(scope):
    for starts_at, why in [("2026-11-22T11:31", "over"), ("2026-10-22T22:00", "before the mentorship")]:
        with pytest.raises(services.SessionProblem, match=why):
            services.record_session(scope.mentorship, starts_at=utc(starts_at), length=HALF, by=scope.ines)


def test_what_came_after_the_end_is_no_session_of_a_mentorship(scope):
    scope.mentorship.ended_at = utc("2026-11-19T08:00")
    services.record_session(scope.mentorship, starts_at=utc("2026-11-19T15:00"), length=HALF, by=scope.ines)
    with pytest.raises(services.SessionProblem, match="after the mentorship ended"):
        services.record_session(scope.mentorship, starts_at=utc("2026-11-20T15:00"), length=HALF, by=scope.ines)


def test_nobody_was_in_two_meetings_at_once(scope):
    services.record_session(scope.mentorship, starts_at=utc("2026-11-20T15:00"), length=HOUR, by=scope.tom)
    other = make_mentorship(scope.ines, make_member(scope.northwind, "Mia"))
    with pytest.raises(services.SlotTaken, match="not free"):
        services.record_session(other, starts_at=utc("2026-11-20T15:30"), length=HOUR, by=scope.ines)


# --- notes ---


def test_private_notes_are_the_authors_and_shared_ones_everybodys_in_it(scope, over):
    log(over, scope.tom, private_note="I was nervous.", shared_note="Read chapter two.")
    log(over, scope.ines, private_note="He was nervous.")

    def readable(member):
        own = services.own_notes(over, by=member).values()
        return {*own, *(body for _author, body in services.shared_notes(over, by=member))}

    assert readable(scope.tom) == {"I was nervous.", "Read chapter two."}
    assert readable(scope.ines) == {"He was nervous.", "Read chapter two."}
    assert readable(scope.olga) == set()


def test_an_empty_note_is_deleted_and_none_stays(scope, over):
    log(over, scope.tom, private_note="One", shared_note="Two")
    log(over, scope.tom, private_note="", shared_note=None)
    assert services.own_notes(over, by=scope.tom) == {"shared": "Two"}
    assert Note.objects.count() == 1


def test_strangers_to_a_session_write_no_notes(scope, over):
    with pytest.raises(PermissionDenied):
        services.write_note(over, visibility="shared", body="Hello", by=scope.olga)


def test_no_letter_carries_a_note(scope, over):
    log(over, scope.tom, private_note="Secret one", shared_note="Secret two")
    for letter in Message.objects.all():
        assert "Secret" not in letter.text + letter.html + str(letter.attachments)
