"""The base of every model that belongs to an organisation."""

from typing import Any

from django.db import models
from django_scopes import ScopedManager

from .fields import OrganisationField, TenantForeignKey

__all__ = ["TenantForeignKey", "TenantModel", "tenant_manager"]


def tenant_manager(queryset: type[models.QuerySet] = models.QuerySet) -> Any:
    """A manager that refuses to query outside an organisation's scope and filters by it inside."""
    return ScopedManager(_manager_class=models.Manager.from_queryset(queryset), organisation="organisation_id")


class TenantModel(models.Model):
    """A row of one organisation. The schema editor gives its table row security and its references the organisation."""

    organisation = OrganisationField()

    objects = tenant_manager()

    class Meta:
        abstract = True
