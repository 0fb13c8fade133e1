"""Taking a whole organisation out of the database."""

from typing import Any

from django.apps import apps
from django.db import connection, transaction

from .models import TenantModel
from .scope import organisation_scope


@transaction.atomic
def erase_organisation(organisation: Any) -> None:
    """Delete an organisation with every row that belongs to it. Users stay: they may belong to others."""
    with organisation_scope(organisation), connection.cursor() as cursor:
        # References are checked at the commit, so the order of the tables doesn't matter.
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {table} WHERE organisation_id = %s", [organisation.pk])  # noqa: S608  (a table's own name)
    organisation.delete()
