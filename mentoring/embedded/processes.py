"""Child processes that neither outlive their parent nor run a server as root."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .errors import EmbeddedError

ON_LINUX = sys.platform.startswith("linux")
NOBODY = 65534

# Runs in the child, after privileges were dropped (a change of user clears the parent-death signal) and before the
# program itself. Isolated and without site-packages it costs about 10 ms.
_GUARD = """
import ctypes, os, sys
parent, stop_signal, folder, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
os.chdir(folder)
if sys.platform.startswith("linux") and stop_signal:
    ctypes.CDLL(None).prctl(1, stop_signal)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
os.execvp(program[0], program)
"""


@dataclass(frozen=True)
class Account:
    """Who a server runs as: the words before its command, and the owner of its files."""

    prefix: tuple[str, ...]
    uid: int


def guarded(command: Sequence[str], *, folder: Path, stop_signal: int) -> list[str]:
    """The command, wrapped so that Linux sends it `stop_signal` when the calling process dies, however it dies."""
    # The kernel watches the thread that forked, so a child of a passing thread must do without.
    lasting = threading.current_thread() is threading.main_thread()
    number = int(stop_signal) if lasting else 0
    interpreter = getattr(sys, "_base_executable", None) or sys.executable
    guard = [interpreter, "-I", "-S", "-c", _GUARD, str(os.getpid()), str(number)]
    return [*guard, str(folder), *command]


def account_for(folder: Path, program: Path) -> Account:
    """Who may run `program` on `folder`: ourselves, or, for root, somebody with fewer rights."""
    owner = folder.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise EmbeddedError(f"The data folder {folder} belongs to another user; use a folder of your own.")
        return Account((), os.geteuid())
    candidates = []
    if owner in (0, NOBODY) and shutil.which("unshare"):
        # Outside it is still root, so it reaches its files; inside it is nobody special and holds no capability.
        candidates.append(Account(("unshare", "-U", "--map-user=1000"), 0))
    if shutil.which("setpriv"):
        uid = owner or NOBODY
        plain = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
        candidates.append(Account(plain, uid))
        # A checkout below a closed folder such as root's home: let it pass through, still without being root. Reading
        # is enough where it is on offer; containers often keep only the wider right.
        for right in ("dac_read_search", "dac_override"):
            candidates.append(Account((*plain, f"--inh-caps=+{right}", f"--ambient-caps=+{right}"), uid))
    for account in candidates:
        give(folder, account.uid)
        probe = [*account.prefix, *guarded([str(program), "--version"], folder=folder, stop_signal=0)]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return account
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and neither unshare nor setpriv works here: "
        "run this as an ordinary user, or set DATABASE_URL to a server of your own."
    )


def give(folder: Path, uid: int) -> None:
    """Hand a folder of ours to another user, with all that is in it; nothing when it is theirs already."""
    if folder.stat().st_uid == uid:
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        os.chown(path, uid, -1, follow_symlinks=False)
    os.chown(folder, uid, -1)


def command_of(pid: int) -> str:
    """The command line of a process, empty when there is none."""
    if ON_LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def started_at(pid: int) -> str | None:
    """When a process started, in words that only compare; None when there is no such process.

    A process id alone may by now belong to somebody else.
    """
    if ON_LINUX:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def remember(pid_file: Path, pid: int) -> None:
    """Note a child, so that a later start can clean up after a kill -9."""
    write_private(pid_file, json.dumps({"pid": pid, "started_at": started_at(pid)}))


def stop_leftover(pid_file: Path, *, stop_signal: int, grace: float) -> None:
    """Stop what an earlier, killed run left behind; whoever else has the process id by now is left alone."""
    try:
        noted = json.loads(pid_file.read_text())
        pid, started = int(noted["pid"]), noted["started_at"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return
    if started is not None and started_at(pid) == started:
        stop_group(pid, stop_signal=stop_signal, grace=grace, is_running=lambda: started_at(pid) == started)
    pid_file.unlink(missing_ok=True)


def stop_group(pid: int, *, stop_signal: int, grace: float, is_running: Any) -> None:
    """Ask the leader of a process group to stop, wait, then end whatever is left of the group."""
    send(pid, stop_signal)
    deadline = time.monotonic() + grace
    while is_running() and time.monotonic() < deadline:
        time.sleep(0.02)
    send_group(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while is_running() and time.monotonic() < deadline:
        time.sleep(0.02)


def send(pid: int, number: int) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(pid: int, number: int) -> None:
    """Signal a process group that may be gone already (macOS answers EPERM when only a zombie is left)."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read; never half-written, never readable by others for a moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def make_folder(path: Path) -> Path:
    """A folder of our own that nobody else may enter."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if path.stat().st_uid in (os.geteuid(), NOBODY):
            path.chmod(0o700)
    except OSError as error:
        raise EmbeddedError(f"The folder {path} cannot be made: {error.strerror}.") from error
    return path


def require_space(folder: Path, megabytes: int) -> None:
    """Say that the disk is full before a server says it in many words."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise EmbeddedError(
            f"The disk that holds {folder} is full: {free} MB are free, {megabytes} MB are needed to start."
        )


class FolderLock:
    """Held by the one process that uses a data folder; the kernel lets go of it however that process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, refusal: str) -> None:
        """Take the lock, or raise with `refusal`, in which {note} is what the holder wrote."""
        file = open(self.path, "a+")  # noqa: SIM115  (held until release)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            note = file.read().strip() or "an address not known yet"
            file.close()
            raise EmbeddedError(refusal.format(note=note)) from error
        self._file = file
        self.note("")

    def note(self, text: str) -> None:
        """Tell whoever finds the lock taken."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(text)
            self._file.flush()

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None
