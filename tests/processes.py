"""Processes of the product beside the tests, on the tests' own database and queue."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def environment(**more):
    """What a process needs to find the tests' database."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"]).geturl()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mentoring.settings.test",
        "DATABASE_URL": url,
        **{name: str(value) for name, value in more.items()},
    }


@contextlib.contextmanager
def process(*command, **more):
    """Run `python <command>` in a group of its own; gone at the end of the block, however it ends."""
    started = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment(**more), start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        kill(started)


def kill(started):
    """kill -9, with every process that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def eventually(asked, *, within=40.0):
    """Ask until the answer is true; return it."""
    end = time.monotonic() + within
    while True:
        answer = asked()
        if answer:
            return answer
        assert time.monotonic() < end, f"{asked} stayed {answer!r} for {within} s"
        time.sleep(0.05)
