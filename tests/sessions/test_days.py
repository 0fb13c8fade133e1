"""Days that are not as every week, holidays, and the rules of a programme: what is offered then, and the pages."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.models import Enrolment
from sessions import services
from sessions.models import BookingPolicy, DateOverride, Holiday, TimeOff
from sessions.slots import Availability, BookingRules, Window, free_slots
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc

HOUR = timedelta(hours=1)


def starts(cast, *, until="2026-11-28T00:00", **kwargs):
    with inside(cast.northwind):
        free = services.free_slots(cast.mentorship, by=cast.tom, **kwargs)
    return [f"{slot.starts_at:%m-%d %H:%M}" for slot in free if slot.starts_at < utc(until)]


WEEK = ["11-24 09:00", "11-24 10:00", "11-24 11:00", "11-26 14:00"]


def test_the_week_as_it_is(cast):
    assert starts(cast) == WEEK


def test_other_hours_on_a_day_stand_instead_of_the_weekly_ones(cast):
    with inside(cast.northwind):
        services.set_day(cast.ines, day=date(2026, 11, 24), windows=[(780, 900)], by=cast.ines)
        services.set_day(cast.ines, day=date(2026, 11, 25), windows=[(1380, 60)], by=cast.ines)
        services.set_day(cast.ines, day=date(2026, 11, 26), windows=[], by=cast.ines)
    assert starts(cast) == ["11-24 13:00", "11-24 14:00", "11-25 23:00", "11-26 00:00"]


@pytest.mark.parametrize("who", ["ines", "tom"])
def test_time_off_of_either_side_counts(cast, who):
    member = getattr(cast, who)
    with inside(cast.northwind):
        services.take_off(member, first_day=date(2026, 11, 23), last_day=date(2026, 11, 24), by=member)
    assert starts(cast) == ["11-26 14:00"]


def test_a_day_off_is_one_of_its_owners_clock(cast):
    """Tom moves to Auckland, where Tuesday 24 November ends at 11:00 in London."""
    with inside(cast.northwind):
        cast.tom.time_zone = "Pacific/Auckland"
        cast.tom.save(update_fields=["time_zone"])
        services.take_off(cast.tom, first_day=date(2026, 11, 24), last_day=date(2026, 11, 24), by=cast.tom)
    assert starts(cast) == ["11-24 11:00", "11-26 14:00"]


def test_holidays_of_a_site_and_of_everybody(cast):
    with inside(cast.northwind):
        cast.tom.site = "Berlin"
        cast.tom.save(update_fields=["site"])
        services.add_holiday(day=date(2026, 11, 24), name="Harbour day", site="Hamburg", by=cast.olga)
    assert starts(cast) == WEEK
    with inside(cast.northwind):
        services.add_holiday(day=date(2026, 11, 24), name="Bear day", site="Berlin", by=cast.olga)
    assert starts(cast) == ["11-26 14:00"]
    with inside(cast.northwind):
        services.add_holiday(day=date(2026, 11, 26), name="Founders", by=cast.olga)
    assert starts(cast) == []


def rules(cast, **fields):
    with inside(cast.northwind):
        BookingPolicy.objects.update_or_create(program=cast.mentorship.program, defaults=fields)


def test_lengths_and_steps_of_a_programme(cast):
    rules(cast, lengths=[90], step=timedelta(minutes=30))
    assert starts(cast)[:4] == ["11-24 09:00", "11-24 09:30", "11-24 10:00", "11-24 10:30"]
    assert starts(cast, length=1.5 * HOUR) == ["11-24 09:00", "11-24 09:30", "11-24 10:00", "11-24 10:30"]
    with inside(cast.northwind):
        session = services.book_session(
            cast.mentorship, starts_at=utc("2026-11-24T09:30"), length=1.5 * HOUR, by=cast.tom
        )
        assert session.ends_at == utc("2026-11-24T11:00")
        with pytest.raises(services.SessionProblem, match="don’t last so long"):
            services.book_session(cast.mentorship, starts_at=utc("2026-11-26T14:00"), length=2 * HOUR, by=cast.tom)


def test_notice_and_horizon_of_a_programme(cast):
    rules(cast, notice=timedelta(hours=46), horizon=timedelta(days=3))
    assert starts(cast) == ["11-24 10:00", "11-24 11:00"]


def test_the_larger_of_the_two_gaps_lies_between_sessions_of_two_programmes(cast):
    """Ines's other programme wants 30 minutes after a session, this one 15 before: 09:00–10:00 there, then 10:30."""
    ruth = make_member(cast.northwind, "Ruth")
    other = make_mentorship(cast.ines, ruth)
    rules(cast, buffer_before=timedelta(minutes=15), step=timedelta(minutes=15))
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=other.program, buffer_after=timedelta(minutes=30))
        services.book_session(other, starts_at=utc("2026-11-24T09:00"), by=ruth)
    assert starts(cast, until="2026-11-25T00:00") == ["11-24 10:30", "11-24 10:45", "11-24 11:00"]


