"""Whatever is sent to the API, it answers as it describes itself, and no other organisation's row changes.

Schemathesis makes the requests from the description, good ones and bad ones; here they are given ids that exist, so that
they get past the front door.
"""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import cycle

import pytest
import schemathesis
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import programs.services
import sessions.services
from accounts.models import Member
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.models import TenantModel
from reports import snapshots
from reports.choices import Choice
from tests.api.conftest import key_of, make_cast, make_program
from tests.people import inside, make_member

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 8}


@pytest.fixture
def world(db, clock):
    """Ines owns Northwind and mentors Tom, so that her key may do everything; at Initech there is one of each as well.

    It is Tuesday 24 November 2026: a session has just ended, another is to come.
    """
    cast = make_cast()
    with inside(cast.northwind):
        Member.objects.filter(pk=cast.ines.pk).update(is_owner=True, is_admin=True)
        cast.ines.refresh_from_db()
        programs.services.save_draft(cast.draft, by=cast.ines, name="Reverse")
        later = sessions.services.book_session(
            cast.mentorship, starts_at=datetime(2026, 11, 26, 14, tzinfo=UTC), by=cast.tom
        )
        second = make_program(cast.ines, "Second")
        mentor = programs.services.enrol(second, cast.ines, role="mentor", by=cast.ines, skills=["Go"], capacity=2)
        offered_to = programs.services.enrol(second, cast.nina, role="mentee", by=cast.ines, skills=["Go"])
        free = programs.services.enrol(second, cast.tom, role="mentee", by=cast.ines, skills=["Go"])
        offer = programs.services.offer_mentorship(second, mentor=mentor, mentee=offered_to, by=cast.ines)
        third = make_program(cast.ines, "Third")
        applied = programs.services.enrol(second, cast.hana, role="mentee", by=cast.hana, skills=["Go"])
        joinable, joined = group_sessions(cast)
        clock.move_to(cast.session.ends_at + timedelta(minutes=5))
        snapshots.make_snapshot(cast.northwind, Choice(date(2026, 10, 1)), NoProgress())
        slot = sessions.services.free_slots(cast.mentorship, by=cast.ines)[0].starts_at
    pia = make_member(cast.northwind, "Pia", login=False)
    left = make_member(cast.northwind, "Lena", left_on=date(2026, 10, 31))
    with inside(cast.initech):
        theirs = make_program(cast.mallory, "Theirs")
        their_enrolment = programs.services.enrol(theirs, cast.mallory, role="mentor", by=cast.mallory, skills=["Go"])
    ids = {
        "members": [pia, left, cast.nina, cast.mallory],
        "programs": [cast.draft, cast.program, theirs],
        "enrolments": [free, applied, their_enrolment],
        "mentorships": [offer, cast.mentorship],
        "sessions": [later, cast.session],
        "group-sessions": [joinable, joined],
        "member": [pia, cast.mallory],
        "manager": [cast.tom, cast.mallory],
        "program": [third, second, theirs],
        "mentor": [mentor, mentor, their_enrolment],
        "mentee": [free],
        "mentorship": [cast.mentorship],
    }
    cast.values = {name: [row.pk for row in rows] for name, rows in ids.items()}
    cast.values |= {
        "org": ["northwind"], "starts_at": [slot.isoformat()], "time_zone": ["Asia/Tokyo"], "answers": [[]],
        "free_hours": [[[0, 540, 600]]],
    }  # fmt: skip
    return cast


def group_sessions(cast):
    """Two that Tom leads in a programme in which Ines is a mentee; she has joined the second."""
    program = make_program(cast.ines, "Fourth")
    tom = programs.services.enrol(
        program, cast.tom, role="mentor", by=cast.ines, skills=["Go"], capacity=2, free_hours=[(4, 540, 720)]
    )
    nina = programs.services.enrol(program, cast.nina, role="mentee", by=cast.ines, skills=["Go"])
    programs.services.enrol(program, cast.ines, role="mentee", by=cast.ines, skills=["Go"])
    pair = programs.services.offer_mentorship(program, mentor=tom, mentee=nina, by=cast.ines)
    for participant in pair.participants.all():
        programs.services.accept(participant, by=participant.enrolment.member)
    opened = []
    for _number in range(2):
        slot = sessions.services.group_opening(program, leader=cast.tom, by=cast.tom).slots[-1]
        opened.append(
            sessions.services.open_group(
                program, leader=cast.tom, starts_at=slot.starts_at, seats=5, topic="Ask me anything", by=cast.tom
            )
        )
    sessions.services.join_group(opened[1], by=cast.ines)
    return opened


@pytest.fixture
def app(settings):
    """The product as web servers run it, but inside the test's transaction."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def rows_of(organisation):
    """Every row of an organisation, table by table."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    with inside(organisation):
        return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def with_real_values(case, turns):
    """Let ids be those of rows that exist, and times be free ones, in turn with what was made up."""
    resource = re.search(r"[a-z-]+/(?={id})|$", case.operation.path)[0].rstrip("/")
    for part, names in ((case.path_parameters, {"id": resource}), (case.query, {}), (case.body, {})):
        if isinstance(part, dict):
            for name in part.keys() & (turns.keys() | names.keys()):
                value = next(turns[names.get(name, name)])
                part[name] = part[name] if value is None else value


def test_the_api_keeps_its_word(world, app):
    _key, secret = key_of(world.ines)
    headers = {"Authorization": f"Bearer {secret}"}
    description = schemathesis.openapi.from_wsgi("/api/schema/", app)
    before = rows_of(world.initech)
    assert before["Enrolment"]
    assert before["Member"]
    unreached = []

    for result in description.get_all_operations():
        operation = result.ok()
        statuses = set()
        # First what exists, then in turn with what was made up, for which None stands.
        turns = {name: cycle(values if name == "org" else [*values, None]) for name, values in world.values.items()}
        with transaction.atomic():
            for mode, examples in EXAMPLES.items():
                ask(operation, mode, examples, headers=headers, turns=turns, statuses=statuses)
            assert rows_of(world.initech) == before, operation.label
            # The next operation finds everything as it was.
            transaction.set_rollback(True)
        if not statuses & {200, 201}:
            unreached.append((operation.label, sorted(statuses)))

    # A key opens no list of organisations. Everything else was not only refused but done.
    assert unreached == [("GET /api/v1/organisations/", [401])]


def ask(operation, mode, examples, *, headers, turns, statuses):
    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        with_real_values(case, turns)
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS, headers=headers)

    send()
