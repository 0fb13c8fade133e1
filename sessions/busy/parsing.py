"""Has a calendar read by another process, and ends that when it takes too long."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# All of it, on a busy machine; what it may take of the processor is limited far below, in reading.py.
SECONDS = 30


class ReadingProblem(Exception):
    """Why a calendar could not be read: "unreadable", "broken", "endless" or "large"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_busy(
    content: bytes, *, zone: str, start: datetime, end: datetime, own: Iterable[str] = ()
) -> list[tuple[datetime, datetime]]:
    """When a calendar's owner is busy between two instants; see reading.busy_in(). Raises ReadingProblem."""
    asked = {"zone": zone, "start": start.timestamp(), "end": end.timestamp(), "own": [uid.lower() for uid in own]}
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-B", "-c", "from sessions.busy.reading import main; main()"],
            input=json.dumps(asked).encode() + b"\n" + content,
            cwd=ROOT,
            # Nothing of ours: no keys, no addresses of servers.
            env={"LANG": "C.UTF-8"},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadingProblem("large") from error
    if done.returncode == -signal.SIGPROF:
        raise ReadingProblem("endless")
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise ReadingProblem("large" if done.returncode < 0 else "unreadable") from error
    if "problem" in answer:
        raise ReadingProblem(answer["problem"])
    return [(datetime.fromtimestamp(one, UTC), datetime.fromtimestamp(two, UTC)) for one, two in answer["times"]]
