"""Ines in London mentors Tom in Berlin; Mallory works elsewhere. It is Sunday 22 November 2026, noon in London."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from sessions import services
from tests.people import inside, make_member, make_mentorship, make_organisation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Tuesdays 9 to 12 and Thursdays 14 to 15 on Ines's clock.
HOURS = [(1, 540, 720), (3, 840, 900)]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(db, clock):
    return people()


def people():
    northwind = make_organisation("northwind")
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")
    olga = make_member(northwind, "Olga", family_name="Owner", is_owner=True, is_admin=True)
    initech = make_organisation("initech")
    mallory = make_member(initech, "Mallory", family_name="Cole")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, HOURS, by=ines)
    return SimpleNamespace(
        northwind=northwind, ines=ines, tom=tom, olga=olga, initech=initech, mallory=mallory, mentorship=mentorship
    )


@pytest.fixture
def booked(cast):
    """Ines and Tom meet on Tuesday 24 November from 9 to 10 in London."""
    with inside(cast.northwind):
        return services.book_session(
            cast.mentorship, starts_at=utc("2026-11-24T09:00"), by=cast.tom, place="Room 4", topic="First steps"
        )


@pytest.fixture
def over(booked, clock):
    """The same session, an hour after its end."""
    clock.move_to(booked.ends_at + timedelta(hours=1))
    return booked


@pytest.fixture
def tom_client(cast, client):
    client.force_login(cast.tom.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_member(cast, client):
    def enter(member):
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture
def assert_own_only(cast, client, as_member):
    """Visitors sign in, strangers and colleagues (an owner too) find nothing, and other methods are refused."""

    def check(path, *, colleague=404, refused="delete"):
        client.logout()
        assert client.get(path).status_code == 302
        assert as_member(cast.mallory).get(path).status_code == 404
        assert as_member(cast.olga).get(path).status_code == colleague
        assert getattr(as_member(cast.tom), refused)(path).status_code == 405

    return check
