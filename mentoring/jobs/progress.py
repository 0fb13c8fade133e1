"""What a running job tells the page that watches it, and how it hears that it should stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from .models import Job


class Cancelled(Exception):
    """Somebody asked for the job to stop."""


class Replaced(Exception):
    """Another worker has taken the job up; this one must write nothing more."""


class JobError(Exception):
    """The job can't be done; the message is a sentence for whoever started it."""


class Progress:
    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.attempt = job.attempt

    def step(self, done: int, total: int, note: str = "") -> None:
        """Say how far it is. Raises Cancelled or Replaced when it should go no further."""
        with transaction.atomic():
            job = self._locked()
            job.done, job.total, job.heartbeat_at = done, total, timezone.now()
            job.note = note or job.note
            job.save(update_fields=["done", "total", "note", "heartbeat_at"])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction for the results: nobody else runs this job meanwhile, and cancelling waits."""
        with transaction.atomic():
            self._locked()
            yield

    def _locked(self) -> Job:
        job = Job.objects.select_for_update().get(pk=self.job_id)
        if job.attempt != self.attempt or job.is_finished:
            raise Replaced
        if job.cancel_requested:
            raise Cancelled
        return job
