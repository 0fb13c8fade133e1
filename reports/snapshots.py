"""Published figures are made once for each month and choice, by a worker, and never again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress, Progress
from mentoring.jobs.services import cancel_job, start_job
from mentoring.tenancy.scope import current_organisation_id

from . import emails, retention
from .choices import Choice, last_full_month
from .models import Download, ReportRecipient, ReportSettings, Snapshot
from .published import VERSION

KIND = "reports.snapshot"
STEPS = 4


def find_snapshot(choice: Choice) -> Snapshot | None:
    return Snapshot.objects.filter(month=choice.month, key=choice.key).first()


def latest_snapshot() -> Snapshot | None:
    """The newest report on everybody, as it is shown where nothing was chosen."""
    return Snapshot.objects.filter(key=Choice(date.min).key).first()


def subject_of(choice: Choice) -> str:
    return f"{choice.month:%Y-%m} {hashlib.sha256(choice.key.encode()).hexdigest()[:32]}"


def unfinished_job(choice: Choice) -> Job | None:
    return Job.objects.unfinished().filter(kind=KIND, subject=subject_of(choice)).first()


def last_failure(choice: Choice) -> Job | None:
    """The job of this choice that came to nothing, if it was the last."""
    last = Job.objects.filter(kind=KIND, subject=subject_of(choice)).order_by("-pk").first()
    return last if last and last.status in (Job.Status.FAILED, Job.Status.CANCELLED) else None


def start_snapshot(choice: Choice, *, by: Member | None) -> Job:
    """Ask a worker for the figures of a choice."""
    return start_job(
        KIND, subject=subject_of(choice), month=choice.month.isoformat(), key=choice.key, by_id=by.pk if by else None
    )


def stop_snapshot(job: Job) -> None:
    """Stop a report that is being worked out; nothing is kept of it."""
    cancel_job(job)


def make_snapshot(organisation: Organisation, choice: Choice, progress: Progress | NoProgress) -> Snapshot:
    """Work the figures of a choice out and keep them, unless that has been done already."""

    def step(done: int, note: str) -> None:
        progress.step(done, STEPS, note)

    with transaction.atomic():
        found = find_snapshot(choice)
        published = found.published if found else None
    if published is None:
        step(0, _("Reading who worked here, and who took part"))
        with transaction.atomic():
            facts = retention.read_facts(organisation, choice)
        published = retention.work_out(choice, facts, step=step)
    with progress.writing():
        snapshot, is_new = Snapshot.objects.get_or_create(
            organisation_id=current_organisation_id(),
            month=choice.month,
            key=choice.key,
            defaults={"published": published, "version": VERSION},
        )
        if is_new and choice.is_default:
            emails.tell_recipients(snapshot)
    return snapshot


def start_monthly(organisation: Organisation) -> Job | None:
    """Begin the report of the month that is over, once."""
    today = timezone.now().astimezone(organisation.zone).date()
    choice = Choice(last_full_month(today))
    return None if find_snapshot(choice) else start_snapshot(choice, by=None)


@transaction.atomic
def log_download(snapshot: Snapshot, *, format: str, purpose: str, by: Member) -> Download:
    """Write down who takes which figures away, and what for."""
    return Download.objects.create(
        snapshot=snapshot, by=by, by_name=by.name[:210], format=format, purpose=purpose[:200]
    )  # fmt: skip


def downloads() -> Any:
    return Download.objects.select_related("snapshot", "by").defer("snapshot__published")


@transaction.atomic
def save_settings(settings: ReportSettings, *, recipients: Iterable[Member]) -> None:
    """Keep how an organisation wants its reports, and who is told of them each month."""
    settings.save()
    wanted = {member.pk for member in recipients}
    ReportRecipient.objects.exclude(member_id__in=wanted).delete()
    there = set(ReportRecipient.objects.values_list("member_id", flat=True))
    ReportRecipient.objects.bulk_create(ReportRecipient(member_id=pk) for pk in sorted(wanted - there))
