"""Starts PostgreSQL and a Redis-protocol server before Django reads its settings; loaded by `-p tests.servers`."""

import contextlib
import os
import re
import tempfile

import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_running = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if not WORKER:
        from mentoring.embedded import servers

        folder = _running.enter_context(tempfile.TemporaryDirectory(prefix="mentoring-tests-"))
        os.environ.update(_running.enter_context(servers(folder, durable=False)))
    else:
        # One Redis database for each of xdist's workers, beside their databases in PostgreSQL.
        number = int(WORKER.removeprefix("gw")) + 1
        url = os.environ["REDIS_URL"]
        os.environ["REDIS_URL"] = (
            re.sub(r"db=\d+", f"db={number}", url) if "db=" in url else re.sub(r"/\d+$", f"/{number}", url)
        )


def pytest_unconfigure(config):
    _running.close()
