"""Booking, moving and cancelling, with their letters and reminders."""

from datetime import date, datetime, timedelta
from threading import Event, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from icalendar import Calendar

from mentoring.outbox.models import Message
from programs.models import Mentorship
from programs.signals import mentorship_ended, mentorship_started
from sessions import services
from sessions.models import Attendance, DateOverride, Session, WeeklyHours
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import people, utc


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def letters(session, **filters):
    return Message.objects.filter(subject_ref=f"session:{session.pk}", **filters).order_by("id")


def event_of(letter):
    [attachment] = letter.attachments
    calendar = Calendar.from_ical(attachment["content"])
    [event] = calendar.walk("VEVENT")
    return attachment["content_type"], calendar, event


def test_free_slots_lie_in_the_mentors_hours(scope):
    slots = services.free_slots(scope.mentorship, by=scope.tom, days=7)
    assert [slot.starts_at for slot in slots] == [
        utc("2026-11-24T09:00"),
        utc("2026-11-24T10:00"),
        utc("2026-11-24T11:00"),
        utc("2026-11-26T14:00"),
    ]


def test_free_slots_reach_four_weeks(scope):
    slots = services.free_slots(scope.mentorship, by=scope.ines)
    assert len(slots) == 16
    assert slots[-1].starts_at == utc("2026-12-17T14:00")


def test_nothing_can_be_booked_within_twelve_hours(scope, clock):
    clock.move_to(utc("2026-11-23T22:01"))
    first = services.free_slots(scope.mentorship, by=scope.tom)[0]
    assert first.starts_at == utc("2026-11-24T11:00")


def test_the_programme_says_how_long_a_session_is(scope):
    program = scope.mentorship.program
    program.session_length = timedelta(minutes=90)
    program.save()
    slots = services.free_slots(scope.mentorship, by=scope.tom, days=7)
    assert [(slot.starts_at, slot.ends_at) for slot in slots] == [
        (utc("2026-11-24T09:00"), utc("2026-11-24T10:30")),
        (utc("2026-11-24T10:30"), utc("2026-11-24T12:00")),
    ]


def test_slots_are_for_those_who_take_part(scope):
    with pytest.raises(PermissionDenied):
        services.free_slots(scope.mentorship, by=scope.olga)


def test_booking_keeps_time_place_and_people(scope):
    session = services.book_session(
        scope.mentorship, starts_at=utc("2026-11-24T10:00"), by=scope.tom, place=" Room 4 ", topic="First steps"
    )
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at) == (utc("2026-11-24T10:00"), utc("2026-11-24T11:00"))
    assert (session.place, session.topic) == ("Room 4", "First steps")
    assert session.booked_by == scope.tom
    assert {(each.member, each.occupies) for each in session.attendances.all()} == {
        (scope.ines, True),
        (scope.tom, True),
    }
    assert session.attendances.first().during == DateTimeTZRange(utc("2026-11-24T10:00"), utc("2026-11-24T11:00"))


@pytest.mark.parametrize("who", ["ines", "tom"])
def test_either_side_books(scope, who):
    session = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=getattr(scope, who))
    assert session.pk


def test_a_colleague_cannot_book_for_others(scope):
    with pytest.raises(PermissionDenied):
        services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.olga)
    assert not Session.objects.filter(mentorship=scope.mentorship).count()


def test_a_taken_slot_offers_the_nearest_others(scope):
    services.book_session(scope.mentorship, starts_at=utc("2026-11-24T10:00"), by=scope.tom)
    with pytest.raises(services.SlotTaken) as taken:
        services.book_session(scope.mentorship, starts_at=utc("2026-11-24T10:00"), by=scope.ines)
    assert [slot.starts_at for slot in taken.value.alternatives] == [
        utc("2026-11-24T09:00"),
        utc("2026-11-24T11:00"),
        utc("2026-11-26T14:00"),
        utc("2026-12-01T09:00"),
    ]


@pytest.mark.parametrize("wanted", ["2026-11-24T09:30", "2026-11-24T13:00", "2026-11-22T09:00", "2027-01-05T09:00"])
def test_only_free_slots_can_be_booked(scope, wanted):
    with pytest.raises(services.SlotTaken):
        services.book_session(scope.mentorship, starts_at=utc(wanted), by=scope.tom)


def test_the_mentor_is_busy_for_every_mentee(scope):
    mia = make_member(scope.northwind, "Mia")
    other = make_mentorship(scope.ines, mia, program=scope.mentorship.program)
    services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.tom)
    assert services.free_slots(other, by=mia)[0].starts_at == utc("2026-11-24T10:00")