def test_sessions_a_week(cast):
    rules(cast, most_a_week=1)
    with inside(cast.northwind):
        session = services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom)
        opening = services.opening(cast.mentorship, by=cast.tom)
        assert opening.slots[0].starts_at == utc("2026-12-01T09:00")
        assert opening.full_weeks == [date(2026, 11, 23)]
        with pytest.raises(services.SlotTaken):
            services.book_session(cast.mentorship, starts_at=utc("2026-11-26T14:00"), by=cast.tom)
        # Its own week is free for the session itself.
        services.move_session(session, starts_at=utc("2026-11-26T14:00"), by=cast.tom)


def test_hours_a_month_of_a_mentor(cast):
    with inside(cast.northwind):
        Enrolment.objects.filter(member=cast.ines).update(hours_per_month=2)
        for start in ("2026-11-24T09:00", "2026-11-26T14:00"):
            services.book_session(cast.mentorship, starts_at=utc(start), by=cast.tom)
        opening = services.opening(cast.mentorship, by=cast.tom)
    assert opening.slots[0].starts_at == utc("2026-12-01T09:00")
    assert opening.full_months == [(cast.ines, date(2026, 11, 1))]


def test_the_page_says_that_a_month_is_full(cast, tom_client):
    with inside(cast.northwind):
        Enrolment.objects.filter(member=cast.ines).update(hours_per_month=0)
    html = tom_client.get(f"/o/northwind/sessions/book/{cast.mentorship.pk}/").content.decode()
    assert "All hours that Ines Adler gives in November 2026 are planned." in html


def test_a_length_is_chosen_on_the_page(cast, tom_client):
    rules(cast, lengths=[90])
    path = f"/o/northwind/sessions/book/{cast.mentorship.pk}/"
    html = tom_client.get(path).content.decode()
    assert 'href="?length=90"' in html
    html = tom_client.get(f"{path}?length=90&start=2026-11-24T09:00Z").content.decode()
    assert '<input type="hidden" name="length" value="90"' in html
    odd = tom_client.post(path, {"starts_at": "2026-11-24T09:00Z", "length": "75"})
    assert odd.status_code == 422
    assert "last so long. Choose a time again." in odd.content.decode()
    tom_client.post(path, {"starts_at": "2026-11-24T09:00Z", "length": "90"})
    with inside(cast.northwind):
        session = cast.mentorship.sessions.get()
    assert session.ends_at - session.starts_at == 1.5 * HOUR


PATH = "/o/northwind/sessions/availability/days/"


def test_time_off_is_added_and_removed(cast, tom_client):
    response = tom_client.post(PATH, {"time_off": "1", "first_day": "2026-12-21", "last_day": "2026-12-31"})
    assert response.status_code == 302
    assert "21 December 2026 to 31 December 2026" in tom_client.get(PATH).content.decode()
    with inside(cast.northwind):
        pk = TimeOff.objects.get().pk
    assert tom_client.post(f"/o/northwind/sessions/availability/time-off/{pk}/remove/").status_code == 302
    with inside(cast.northwind):
        assert not TimeOff.objects.exists()


def test_one_day_off_needs_no_last_day(cast, tom_client):
    tom_client.post(PATH, {"time_off": "1", "first_day": "2026-12-24"})
    with inside(cast.northwind):
        assert TimeOff.objects.values_list("first_day", "last_day").get() == (date(2026, 12, 24), date(2026, 12, 24))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"time_off": "1", "first_day": "2026-12-31", "last_day": "2026-12-21"}, "The last day must not be before"),
        ({"time_off": "1"}, "This field is required"),
        ({"day": "2026-12-24", "start_0": "09:00"}, "Until when?"),
        ({"day": "2026-12-24", "start_0": "09:00", "end_0": "11:00", "start_1": "10:00", "end_1": "12:00"}, "overlap"),
        ({"day": "nonsense"}, "Enter a valid date"),
    ],
)
def test_what_makes_no_sense_is_said(cast, tom_client, data, says):
    response = tom_client.post(PATH, data)
    assert response.status_code == 422
    assert says in response.content.decode()
    with inside(cast.northwind):
        assert not TimeOff.objects.exists()
        assert not DateOverride.objects.exists()


def test_a_day_of_other_hours_is_kept_changed_and_removed(cast, tom_client):
    tom_client.post(PATH, {"day": "2026-12-24", "start_0": "09:00", "end_0": "11:00"})
    tom_client.post(PATH, {"day": "2026-12-24", "start_0": "22:00", "end_0": "00:00"})
    assert "22:00–00:00" in tom_client.get(PATH).content.decode()
    with inside(cast.northwind):
        override = DateOverride.objects.get()
    assert override.windows == [[1320, 1440]]
    assert tom_client.post(f"{PATH}{override.pk}/remove/").status_code == 302
    with inside(cast.northwind):
        assert not DateOverride.objects.exists()


def test_nobody_removes_the_days_of_others(cast, as_member):
    with inside(cast.northwind):
        off = services.take_off(cast.ines, first_day=date(2026, 12, 1), last_day=date(2026, 12, 2), by=cast.ines)
        day = services.set_day(cast.ines, day=date(2026, 12, 1), windows=[], by=cast.ines)
    for member in (cast.tom, cast.olga, cast.mallory):
        client = as_member(member)
        assert client.post(f"/o/northwind/sessions/availability/time-off/{off.pk}/remove/").status_code == 404
        assert client.post(f"{PATH}{day.pk}/remove/").status_code == 404
    assert as_member(cast.ines).get(f"{PATH}{day.pk}/remove/").status_code == 405


