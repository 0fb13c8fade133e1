"""Starting, cancelling and running jobs."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from . import registry
from .models import Job, JobRun, PendingJob
from .progress import Cancelled, JobError, Progress, Replaced

logger = logging.getLogger(__name__)

# A job without a sign of life for so long is given to another worker.
SILENCE = timedelta(seconds=60)
MOST_ATTEMPTS = 4


@transaction.atomic
def start_job(kind: str, *, subject: str, **params: Any) -> Job:
    """Ask for a job. While one of this kind and subject is unfinished, that one is returned instead."""
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, subject=subject, params=params)
    except IntegrityError:
        return Job.objects.unfinished().get(kind=kind, subject=subject)
    PendingJob.objects.create(
        job_id=job.pk, organisation_id=job.organisation_id, send_again_at=timezone.now() + SILENCE
    )
    # Should this process die before it is sent, the rescue sends it: the row is what counts.
    organisation_id = job.organisation_id
    transaction.on_commit(lambda: send(organisation_id, job.pk), robust=True)
    return job


def send(organisation_id: int, job_id: int) -> None:
    current_app.send_task(
        "mentoring.jobs.tasks.run_job", kwargs={"organisation_id": organisation_id, "job_id": job_id}
    )


@transaction.atomic
def cancel_job(job: Job) -> None:
    """Ask a job to stop. A waiting one stops now, a running one at its next step."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.status == Job.Status.QUEUED:
        _finish(job, Job.Status.CANCELLED, note=_("Cancelled before it began."))
    elif job.status == Job.Status.RUNNING:
        job.cancel_requested = True
        job.save(update_fields=["cancel_requested"])


def run_job(job_id: int) -> None:
    """Take up a job and do it. Returns at once when it is finished or another worker is at it."""
    job = _take_up(job_id)
    if job is None:
        return
    progress = Progress(job)
    try:
        note = registry.handlers[job.kind](progress, **job.params) or ""
    except Replaced:
        logger.info("job %s was taken up by another worker", job_id)
    except Cancelled:
        _close(progress, Job.Status.CANCELLED, note=_("Cancelled. Nothing was changed."))
    except JobError as error:
        _close(progress, Job.Status.FAILED, error=str(error))
    except Exception:
        logger.exception("job %s (%s) failed", job_id, job.kind)
        _close(progress, Job.Status.FAILED, error=_("Something went wrong on our side. Nothing was changed."))
    else:
        _close(progress, Job.Status.DONE, note=note)


@transaction.atomic
def _take_up(job_id: int) -> Job | None:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or job.is_finished:
        return None
    now = timezone.now()
    if job.status == Job.Status.RUNNING and job.heartbeat_at and job.heartbeat_at > now - SILENCE:
        return None
    if job.attempt >= MOST_ATTEMPTS:
        _finish(job, Job.Status.FAILED, error=_("This work stopped its worker several times and was set aside."))
        return None
    job.status, job.attempt, job.heartbeat_at = Job.Status.RUNNING, job.attempt + 1, now
    job.save(update_fields=["status", "attempt", "heartbeat_at"])
    return job


@transaction.atomic
def _close(progress: Progress, status: str, *, note: str = "", error: str = "") -> None:
    job = Job.objects.select_for_update().get(pk=progress.job_id)
    if job.attempt == progress.attempt and not job.is_finished:
        _finish(job, status, note=note, error=error)


def _finish(job: Job, status: str, *, note: str = "", error: str = "") -> None:
    job.status, job.finished_at, job.error = status, timezone.now(), error
    job.note = note or job.note
    if status == Job.Status.DONE:
        job.done = job.total
    job.save(update_fields=["status", "finished_at", "note", "error", "done"])
    PendingJob.objects.filter(job_id=job.pk).delete()


@transaction.atomic
def rescue_jobs(*, now: datetime | None = None) -> int:
    """Send again what was never taken up, or whose worker has gone silent. Returns how many."""
    now = now or timezone.now()
    late = list(PendingJob.objects.select_for_update(skip_locked=True).filter(send_again_at__lte=now)[:500])
    PendingJob.objects.filter(pk__in=[each.pk for each in late]).update(send_again_at=now + SILENCE)
    for each in late:
        send(each.organisation_id, each.pk)
    return len(late)


def start_nightly_jobs(organisations: Any, *, night_hour: int, now: datetime | None = None) -> int:
    """Start what is due for each organisation whose night it is. Running it again, or twice at once, does no harm.

    A night begins at `night_hour` local time and is made up for until six hours later, should beat have been down.
    """
    now = now or timezone.now()
    started = 0
    for organisation in organisations:
        local = now.astimezone(organisation.zone)
        if not night_hour <= local.hour < night_hour + 6:
            continue
        with organisation_scope(organisation):
            for name, start in registry.nightly.items():
                with transaction.atomic():
                    _run, is_first = JobRun.objects.get_or_create(
                        organisation_id=current_organisation_id(), job=name, local_date=local.date()
                    )
                    if is_first:
                        start()
                        started += 1
    return started