def test_the_mentee_is_busy_for_every_mentor(scope):
    max_ = make_member(scope.northwind, "Max")
    services.set_weekly_hours(max_, [(1, 540, 720)], by=max_)
    other = make_mentorship(max_, scope.tom)
    services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.tom)
    assert services.free_slots(other, by=scope.tom)[0].starts_at == utc("2026-11-24T10:00")


@pytest.mark.parametrize("status", ["offered", "declined", "completed", "ended"])
def test_only_an_active_mentorship_books(scope, status):
    scope.mentorship.status = status
    scope.mentorship.save()
    with pytest.raises(services.SessionProblem, match="not active"):
        services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.tom)


def test_wall_time_survives_the_end_of_summer_time(scope, clock):
    clock.move_to(utc("2026-10-12T12:00"))
    before, after = [
        services.book_session(scope.mentorship, starts_at=utc(at), by=scope.tom)
        for at in ("2026-10-20T08:00", "2026-10-27T09:00")
    ]
    # Nine in the morning on Ines's clock, both times; she is the one whose hours are booked.
    assert [session.wall_time for session in (before, after)] == [utc("2026-10-20T09:00"), utc("2026-10-27T09:00")]
    assert {before.zone_name, after.zone_name} == {"Europe/London"}


# --- the database's own word ---


def test_the_database_refuses_a_clash(scope, booked):
    other = Session.objects.create(
        mentorship=scope.mentorship, starts_at=utc("2026-11-24T09:30"), ends_at=utc("2026-11-24T10:30"),
        zone_name="Europe/London",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="attendance_no_clash"), transaction.atomic():
        Attendance.objects.create(
            session=other, member=scope.tom, during=DateTimeTZRange(other.starts_at, other.ends_at)
        )


@pytest.mark.django_db(transaction=True)
def test_a_clash_that_only_the_database_sees_is_a_taken_slot(clock):
    cast = people()
    with inside(cast.northwind):
        rival = Session.objects.create(
            mentorship=cast.mentorship, starts_at=utc("2026-11-24T09:00"), ends_at=utc("2026-11-24T10:00"),
            zone_name="Europe/London",
        )  # fmt: skip
    written, released = Event(), Event()

    def hold():
        """Take Tom's time past every lock, and commit only once the booking waits for it."""
        with inside(cast.northwind):
            during = DateTimeTZRange(rival.starts_at, rival.ends_at)
            Attendance.objects.create(session=rival, member=cast.tom, during=during)
            written.set()
            released.wait(10)
        connection.close()

    def release_when_blocked():
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        for _ in range(200):
            with connection.cursor() as cursor:
                cursor.execute(query)
                if cursor.fetchone()[0]:
                    break
            Event().wait(0.02)
        released.set()
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    written.wait(10)
    watcher = Thread(target=release_when_blocked)
    watcher.start()
    with pytest.raises(services.SlotTaken) as taken, inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=rival.starts_at, by=cast.tom)
    holder.join()
    watcher.join()
    assert isinstance(taken.value.__cause__, IntegrityError)
    assert utc("2026-11-24T10:00") in [slot.starts_at for slot in taken.value.alternatives]


# --- moving ---


def test_moving_keeps_the_length_and_raises_the_sequence(scope, booked):
    moved = services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=scope.ines)
    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at) == (utc("2026-11-26T14:00"), utc("2026-11-26T15:00"))
    assert (moved.sequence, moved.uid, moved.wall_time) == (1, booked.uid, utc("2026-11-26T14:00"))
    assert {each.during for each in moved.attendances.all()} == {
        DateTimeTZRange(utc("2026-11-26T14:00"), utc("2026-11-26T15:00"))
    }
    assert services.free_slots(scope.mentorship, by=scope.tom)[0].starts_at == utc("2026-11-24T09:00")


def test_a_session_can_move_into_its_own_old_time(scope, booked):
    services.set_weekly_hours(scope.ines, [(1, 570, 720)], by=scope.ines)
    moved = services.move_session(booked, starts_at=utc("2026-11-24T09:30"), by=scope.tom)
    assert (moved.starts_at, moved.ends_at) == (utc("2026-11-24T09:30"), utc("2026-11-24T10:30"))


