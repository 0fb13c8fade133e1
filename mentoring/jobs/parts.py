"""The work of one job in parts that any number of workers share.

The worker of the job lays the parts out as rows, asks others to help, and does parts itself until none is left; so one
worker alone finishes as well. Whoever does a part claims it for a while and renews the claim; the part of a killed one
is free again when its claim has passed. The rows outlive the job's worker: whoever takes the job up goes on with the
results that are there. They go when the job ends.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from . import registry
from .models import Job, JobPart
from .progress import Cancelled, Progress

logger = logging.getLogger(__name__)

# More workers than these are not asked to help with one job, so that others find workers too.
MOST_HELPERS = 8
# How often the job's worker looks whether others have finished what it waits for.
PAUSE = 0.2
# The row that holds the input; the parts count from 1.
SHARED = 0


def shared_input(progress: Progress) -> bytes | None:
    """What an earlier worker of this job laid out for its parts, or None where none got so far."""
    with transaction.atomic():
        row = JobPart.objects.filter(job_id=progress.job_id, number=SHARED).first()
    return None if row is None else bytes(row.result or b"")


def share_parts(
    progress: Progress, *, shared: bytes, params: Sequence[Mapping[str, Any]], note: str = ""
) -> list[bytes]:
    """Do a job's parts together with whoever helps, and return their results in order.

    shared  what every part reads; where an earlier worker laid parts out, theirs count: see `shared_input`
    params  for each part what its function is called with
    Runs outside a transaction. Raises Cancelled, Replaced, and whatever a part raises.
    """
    _lay_out(progress, shared, params)
    _ask_for_help(progress, min(len(params) - 1, MOST_HELPERS))
    rows = JobPart.objects.filter(job_id=progress.job_id, number__gt=SHARED)

    def look() -> int:
        with transaction.atomic():
            open_parts = rows.filter(finished_at__isnull=True).count()
        progress.step(len(params) - open_parts, len(params), note)
        return open_parts

    do = registry.part_start(progress.kind)(shared, partial(_go_on, progress.job_id))
    with _Claim(progress.job_id) as claim:
        while look():
            if not claim.do_one(do):
                time.sleep(PAUSE)
    with transaction.atomic():
        return [bytes(result or b"") for result in rows.order_by("number").values_list("result", flat=True)]


def help_job(job_id: int) -> int:
    """Do parts of a job until none is free. Returns how many were done."""
    done = 0
    try:
        with transaction.atomic():
            job = _heed(job_id)
            row = JobPart.objects.filter(job=job, number=SHARED).first()
        if row is None:
            return done
        do = registry.part_start(job.kind)(bytes(row.result or b""), partial(_go_on, job_id))
        with _Claim(job_id) as claim:
            while claim.do_one(do):
                done += 1
                _heed(job_id)
    except Cancelled:
        logger.info("job %s goes no further, nor does who helped", job_id)
    except Exception:
        # The job's own worker meets the same and tells it, or doesn't and goes on.
        logger.exception("helping with job %s failed", job_id)
    return done


def _lay_out(progress: Progress, shared: bytes, params: Sequence[Mapping[str, Any]]) -> None:
    with transaction.atomic():
        progress.locked()
        if JobPart.objects.filter(job_id=progress.job_id).exists():
            return
        JobPart.objects.create(job_id=progress.job_id, number=SHARED, result=shared, finished_at=timezone.now())
        JobPart.objects.bulk_create(
            JobPart(job_id=progress.job_id, number=number, params=dict(each))
            for number, each in enumerate(params, start=SHARED + 1)
        )


def _ask_for_help(progress: Progress, helpers: int) -> None:
    ids = {"organisation_id": current_organisation_id(), "job_id": progress.job_id}
    for _each in range(helpers):
        try:
            current_app.send_task("mentoring.jobs.tasks.help_job", kwargs=ids)
        except BrokerError as error:
            logger.warning("nobody could be asked to help with job %s: %s", progress.job_id, type(error).__name__)
            return


def _heed(job_id: int) -> Job:
    """The job, while it runs and nobody asked for it to stop; else raises Cancelled."""
    with transaction.atomic():
        job: Job | None = Job.objects.filter(pk=job_id, status=Job.Status.RUNNING, cancel_requested=False).first()
    if job is None:
        raise Cancelled
    return job


def _go_on(job_id: int) -> None:
    _heed(job_id)


class _Claim:
    """Claims one part after the other, and renews the claim from a thread and a connection of its own."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._organisation_id = current_organisation_id()
        self._part_id: int | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"claim on parts of job {job_id}", daemon=True)

    def __enter__(self) -> _Claim:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def do_one(self, do: Callable[..., bytes]) -> bool:
        """Do a part that nobody has claimed, or whose claim has passed. False when there is none."""
        part = self._next()
        if part is None:
            return False
        self._part_id = part.pk
        try:
            result = do(**part.params)
        except BaseException:
            with transaction.atomic():
                self._unfinished(part.pk).update(claimed_until=None)
            raise
        finally:
            self._part_id = None
        with transaction.atomic():
            # Another may have done it meanwhile, or the job has ended and its parts are gone.
            self._unfinished(part.pk).update(result=result, finished_at=timezone.now())
        return True

    def _next(self) -> JobPart | None:
        now = timezone.now()
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
        with transaction.atomic():
            part: JobPart | None = (
                JobPart.objects.select_for_update(skip_locked=True)
                .filter(free, job_id=self._job_id, finished_at__isnull=True)
                .defer("result")
                .order_by("number")
                .first()
            )
            if part is not None:
                part.claimed_until = now + settings.JOB_SILENCE
                part.save(update_fields=["claimed_until"])
        return part

    def _run(self) -> None:
        try:
            while not self._ended.wait(settings.JOB_SILENCE.total_seconds() / 4):
                part_id = self._part_id
                if part_id is None:
                    continue
                try:
                    with organisation_scope(self._organisation_id), transaction.atomic():
                        self._unfinished(part_id).update(claimed_until=timezone.now() + settings.JOB_SILENCE)
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("claim on a part of job %s: %s", self._job_id, type(error).__name__)
                    connection.close()
        finally:
            connection.close()

    def _unfinished(self, part_id: int) -> Any:
        return JobPart.objects.filter(pk=part_id, job_id=self._job_id, finished_at__isnull=True)
