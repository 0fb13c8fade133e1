"""Which function does which kind of job. Apps register theirs in tasks.py, which Celery imports at start."""

from __future__ import annotations

from collections.abc import Callable

Handler = Callable[..., str | None]
Nightly = Callable[[], None]

handlers: dict[str, Handler] = {}
nightly: dict[str, Nightly] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register `handler(progress: Progress, **params) -> str | None` for a kind; what it returns is the closing note.

    It runs in the organisation's scope but outside a transaction, and may run again after a worker died.
    """

    def register(handler: Handler) -> Handler:
        handlers[kind] = handler
        return handler

    return register


def every_night(name: str) -> Callable[[Nightly], Nightly]:
    """Register what each organisation does once in its own night, inside its scope and one transaction."""

    def register(start: Nightly) -> Nightly:
        nightly[name] = start
        return start

    return register