def test_moving_to_the_same_time_changes_nothing(scope, booked):
    before = letters(booked).count()
    assert services.move_session(booked, starts_at=booked.starts_at, by=scope.tom).sequence == 0
    assert letters(booked).count() == before


def test_moving_onto_another_session_offers_alternatives(scope, booked):
    services.book_session(scope.mentorship, starts_at=utc("2026-11-24T10:00"), by=scope.tom)
    with pytest.raises(services.SlotTaken) as taken:
        services.move_session(booked, starts_at=utc("2026-11-24T10:00"), by=scope.tom)
    assert [slot.starts_at for slot in taken.value.alternatives][:2] == [
        utc("2026-11-24T09:00"),
        utc("2026-11-24T11:00"),
    ]


def test_what_has_begun_cannot_be_moved_or_cancelled(scope, booked, clock):
    clock.move_to(booked.starts_at)
    with pytest.raises(services.SessionProblem, match="has begun"):
        services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=scope.tom)
    with pytest.raises(services.SessionProblem, match="has begun"):
        services.cancel_session(booked, by=scope.tom)


# --- cancelling ---


def test_cancelling_frees_the_time(scope, booked):
    cancelled = services.cancel_session(booked, by=scope.ines, reason=" I am ill. ")
    cancelled.refresh_from_db()
    assert (cancelled.status, cancelled.sequence) == ("cancelled", 1)
    assert (cancelled.cancelled_by, cancelled.cancel_reason) == (scope.ines, "I am ill.")
    again = services.book_session(scope.mentorship, starts_at=booked.starts_at, by=scope.tom)
    assert again.starts_at == booked.starts_at


def test_cancelling_twice_is_refused(scope, booked):
    services.cancel_session(booked, by=scope.ines)
    with pytest.raises(services.SessionProblem, match="cancelled already"):
        services.cancel_session(booked, by=scope.tom)


def test_others_cannot_move_or_cancel(scope, booked):
    with pytest.raises(PermissionDenied):
        services.cancel_session(booked, by=scope.olga)
    with pytest.raises(PermissionDenied):
        services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=scope.olga)


def test_the_end_of_a_mentorship_cancels_what_was_to_come(scope, booked, clock):
    later = services.book_session(scope.mentorship, starts_at=utc("2026-12-01T09:00"), by=scope.tom)
    clock.move_to(utc("2026-11-25T12:00"))
    Mentorship.objects.filter(pk=scope.mentorship.pk).update(status="ended")
    mentorship_ended.send(sender=Mentorship, mentorship=scope.mentorship)
    assert Session.objects.get(pk=booked.pk).status == "planned"
    assert Session.objects.get(pk=later.pk).status == "cancelled"
    assert [
        (each.recipient, "will not take place" in each.text) for each in letters(later, kind="session_cancelled")
    ] == [
        ("ines@northwind.example", True),
        ("tom@northwind.example", True),
    ]


# --- letters ---


def test_both_get_an_invitation_in_their_own_zone(scope, booked):
    ines, tom = letters(booked, kind="session_booked")
    assert (ines.recipient, ines.sequence) == ("ines@northwind.example", 0)
    assert ines.subject == "Tom Brandt has booked a session with you on Tuesday 24 November, 09:00"
    assert "When: Tuesday 24 November 2026, 09:00 to 10:00 London time" in ines.text
    assert "For Tom Brandt: Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in ines.text
    assert tom.subject == "Booked: your session with Ines Adler on Tuesday 24 November, 10:00"
    assert "When: Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in tom.text
    assert f"/o/northwind/sessions/{booked.pk}/" in tom.text
    assert "Room 4" in tom.html


def test_the_invitation_is_a_calendar_request(scope, booked):
    letter = letters(booked, kind="session_booked").first()
    content_type, calendar, event = event_of(letter)
    assert content_type == "text/calendar; method=REQUEST"
    assert calendar["METHOD"] == "REQUEST"
    assert (event["UID"], event["SEQUENCE"]) == (str(booked.uid), 0)
    assert event["DTSTART"].dt == utc("2026-11-24T09:00")
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event["DTEND"].dt == utc("2026-11-24T10:00")
    assert {str(each): each.params["PARTSTAT"] for each in event["ATTENDEE"]} == {
        "mailto:ines@northwind.example": "NEEDS-ACTION",
        "mailto:tom@northwind.example": "ACCEPTED",
    }
    assert (event["LOCATION"], event["DESCRIPTION"]) == ("Room 4", "First steps")


