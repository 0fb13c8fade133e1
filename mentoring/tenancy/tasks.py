"""Celery tasks that work for one organisation."""

from typing import Any

from celery import Task
from django.db import transaction

from .scope import NoOrganisation, organisation_scope


class TenantTask(Task):
    """Runs inside the scope of the organisation whose id it was sent, in one transaction; refuses to run without.

    A task that commits as it goes says `atomic=False` and opens its own transactions.
    """

    abstract = True
    atomic = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        organisation_id = kwargs.get("organisation_id")
        if organisation_id is None:
            raise NoOrganisation(f"{self.name} needs organisation_id.")
        with organisation_scope(organisation_id):
            if not self.atomic:
                return self.run(*args, **kwargs)
            with transaction.atomic():
                return self.run(*args, **kwargs)
