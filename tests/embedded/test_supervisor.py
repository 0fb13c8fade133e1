"""The supervisor: output under names, restarts, and no process left behind, however it ends."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mentoring import run
from mentoring.embedded import EmbeddedError
from mentoring.embedded.processes import started_at
from mentoring.embedded.supervisor import Child, Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
# Two children, one of which has a child of its own that ignores polite requests.
PROGRAM = """
import os, sys
from pathlib import Path
from mentoring.embedded.supervisor import Child, Stopped, Supervisor, stopping_politely
tick = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
stubborn = (
    "import os, signal, subprocess, sys, time\\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\\n"
    "print('pid', os.getpid(), flush=True)\\n"
    "print('pid', inner.pid, flush=True)\\n"
    "time.sleep(600)\\n"
)
children = [
    Child("tick", [sys.executable, "-c", tick]),
    Child("parent", [sys.executable, "-c", stubborn], grace=0.5),
]
try:
    with stopping_politely():
        Supervisor(children, folder=Path(sys.argv[1]), first_pause=0.1).run()
except Stopped:
    print("bye", flush=True)
"""


class Supervised:
    """A supervisor in a process of its own, as a terminal would start it."""

    def __init__(self, folder):
        self.folder = folder
        self.lines = []
        self.process = None
        self.born = {}

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def pids(self, count):
        while len(found := re.findall(r"pid (\d+)", "".join(self.lines))) < count:
            line = self.process.stdout.readline()
            assert line, "".join(self.lines)
            self.lines.append(line)
        self.born |= {int(pid): started_at(int(pid)) for pid in found if int(pid) not in self.born}
        return [int(pid) for pid in found]

    def finish(self):
        self.lines.extend(self.process.stdout)
        return self.process.wait(timeout=10)


@pytest.fixture
def supervised(tmp_path):
    supervised = Supervised(tmp_path / "run")
    yield supervised.start()
    if supervised.process.poll() is None:
        supervised.process.send_signal(signal.SIGTERM)
        supervised.process.wait(timeout=10)
    for pid in re.findall(r"pid (\d+)", "".join(supervised.lines)):
        # Only what a test killed its supervisor over; all else is gone by now.
        if (started := started_at(int(pid))) and started == supervised.born.get(int(pid)):
            os.kill(int(pid), signal.SIGKILL)
    supervised.process.stdout.close()


def all_gone(pids, within=5.0):
    deadline = time.monotonic() + within
    while any(started_at(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_leaves_no_process(supervised, number):
    pids = supervised.pids(3)

    supervised.process.send_signal(number)

    assert supervised.finish() == 0
    assert supervised.lines[-1] == "bye\n"
    assert all_gone(pids)
    assert list(supervised.folder.glob("*.pid")) == []


def test_lines_stand_under_names(supervised):
    pids = supervised.pids(3)

    assert sorted(supervised.lines) == sorted(
        [f"{name} | pid {pid}\n" for name, pid in zip(_names(supervised), pids, strict=True)]
    )
    assert {line.split(" | ")[0] for line in supervised.lines} == {"  tick", "parent"}


def _names(supervised):
    return [line.split(" | ")[0] for line in supervised.lines]


def test_a_child_that_died_is_started_again(supervised):
    pids = supervised.pids(3)
    tick = next(pid for line, pid in zip(supervised.lines, pids, strict=True) if "tick" in line)

    os.kill(tick, signal.SIGKILL)
    new = supervised.pids(4)[-1]

    assert new not in pids
    assert started_at(new)
    assert "  tick | was killed by signal 9; starting again in 0.1 s.\n" in supervised.lines


def test_kill_9_leaves_no_process(supervised):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux ends children with their parent; elsewhere the next start does (tested below)")
    tick, *_ = sorted(supervised.pids(3), key=lambda pid: "tick" not in _line_of(supervised, pid))

    supervised.process.kill()
    supervised.process.wait()

    assert all_gone([tick])


def _line_of(supervised, pid):
    return next(line for line in supervised.lines if line.endswith(f"pid {pid}\n"))


def test_the_next_start_ends_what_a_kill_9_left(supervised):
    # The stubborn one ignores the signal that Linux sends it; elsewhere none is sent.
    left = supervised.pids(3)
    supervised.process.kill()
    supervised.process.wait()
    supervised.process.stdout.close()
    stubborn = [pid for pid in left if "parent" in _line_of(supervised, pid)]
    assert len(stubborn) == 2
    assert all(started_at(pid) for pid in stubborn)

    supervised.lines.clear()
    supervised.start()
    supervised.pids(3)

    assert all_gone(left)


def test_a_child_that_leaves_the_processor_to_others_starts_later(tmp_path):
    began = time.monotonic()
    born = {}
    say = "import time; print('here', flush=True); time.sleep(600)"
    children = [
        Child("late", [sys.executable, "-c", say], delay=1.5),
        Child("early", [sys.executable, "-c", say]),
    ]

    class Heard(io.StringIO):
        def write(self, text):
            if "here" in text:
                born[text.split(" | ")[0].strip()] = time.monotonic() - began
            return len(text)

    def until_both():
        if len(born) == 2 or time.monotonic() - began > 30:
            raise Stopped

    with pytest.raises(Stopped):
        Supervisor(children, folder=tmp_path, out=Heard()).run(meanwhile=until_both)

    assert list(born) == ["early", "late"]
    assert born["late"] >= 1.5


def test_the_greeting_asks_once_and_waits_for_the_answer(tmp_path, capsys):
    (tmp_path / "sign-ins").write_text("Sign in with care\n")
    with socket.create_server(("127.0.0.1", 0)) as web:
        web.settimeout(5)
        greeting = run.Greeting(web.getsockname()[1], "http://localhost:8000/", tmp_path / "sign-ins")
        for _ in range(20):
            greeting()
        client, _address = web.accept()
        web.settimeout(0.1)
        with pytest.raises(TimeoutError):
            web.accept()
        assert capsys.readouterr().out == ""

        # Its web server died over it: it asks another time.
        client.close()
        deadline = time.monotonic() + 10
        web.settimeout(0.01)
        while time.monotonic() < deadline:
            greeting()
            try:
                client, _address = web.accept()
            except TimeoutError:
                continue
            break
        client.sendall(b"HTTP/1.0 200 OK\r\n")
        while not greeting.said and time.monotonic() < deadline:
            greeting()
        greeting()
        client.close()

    assert capsys.readouterr().out == (
        "\nThe platform is running at http://localhost:8000/\n\n"
        "Sign in with care\n\nStop it with Ctrl-C; the data stays.\n\n"
    )


@pytest.fixture
def first_port():
    """A port that is busy, with free ones after it."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_a_busy_port_gives_the_next_free_one(first_port):
    with run.listen(first_port) as listener:
        assert first_port < listener.getsockname()[1] < first_port + 100


