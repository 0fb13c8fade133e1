"""Northwind and its people; Mallory works elsewhere. It is Sunday 22 November 2026, noon in London."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Member, Spell
from programs.models import Enrolment, Program
from tests.people import inside, make_member, make_organisation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def northwind(db, clock):
    return make_organisation("northwind")


@pytest.fixture
def olga(northwind):
    return make_member(northwind, "Olga", is_owner=True)


@pytest.fixture
def adam(northwind):
    return make_member(northwind, "Adam", is_admin=True)


@pytest.fixture
def hanna(northwind):
    return make_member(northwind, "Hanna", is_hr=True)


@pytest.fixture
def mallory(db, clock):
    return make_member(make_organisation("initech"), "Mallory", is_owner=True, is_admin=True, is_hr=True)


def make_program(organisation, name="Growing together", status="running", **fields):
    with inside(organisation):
        return Program.objects.create(name=name, status=status, launched_at=NOON - timedelta(days=200), **fields)


def make_people(organisation, count, *, hired_on=date(2020, 1, 6), left_on=None, **fields):
    """So many colleagues without a login."""
    fields.setdefault("time_zone", organisation.time_zone)
    with inside(organisation):
        members = Member.objects.bulk_create(
            Member(given_name=f"P{number}", family_name="Q", hired_on=hired_on, left_on=left_on, **fields)
            for number in range(count)
        )
        Spell.objects.bulk_create(Spell(member=member, started_on=hired_on, ended_on=left_on) for member in members)
    return members


def enrol(program, members, role, *, joined_at=NOON - timedelta(days=100), status="active"):
    with inside(program.organisation):
        return Enrolment.objects.bulk_create(
            Enrolment(program=program, member=member, role=role, status=status, joined_at=joined_at)
            for member in members
        )