def test_moving_sends_the_same_event_with_the_next_sequence(scope, booked):
    services.move_session(booked, starts_at=utc("2026-11-26T14:00"), by=scope.ines)
    ines, tom = letters(booked, kind="session_moved")
    assert "Before: Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in tom.text
    assert "You have moved your session with Tom Brandt." in ines.text
    content_type, _calendar, event = event_of(tom)
    assert content_type == "text/calendar; method=REQUEST"
    assert (event["UID"], event["SEQUENCE"], event["DTSTART"].dt) == (str(booked.uid), 1, utc("2026-11-26T14:00"))


def test_cancelling_sends_a_calendar_cancellation(scope, booked):
    services.cancel_session(booked, by=scope.ines, reason="I am ill.")
    _ines, tom = letters(booked, kind="session_cancelled")
    assert "Ines Adler has cancelled your session. The reason: I am ill." in tom.text
    content_type, calendar, event = event_of(tom)
    assert (content_type, calendar["METHOD"]) == ("text/calendar; method=CANCEL", "CANCEL")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(booked.uid), 1, "CANCELLED")


def test_somebody_without_an_address_gets_no_letter(scope):
    tom = scope.tom
    tom.email = ""
    tom.save()
    session = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.ines)
    assert set(letters(session).values_list("recipient", flat=True)) == {"ines@northwind.example"}


def reminders(session, **filters):
    found = letters(session, kind__startswith="reminder_", **filters).order_by("due_at", "recipient")
    return [(each.kind, each.recipient.split("@")[0], each.due_at, each.expires_at, each.sequence) for each in found]


def test_reminders_are_due_a_day_and_an_hour_before(scope, booked):
    day, day_end = utc("2026-11-23T09:00"), utc("2026-11-23T09:10")
    hour, hour_end = utc("2026-11-24T08:00"), utc("2026-11-24T08:10")
    assert reminders(booked, status="pending") == [
        ("reminder_24h", "ines", day, day_end, 0),
        ("reminder_24h", "tom", day, day_end, 0),
        ("reminder_1h", "ines", hour, hour_end, 0),
        ("reminder_1h", "tom", hour, hour_end, 0),
    ]
    assert letters(booked, kind="reminder_24h", recipient="tom@northwind.example").get().subject == (
        "Tomorrow: your session with Ines Adler at 10:00"
    )


def test_a_reminder_that_would_be_past_is_not_sent(scope, clock):
    clock.move_to(utc("2026-11-23T12:00"))
    session = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T09:00"), by=scope.tom)
    assert [kind for kind, *_ in reminders(session, status="pending")] == ["reminder_1h", "reminder_1h"]
    assert [kind for kind, *_ in reminders(session, status="skipped")] == ["reminder_24h", "reminder_24h"]


def test_moving_takes_the_old_reminders_back_and_writes_new_ones(scope, booked):
    services.move_session(booked, starts_at=utc("2026-12-01T11:00"), by=scope.tom)
    assert [(kind, due, sequence) for kind, _who, due, _end, sequence in reminders(booked, status="pending")] == [
        ("reminder_24h", utc("2026-11-30T11:00"), 1),
        ("reminder_24h", utc("2026-11-30T11:00"), 1),
        ("reminder_1h", utc("2026-12-01T10:00"), 1),
        ("reminder_1h", utc("2026-12-01T10:00"), 1),
    ]
    assert [sequence for *_, sequence in reminders(booked, status="skipped")] == [0, 0, 0, 0]
    # The first invitation had not left yet: the second says all that it said.
    assert set(letters(booked, kind="session_booked").values_list("status", flat=True)) == {"skipped"}


def test_cancelling_takes_the_reminders_back(scope, booked):
    services.cancel_session(booked, by=scope.tom)
    assert reminders(booked, status="pending") == []
    assert len(reminders(booked, status="skipped")) == 4


# --- hours ---


def hours_of(member):
    return list(WeeklyHours.objects.filter(member=member).values_list("weekday", "start_minute", "end_minute"))


