"""Northwind and its people; Mallory works elsewhere. It is Sunday 22 November 2026, noon in London."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from accounts.models import Member, Spell
from programs.models import Enrolment, Mentorship, Participant, Program
from sessions.models import Session
from tests.people import inside, make_member, make_organisation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


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


def pair(program, mentor, mentee, **fields):
    """A mentorship of two enrolments, active for 60 days unless told otherwise."""
    fields.setdefault("status", "active")
    fields.setdefault("started_at", NOON - 60 * DAY)
    with inside(program.organisation):
        mentorship = Mentorship.objects.create(program=program, **fields)
        for enrolment in (mentor, mentee):
            Participant.objects.create(
                mentorship=mentorship, enrolment=enrolment, role=enrolment.role, response="accepted"
            )
    return mentorship


def meet(mentorship, starts_at, status="held"):
    with inside(mentorship.organisation):
        return Session.objects.create(
            mentorship=mentorship, status=status, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
            zone_name="Europe/London",
        )  # fmt: skip


@pytest.fixture
def program(northwind):
    """Eight mentees: six matched, four met, one completed. A rhythm of two weeks."""
    program = make_program(northwind)
    mentors = enrol(program, make_people(northwind, 6), "mentor")
    mentees = enrol(program, make_people(northwind, 8), "mentee")
    # One waits for a place and was never enrolled; one has had a place and left.
    enrol(program, make_people(northwind, 1), "mentee", joined_at=None, status="waiting")
    pairs = [pair(program, mentors[number], mentees[number]) for number in range(4)]
    completed = pair(program, mentors[4], mentees[4], status="completed")
    # Closed as completed without a session that anybody confirmed.
    pair(program, mentors[5], mentees[5], status="completed")
    # An offer isn't a match yet.
    pair(program, mentors[5], mentees[6], status="offered", started_at=None)
    meet(pairs[0], NOON - 5 * DAY)
    meet(pairs[0], NOON - 35 * DAY)
    meet(pairs[1], NOON - 29 * DAY)
    meet(pairs[1], NOON + 2 * DAY, "planned")
    meet(pairs[2], NOON - 40 * DAY)
    meet(pairs[2], NOON - 3 * DAY, "planned")
    meet(pairs[3], NOON - 10 * DAY, "missed")
    meet(pairs[3], NOON - 20 * DAY, "cancelled")
    meet(completed, NOON - 100 * DAY)
    return program
