"""Mentorships and who takes part in them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from .enrolments import Enrolment
from .roles import Role
from .schemes import Program


class MentorshipQuerySet(models.QuerySet):
    def offered(self) -> MentorshipQuerySet:
        return self.filter(status=Mentorship.Status.OFFERED)

    def active(self) -> MentorshipQuerySet:
        return self.filter(status=Mentorship.Status.ACTIVE)

    def taking_places(self) -> MentorshipQuerySet:
        """Those that use up a mentor's capacity."""
        return self.filter(status__in=[Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE])

    def involving(self, member: Member) -> MentorshipQuerySet:
        return self.filter(pk__in=Participant.objects.filter(enrolment__member=member).values("mentorship_id"))


class Mentorship(TenantModel):
    """The relationship. It is offered when published, and active once everybody in it has accepted."""

    class Status(models.TextChoices):
        OFFERED = "offered", _("waiting for answers")
        ACTIVE = "active", _("active")
        DECLINED = "declined", _("declined")
        COMPLETED = "completed", _("completed")
        ENDED = "ended", _("ended early")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="mentorships")
    status = models.CharField(max_length=10, choices=Status, default=Status.OFFERED)
    # Score and reasons at the time of matching; see matching.explain.
    score = models.FloatField(null=True, blank=True)
    reasons = models.JSONField(default=list, blank=True)
    offered_at = models.DateTimeField(default=timezone.now)
    # When an offer lapses that not everybody has accepted.
    answer_by = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = tenant_manager(MentorshipQuerySet)

    class Meta:
        ordering = ["-offered_at", "-id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="mentorship_by_program")]

    def __str__(self) -> str:
        return f"Mentorship {self.pk}"


class Participant(TenantModel):
    """One member's part in a mentorship."""

    class Response(models.TextChoices):
        PENDING = "pending", _("no answer yet")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="participants")
    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="participations")
    role = models.CharField(max_length=10, choices=Role)
    response = models.CharField(max_length=10, choices=Response, default=Response.PENDING)
    responded_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Asked, in confidence, for somebody else; only programme admins see it.
    change_asked_at = models.DateTimeField(null=True, blank=True)
    change_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-role", "id"]
        indexes = [models.Index(fields=["organisation", "enrolment"], name="participant_by_enrolment")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "enrolment"], name="participant_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.mentorship_id}"