@pytest.mark.parametrize("given", ["abc", "70000", "-5", "0", "80.5", "²", "9" * 5000])
def test_a_port_that_is_none_is_one_sentence(tmp_path, monkeypatch, capsys, given):
    monkeypatch.setenv("PORT", given)

    assert run.main(["--data", str(tmp_path / "data")]) == 1

    assert capsys.readouterr() == ("", f'PORT is "{given[:20]}", but a port is a number from 1 to 65535.\n')
    assert not (tmp_path / "data").exists()


def test_the_last_port_is_a_port():
    assert run.port_number("65535") == 65535
    with socket.socket() as busy:
        try:
            busy.bind(("127.0.0.1", 65535))
        except OSError:
            pytest.skip("somebody else has the last port")
        busy.listen()
        with pytest.raises(EmbeddedError, match=r"^All ports from 65535 to 65535 are busy: set PORT\.$"):
            run.listen(65535)


def test_a_second_start_is_told_where_the_first_one_runs(tmp_path):
    lock = run.FolderLock(tmp_path / "run.lock")
    lock.acquire("")
    lock.note("http://127.0.0.1:8017/")

    with pytest.raises(
        EmbeddedError, match=r"^The platform is already running at http://127.0.0.1:8017/; stop that one"
    ):
        run.run(tmp_path, first_port=8000)

    lock.release()


def test_the_secret_stays_the_same_and_is_private(tmp_path):
    secret = run.kept_secret(tmp_path / "secret_key")

    assert run.kept_secret(tmp_path / "secret_key") == secret
    assert len(secret) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
