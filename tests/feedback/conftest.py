"""Pairs of a programme of Northwind who have met; Mallory works elsewhere. It is Sunday 22 November 2026, noon."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from sessions.models import Attendance, Session
from tests.people import inside, make_member, make_mentorship, make_organisation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def northwind(db, clock):
    return make_organisation("northwind")


@pytest.fixture
def olga(northwind):
    return make_member(northwind, "Olga", is_owner=True, is_admin=True)


@pytest.fixture
def ines(northwind):
    return make_member(northwind, "Ines", family_name="Adler")


@pytest.fixture
def tom(northwind):
    return make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")


@pytest.fixture
def mentorship(ines, tom):
    return make_mentorship(ines, tom)


def make_session(mentorship, *people, ago=timedelta(days=1), status="held"):
    """An hour that began so long ago, in London; with a negative `ago` one that is to come."""
    starts_at = NOON - ago
    ends_at = starts_at + timedelta(hours=1)
    with inside(mentorship.organisation):
        session = Session.objects.create(
            mentorship=mentorship, status=status, starts_at=starts_at, ends_at=ends_at, zone_name="Europe/London"
        )
        for person in people:
            Attendance.objects.create(
                session=session, member=person, during=DateTimeTZRange(starts_at, ends_at), report=status
                if status in ("held", "missed") else "",
            )  # fmt: skip
    return session


@pytest.fixture
def held(mentorship, ines, tom):
    """Yesterday's session of Ines and Tom, which both have confirmed."""
    return make_session(mentorship, ines, tom)