def test_hours_are_replaced_and_joined(scope):
    windows = [(0, 600, 720), (0, 540, 610), (2, 720, 780), (2, 780, 840), (6, 1320, 60), (4, 0, 1440)]
    services.set_weekly_hours(scope.ines, windows, by=scope.ines)
    assert hours_of(scope.ines) == [(0, 540, 720), (2, 720, 840), (4, 0, 1440), (6, 1320, 60)]


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        # Across midnight is one, also from Sunday to Monday; 0 and 1440 are both the midnight that ends the day.
        ([(1, 1350, 150)], [(1, 1350, 150)]),
        ([(6, 1350, 150)], [(6, 1350, 150)]),
        ([(1, 1350, 0)], [(1, 1350, 1440)]),
        ([(1, 0, 0)], [(1, 0, 1440)]),
        # What begins within it, or where it ends, belongs to it.
        ([(2, 60, 240), (1, 1350, 150)], [(1, 1350, 240)]),
        ([(2, 150, 240), (1, 1350, 150)], [(1, 1350, 240)]),
        ([(0, 60, 240), (6, 1350, 150)], [(6, 1350, 240)]),
        ([(2, 60, 120), (1, 1350, 150)], [(1, 1350, 150)]),
        ([(1, 1350, 150), (2, 151, 240)], [(1, 1350, 150), (2, 151, 240)]),
        # At midnight each stays with its day.
        ([(1, 1320, 1440), (2, 0, 120)], [(1, 1320, 1440), (2, 0, 120)]),
        ([(day, 0, 1440) for day in range(7)], [(day, 0, 1440) for day in range(7)]),
        # Longer than a day together.
        ([(1, 600, 590), (2, 580, 700)], [(1, 600, 590), (2, 590, 700)]),
        ([(6, 600, 590), (0, 580, 700)], [(0, 590, 700), (6, 600, 590)]),
    ],
)
def test_hours_across_midnight(scope, windows, expected):
    services.set_weekly_hours(scope.ines, windows, by=scope.ines)
    assert hours_of(scope.ines) == expected


def test_times_across_midnight_are_counted_from_the_beginning(scope):
    """Tuesday 22:30 to 02:30 in London; whoever is not there on Wednesday's hours still ends Tuesday's."""
    services.set_weekly_hours(scope.ines, [(1, 1350, 150)], by=scope.ines)
    four = ["24 22:30", "24 23:30", "25 00:30", "25 01:30"]

    def starts():
        return [f"{slot.starts_at:%d %H:%M}" for slot in services.free_slots(scope.mentorship, by=scope.tom, days=5)]

    assert starts() == four
    services.set_day(scope.ines, day=date(2026, 11, 25), windows=[], by=scope.ines)
    assert starts() == four
    services.set_day(scope.ines, day=date(2026, 11, 24), windows=[], by=scope.ines)
    assert starts() == []
    services.clear_day(DateOverride.objects.get(day=date(2026, 11, 24)), by=scope.ines)
    # The session across midnight itself.
    session = services.book_session(scope.mentorship, starts_at=utc("2026-11-24T23:30"), by=scope.tom)
    assert session.ends_at == utc("2026-11-25T00:30")
    assert starts() == ["24 22:30", "25 00:30", "25 01:30"]


@pytest.mark.parametrize("window", [(7, 0, 60), (0, -1, 60), (0, 1440, 60), (0, 0, 1441)])
def test_hours_outside_a_week_are_refused(scope, window):
    with pytest.raises(services.SessionProblem):
        services.set_weekly_hours(scope.ines, [window], by=scope.ines)
    assert hours_of(scope.ines) == [(1, 540, 720), (3, 840, 900)]


def test_a_new_mentorship_takes_the_hours_of_the_sign_up(scope):
    max_ = make_member(scope.northwind, "Max")
    mentorship = make_mentorship(max_, scope.tom, free_hours=[[0, 540, 600], [2, 840, 960]])
    mentorship_started.send(sender=Mentorship, mentorship=mentorship)
    assert hours_of(max_) == [(0, 540, 600), (2, 840, 960)]
    assert services.free_slots(mentorship, by=scope.tom)[0].starts_at == utc("2026-11-23T09:00")


def test_a_new_mentorship_leaves_hours_alone_that_are_there(scope):
    mentorship = make_mentorship(scope.ines, make_member(scope.northwind, "Mia"), free_hours=[[0, 540, 600]])
    mentorship_started.send(sender=Mentorship, mentorship=mentorship)
    assert hours_of(scope.ines) == [(1, 540, 720), (3, 840, 900)]


def test_times_need_no_zone_of_the_caller(scope):
    """A slot is the same instant in whatever zone it is named."""
    berlin = datetime.fromisoformat("2026-11-24T10:00+01:00")
    assert services.book_session(scope.mentorship, starts_at=berlin, by=scope.tom).starts_at == utc("2026-11-24T09:00")
