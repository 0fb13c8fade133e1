"""Shows that the process of a job is alive, from a thread and a connection of its own."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from mentoring.tenancy.scope import organisation_scope

from .models import Job, JobQuerySet, PendingJob
from .progress import Progress

logger = logging.getLogger(__name__)
# How often to look whether there is progress to tell.
TICK = 1.0


class Heartbeat:
    """Beats while the `with` block runs, however long one step of the work takes; a killed process beats no more."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat of job {progress.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        between = settings.JOB_SILENCE.total_seconds() / 4
        waited, tick = 0.0, min(TICK, between)
        try:
            while not self._ended.wait(tick):
                waited += tick
                try:
                    self._tell()
                    if waited >= between:
                        waited = 0.0
                        self._beat()
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("heartbeat of job %s: %s", self.progress.job_id, type(error).__name__)
                    connection.close()
        finally:
            connection.close()

    def _beat(self) -> None:
        now = timezone.now()
        with organisation_scope(self.progress.organisation_id), transaction.atomic():
            # One that was replaced, and hasn't noticed yet, must not vouch for the other.
            if self._mine().exists():
                PendingJob.objects.filter(job_id=self.progress.job_id).update(
                    heard_at=now, send_again_at=now + settings.JOB_SILENCE, times_sent=1
                )

    def _tell(self) -> None:
        told, self.progress.untold = self.progress.untold, None
        if told is None:
            return
        done, total, note = told
        with organisation_scope(self.progress.organisation_id), transaction.atomic():
            self._mine().update(done=done, total=total, **({"note": note[:300]} if note else {}))

    def _mine(self) -> JobQuerySet:
        running: JobQuerySet = Job.objects.filter(status=Job.Status.RUNNING)
        return running.filter(pk=self.progress.job_id, attempt=self.progress.attempt)
