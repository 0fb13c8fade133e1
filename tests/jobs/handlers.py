"""Jobs that only tests ask for; the worker that they start imports this module."""

import os
import signal
import time
from pathlib import Path

from accounts.models import Skill
from mentoring.jobs.progress import JobError
from mentoring.jobs.registry import job


@job("tests.count", title="Counting")
def count(progress, *, to, name="Counted", pause=0.0, folder=""):
    """Count in steps, say in a file who does it, and write one skill as the result."""
    if folder:
        (Path(folder) / str(time.monotonic_ns())).write_text(str(os.getpid()))
    for done in range(to):
        progress.step(done, to, f"Counting {done}")
        time.sleep(pause)
    with progress.writing():
        Skill.objects.create(name=name, key=f"{name}-{time.monotonic_ns()}")
    return f"Counted to {to}."


@job("tests.write_slowly")
def write_slowly(progress, *, steps, pause=0.0):
    """Spend the time inside the transaction."""
    with progress.writing():
        for done in range(steps):
            Skill.objects.create(name="Half", key=f"half-{time.monotonic_ns()}")
            progress.step(done, steps, "Writing")
            time.sleep(pause)


@job("tests.silent")
def silent(progress, *, seconds):
    """Work for long without a step."""
    time.sleep(seconds)
    with progress.writing():
        Skill.objects.create(name="Silent", key=f"silent-{time.monotonic_ns()}")


@job("tests.poison")
def poison(progress, *, folder):
    """Kill the process that does it, as running out of memory would."""
    (Path(folder) / str(time.monotonic_ns())).write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGKILL)


@job("tests.refuse")
def refuse(progress):
    raise JobError("There is nobody to match.")


@job("tests.crash")
def crash(progress):
    with progress.writing():
        Skill.objects.create(name="Half", key="half")
        raise RuntimeError("private@example.org")
