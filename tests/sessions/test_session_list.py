from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions import services
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc

PATH = "/o/northwind/sessions/"


def rows(response):
    return [(row["session"].starts_at, row["standing"]) for row in response.context["rows"]]


def test_what_is_coming(cast, booked, tom_client):
    response = tom_client.get(PATH)
    assert response.status_code == 200
    assert rows(response) == [(utc("2026-11-24T09:00"), "planned")]
    html = response.content.decode()
    assert "Ines Adler" in html
    assert "Tuesday 24 November 2026, 10:00 Berlin time" in html


def test_what_is_to_be_logged_and_what_is_behind(cast, over, tom_client, as_member):
    assert rows(tom_client.get(PATH + "?tab=to-log")) == [(over.starts_at, "to_log")]
    with inside(cast.northwind):
        services.log_session(over, report="held", length=timedelta(hours=1), by=cast.tom)
    assert rows(tom_client.get(PATH + "?tab=to-log")) == []
    assert rows(tom_client.get(PATH + "?tab=past")) == [(over.starts_at, "waiting")]
    assert rows(as_member(cast.ines).get(PATH + "?tab=to-log")) == [(over.starts_at, "to_log")]
    with inside(cast.northwind):
        services.log_session(over, report="missed", length=None, by=cast.ines)
    assert rows(as_member(cast.ines).get(PATH + "?tab=to-log")) == [(over.starts_at, "different")]


def test_cancelled_sessions_are_behind(cast, booked, tom_client):
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.ines)
    assert rows(tom_client.get(PATH)) == []
    assert rows(tom_client.get(PATH + "?tab=past")) == [(booked.starts_at, "cancelled")]


def test_an_owner_sees_nobody_elses_sessions(cast, booked, as_member):
    for tab in ("upcoming", "to-log", "past"):
        assert rows(as_member(cast.olga).get(f"{PATH}?tab={tab}")) == []


def test_strangers_and_visitors(cast, client, as_member):
    assert client.get(PATH).status_code == 302
    assert as_member(cast.mallory).get(PATH).status_code == 404
    assert as_member(cast.tom).post(PATH).status_code == 405


def test_nonsense_in_the_address_is_forgiven(cast, tom_client):
    assert tom_client.get(PATH + "?tab=x&page=y").status_code == 200


def test_a_mentor_without_hours_is_told(cast, as_member):
    with inside(cast.northwind):
        services.set_weekly_hours(cast.ines, [], by=cast.ines)
    assert "You offer no hours yet" in as_member(cast.ines).get(PATH).content.decode()
    assert "You offer no hours yet" not in as_member(cast.tom).get(PATH).content.decode()


@pytest.mark.parametrize("tab", ["upcoming", "to-log", "past"])
def test_as_many_queries_for_three_as_for_one(cast, as_member, tab):
    def add(name, hour):
        mentee = make_member(cast.northwind, name)
        mentorship = make_mentorship(cast.ines, mentee)
        with inside(cast.northwind):
            if tab == "upcoming":
                services.book_session(mentorship, starts_at=utc(f"2026-11-24T{hour:02}:00"), by=mentee)
            else:
                by = mentee if tab == "to-log" else cast.ines
                services.record_session(
                    mentorship, starts_at=utc(f"2026-11-20T{hour:02}:00"), length=timedelta(hours=1), by=by
                )

    client = as_member(cast.ines)

    def count():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{PATH}?tab={tab}")
        return len(response.context["rows"]), len(queries)

    add("Ada", 9)
    one, queries_for_one = count()
    add("Ben", 10)
    add("Cleo", 11)
    three, queries_for_three = count()
    assert (one, three) == (1, 3)
    assert queries_for_three == queries_for_one


def test_twenty_on_a_page(cast, tom_client):
    with inside(cast.northwind):
        for number in range(21):
            services.record_session(
                cast.mentorship, starts_at=utc("2026-11-01T08:00") + timedelta(hours=2 * number),
                length=timedelta(hours=1), by=cast.tom,
            )  # fmt: skip
    assert len(tom_client.get(PATH + "?tab=past").context["rows"]) == 20
    assert len(tom_client.get(PATH + "?tab=past&page=2").context["rows"]) == 1
