"""What people thought of their sessions."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager
from programs.models import Program
from sessions.models import Session


class PulseQuerySet(models.QuerySet):
    def of(self, program: Program) -> PulseQuerySet:
        return self.filter(session__mentorship__program=program)

    def counted(self) -> PulseQuerySet:
        return self.filter(counted_at__isnull=False)

    def uncounted(self) -> PulseQuerySet:
        return self.filter(counted_at__isnull=True)


class Pulse(TenantModel):
    """Two answers after a held session, from 1 (not at all) to 5 (very much). Shown only in averages of five or more."""

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="pulses")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    useful = models.PositiveSmallIntegerField(
        _("How useful was this session?"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    understood = models.PositiveSmallIntegerField(
        _("How well do you two get on?"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    given_at = models.DateTimeField(default=timezone.now)
    # Answers enter the averages together with those of four other people at least: one by one, the change of an average
    # would tell each of them. From then on they stay as they are.
    counted_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(PulseQuerySet)

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "session", "member"], name="pulse_once"),
            models.CheckConstraint(
                name="pulse_within_scale",
                condition=models.Q(useful__range=(1, 5)) & models.Q(understood__range=(1, 5)),
            ),
        ]

    def __str__(self) -> str:
        return f"Pulse {self.pk}"

    @property
    def is_counted(self) -> bool:
        return self.counted_at is not None
