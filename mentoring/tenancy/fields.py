"""The two foreign keys that tenant tables have: to their organisation, and to each other."""

from typing import Any

from django.conf import settings
from django.db import models

from .scope import current_organisation_id


class OrganisationField(models.ForeignKey):
    """The organisation that a row belongs to; a new row belongs to the one in scope."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(
            to=settings.TENANCY_ORGANISATION_MODEL,
            on_delete=models.PROTECT,
            related_name="+",
            editable=False,
            # The unique (organisation, id) serves as its index.
            db_index=False,
            default=current_organisation_id,
        )
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("to", "on_delete", "related_name", "editable", "db_index", "default"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs


class TenantForeignKey(models.ForeignKey):
    """A reference within one organisation: (organisation_id, x_id) → (organisation_id, id).

    PostgreSQL checks foreign keys without row security, so a plain one could point into another organisation.
    """
