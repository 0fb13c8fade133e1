"""The organisation in whose name code runs, for the ORM and for PostgreSQL at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import django_scopes
from django.apps import apps
from django.conf import settings
from django.db import connection

_organisation_id: ContextVar[int | None] = ContextVar("organisation_id", default=None)
# The whole row, if it was given or has been asked for.
_organisation: ContextVar[Any] = ContextVar("organisation", default=None)


class NoOrganisation(Exception):
    """Tenant data was touched outside an organisation's scope."""


def organisation_in_scope() -> int | None:
    """The id of the organisation in scope, or None."""
    return _organisation_id.get()


def current_organisation_id() -> int:
    """The id of the organisation in scope. Raises NoOrganisation outside one."""
    organisation_id = _organisation_id.get()
    if organisation_id is None:
        raise NoOrganisation("This needs an organisation's scope: wrap it in organisation_scope().")
    return organisation_id


def whole_organisation() -> Any:
    """The organisation in scope, or None; looked up at most once."""
    organisation_id, organisation = _organisation_id.get(), _organisation.get()
    if organisation is None and organisation_id is not None:
        organisation = apps.get_model(settings.TENANCY_ORGANISATION_MODEL)._default_manager.get(pk=organisation_id)
        _organisation.set(organisation)
    return organisation


@contextmanager
def organisation_scope(organisation: Any) -> Iterator[int]:
    """Run the body as one organisation (a model instance or an id): the ORM filters by it and so does the database."""
    organisation_id = int(getattr(organisation, "pk", organisation))
    token = _organisation_id.set(organisation_id)
    whole = _organisation.set(organisation if hasattr(organisation, "pk") else None)
    try:
        with django_scopes.scope(organisation=organisation_id):
            _tell_database()
            yield organisation_id
    finally:
        _organisation_id.reset(token)
        _organisation.reset(whole)
        _tell_database()


def _tell_database() -> None:
    """Carry a change of scope into a transaction that is already open; later ones ask for themselves."""
    if connection.in_atomic_block:
        connection.set_organisation()  # type: ignore[attr-defined]  # of our own backend
