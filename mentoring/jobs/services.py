"""Starting, cancelling and running jobs."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import current_organisation_id, organisation_scope
from mentoring.tenancy.statistics import analyse_changed

from . import registry
from .heartbeat import Heartbeat
from .models import Job, JobRun, PendingJob
from .progress import Cancelled, JobError, Progress, Replaced

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 4
# A night's work is made up for until so many hours later, should beat have been down.
NIGHT_LENGTH = 6
# Nobody asks any more what came of a job, or whether a night's work was done.
KEPT = timedelta(days=90)


@transaction.atomic
def start_job(kind: str, *, subject: str, after: timedelta | None = None, **params: Any) -> Job:
    """Ask for a job. While one of this kind and subject is unfinished, that one is returned instead.

    With `after` it begins so much later (minutes at most), so that others can join it.
    """
    registry.handler(kind)
    while True:
        unfinished = Job.objects.unfinished().filter(kind=kind, subject=subject).first()
        if unfinished is not None:
            return unfinished
        try:
            with transaction.atomic():
                job = Job.objects.create(kind=kind, subject=subject, params=params)
            break
        except IntegrityError:
            # Somebody else was faster; theirs is committed by now, and may even be finished.
            continue
    organisation_id, job_id = current_organisation_id(), job.pk
    PendingJob.objects.create(
        job_id=job_id,
        organisation_id=organisation_id,
        send_again_at=timezone.now() + settings.JOB_SILENCE + (after or timedelta()),
    )
    # Should this process die before it is sent, the rescue sends it: the row is what counts.
    later = {"after": after} if after else {}
    transaction.on_commit(lambda: send(organisation_id, job_id, **later), robust=True)
    return job


def send(organisation_id: int, job_id: int, *, after: timedelta | None = None) -> None:
    """Tell the workers that there is a job; telling them twice does no harm."""
    current_app.send_task(
        "mentoring.jobs.tasks.run_job",
        kwargs={"organisation_id": organisation_id, "job_id": job_id},
        countdown=after.total_seconds() if after else None,
    )


@transaction.atomic
def cancel_job(job: Job) -> None:
    """Ask a job to stop. A waiting one stops now, a running one at its next step."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.status == Job.Status.QUEUED:
        job.finish(Job.Status.CANCELLED, note=_("Cancelled before it began."))
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
        with Heartbeat(progress):
            note = registry.handler(job.kind)(progress, **job.params) or ""
    except Replaced:
        logger.info("job %s was taken up by another worker", job_id)
    except Cancelled:
        _close(progress, Job.Status.CANCELLED, note=_("Cancelled. Nothing was changed."))
    except JobError as error:
        _close(progress, Job.Status.FAILED, error=str(error))
    except SoftTimeLimitExceeded:
        logger.exception("job %s (%s) took too long", job_id, job.kind)
        _close(progress, Job.Status.FAILED, error=_("This took too long and was stopped. Nothing was changed."))
    except (OperationalError, InterfaceError):
        # The database went away, or gave way in a deadlock: the rescue gives the job to a worker again.
        logger.exception("job %s (%s) lost its database", job_id, job.kind)
    except Exception:
        logger.exception("job %s (%s) failed", job_id, job.kind)
        _close(progress, Job.Status.FAILED, error=_("Something went wrong on our side. Nothing was changed."))
    else:
        # Most of what writes in bulk is a job; whoever looks at what it wrote shall not wait for the planner to learn of it.
        analyse_changed()
        _close(progress, Job.Status.DONE, note=note)


@transaction.atomic
def _take_up(job_id: int) -> Job | None:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or job.is_finished:
        return None
    now = timezone.now()
    pending = PendingJob.objects.select_for_update().get(job_id=job_id)
    if job.status == Job.Status.RUNNING and pending.heard_at and pending.heard_at > now - settings.JOB_SILENCE:
        return None
    if job.cancel_requested:
        job.finish(Job.Status.CANCELLED, note=_("Cancelled. Nothing was changed."))
        return None
    if job.attempt >= MOST_ATTEMPTS:
        job.finish(Job.Status.FAILED, error=_("This work stopped its worker several times and was set aside."))
        return None
    job.status, job.attempt = Job.Status.RUNNING, job.attempt + 1
    job.save(update_fields=["status", "attempt"])
    pending.heard_at, pending.send_again_at, pending.times_sent = now, now + settings.JOB_SILENCE, 1
    pending.save()
    return job


@transaction.atomic
def _close(progress: Progress, status: str, *, note: str = "", error: str = "") -> None:
    job = Job.objects.select_for_update().get(pk=progress.job_id)
    if job.attempt != progress.attempt:
        return
    if progress.has_written:
        # It was closed together with its results; only what it says of them is missing.
        job.note = note[:300] or job.note
        job.save(update_fields=["note"])
    elif not job.is_finished:
        job.finish(status, note=note, error=error)


@transaction.atomic
def rescue_jobs(*, now: datetime | None = None) -> int:
    """Send again what was never taken up, or whose worker has gone silent. Returns how many."""
    now = now or timezone.now()
    late = PendingJob.objects.select_for_update(skip_locked=True).filter(send_again_at__lte=now)[:500]
    count = 0
    for each in late:
        # Less and less often: most of those that wait only stand in a long queue.
        each.send_again_at = now + settings.JOB_SILENCE * 2 ** min(each.times_sent, 4)
        each.times_sent = min(each.times_sent + 1, 1000)
        each.save(update_fields=["send_again_at", "times_sent"])
        send(each.organisation_id, each.pk)
        count += 1
    return count


@transaction.atomic
def forget_jobs(*, now: datetime | None = None) -> int:
    """Delete the rows of jobs that ended three months ago, and of nights that long gone. Returns how many jobs."""
    before = (now or timezone.now()) - KEPT
    _all, counts = Job.objects.filter(finished_at__lt=before).delete()
    JobRun.objects.filter(started_at__lt=before).delete()
    return counts.get(Job._meta.label, 0)


def start_nightly_jobs(organisations: Any, *, night_hour: int, now: datetime | None = None) -> int:
    """Start what is due for each organisation whose night it is. Running it again, or twice at once, does no harm.

    A night begins at `night_hour` local time; a clock change in it neither skips it nor makes it two.
    """
    now = now or timezone.now()
    started = 0
    for organisation in organisations:
        local = now.astimezone(organisation.zone)
        if not night_hour <= local.hour < night_hour + NIGHT_LENGTH:
            continue
        for name, start in registry.nightly().items():
            try:
                started += _start_once(organisation, name, start, local.date())
            except Exception:
                # One organisation's trouble must not cost the others their night; the next tick tries again.
                logger.exception("nightly %s of organisation %s did not start", name, organisation.pk)
    return started


def _start_once(organisation: Any, name: str, start: registry.Nightly, night: date) -> bool:
    with organisation_scope(organisation), transaction.atomic():
        _run, is_first = JobRun.objects.get_or_create(
            organisation_id=current_organisation_id(), job=name, local_date=night
        )
        if is_first:
            start()
    return is_first
