"""Tables of tenants are made with their protection: forced row security and references that carry the organisation."""

from typing import Any

from django.db.backends.ddl_references import Columns, Statement, Table
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Model

from ..fields import OrganisationField, TenantForeignKey

# Bare on purpose: any OR, CASE, sub-select or helper function in it costs two orders of magnitude.
POLICY = "organisation_id = nullif(current_setting('app.organisation_id', true), '')::bigint"


def is_tenant_table(model: type[Model]) -> bool:
    return any(isinstance(field, OrganisationField) for field in model._meta.local_fields)


class TenantSchemaEditor(DatabaseSchemaEditor):
    # Inline references name one column only; ours are added as constraints of their own.
    sql_create_column_inline_fk = None

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if not is_tenant_table(model):
            return
        table = self.quote_name(model._meta.db_table)
        names = {
            "table": table,
            "key": self.quote_name(self._create_index_name(model._meta.db_table, ["organisation_id", "id"], "_key")),
        }
        for sql in (
            # What composite references point at, and the index that leads with the organisation.
            "ALTER TABLE %(table)s ADD CONSTRAINT %(key)s UNIQUE (organisation_id, id)",
            "ALTER TABLE %(table)s ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE %(table)s FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY organisation ON %(table)s USING ({POLICY}) WITH CHECK ({POLICY})",
        ):
            self.execute(sql % names)

    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Any:
        if not isinstance(field, TenantForeignKey):
            return super()._create_fk_sql(model, field, suffix)
        target = field.target_field.model._meta.db_table
        referred: str = field.target_field.column
        table = model._meta.db_table
        return Statement(
            self.sql_create_fk,
            table=Table(table, self.quote_name),
            name=self._fk_constraint_name(model, field, suffix),
            column=Columns(table, ["organisation_id", str(field.column)], self.quote_name),
            to_table=Table(target, self.quote_name),
            to_column=Columns(target, ["organisation_id", referred], self.quote_name),
            deferrable=self.connection.ops.deferrable_sql(),
        )
