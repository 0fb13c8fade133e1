"""What this app does in the background, and at night."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mentoring.jobs.progress import Progress
from mentoring.jobs.registry import every_night, job

from . import imports, services
from .models import PeopleImport


@job("accounts.plan_import", title=_("Reading the file"))
def plan_import(progress: Progress, *, people_import_id: int) -> str:
    """Make the preview of an import."""
    return imports.plan_import(_import(people_import_id), progress)


@job("accounts.apply_import", title=_("Writing the rows"))
def apply_import(progress: Progress, *, people_import_id: int) -> str:
    """Write a confirmed import."""
    return imports.apply_import(_import(people_import_id), progress)


def _import(pk: int) -> Any:
    with transaction.atomic():
        return PeopleImport.objects.light().get(pk=pk)


@every_night("accounts.forget_imports")
def forget_imports() -> None:
    """Uploaded files are personal data, and nobody's for ever."""
    imports.forget_imports()


@every_night("accounts.close_accesses")
def close_accesses() -> None:
    """Those whose last day is over can enter no more."""
    services.close_accesses()
