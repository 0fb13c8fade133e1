"""What `make run` starts: servers, migrations, demo data, then web, worker, beat and outbox until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mentoring.embedded import EmbeddedError, start_servers
from mentoring.embedded.processes import FolderLock, guarded, make_folder, require_space, write_private
from mentoring.embedded.supervisor import Child, Stopped, Supervisor, stopping_politely

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# What people type: browsers allow passkeys without TLS on this name only.
NAME = "localhost"
FIRST_PORT = 8000
PORTS_TO_TRY = 100
# Somebody waits for the first page; each of the others takes a processor for two seconds when it starts.
LATER = 3.0
LAST_PORT = 65_535
MANAGE = (sys.executable, "manage.py")
OWNER = {"DATABASE_AS": "owner"}
# What bring_up ends with when the database is empty.
NO_ORGANISATION = 3


def main(arguments: list[str] | None = None) -> int:
    """Run everything, or with `manage` one management command beside the same servers."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="where data is kept")
    parser.add_argument("--port", default=os.environ.get("PORT") or str(FIRST_PORT))
    parser.add_argument("--throwaway", action="store_true", help="a management command on servers that keep nothing")
    parser.add_argument("manage", nargs="*", help="a management command to run instead, after `--`")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    try:
        with stopping_politely():
            if options.throwaway:
                with tempfile.TemporaryDirectory(prefix="mentoring-") as folder:
                    return manage_only(Path(folder), options.manage, durable=False)
            if options.manage:
                return manage_only(options.data.absolute(), options.manage)
            run(options.data.absolute(), first_port=port_number(options.port))
    except Stopped:
        print("Stopped.", flush=True)
        return 0
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("The disk is full; make room and start again.", file=sys.stderr)
        return 1
    return 0


def run(data: Path, *, first_port: int) -> None:
    """The whole platform, until `Stopped`."""
    make_folder(data)
    lock = FolderLock(data / "run.lock")
    lock.acquire("The platform is already running at {note}; stop that one first, with Ctrl-C in its window.")
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        listener = stack.enter_context(listen(first_port))
        port = listener.getsockname()[1]
        address = f"http://{NAME}:{port}/"
        lock.note(address)
        if port != first_port:
            print(f"Port {first_port} is busy, so this uses {port}.", flush=True)
        require_space(data, 100)
        print("Starting the database and the queue …", flush=True)
        addresses, started = start_servers(stack, data)
        environment = environment_for(data, addresses, site_url=address)
        sign_ins = make_folder(data / "run") / "sign-ins"
        sign_ins.unlink(missing_ok=True)
        prepare(environment, sign_ins)
        supervisor = Supervisor(
            children(data, listener.fileno()), folder=data / "run", environment=environment, servers=started
        )
        supervisor.run(meanwhile=Greeting(port, address, sign_ins))


def manage_only(data: Path, command: list[str], *, durable: bool = True) -> int:
    """One management command, with the servers up for as long as it takes."""
    make_folder(data)
    lock = FolderLock(data / "run.lock")
    lock.acquire("The platform is running at {note}; stop it first, with Ctrl-C in its window.")
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        addresses, _ = start_servers(stack, data, durable=durable)
        environment = environment_for(data, addresses, site_url=f"http://{NAME}:{FIRST_PORT}/")
        if durable:
            manage(environment, "migrate", "--verbosity=0", as_owner=True)
        return call(environment, *command)


def port_number(given: str) -> int:
    """The port that PORT names."""
    if not (given.isascii() and given.isdigit() and len(given) < 20 and 1 <= int(given) <= LAST_PORT):
        raise EmbeddedError(f'PORT is "{given[:20]}", but a port is a number from 1 to {LAST_PORT}.')
    return int(given)


def listen(first_port: int) -> socket.socket:
    """A listening socket on the first port that is free; the web server inherits it, so nobody can take it between."""
    last_port = min(first_port + PORTS_TO_TRY - 1, LAST_PORT)
    for port in range(first_port, last_port + 1):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(256)
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        return listener
    raise EmbeddedError(f"All ports from {first_port} to {last_port} are busy: set PORT.")


