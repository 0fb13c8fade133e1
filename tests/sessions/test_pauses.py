"""Nothing new is planned in a pause, be it of a mentorship or of the programme; whoever has booked is told that it stays."""

from datetime import date

import pytest

from mentoring.outbox.models import Message
from programs.models import Enrolment, Mentorship, Program
from programs.services import lifelines, resting
from sessions import services
from sessions.models import BookingPolicy, Session
from sessions.services import pausing, wishing
from sessions.services.series import book_series
from tests.people import inside, make_member
from tests.sessions.conftest import utc

TUESDAY = utc("2026-11-24T09:00")
NEXT = utc("2026-12-01T09:00")
AFTER = utc("2026-12-08T09:00")


def pause(cast, until=None):
    with inside(cast.northwind):
        return lifelines.pause(cast.mentorship, until=until, by=cast.ines)


def pause_programme(cast):
    with inside(cast.northwind):
        return resting.pause_program(Program.objects.get(pk=cast.mentorship.program_id), by=cast.olga)


def book(cast, starts_at):
    with inside(cast.northwind):
        return services.book_session(cast.mentorship, starts_at=starts_at, by=cast.tom)


def address(cast):
    return f"/o/northwind/sessions/book/{cast.mentorship.pk}/"


def count(cast):
    with inside(cast.northwind):
        return Session.objects.count()


def test_a_pause_without_an_end_refuses_in_a_sentence(cast):
    pause(cast)
    with pytest.raises(services.SessionProblem, match="This mentorship is paused"):
        book(cast, TUESDAY)
    with pytest.raises(services.SessionProblem, match="is paused"), inside(cast.northwind):
        book_series(cast.mentorship, starts_at=TUESDAY, rhythm="weekly", count=3, by=cast.tom)
    assert count(cast) == 0


def test_a_pause_that_began_after_the_page_was_read_refuses_too(cast):
    with inside(cast.northwind):
        read_before = Mentorship.objects.select_related("program").get()
    pause(cast)
    with inside(cast.northwind), pytest.raises(services.SessionProblem, match="is paused"):
        services.book_session(read_before, starts_at=TUESDAY, by=cast.tom)


def test_after_the_last_day_of_a_pause_it_can_be_booked_before_not(cast):
    pause(cast, until=date(2026, 12, 8))
    with pytest.raises(services.SlotTaken) as refused:
        book(cast, NEXT)
    assert refused.value.alternatives[0].starts_at == AFTER
    assert book(cast, AFTER).starts_at == AFTER


def test_nothing_is_moved_into_a_pause(cast):
    late = book(cast, AFTER)
    pause(cast, until=date(2026, 12, 8))
    with inside(cast.northwind):
        kept = Session.objects.get(pk=late.pk)
        assert kept.status == "planned"
        with pytest.raises(services.SlotTaken):
            services.move_session(kept, starts_at=NEXT, by=cast.tom)


def test_what_somebody_wished_for_in_a_pause_is_over_and_they_are_told(cast):
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
    wish = book(cast, TUESDAY)
    later = book(cast, AFTER)
    assert wish.status == later.status == "wished"
    pause(cast, until=date(2026, 12, 8))
    with inside(cast.northwind):
        assert list(Session.objects.order_by("pk").values_list("status", "cancel_reason")) == [
            ("cancelled", "The mentorship is paused."),
            ("wished", ""),
        ]
        assert Message.objects.get(kind="session_wish_over").recipient == "tom@northwind.example"


def test_a_paused_programme_keeps_what_is_booked_tells_so_and_takes_nothing_new(cast, booked):
    pause_programme(cast)
    with inside(cast.northwind):
        assert Session.objects.get().status == "planned"
        told = Message.objects.filter(kind="sessions_stay").order_by("recipient")
        assert [each.recipient for each in told] == ["ines@northwind.example", "tom@northwind.example"]
        assert "Tuesday 24 November 2026, 09:00" in told[0].text
        assert "Tuesday 24 November 2026, 10:00" in told[1].text
        assert "What you have booked takes place" in told[0].text
    with pytest.raises(services.SessionProblem, match="Growing together is paused"):
        book(cast, NEXT)
    # Somebody is ill that day: what stays can be moved, and cancelled.
    with inside(cast.northwind):
        services.move_session(Session.objects.get(), starts_at=NEXT, by=cast.tom)
        resting.resume_program(Program.objects.get(), by=cast.olga)
    assert book(cast, TUESDAY).status == "planned"


