"""Week and month: which days, whose clock, and that nobody sees another's."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions import services
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc

WEEK, MONTH = "/o/northwind/sessions/week/", "/o/northwind/sessions/month/"


def week(response):
    return {f"{each['day']:%m-%d}": [row["from"] for row in each["rows"]] for each in response.context["days"]}


def month(response):
    return [[each["day"].day for each in days] for days in response.context["weeks"]]


def record(cast, text, *, mentorship=None, minutes=60):
    with inside(cast.northwind):
        return services.record_session(
            mentorship or cast.mentorship, starts_at=utc(text), length=timedelta(minutes=minutes), by=cast.ines
        )


@pytest.mark.parametrize("path", [WEEK, MONTH])
def test_own_only(cast, client, as_member, booked, path):
    client.logout()
    assert client.get(path).status_code == 302
    assert as_member(cast.mallory).get(path).status_code == 404
    assert as_member(cast.tom).post(path).status_code == 405
    assert b"First steps" in as_member(cast.tom).get(path + "?at=2026-11-24").content
    assert b"First steps" not in as_member(cast.olga).get(path + "?at=2026-11-24").content


def test_the_week_of_today_goes_from_monday_to_sunday(cast, tom_client):
    response = tom_client.get(WEEK)
    assert list(week(response)) == ["11-16", "11-17", "11-18", "11-19", "11-20", "11-21", "11-22"]
    assert [each["day"] for each in response.context["days"] if each["is_today"]] == [date(2026, 11, 22)]
    assert "Monday 16 November to Sunday 22 November 2026, Berlin time" in response.content.decode()


def test_the_week_has_each_session_on_the_readers_clock(cast, booked, tom_client, as_member):
    assert week(tom_client.get(WEEK + "?at=2026-11-29"))["11-24"] == ["10:00"]
    assert week(as_member(cast.ines).get(WEEK + "?at=2026-11-23"))["11-24"] == ["09:00"]


def test_a_session_stands_on_the_day_that_it_is_for_the_reader(cast, as_member):
    record(cast, "2026-11-17T23:30")
    assert week(as_member(cast.ines).get(WEEK))["11-17"] == ["23:30"]
    assert week(as_member(cast.tom).get(WEEK))["11-18"] == ["00:30"]


def test_days_with_a_clock_change_are_whole(cast, as_member):
    # London's Sunday of 25 hours: from 24 October 23:00 UTC until 26 October 00:00 UTC.
    for text in ("2026-10-24T22:00", "2026-10-24T23:00", "2026-10-25T23:00", "2026-10-26T00:00"):
        record(cast, text, minutes=30)
    client = as_member(cast.ines)
    response = client.get(WEEK + "?at=2026-10-25")
    assert week(response)["10-24"] == ["23:00"]
    assert week(response)["10-25"] == ["00:00", "23:00"]
    assert week(client.get(WEEK + "?at=2026-10-26"))["10-26"] == ["00:00"]
    assert [each["day"].day for each in response.context["days"] if each["clock_changes"]] == [25]
    assert response.content.decode().count("The clocks change on this day.") == 1


def test_cancelled_ones_are_said_to_be(cast, booked, tom_client):
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.ines)
    html = tom_client.get(WEEK + "?at=2026-11-24").content.decode()
    assert "data-off" in html
    assert "cancelled</" in html
    html = tom_client.get(MONTH).content.decode()
    assert "<small>cancelled</small>" in html


def test_the_month_in_whole_weeks(cast, booked, tom_client):
    response = tom_client.get(MONTH)
    assert month(response) == [
        [26, 27, 28, 29, 30, 31, 1], [2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15],
        [16, 17, 18, 19, 20, 21, 22], [23, 24, 25, 26, 27, 28, 29], [30, 1, 2, 3, 4, 5, 6],
    ]  # fmt: skip
    assert [(each["day"], len(each["rows"])) for each in response.context["busy"]] == [(date(2026, 11, 24), 1)]
    assert month(tom_client.get(MONTH + "?at=2027-02-28")) == [
        [1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14], [15, 16, 17, 18, 19, 20, 21], [22, 23, 24, 25, 26, 27, 28],
    ]  # fmt: skip


def test_the_way_on_and_back(cast, tom_client):
    shown = tom_client.get(WEEK + "?at=2026-12-31").context
    assert (shown["earlier"], shown["later"], shown["is_now"]) == ("?at=2026-12-21", "?at=2027-01-04", False)
    shown = tom_client.get(MONTH + "?at=2026-12-31").context
    assert (shown["earlier"], shown["later"], shown["is_now"]) == ("?at=2026-11-01", "?at=2027-01-01", False)


@pytest.mark.parametrize("at", ["x", "2026-02-30", "0001-01-01", "9999-12-31", "1999-12-31"])
def test_nonsense_means_today(cast, tom_client, at):
    assert tom_client.get(f"{WEEK}?at={at}").context["is_now"]
    assert tom_client.get(f"{MONTH}?at={at}").context["is_now"]


@pytest.mark.parametrize("path", [WEEK, MONTH])
def test_as_many_queries_for_three_as_for_one(cast, as_member, path):
    client = as_member(cast.ines)

    def count():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        return response.content.decode().count("Growing together"), len(queries)

    record(cast, "2026-11-17T09:00")
    one, queries_for_one = count()
    for name, at in (("Ada", "2026-11-18T09:00"), ("Ben", "2026-11-19T09:00")):
        record(cast, at, mentorship=make_mentorship(cast.ines, make_member(cast.northwind, name)))
    three, queries_for_three = count()
    assert (one, three) == (1, 3)
    assert queries_for_three == queries_for_one