def environment_for(data: Path, addresses: dict[str, str], *, site_url: str) -> dict[str, str]:
    """What every child finds in its environment."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "mentoring.settings.dev",
        "SECRET_KEY": kept_secret(data / "secret_key"),
        "NOTES_KEY": kept_secret(data / "notes_key"),
        "SITE_URL": site_url,
        "DEV_MAIL_DIR": str(data / "mail"),
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | os.environ | addresses


def kept_secret(path: Path) -> str:
    """A random secret, the same at every start."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def prepare(environment: dict[str, str], sign_ins: Path) -> None:
    """Bring the database up to date, the first time fill it, and write down who can sign in."""
    print("Bringing the database up to date …", flush=True)
    if not has_command("bring_up"):
        manage(environment, "migrate", "--verbosity=0", as_owner=True)
        return
    bring_up = ("bring_up", "--sign-ins", str(sign_ins))
    code = call(environment | OWNER, *bring_up)
    if code == NO_ORGANISATION:
        print("Building demo data, this first time, which takes a minute or two …", flush=True)
        manage(environment, "demo", "--if-empty")
        manage(environment, *bring_up, as_owner=True)
    elif code != 0:
        raise failed(*bring_up)


def manage(environment: dict[str, str], *command: str, as_owner: bool = False) -> None:
    """Run a management command that must succeed; its own output tells why when it fails."""
    if call(environment | (OWNER if as_owner else {}), *command) != 0:
        raise failed(*command)


def failed(*command: str) -> EmbeddedError:
    return EmbeddedError(f"`manage.py {' '.join(command)}` failed; what it said stands above.")


def call(environment: dict[str, str], *command: str) -> int:
    """Run a management command that ends when we do; its exit code."""
    guard = guarded([*MANAGE, *command], folder=ROOT, stop_signal=signal.SIGTERM)
    return subprocess.run(guard, env=environment, check=False).returncode


def has_command(name: str) -> bool:
    """Whether an app of ours brings a management command, without starting Django to ask."""
    return any(ROOT.glob(f"*/management/commands/{name}.py")) or any(
        ROOT.glob(f"mentoring/*/management/commands/{name}.py")
    )


def children(data: Path, listener: int) -> list[Child]:
    """Web, worker, beat and outbox delivery."""
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "mentoring")
    # Root is warned at every start; in production the worker is not root, and here nothing else can be done.
    quiet = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
    web = (
        *(sys.executable, "-m", "gunicorn", "mentoring.wsgi:application"),
        *("--bind", f"fd://{listener}", "--workers", "2", "--threads", "4"),
        # It would open one in the home folder.
        "--no-control-socket",
        *("--worker-tmp-dir", str(make_folder(data / "run"))),
        *("--log-level", "warning"),
    )
    found = [
        Child("web", web, files=(listener,)),
        Child(
            "worker", (*celery, "worker", "--concurrency", "2", "--loglevel", "warning"), quiet, grace=20, delay=LATER
        ),
        Child(
            "beat",
            (*celery, "beat", "-s", str(data / "beat-schedule"), "--pidfile=", "--loglevel", "warning"),
            delay=LATER,
        ),
    ]
    if has_command("deliver_outbox"):
        found.append(Child("outbox", (*MANAGE, "deliver_outbox"), delay=LATER))
    return found


class Greeting:
    """Prints the address and the sign-ins, once, as soon as the first page is served."""

    def __init__(self, port: int, address: str, sign_ins: Path) -> None:
        self.port = port
        self.address = address
        self.sign_ins = sign_ins
        self.said = False
        self.next_try = 0.0
        self.asked: socket.socket | None = None

    def __call__(self) -> None:
        if self.said or not self._is_answered():
            return
        self.said = True
        print(f"\nThe platform is running at {self.address}\n", flush=True)
        if self.sign_ins.exists():
            print(self.sign_ins.read_text(), flush=True)
        print("Stop it with Ctrl-C; the data stays.\n", flush=True)

    def _is_answered(self) -> bool:
        """The socket accepts before the web server reads from it, so ask once and look now and then for the answer."""
        try:
            if self.asked is None:
                if time.monotonic() < self.next_try:
                    return False
                self.next_try = time.monotonic() + 0.5
                self.asked = socket.create_connection((HOST, self.port), timeout=3)
                self.asked.sendall(f"GET /healthz HTTP/1.0\r\nHost: {HOST}:{self.port}\r\n\r\n".encode())
            if not select.select([self.asked], [], [], 0)[0]:
                return False
            said = self.asked.recv(12)
        except OSError:
            said = b""
        if self.asked is not None:
            self.asked.close()
            self.asked = None
        return said.startswith(b"HTTP/1.")


if __name__ == "__main__":
    sys.exit(main())