def test_holidays_are_for_admins(cast, as_member):
    path = "/o/northwind/sessions/holidays/"
    assert as_member(cast.tom).get(path).status_code == 403
    assert as_member(cast.mallory).get(path).status_code == 404
    client = as_member(cast.olga)
    assert client.put(path).status_code == 405
    data = {"day": "2026-12-25", "name": "Christmas", "site": ""}
    assert client.post(path, data).status_code == 302
    again = client.post(path, data)
    assert again.status_code == 422
    assert "This day is a holiday there already: Christmas." in again.content.decode()
    assert "Friday 25 December 2026 · everywhere" in client.get(path).content.decode()
    assert client.post(path, {"day": "", "name": ""}).status_code == 422
    with inside(cast.northwind):
        pk = Holiday.objects.get().pk
    assert as_member(cast.tom).post(f"{path}{pk}/remove/").status_code == 403
    assert as_member(cast.olga).post(f"{path}{pk}/remove/").status_code == 302
    with inside(cast.northwind):
        assert not Holiday.objects.exists()


POLICY = {
    "lengths": "90, 30", "step": "15", "buffer_before": "5", "buffer_after": "10", "notice": "24", "horizon": "60",
    "most_a_week": "2",
}  # fmt: skip


def test_the_rules_of_a_programme_are_for_admins(cast, as_member):
    path = f"/o/northwind/sessions/policy/{cast.mentorship.program_id}/"
    assert as_member(cast.tom).get(path).status_code == 403
    assert as_member(cast.mallory).get(path).status_code == 404
    client = as_member(cast.olga)
    assert client.put(path).status_code == 405
    assert client.post(path, POLICY).status_code == 302
    with inside(cast.northwind):
        policy = BookingPolicy.objects.get()
    assert (policy.lengths, policy.step, policy.most_a_week) == ([30, 90], timedelta(minutes=15), 2)
    assert (policy.buffer_before, policy.buffer_after) == (timedelta(minutes=5), timedelta(minutes=10))
    assert (policy.notice, policy.horizon) == (timedelta(hours=24), timedelta(days=60))
    html = client.get(path).content.decode()
    assert 'value="30, 90"' in html
    assert 'value="24"' in html
    assert 'value="60"' in html
    page = client.get(f"/o/northwind/programmes/{cast.mentorship.program_id}/").content.decode()
    assert (
        "Sessions of 60, 30, 90 minutes, booked at least 24 hours and at most 60 days ahead. At most 2 a week." in page
    )
    assert path in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lengths": "often"}, "Write up to five whole numbers"),
        ({"lengths": "3"}, "Write up to five whole numbers"),
        ({"notice": "72", "horizon": "3"}, "With this notice nothing could ever be booked"),
        ({"horizon": "0"}, "greater than or equal to 1"),
        ({"buffer_before": ""}, "This field is required"),
    ],
)
def test_rules_that_make_no_sense(cast, as_member, change, says):
    response = as_member(cast.olga).post(f"/o/northwind/sessions/policy/{cast.mentorship.program_id}/", POLICY | change)
    assert response.status_code == 422
    assert says in response.content.decode()
    with inside(cast.northwind):
        assert not BookingPolicy.objects.exists()


def test_a_day_off_of_a_clock_change_has_all_its_hours():
    london = ZoneInfo("Europe/London")
    owner = Availability(
        london, [Window(day, 0, 1440) for day in range(7)], days_off=[(date(2027, 3, 28), date(2027, 3, 28))]
    )
    found = free_slots(
        owner, rules=BookingRules(length=HOUR, horizon=timedelta(days=2)), now=utc("2027-03-27T22:00"),
    )  # fmt: skip
    texts = [f"{slot.starts_at:%d %H:%M}" for slot in found]
    # The day lasts from 00:00Z to 23:00Z, an hour less than others.
    assert texts[:3] == ["27 22:00", "27 23:00", "28 23:00"]
    assert isinstance(found[0].starts_at, datetime)


def test_the_page_asks_as_often_with_many_sessions_as_with_one(cast, booked, tom_client):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert tom_client.get(f"/o/northwind/sessions/book/{cast.mentorship.pk}/").status_code == 200
        # How the programme books is read once.
        assert sum('FROM "mentoring_sessions_bookingpolicy"' in query["sql"] for query in found) == 1
        return len(found)

    before = queries()
    with inside(cast.northwind):
        Enrolment.objects.filter(member=cast.ines).update(hours_per_month=40)
    limited = queries()
    with inside(cast.northwind):
        for start in ("2026-11-24T10:00", "2026-11-26T14:00", "2026-12-01T09:00", "2026-12-01T10:00"):
            services.book_session(cast.mentorship, starts_at=utc(start), by=cast.tom)
    assert queries() == limited == before + 1
