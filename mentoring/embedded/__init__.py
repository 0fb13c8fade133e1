"""Starts the bundled PostgreSQL and Valkey, for `make run` and `make test`; knows nothing of Django.

with servers(folder) as env:
    env["DATABASE_URL"], env["DATABASE_OWNER_URL"], env["REDIS_URL"]
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .errors import EmbeddedError
from .postgres import EmbeddedPostgres
from .provisioning import APP, NOT_POSTGRES, OWNER, prepare, provision, require_bound, require_server
from .queue import require_queue
from .valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey", "prepare", "provision", "servers"]


@contextlib.contextmanager
def servers(data_dir: Path | str, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """PostgreSQL and a Redis-protocol server for the length of the block, and the environment that leads to them.

    Servers that DATABASE_URL and REDIS_URL name are used instead. Without DATABASE_OWNER_URL the login in DATABASE_URL
    is an administrator's, and the two roles are made with it.
    """
    with contextlib.ExitStack() as stack:
        yield start_servers(stack, Path(data_dir), durable=durable)[0]


def start_servers(
    stack: contextlib.ExitStack, data_dir: Path, *, durable: bool = True
) -> tuple[dict[str, str], list[EmbeddedPostgres | EmbeddedValkey]]:
    """The same for a supervisor, that also looks after the servers which it got."""
    started: list[EmbeddedPostgres | EmbeddedValkey] = []
    if given := os.environ.get("DATABASE_URL"):
        owner_url, app_url = _outside(given)
    else:
        postgres = stack.enter_context(EmbeddedPostgres(data_dir / "postgres", durable=durable))
        started.append(postgres)
        owner_url, app_url = postgres.url(role=OWNER), postgres.url(role=APP)
    if redis_url := os.environ.get("REDIS_URL"):
        require_queue(redis_url)
    else:
        valkey = stack.enter_context(EmbeddedValkey(data_dir / "valkey", durable=durable))
        started.append(valkey)
        redis_url = valkey.url
    return {"DATABASE_URL": app_url, "DATABASE_OWNER_URL": owner_url, "REDIS_URL": redis_url}, started


def _outside(given: str) -> tuple[str, str]:
    for address in (given, os.environ.get("DATABASE_OWNER_URL", "")):
        try:
            urlsplit(address)
        except ValueError as error:
            raise EmbeddedError(NOT_POSTGRES) from error
    if owner_url := os.environ.get("DATABASE_OWNER_URL"):
        require_bound(given, owner=require_server(owner_url))
        return owner_url, given
    return provision(given)
