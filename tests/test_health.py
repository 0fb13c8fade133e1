"""What load balancers ask: does it live, and can it work."""

import pytest
from django.db import connection


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
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": True, "redis": True})


def test_without_database_it_lives_but_is_not_ready(db, client, no_database):
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "not ready", "database": False, "redis": True})


def test_without_redis_it_is_not_ready(db, client, no_redis):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "not ready", "database": True, "redis": False})


def test_a_visitor_with_a_session_needs_no_database_to_hear_that_it_lives(db, client, no_database):
    client.cookies["sessionid"] = "x" * 32
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
