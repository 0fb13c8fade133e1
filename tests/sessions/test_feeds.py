"""A feed shows its owner's sessions to whoever has the address, and nothing to anybody else."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from icalendar import Calendar

from accounts.access import hash_token
from sessions import services
from sessions.models import CalendarSettings, FeedAddress
from sessions.views import calendars
from tests.people import inside, make_member, make_mentorship

PAGE = "/o/northwind/sessions/calendar/"


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def feed(cast, client):
    """Make a feed and fetch it, as somebody without a sign-in."""

    def make(member=None, kind=services.FULL):
        member = member or cast.tom
        with inside(member.organisation):
            token = services.make_feed(member, kind=kind, by=member)
        return lambda **headers: client.get(f"/calendar/{token}.ics", headers=headers)

    return make


def events(response):
    """Read as strictly as icalendar can: anything wrong raises, or is listed among the errors."""
    assert response.status_code == 200
    calendar = Calendar.from_ical(response.content)
    found = calendar.walk("VEVENT")
    assert [component.errors for component in calendar.walk()] == [[]] * len(calendar.walk())
    assert not calendar.get_missing_tzids()
    return {str(event["SUMMARY"]): event for event in found}


def test_a_booked_session_stands_in_it(booked, feed):
    event = events(feed()())["Mentoring: Ines Adler"]
    assert str(event["UID"]) == str(booked.uid)
    assert event["SEQUENCE"] == 0
    assert f"{event['DTSTART'].dt:%Y-%m-%d %H:%M %Z}" == "2026-11-24 09:00 GMT"
    assert event["LOCATION"] == "Room 4"
    assert event["DESCRIPTION"] == "First steps"
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"].endswith(f"/o/northwind/sessions/{booked.pk}/")


def test_the_busy_one_says_nothing_but_when(cast, booked, feed):
    answer = feed(kind=services.BUSY)()
    event = events(answer)["Busy"]
    assert f"{event['DTSTART'].dt:%d %H:%M}-{event['DTEND'].dt:%H:%M}" == "24 09:00-10:00"
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "CLASS"}
    # Nor whose clock it was meant on: the mentor's is London's.
    for word in ("Ines", "Room", "First", "northwind", str(booked.uid), str(booked.pk) + "/", "London", "TZID"):
        assert word.encode() not in answer.content
    assert b"DTSTART:20261124T090000Z" in answer.content
    # Nor how often it was moved.
    with inside(cast.northwind):
        for hours in (1, -1):
            services.move_session(booked, starts_at=booked.starts_at + timedelta(hours=hours), by=cast.tom)
            booked.refresh_from_db()
    again = feed(kind=services.BUSY)()
    assert again.content == answer.content


def test_a_session_that_is_moved_keeps_its_name(cast, booked, feed):
    get = feed()
    before = events(get())["Mentoring: Ines Adler"]
    with inside(cast.northwind):
        services.move_session(booked, starts_at=booked.starts_at + timedelta(hours=1), by=cast.tom)
    after = events(get())["Mentoring: Ines Adler"]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert f"{after['DTSTART'].dt:%H:%M}" == "10:00"


def test_a_cancelled_session_says_so_for_a_while(cast, booked, feed, clock):
    full, busy = feed(), feed(kind=services.BUSY)
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    event = events(full())["Mentoring: Ines Adler"]
    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 1)
    assert events(busy()) == {}
    clock.shift(timedelta(days=10))
    assert events(full()) == {}


def test_a_month_back_and_a_year_ahead(cast, booked, feed, clock):
    get = feed()
    clock.move_to(booked.ends_at + timedelta(days=29))
    assert len(events(get())) == 1
    clock.move_to(booked.ends_at + timedelta(days=31))
    assert events(get()) == {}
    clock.move_to(booked.starts_at - timedelta(days=366))
    assert events(get()) == {}


def test_only_ones_own(cast, booked, feed):
    assert events(feed(cast.olga)()) == {}
    assert events(feed(cast.mallory)()) == {}


def test_what_has_not_changed_is_not_sent_again(cast, booked, feed, clock):
    get = feed()
    first = get()
    clock.shift(timedelta(hours=3))
    again = get(if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert get(if_none_match='"other"').status_code == 200
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    changed = get(if_none_match=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_no_cookies_and_nothing_kept_on_the_way(booked, feed):
    answer = feed()()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("token", ["x", "A" * 43, "None", "é", "0" * 500])
def test_a_wrong_address_leads_nowhere(cast, client, token):
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_only_a_digest_is_kept(cast, feed):
    with inside(cast.northwind):
        token = services.make_feed(cast.tom, kind=services.FULL, by=cast.tom)
        own = CalendarSettings.objects.get(member=cast.tom)
    assert len(token) == 43
    assert own.feed_hash == hash_token(token)
    assert token not in str(list(FeedAddress.objects.values())) + str(vars(own))


def test_a_new_address_ends_the_old_one_and_no_other(cast, booked, feed):
    old, busy = feed(), feed(kind=services.BUSY)
    new = feed()
    assert [each().status_code for each in (old, busy, new)] == [404, 200, 200]
    assert FeedAddress.objects.count() == 2


def test_an_address_can_be_taken_back(cast, feed):
    full, busy = feed(), feed(kind=services.BUSY)
    with inside(cast.northwind):
        services.remove_feed(cast.tom, kind=services.FULL, by=cast.tom)
    assert [full().status_code, busy().status_code] == [404, 200]


def test_whoever_has_left_has_no_feed(cast, feed, clock):
    get = feed()
    with inside(cast.northwind):
        cast.tom.left_on = clock_day(clock, -1)
        cast.tom.save()
    assert get().status_code == 404


def clock_day(clock, days):
    from django.utils import timezone

    return (timezone.now() + timedelta(days=days)).date()


def test_a_closed_login_has_no_feed(cast, feed):
    get = feed()
    cast.tom.user.is_active = False
    cast.tom.user.save()
    assert get().status_code == 404


def test_nobody_makes_or_removes_anothers(cast):
    with inside(cast.northwind):
        for act in (services.make_feed, services.remove_feed):
            with pytest.raises(PermissionDenied):
                act(cast.tom, kind=services.FULL, by=cast.olga)


def test_whoever_asks_again_and_again_has_to_wait(booked, feed):
    get, other = feed(), feed(kind=services.BUSY)
    answers = [get() for _number in range(calendars.FEED_REQUESTS_PER_MINUTE + 1)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 61
    assert other().status_code == 200


def test_a_full_feed_costs_as_much_as_an_empty_one(cast, feed, django_assert_num_queries, clock):
    from tests.sessions.conftest import utc

    get = feed()
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom)
    with django_assert_num_queries(COST):
        get()
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-11-24T10:00"), by=cast.tom)
        services.book_session(cast.mentorship, starts_at=utc("2026-11-26T14:00"), by=cast.tom)
    with django_assert_num_queries(COST):
        assert len(Calendar.from_ical(get().content).walk("VEVENT")) == 3


COST = 7


def test_sessions_in_zones_of_every_kind(cast, feed, clock):
    lima = make_member(cast.northwind, "Lima", time_zone="Asia/Kathmandu")
    mentorship = make_mentorship(lima, cast.tom, program=None)
    with inside(cast.northwind):
        services.set_weekly_hours(lima, [(2, 540, 720)], by=lima)
        slot = services.free_slots(mentorship, by=cast.tom)[0]
        services.book_session(mentorship, starts_at=slot.starts_at, by=cast.tom)
    event = events(feed()())["Mentoring: Lima Osei"]
    assert event["DTSTART"].params["TZID"] == "Asia/Kathmandu"
    assert f"{event['DTSTART'].dt:%H:%M}" == "09:00"


# The page.


def test_the_address_is_shown_once(cast, as_member):
    tom = as_member(cast.tom)
    answer = tom.post(PAGE + "feed/full/")
    assert answer.status_code == 200
    address = answer.context["feeds"][0]["made"]
    assert address in answer.content.decode()
    assert tom.get(address.removeprefix("http://127.0.0.1:8000").removeprefix("http://testserver")).status_code == 200
    again = tom.get(PAGE)
    assert address not in again.content.decode()
    assert "has an address" in again.content.decode()
    assert again["Cache-Control"].startswith("max-age=0")
    assert tom.post(PAGE + "feed/full/", {"remove": "1"}).status_code == 302
    assert "has an address" not in tom.get(PAGE).content.decode()


def test_there_are_two_kinds_only(cast, as_member):
    assert as_member(cast.tom).post(PAGE + "feed/everything/").status_code == 404


def test_visitors_strangers_and_methods(cast, client, as_member, assert_own_only):
    # Everybody has a page of their own, a colleague too.
    assert_own_only(PAGE, colleague=200)
    for path in ("add/", "link/", "feed/full/"):
        assert as_member(cast.mallory).post(PAGE + path).status_code == 404
        assert as_member(cast.tom).get(PAGE + path).status_code == 405
