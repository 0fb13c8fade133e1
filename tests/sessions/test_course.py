"""The days on which new colleagues and their guides meet: dense at first, then further apart."""

from datetime import UTC, date, datetime, timedelta

import pytest

from programs.models import Program
from sessions.models import Session
from sessions.services.course import course_of
from tests.people import inside, make_member, make_mentorship, make_organisation

BEGUN = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def org(db):
    return make_organisation()


def guided(org, *, format="onboarding", hired_on=date(2026, 10, 26)):
    gus, nia = make_member(org, "Gus"), make_member(org, "Nia", hired_on=hired_on)
    with inside(org):
        program = Program.objects.create(name="Welcome", format=format, status="open", created_by=gus)
    return make_mentorship(gus, nia, program=program, started_at=BEGUN)


def meet(mentorship, on, status):
    at = datetime(2026, 11, on, 9, tzinfo=UTC)
    return Session.objects.create(
        mentorship=mentorship, starts_at=at, ends_at=at + timedelta(minutes=30), status=status,
        wall_time=at.replace(tzinfo=None), zone_name="UTC",
    )  # fmt: skip


def seen(mentorship):
    return [(each.number, str(each.on), each.is_held, each.session is not None) for each in course_of(mentorship)]


def test_days_are_counted_from_the_beginning_and_sessions_stand_for_them_in_order(org):
    mentorship = guided(org)
    with inside(org):
        meet(mentorship, 3, "held")
        meet(mentorship, 5, "cancelled")
        meet(mentorship, 9, "planned")
        assert seen(mentorship) == [
            (1, "2026-11-02", True, True),
            (7, "2026-11-08", False, True),
            (30, "2026-12-01", False, False),
            (60, "2026-12-31", False, False),
            (90, "2027-01-30", False, False),
        ]
        assert [each.number for each in course_of(mentorship) if each.is_next] == [30]


def test_for_somebody_who_has_still_to_start_from_their_first_day_at_work(org):
    mentorship = guided(org, hired_on=date(2026, 12, 1))
    with inside(org):
        assert [str(each.on) for each in course_of(mentorship)][:2] == ["2026-12-01", "2026-12-07"]


def test_where_the_rhythm_is_even_there_are_none(org):
    mentorship = guided(org, format="traditional")
    with inside(org):
        assert course_of(mentorship) == []
