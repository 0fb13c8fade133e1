"""What a running job tells the page that watches it, and how it hears that it should stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

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
        self.kind = job.kind
        self.organisation_id = job.organisation_id
        self.attempt = job.attempt
        self.has_written = False
        # Told by the heartbeat, on a connection of its own, while a long transaction hides what this one says.
        self.untold: tuple[int, int, str] | None = None
        self._is_writing = False

    def step(self, done: int, total: int, note: str = "") -> None:
        """Say how far it is. Raises Cancelled or Replaced when it should go no further."""
        if self.has_written:
            return
        if self._is_writing:
            self._heed(Job.objects.get(pk=self.job_id))
            self.untold = (done, total, note)
            return
        with transaction.atomic():
            job = self.locked()
            job.done, job.total, job.note = done, total, note[:300] or job.note
            job.save(update_fields=["done", "total", "note"])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction for the results and the end of the job: both or neither.

        It is the last thing that a job does, and it does it once. Cancelling still works inside, at every step.
        """
        if self.has_written:
            raise RuntimeError("A job writes its results once: what comes after would be lost with its worker.")
        with transaction.atomic():
            self._heed(Job.objects.get(pk=self.job_id))
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False
                done, self.untold = self.untold, None
            job = self.locked()
            if done:
                job.total = done[1]
                job.save(update_fields=["total"])
            job.finish(Job.Status.DONE)
        self.has_written = True

    def locked(self) -> Job:
        """The job's row, held until the transaction ends. Raises Cancelled or Replaced."""
        job = Job.objects.select_for_update().get(pk=self.job_id)
        self._heed(job)
        return job

    def _heed(self, job: Job) -> None:
        if job.attempt != self.attempt or job.is_finished:
            raise Replaced
        if job.cancel_requested:
            raise Cancelled


class NoProgress:
    """Takes the place of a Progress where nobody watches, such as in the demo and in tests."""

    def step(self, done: int, total: int, note: str = "") -> None:
        """Nobody asks."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction for the results."""
        with transaction.atomic():
            yield
