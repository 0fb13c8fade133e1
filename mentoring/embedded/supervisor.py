"""Keeps a handful of processes running until told to stop, and leaves none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from .processes import guarded, make_folder, remember, send, send_group, started_at, stop_leftover

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_PAUSE = 30.0
# A child that ran this long before it died starts again at once.
STEADY_AFTER = 60.0


class Server(Protocol):
    """What a database or a queue offers to whoever looks after it."""

    def revive(self) -> bool:
        """Start again if it has died; whether it had."""


@dataclass(frozen=True)
class Child:
    """One process to keep running: its name in front of every line it prints, and its command."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    # Open files that it inherits, such as a socket to listen on.
    files: tuple[int, ...] = ()
    grace: float = 10.0
    # Seconds that it leaves the processor to the others at the beginning.
    delay: float = 0.0


class Stopped(BaseException):
    """Ctrl-C or a polite signal, anywhere between the first line and the last; not an error."""


@contextlib.contextmanager
def stopping_politely() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into `Stopped`, once: while things stop, more of them are ignored."""

    def stop(number: int, _frame: object) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    previous = {each: signal.signal(each, stop) for each in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


class Supervisor:
    """Runs children side by side, starts again what died, and stops all of them together."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        servers: Sequence[Server] = (),
        first_pause: float = 1.0,
        out: IO[str] | None = None,
    ) -> None:
        self.folder = folder
        self.environment = dict(os.environ if environment is None else environment)
        self.servers = servers
        self.first_pause = first_pause
        self.out = out or sys.stdout
        self._print_lock = threading.Lock()
        self._width = max((len(child.name) for child in children), default=0)
        self._running = [_Running(child, folder / f"{child.name}.pid", self) for child in children]

    def run(self, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Keep everything running until `Stopped` or any other exception; then stop everything.

        `meanwhile` is called five times a second.
        """
        make_folder(self.folder)
        try:
            for each in self._running:
                stop_leftover(each.pid_file, stop_signal=signal.SIGTERM, grace=each.child.grace)
                each.next_start = time.monotonic() + each.child.delay
            while True:
                for server in self.servers:
                    if server.revive():
                        self.say("run", f"{type(server).__name__} had died and was started again.")
                for each in self._running:
                    each.look_after()
                meanwhile()
                time.sleep(0.2)
        finally:
            self._stop()

    def say(self, name: str, line: str) -> None:
        """Print one line under a name; never two lines mixed."""
        with self._print_lock, contextlib.suppress(OSError, ValueError):
            print(f"{name:>{self._width}} | {line}", file=self.out, flush=True)

    def _stop(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            print("\nStopping …", file=self.out, flush=True)
        for each in self._running:
            each.ask_to_stop()
        for each in self._running:
            each.make_sure()


class _Running:
    """A child's present process, and when to start the next one."""

    def __init__(self, child: Child, pid_file: Path, supervisor: Supervisor) -> None:
        self.child = child
        self.pid_file = pid_file
        self.supervisor = supervisor
        self.process: subprocess.Popen[bytes] | None = None
        self.reader: threading.Thread | None = None
        self.began = 0.0
        self.pause = supervisor.first_pause
        self.next_start = 0.0

    def start(self) -> None:
        command = guarded(self.child.command, folder=Path.cwd(), stop_signal=signal.SIGTERM)
        self.process = subprocess.Popen(
            command,
            env={**self.supervisor.environment, **self.child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.child.files,
            # A group of its own: Ctrl-C reaches only the supervisor, which then stops things in order.
            start_new_session=True,
        )
        remember(self.pid_file, self.process.pid)
        self.began = time.monotonic()
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()

    def look_after(self) -> None:
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_start:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        send_group(self.process.pid, signal.SIGKILL)
        if now - self.began > STEADY_AFTER:
            self.pause = self.supervisor.first_pause
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self.supervisor.say(self.child.name, f"{how}; starting again in {self.pause:g} s.")
        self.process = None
        self.next_start = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        if self.process is not None:
            send(self.process.pid, signal.SIGTERM)

    def make_sure(self) -> None:
        if self.process is None:
            return
        deadline = time.monotonic() + self.child.grace
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        send_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.pid_file.unlink(missing_ok=True)
        if self.reader is not None:
            self.reader.join(timeout=1)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout:
            for line in process.stdout:
                self.supervisor.say(self.child.name, line.decode(errors="replace").rstrip())


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than a zombie."""
    return started_at(pid) is not None
