"""What lists have in common: pages by cursor, and as many queries for three rows as for one."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import programs.services
import sessions.services
from tests.api.conftest import make_program
from tests.people import inside, make_member


def test_pages_follow_each_other_and_new_rows_shift_nothing(cast, signed_in):
    owner = signed_in(cast.olga)
    ids = [member.pk for member in (cast.olga, cast.adam, cast.hana, cast.ines, cast.tom, cast.nina)]
    first = owner.get("members/", page_size=4).json()
    assert [row["id"] for row in first["results"]] == ids[:4]
    assert first["previous"] is None
    late = make_member(cast.northwind, "Zoe")
    second = owner.get(first["next"].removeprefix("http://testserver")).json()
    assert [row["id"] for row in second["results"]] == [*ids[4:], late.pk]
    assert second["next"] is None
    back = owner.get(second["previous"].removeprefix("http://testserver")).json()
    assert [row["id"] for row in back["results"]] == ids[:4]


def test_no_page_is_longer_than_two_hundred(cast, signed_in):
    from accounts.models import Member

    with inside(cast.northwind):
        Member.objects.bulk_create(Member(given_name=f"No. {n}", time_zone="UTC") for n in range(205))
    assert len(signed_in(cast.olga).get("members/", page_size=1000).json()["results"]) == 200


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD0xJTAw", "é", "bz05OTk5OTk5OTk5OTk5OTk5OTk5JnA9MQ=="])
def test_a_made_up_cursor_is_refused_or_harmless(cast, signed_in, cursor):
    answer = signed_in(cast.olga).get("members/", cursor=cursor)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["errors"] == {"cursor": ["This is not a cursor that a list has given."]}


@pytest.mark.parametrize("member", ["olga", "tom"])
def test_lists_run_as_many_queries_for_three_rows_as_for_one(cast, signed_in, member):
    caller = signed_in(getattr(cast, member))
    before = {
        path: count(caller, path) for path in ("members/me/", "programs/", "enrolments/", "mentorships/", "sessions/")
    }
    if member == "olga":
        before["members/"] = count(caller, "members/")
    add_more(cast)
    assert {path: count(caller, path) for path in before} == before


def count(caller, path):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert caller.get(path).status_code == 200
    return len(queries)


def add_more(cast):
    """Two more of everything, in which Tom takes part."""
    with inside(cast.northwind):
        for number in range(2):
            program = make_program(cast.adam, f"Another {number}")
            mentor = programs.services.enrol(
                program, cast.ines, role="mentor", by=cast.adam, skills=["Go", "Chess"], capacity=2
            )
            mentee = programs.services.enrol(program, cast.tom, role="mentee", by=cast.adam, skills=["Go"])
            mentorship = programs.services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=cast.adam)
            for participant in mentorship.participants.all():
                programs.services.accept(participant, by=participant.enrolment.member)
            sessions.services.book_session(
                mentorship, starts_at=datetime(2026, 11, 24, 10 + number, tzinfo=UTC), by=cast.tom
            )
