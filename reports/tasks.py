"""Reports are worked out by workers, and each month without being asked for."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member, Organisation
from accounts.rules import allows
from mentoring.jobs.progress import JobError, Progress
from mentoring.jobs.registry import every_night, job
from mentoring.tenancy.scope import current_organisation_id

from . import snapshots
from .choices import read_key


@job(snapshots.KIND, title=gettext_lazy("Working out who stays"))
def make_snapshot(progress: Progress, *, month: str, key: str, by_id: int | None = None) -> str:
    """Work out what somebody asked for; with nobody, what each month brings."""
    if by_id is not None:
        with transaction.atomic():
            if not allows(Member.objects.get(pk=by_id), "reports.view"):
                raise JobError(_("Whoever asked for this report may no longer read reports."))
    try:
        choice = read_key(date.fromisoformat(month), key)
    except ValueError as error:
        raise JobError(str(error)) from error
    try:
        snapshots.make_snapshot(_organisation(), choice, progress)
    except snapshots.NotYet as error:
        raise JobError(_("The people data does not reach past the end of that month yet.")) from error
    return _("The report is ready.")


@every_night("reports.monthly")
def start_monthly() -> None:
    """On the first night of a month, and on later ones should that have been missed."""
    snapshots.start_monthly(_organisation())


def _organisation() -> Organisation:
    with transaction.atomic():
        return Organisation.objects.get(pk=current_organisation_id())
