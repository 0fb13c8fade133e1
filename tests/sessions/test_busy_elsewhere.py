"""Ines mentors in two organisations with one login: nobody books her twice, and neither learns what she does there."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg2.extras import DateTimeTZRange

from mentoring.tenancy.erasing import erase_organisation
from sessions import services
from sessions.models import Attendance, BookingPolicy, Session, UserBusyTime
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import HOURS, people, utc

NINE, TEN, ELEVEN = utc("2026-11-24T09:00"), utc("2026-11-24T10:00"), utc("2026-11-24T11:00")


def also_elsewhere(cast):
    """Ines is a mentor at Initech too, of Peter, in the same hours."""
    ines = make_member(cast.initech, "Ines", email=cast.ines.email, family_name="Adler", time_zone="Europe/London")
    assert ines.user_id == cast.ines.user_id
    peter = make_member(cast.initech, "Peter", time_zone="Europe/London")
    mentorship = make_mentorship(ines, peter)
    with inside(cast.initech):
        services.set_weekly_hours(ines, HOURS, by=ines)
    cast.peter, cast.elsewhere, cast.ines_elsewhere = peter, mentorship, ines
    return cast


@pytest.fixture
def both(cast):
    return also_elsewhere(cast)


def free_elsewhere(cast):
    with inside(cast.initech):
        free = services.free_slots(cast.elsewhere, by=cast.peter)
    return [f"{slot.starts_at:%m-%d %H:%M}" for slot in free][:3]


def times():
    return sorted(
        (busy.during.lower, busy.during.upper, busy.user_id) for busy in UserBusyTime.objects.select_related("user")
    )


def test_what_is_booked_here_is_not_free_there(both, booked):
    assert free_elsewhere(both) == ["11-24 10:00", "11-24 11:00", "11-26 14:00"]
    with inside(both.initech), pytest.raises(services.SlotTaken) as taken:
        services.book_session(both.elsewhere, starts_at=NINE, by=both.peter)
    assert str(taken.value) == "This time is no longer free."
    assert taken.value.alternatives[0].starts_at == TEN


def test_busy_times_follow_the_session(both, booked):
    users = sorted([both.ines.user_id, both.tom.user_id])
    assert times() == [(NINE, TEN, users[0]), (NINE, TEN, users[1])]
    with inside(both.northwind):
        services.move_session(booked, starts_at=ELEVEN, by=both.tom)
    assert {(start, end) for start, end, _user in times()} == {(ELEVEN, utc("2026-11-24T12:00"))}
    assert free_elsewhere(both) == ["11-24 09:00", "11-24 10:00", "11-26 14:00"]
    with inside(both.northwind):
        services.cancel_session(booked, by=both.tom)
    assert times() == []
    assert free_elsewhere(both) == ["11-24 09:00", "11-24 10:00", "11-24 11:00"]


def test_the_key_stands_on_the_attendance_and_survives_a_stale_save(both, booked):
    with inside(both.northwind):
        attendance = Attendance.objects.get(session=booked, member=both.ines)
        key = attendance.busy_key
        assert UserBusyTime.objects.get(key=key).user_id == both.ines.user_id
        attendance.busy_key = None
        attendance.save()
        attendance.refresh_from_db()
    assert attendance.busy_key == key
    assert UserBusyTime.objects.count() == 2


def test_the_database_has_the_last_word_over_organisations(both, booked):
    with inside(both.initech):
        other = Session.objects.create(
            mentorship=both.elsewhere, starts_at=NINE, ends_at=TEN, zone_name="Europe/London"
        )
        with pytest.raises(IntegrityError, match="user_busy_no_clash"), transaction.atomic():
            Attendance.objects.create(session=other, member=both.ines_elsewhere, during=DateTimeTZRange(NINE, TEN))


def test_an_erased_organisation_leaves_nobody_busy(both, booked):
    erase_organisation(both.northwind)
    assert times() == []
    assert free_elsewhere(both)[0] == "11-24 09:00"


def test_whoever_joins_later_brings_their_sessions_along(cast):
    gail = make_member(cast.northwind, "Gail", login=False)
    mentorship = make_mentorship(cast.ines, gail)
    with inside(cast.northwind):
        services.book_session(mentorship, starts_at=NINE, by=cast.ines)
    assert [user for _start, _end, user in times()] == [cast.ines.user_id]
    with inside(cast.northwind):
        gail.user = cast.mallory.user
        gail.save(update_fields=["user"])
    assert {user for _start, _end, user in times()} == {cast.ines.user_id, cast.mallory.user_id}


@pytest.mark.django_db(transaction=True)
def test_two_organisations_at_once(clock):
    """Twenty times both ask for Ines at the same moment: each time one gets her, and nobody waits in a circle."""
    cast = also_elsewhere(people())
    asks = [(cast.northwind, cast.mentorship, cast.tom), (cast.initech, cast.elsewhere, cast.peter)]
    for _turn in range(20):
        start, said = threading.Barrier(2), []

        def ask(organisation, mentorship, by, start=start, said=said):
            try:
                start.wait(10)
                with inside(organisation):
                    services.book_session(mentorship, starts_at=NINE, by=by)
                said.append("booked")
            except services.SlotTaken:
                said.append("taken")
            finally:
                connection.close()

        threads = [threading.Thread(target=ask, args=each) for each in asks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(said) == ["booked", "taken"]
        for organisation, _mentorship, _by in asks:
            with inside(organisation):
                for session in Session.objects.planned():
                    services.cancel_session(session, by=None)
        assert times() == []


def test_holidays_of_another_organisation_are_not_hers_here(both):
    with inside(both.northwind):
        services.add_holiday(day=date(2026, 11, 24), name="Founders", by=both.olga)
    assert free_elsewhere(both)[0] == "11-24 09:00"


def test_its_own_time_does_not_stand_in_a_sessions_way(cast, booked):
    """From 9 to 10, moved to half past nine."""
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, step=timedelta(minutes=30))
        services.move_session(booked, starts_at=utc("2026-11-24T09:30"), by=cast.tom)
        booked.refresh_from_db()
        services.move_session(booked, starts_at=utc("2026-11-24T09:30"), by=cast.tom)
    assert booked.starts_at == utc("2026-11-24T09:30")
    assert {start for start, _end, _user in times()} == {utc("2026-11-24T09:30")}
