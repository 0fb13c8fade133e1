"""Match runs with what they found: candidates, proposals, and why somebody stays unmatched."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.jobs.models import Job
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager
from programs.models import Enrolment, Mentorship, Program


class MatchRunQuerySet(models.QuerySet):
    def finished(self) -> MatchRunQuerySet:
        return self.filter(finished_at__isnull=False)


class MatchRun(TenantModel):
    """One scoring of a programme. Its results appear whole when it finishes, or not at all."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="match_runs")
    job = TenantForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    criteria = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    mentees = models.PositiveIntegerField(default=0)
    mentors = models.PositiveIntegerField(default=0)
    places = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    mean_score = models.FloatField(null=True, blank=True)
    lowest_score = models.FloatField(null=True, blank=True)

    objects = tenant_manager(MatchRunQuerySet)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["organisation", "program", "-started_at"], name="match_run_by_program")]

    def __str__(self) -> str:
        return f"Match run {self.pk}"


class Candidate(TenantModel):
    """One of the best mentors for a mentee, with the score of each criterion."""

    run = TenantForeignKey(MatchRun, on_delete=models.CASCADE, related_name="candidates")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    components = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["rank"]
        indexes = [models.Index(fields=["organisation", "run", "mentee", "rank"], name="candidate_by_mentee")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "mentee", "mentor"], name="candidate_once")
        ]

    def __str__(self) -> str:
        return f"{self.mentor_id} for {self.mentee_id}"


class Proposal(TenantModel):
    """A suggested mentorship that the admin can swap, lock and publish."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("proposed")
        PUBLISHED = "published", _("published")
        DISCARDED = "discarded", _("discarded")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="proposals")
    run = TenantForeignKey(MatchRun, on_delete=models.SET_NULL, null=True, related_name="proposals")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(null=True, blank=True)
    components = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # A locked proposal survives the next run as it is.
    locked = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)
    mentorship = TenantForeignKey(Mentorship, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["score", "id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="proposal_by_program")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "program", "mentee"],
                condition=models.Q(status="draft"),
                name="proposal_one_draft_per_mentee",
                violation_error_message=_("This mentee is proposed already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor_id} for {self.mentee_id}"


class Unmatched(TenantModel):
    """A mentee whom a run could not place, and why; see matching.explain."""

    run = TenantForeignKey(MatchRun, on_delete=models.CASCADE, related_name="unmatched")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=30)
    reason = models.TextField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "mentee"], name="unmatched_once")]

    def __str__(self) -> str:
        return self.reason
