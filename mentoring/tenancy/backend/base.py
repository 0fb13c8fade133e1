"""PostgreSQL, telling the server at every outermost BEGIN which organisation the transaction works for."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from ..scope import organisation_in_scope
from .schema import TenantSchemaEditor


class ScopeOutsideTransaction(ImproperlyConfigured):
    """A query in an organisation's scope ran outside a transaction, where row security would hide every row."""


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = TenantSchemaEditor
    _is_connecting = False

    def connect(self) -> None:
        # What Django asks a new connection about the server concerns no organisation.
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit and organisation_in_scope() is not None:
            self.set_organisation()

    def set_organisation(self) -> None:
        """Set, for this transaction only, the organisation that row security compares with."""
        # After an error nothing can be set, and need not be: the rollback restores the former value.
        if self.closed_in_transaction or self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            return
        organisation_id = organisation_in_scope()
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.organisation_id', %s, true)",
                ["" if organisation_id is None else str(organisation_id)],
            )

    def _cursor(self, name: str | None = None) -> Any:
        # SET LOCAL lives as long as its transaction: outside one, queries would silently find nothing.
        if organisation_in_scope() is not None and not (self.in_atomic_block or self._is_connecting):
            raise ScopeOutsideTransaction("A query in an organisation's scope must run inside transaction.atomic().")
        return super()._cursor(name)
