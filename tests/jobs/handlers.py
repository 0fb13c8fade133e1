"""Jobs that only tests ask for; the worker that they start imports this module."""

import os
import signal
import time
from pathlib import Path

from accounts.models import Skill
from mentoring.jobs.parts import share_parts, shared_input
from mentoring.jobs.progress import JobError
from mentoring.jobs.registry import job, part


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


@job("tests.sum", title="Adding")
def add(progress, *, folder, parts=8, pause=0.2):
    """Share the squares of a few numbers, and write their sum as the result."""
    shared = shared_input(progress)
    # What it is called with is read once; whoever takes the job up goes on with the same.
    _sign(folder, "first" if shared is None else "again")
    shared = shared or f"{folder}|{pause}".encode()
    squares = share_parts(progress, shared=shared, params=[{"number": n} for n in range(parts)], note="Adding")
    with progress.writing():
        Skill.objects.create(name="Sum", key=f"sum-{sum(map(int, squares))}-{time.monotonic_ns()}")
    return f"The sum is {sum(map(int, squares))}."


@part("tests.sum")
def start_squaring(shared, step):
    folder, pause = shared.decode().split("|")

    def square(*, number):
        _sign(folder, f"part-{number}")
        time.sleep(float(pause))
        step()
        return str(number * number).encode()

    return square


@job("tests.sum_badly")
def add_badly(progress, *, folder):
    """One part of these fails wherever it is done."""
    share_parts(progress, shared=folder.encode(), params=[{"number": n} for n in range(4)])
    with progress.writing():
        Skill.objects.create(name="Sum", key="never")


@part("tests.sum_badly")
def start_failing(shared, step):
    def fail(*, number):
        _sign(shared.decode(), f"part-{number}")
        if number == 2:
            raise RuntimeError("private@example.org")
        return b""

    return fail


def _sign(folder, name):
    """Say in a file who does what."""
    (Path(folder) / f"{name}.{time.monotonic_ns()}").write_text(str(os.getpid()))
