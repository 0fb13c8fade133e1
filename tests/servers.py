"""Starts PostgreSQL and a Redis-protocol server before Django reads its settings; loaded by `-p tests.servers`."""

import contextlib
import os
import tempfile
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# Tests empty their database. On a server of one's own somebody may use the first ones.
OUTSIDE = os.environ.get("TESTS_REDIS_IS_OUTSIDE") or (not WORKER and os.environ.get("REDIS_URL"))
if OUTSIDE:
    # For xdist's workers, who can't tell.
    os.environ["TESTS_REDIS_IS_OUTSIDE"] = "1"
FIRST_OUTSIDE = 8
_running = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if not WORKER:
        from mentoring.embedded import servers

        folder = _running.enter_context(tempfile.TemporaryDirectory(prefix="mentoring-tests-"))
        os.environ.update(_running.enter_context(servers(folder, durable=False)))
        if OUTSIDE:
            os.environ["REDIS_URL"] = database_of(os.environ["REDIS_URL"], FIRST_OUTSIDE)
    else:
        # One Redis database for each of xdist's workers, beside their databases in PostgreSQL.
        first = FIRST_OUTSIDE if OUTSIDE else 1
        os.environ["REDIS_URL"] = database_of(os.environ["REDIS_URL"], first + int(WORKER.removeprefix("gw")))


def database_of(url, number):
    """The same Redis server, the database of this number, whichever the address names."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("db", "virtual_host")]
    if parts.scheme == "unix":
        # There the path is the socket's.
        return f"unix://{parts.netloc}{parts.path}?{urlencode([*options, ('db', number)])}"
    return urlunsplit(parts._replace(path=f"/{number}", query=urlencode(options)))


def pytest_unconfigure(config):
    _running.close()
