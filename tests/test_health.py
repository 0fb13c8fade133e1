"""What load balancers ask: does it live, and can it work."""

import pytest
from django.core.checks import run_checks
from django.db import connection

from tests.conftest import connect_as


@pytest.fixture
def no_database():
    """The database has gone away, and nobody answers at its address."""

    def refuse():
        raise connection.Database.OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        patched.setattr(connection, "get_autocommit", refuse)
        yield


@pytest.fixture
def no_redis(settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}


def test_alive(db, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready(db, client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "database": True, "row_security": True, "redis": True},
    )


def test_without_database_it_lives_but_is_not_ready(db, client, no_database):
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"status": "not ready", "database": False, "row_security": False, "redis": True},
    )


def test_without_redis_it_is_not_ready(db, client, no_redis):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"status": "not ready", "database": True, "row_security": True, "redis": False},
    )


def test_a_visitor_with_a_session_needs_no_database_to_hear_that_it_lives(db, client, no_database):
    client.cookies["sessionid"] = "x" * 32
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.fixture
def as_owner(transactional_db):
    connect_as("DATABASE_OWNER_URL")
    yield
    connect_as("DATABASE_URL")


def test_a_role_that_row_security_does_not_bind_is_not_ready(as_owner, client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"status": "not ready", "database": True, "row_security": False, "redis": True},
    )


def test_the_checks_name_a_role_that_row_security_does_not_bind(db, settings):
    assert run_checks(databases=["default"]) == []

    settings.DATABASE_APP_ROLE = "mentoring_owner"

    assert [(error.id, error.msg.partition(", so")[0]) for error in run_checks(databases=["default"])] == [
        ("tenancy.E001", 'The role "mentoring_owner" in DATABASE_URL has BYPASSRLS')
    ]
