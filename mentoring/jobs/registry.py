"""Which function does which kind of job. Apps register theirs in tasks.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

Handler = Callable[..., str | None]
# What it returns, such as the job that it started, is of no interest.
Nightly = Callable[[], Any]
# Called with the input that all parts of a job share, and with a function that raises when the job is to go no further.
PartStart = Callable[[bytes, Callable[[], None]], Callable[..., bytes]]

_handlers: dict[str, Handler] = {}
_titles: dict[str, str | Promise] = {}
_nightly: dict[str, Nightly] = {}
_parts: dict[str, PartStart] = {}


def job(kind: str, *, title: str | Promise = "") -> Callable[[Handler], Handler]:
    """Register `handler(progress: Progress, **params) -> str | None` for a kind; what it returns is the closing note.

    It runs in the organisation's scope but outside a transaction, and may run again after a worker died. `title` is what
    people see above the progress bar.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        _titles[kind] = title
        return handler

    return register


def part(kind: str) -> Callable[[PartStart], PartStart]:
    """Register `start(shared, step)` for the parts of a kind of job: it returns the function that does one of them.

    Whoever helps calls it once, and what it returns with the params of each part. See mentoring.jobs.parts.
    """

    def register(start: PartStart) -> PartStart:
        _parts[kind] = start
        return start

    return register


def every_night(name: str) -> Callable[[Nightly], Nightly]:
    """Register what each organisation does once in its own night, inside its scope and one transaction."""

    def register(start: Nightly) -> Nightly:
        _nightly[name] = start
        return start

    return register


def kinds() -> set[str]:
    """Every kind of job that somebody registered."""
    _load()
    return set(_handlers)


def handler(kind: str) -> Handler:
    """The function that does this kind of job. Raises KeyError for a kind that nobody registered."""
    _load()
    return _handlers[kind]


def part_start(kind: str) -> PartStart:
    """What begins the parts of this kind of job. Raises KeyError for a kind that has none."""
    _load()
    return _parts[kind]


def title(kind: str) -> str:
    _load()
    return str(_titles.get(kind) or _("Background work"))


def nightly() -> dict[str, Nightly]:
    """What is done every night, by name, in the order of the apps: whoever asks about a mentorship knows that it rests."""
    _load()
    order = [config.name for config in apps.get_app_configs()]

    def place(named: tuple[str, Nightly]) -> int:
        config = apps.get_containing_app_config(named[1].__module__)
        return order.index(config.name) if config else len(order)

    return dict(sorted(_nightly.items(), key=place))


@cache
def _load() -> None:
    # Celery imports these in workers only; web processes and commands need them as well.
    autodiscover_modules("tasks")
