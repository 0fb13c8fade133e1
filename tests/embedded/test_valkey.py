"""The bundled Valkey, and both servers together."""

import os
import signal
import socket

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mentoring import embedded
from mentoring.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey, servers, valkey
from mentoring.embedded.processes import started_at
from mentoring.embedded.provisioning import OWNER
from mentoring.embedded.queue import require_queue


def test_what_is_queued_survives_a_restart_and_a_kill(tmp_path):
    with EmbeddedValkey(tmp_path / "data") as first:
        redis.from_url(first.url).rpush("queue", "one")
        pid = first.process.pid
    assert started_at(pid) is None

    with EmbeddedValkey(tmp_path / "data") as second:
        client = redis.from_url(second.url)
        client.rpush("queue", "two")
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait()
        assert second.revive() is True
        assert redis.from_url(second.url).lrange("queue", 0, -1) == [b"one", b"two"]


def test_nobody_enters_without_the_password(tmp_path):
    with EmbeddedValkey(tmp_path / "data", durable=False) as server:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=server.port, retry=Retry(NoBackoff(), 0)).ping()

        assert redis.from_url(server.url).ping() is True
        assert (server.folder / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_a_port_taken_at_the_last_moment_is_replaced(tmp_path, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        find, offers = valkey.free_port, [other.getsockname()[1]]
        monkeypatch.setattr(valkey, "free_port", lambda: offers.pop() if offers else find())

        with EmbeddedValkey(tmp_path / "data", durable=False) as server:
            assert server.port != other.getsockname()[1]
            assert redis.from_url(server.url).ping() is True


def test_a_second_launcher_is_refused(tmp_path):
    with EmbeddedValkey(tmp_path / "data", durable=False) as server:
        with pytest.raises(EmbeddedError, match="Another process already uses the queue"):
            EmbeddedValkey(tmp_path / "data").start()

        assert redis.from_url(server.url).ping() is True


@pytest.fixture
def nothing_set(monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_one_call_brings_both(tmp_path, nothing_set):
    with servers(tmp_path, durable=False) as env:
        assert set(env) == {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}
        assert env["DATABASE_URL"].startswith("postgresql://mentoring_app:")
        assert env["DATABASE_OWNER_URL"].startswith("postgresql://mentoring_owner:")
        assert redis.from_url(env["REDIS_URL"]).ping() is True


def test_servers_of_ones_own_are_used(tmp_path, nothing_set, monkeypatch):
    with (
        EmbeddedPostgres(tmp_path / "outside", durable=False) as outside,
        EmbeddedValkey(tmp_path / "queue", durable=False) as queue,
    ):
        monkeypatch.setenv("REDIS_URL", queue.url)
        monkeypatch.setenv("DATABASE_URL", outside.url("scheme", "postgres"))
        with servers(tmp_path / "data") as env:
            assert env["DATABASE_URL"].startswith("postgresql://mentoring_app:")
            assert "/scheme?" in env["DATABASE_OWNER_URL"]
            assert env["REDIS_URL"] == queue.url
            made = env

        # With both addresses given there is nothing to make.
        monkeypatch.setenv("DATABASE_URL", made["DATABASE_URL"])
        monkeypatch.setenv("DATABASE_OWNER_URL", made["DATABASE_OWNER_URL"])
        with servers(tmp_path / "data") as env:
            assert env == made
        assert OWNER in made["DATABASE_OWNER_URL"]
        assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("redis://127.0.0.1:1/0", r"^The queue in REDIS_URL cannot be used: Error 111 .*refused\.$"),
        ("unix:///nowhere/queue.sock?db=0", r"^The queue in REDIS_URL cannot be used: .*No such file or directory\.$"),
        ("http://:hidden@queue.example", r"^REDIS_URL is not the address of a Redis-protocol server: it looks like"),
        ("redis://:hidden@queue.example:port/0", r"^REDIS_URL is not the address of a Redis-protocol server: it looks"),
        ("redis://:hid[den@queue.example/0", r"^REDIS_URL is not the address of a Redis-protocol server: it looks"),
        ("queue.example", r"^REDIS_URL is not the address of a Redis-protocol server: it looks"),
    ],
)
def test_an_absent_queue_is_one_sentence(tmp_path, monkeypatch, address, said):
    monkeypatch.setenv("REDIS_URL", address)
    monkeypatch.setattr(embedded, "_outside", lambda given: (given, given))
    monkeypatch.setenv("DATABASE_URL", "postgresql:///elsewhere")

    with pytest.raises(EmbeddedError, match=said) as error, servers(tmp_path):
        pass

    assert "hid" not in str(error.value)


def test_a_queue_with_another_password_is_one_sentence(tmp_path):
    with EmbeddedValkey(tmp_path / "data", durable=False) as server:
        require_queue(server.url)

        with pytest.raises(EmbeddedError, match=r"^The queue in REDIS_URL cannot be used: .*password.*\.$"):
            require_queue(f"redis://:guess@127.0.0.1:{server.port}/0")