def test_wishes_in_a_paused_programme_are_over(cast):
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
    wish = book(cast, TUESDAY)
    pause_programme(cast)
    with inside(cast.northwind):
        assert Session.objects.get().cancel_reason == "The programme is paused."
        with pytest.raises(services.SessionProblem, match="answered already"):
            wishing.accept_wish(wish, by=cast.ines)


def test_a_second_pause_tells_again_and_nobody_without_a_session(cast, booked):
    pause_programme(cast)
    pause_programme(cast)
    with inside(cast.northwind):
        assert Message.objects.filter(kind="sessions_stay").count() == 2
        resting.resume_program(Program.objects.get(), by=cast.olga)
    pause_programme(cast)
    with inside(cast.northwind):
        assert Message.objects.filter(kind="sessions_stay").count() == 4
        services.cancel_session(Session.objects.get(), by=cast.tom)
        assert pausing.tell_of_pause(Program.objects.get()) == 0


def test_group_sessions_are_neither_opened_nor_joined(cast, as_member):
    pia = make_member(cast.northwind, "Pia")
    program = cast.mentorship.program
    with inside(cast.northwind):
        Enrolment.objects.create(program=program, member=pia, role="mentee", status="active")
        group = services.open_group(
            program, leader=cast.ines, starts_at=TUESDAY, seats=2, topic="First steps", by=cast.ines
        )
    pause_programme(cast)
    sentence = "Growing together is paused"
    with inside(cast.northwind):
        with pytest.raises(services.SessionProblem, match=sentence):
            services.open_group(program, leader=cast.ines, starts_at=NEXT, seats=2, topic="More", by=cast.ines)
        with pytest.raises(services.SessionProblem, match=sentence):
            services.join_group(group, by=pia)
    client = as_member(pia)
    page = client.get(f"/o/northwind/sessions/groups/{group.pk}/").content.decode()
    assert sentence in page
    assert ">Join" not in page
    assert sentence in as_member(cast.ines).get(f"/o/northwind/sessions/groups/open/{program.pk}/").content.decode()


def test_the_page_says_why_and_gives_no_times(cast, tom_client):
    pause_programme(cast)
    answer = tom_client.get(address(cast))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing can be booked for now" in page
    assert "Growing together is paused. What is booked takes place" in page
    sent = tom_client.post(address(cast), {"starts_at": TUESDAY.isoformat()})
    assert sent.status_code == 409
    assert "Growing together is paused" in sent.content.decode()
    assert count(cast) == 0


def test_the_page_says_until_when(cast, tom_client):
    pause(cast, until=date(2026, 12, 8))
    page = tom_client.get(address(cast)).content.decode()
    assert "This mentorship is paused until 8 December 2026: nothing can be booked before." in page
    assert "24 November" not in page


def test_nobody_is_asked_to_book_meanwhile(cast, tom_client):
    home = "/o/northwind/"
    assert "Book your first session with Ines Adler" in tom_client.get(home).content.decode()
    pause(cast)
    assert "Book your first session" not in tom_client.get(home).content.decode()
    assert address(cast) not in tom_client.get(f"/o/northwind/mentorships/{cast.mentorship.pk}/").content.decode()
    with inside(cast.northwind):
        lifelines.resume(cast.mentorship, by=cast.tom)
    pause_programme(cast)
    assert "Book your first session" not in tom_client.get(home).content.decode()
    assert address(cast) not in tom_client.get(f"/o/northwind/mentorships/{cast.mentorship.pk}/").content.decode()
