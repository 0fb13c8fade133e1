"""Long work as rows: asked for in the caller's transaction, done by a worker, watched and cancelled from a page."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from . import registry


class JobQuerySet(models.QuerySet):
    def unfinished(self) -> JobQuerySet:
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])


class Job(TenantModel):
    """One piece of work that may take longer than a request."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting for a worker")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(max_length=60)
    # What it works on, so that the same work isn't started twice at once.
    subject = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # What it is doing now, or what came of it, in a sentence.
    note = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    # Rises with every worker that takes it up; a worker with a lower number has been replaced.
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(JobQuerySet)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "subject"],
                condition=models.Q(status__in=["queued", "running"]),
                name="job_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.status}"

    @property
    def title(self) -> str:
        """What people call this kind of work."""
        return registry.title(self.kind)

    @property
    def is_finished(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    def finish(self, status: str, *, note: str = "", error: str = "") -> None:
        """Close the job, of whose row the caller holds the lock, and stop watching over it."""
        self.status, self.finished_at, self.error = status, timezone.now(), error
        self.note = note[:300] or self.note
        if status == self.Status.DONE:
            self.done = self.total
        self.save(update_fields=["status", "finished_at", "note", "error", "done"])
        PendingJob.objects.filter(job_id=self.pk).delete()
        JobPart.objects.filter(job=self).delete()


class JobPart(TenantModel):
    """A block of a job that any worker may do; see mentoring.jobs.parts. It goes when its job ends."""

    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    params = models.JSONField(default=dict)
    # The worker that claimed it is given up when this has passed.
    claimed_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "job", "number"], name="job_part_once")]

    def __str__(self) -> str:
        return f"Part {self.number} of job {self.job_id}"


class PendingJob(models.Model):
    """Points at a job that isn't finished, for the rescue that looks across organisations. Holds no tenant's data."""

    job_id = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(settings.TENANCY_ORGANISATION_MODEL, on_delete=models.CASCADE, related_name="+")
    # The last sign of life of the process that runs it.
    heard_at = models.DateTimeField(null=True, blank=True)
    # When to send it to a worker again if nothing was heard by then, and how often that has happened in a row.
    send_again_at = models.DateTimeField(db_index=True)
    times_sent = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"job {self.job_id}"


class JobRun(TenantModel):
    """That a nightly job was started for an organisation's night. Unique, so that twice is once."""

    job = models.CharField(max_length=60)
    local_date = models.DateField()
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-local_date"]
        constraints = [models.UniqueConstraint(fields=["organisation", "job", "local_date"], name="job_run_once")]

    def __str__(self) -> str:
        return f"{self.job} on {self.local_date}"
