"""How long `make run` takes from the second time on, until the first page is served."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from .figures import Figures

# What is promised on two cores. On a machine with other work the processor's time says more than the clock's.
BUDGETS = {"until served": 10.0}
GREETING = "The platform is running at"
LONGEST = 120.0
FILL = (
    "from accounts.models import User; from accounts.services import create_organisation;"
    "create_organisation(name='Start bench', time_zone='UTC', by=User.objects.create_user('start@bench.example'))"
)


def measure(folder: Path) -> Figures:
    """Seconds until a page is served, and of the processor's time until then, by all processes together."""
    figures = Figures("start", "seconds", folder, budgets=BUDGETS)
    data = Path(settings.BASE_DIR) / ".data" / "bench-start"
    # With an organisation there is no demo to build.
    if not (data / "postgres").exists():
        subprocess.run([*_command(data), "--", "shell", "-c", FILL], env=_environment(), check=True)
    times, cpu = zip(*(_start(data) for _ in range(3)), strict=True)
    figures.add("second start", **{"until served": min(times)}, cpu=min(cpu))
    return figures


def _command(data: Path) -> list[str]:
    return [sys.executable, "-m", "mentoring.run", "--data", str(data)]


def _environment() -> dict[str, str]:
    """A newcomer's: without the servers that this benchmark itself runs on, and with compiled files from last time."""
    ours = (
        *("DATABASE_", "REDIS_URL", "SITE_URL", "DEV_MAIL_DIR", "SECRET_KEY", "NOTES_KEY"),
        *("DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"),
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _start(data: Path) -> tuple[float, float]:
    began, spent_before = time.perf_counter(), _spent()
    process = subprocess.Popen(
        _command(data),
        cwd=settings.BASE_DIR,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith(GREETING) or time.perf_counter() - began > LONGEST:
                break
        took = time.perf_counter() - began
        assert said[-1:], "It said nothing."
        assert said[-1].startswith(GREETING), "".join(said)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONGEST)
    # Everything that was started has been waited for by then, so its time is counted as ours.
    return took, _spent() - spent_before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
