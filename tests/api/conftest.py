"""Ines mentors Tom at Northwind; Mallory runs Initech. It is Sunday 22 November 2026, noon in London."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine

import accounts.services
import programs.services
import sessions.services
from tests.people import inside, make_member, make_organisation

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def key_of(member):
    with inside(member.organisation):
        return accounts.services.create_api_key(name="Payroll export", by=member)


def make_program(by, name="Growing together", **fields):
    draft = programs.services.start_draft(format="traditional", by=by)
    draft = programs.services.save_draft(draft, by=by, name=name, **fields)
    return programs.services.launch(draft, by=by)


def make_cast():
    northwind = make_organisation("northwind")
    cast = SimpleNamespace(northwind=northwind)
    cast.olga = make_member(northwind, "Olga", family_name="Owner", is_owner=True)
    cast.adam = make_member(northwind, "Adam", family_name="Admin", is_admin=True)
    cast.hana = make_member(northwind, "Hana", family_name="Ruiz", is_hr=True)
    cast.ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    cast.tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")
    cast.nina = make_member(northwind, "Nina", family_name="Novak")
    cast.initech = make_organisation("initech")
    cast.mallory = make_member(cast.initech, "Mallory", family_name="Cole", is_owner=True)
    with inside(northwind):
        cast.program = make_program(cast.adam)
        cast.draft = programs.services.start_draft(format="reverse", by=cast.adam)
        cast.mentor = programs.services.enrol(
            cast.program, cast.ines, role="mentor", by=cast.adam, skills=["Python", "Negotiation"], capacity=1,
            free_hours=[(1, 540, 720), (3, 840, 900)],
        )  # fmt: skip
        cast.mentee = programs.services.enrol(cast.program, cast.tom, role="mentee", by=cast.adam, skills=["Python"])
        cast.mentorship = programs.services.offer_mentorship(
            cast.program, mentor=cast.mentor, mentee=cast.mentee, score=0.8, by=cast.adam,
            reasons=[{"text": "Ines offers Python.", "tone": "for"}, {"text": "Same department.", "tone": "against"}],
        )  # fmt: skip
        for participant in cast.mentorship.participants.all():
            programs.services.accept(participant, by=participant.enrolment.member)
        cast.session = sessions.services.book_session(
            cast.mentorship,
            starts_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
            by=cast.tom,
            place="Room 4",
            topic="First steps",
        )
    return cast


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(db, clock):
    return make_cast()


class Caller:
    """Asks the API as one member, signed in or with a key, and reads JSON."""

    def __init__(self, client, headers=None):
        self.client = client
        self.headers = headers or {}

    def __call__(self, method, path, body=None, *, org="northwind", **query):
        address = path if path.startswith("/") else f"/api/v1/o/{org}/{path}"
        extra = {"query_params": query} if query else {}
        if body is not None:
            extra.update(data=body, content_type="application/json")
        return getattr(self.client, method)(address, headers=self.headers, **extra)

    def get(self, path, **query):
        return self("get", path, **query)

    def post(self, path, body=None, **kwargs):
        return self("post", path, body if body is not None else {}, **kwargs)

    def patch(self, path, body, **kwargs):
        return self("patch", path, body, **kwargs)


@pytest.fixture
def signed_in(cast):
    """As a member signed in in the browser."""
    from django.test import Client

    def enter(member):
        client = Client()
        client.force_login(member.user, backend=BACKEND)
        return Caller(client)

    return enter


@pytest.fixture
def with_key(cast):
    """As a program with a key that the member has made."""
    from django.test import Client

    def enter(member):
        _key, secret = key_of(member)
        return Caller(Client(), {"Authorization": f"Bearer {secret}"})

    return enter
