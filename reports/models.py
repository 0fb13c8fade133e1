"""What the reports keep: published figures that never change, who took them away, and who is to hear of them."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager


class ReportSettings(TenantModel):
    """How an organisation wants its reports. Small groups may be drawn larger than five, never smaller."""

    smallest_group = models.PositiveSmallIntegerField(
        _("smallest group that is shown"), default=5, validators=[MinValueValidator(5), MaxValueValidator(50)]
    )
    # Before that day, people who left are missing from the people data.
    covered_from = models.DateField(_("leavers are recorded since"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="report_settings_once"),
            models.CheckConstraint(
                name="report_settings_never_under_five",
                condition=Q(smallest_group__range=(5, 50)),
                violation_error_message=_("Groups of fewer than five people are never shown."),
            ),
        ]

    def __str__(self) -> str:
        return f"Report settings of {self.organisation_id}"


class ReportRecipient(TenantModel):
    """Somebody who gets a letter each month when the report is there; whether they may read it is asked again then."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "member"], name="report_recipient_once")]

    def __str__(self) -> str:
        return f"Reports to {self.member_id}"


class SnapshotQuerySet(models.QuerySet):
    def light(self) -> SnapshotQuerySet:
        """Without the figures."""
        return self.defer("published", "known", "careers")


class Snapshot(TenantModel):
    """The published figures of one month and choice. The database lets nobody change them."""

    # The first day of the month at whose end the figures stand.
    month = models.DateField()
    # What was chosen, in one form only; see reports.choices.
    key = models.CharField(max_length=300)
    published = models.JSONField()
    version = models.PositiveSmallIntegerField()
    # Who was known to have left by then; published nowhere, but a later report is laid beside this one as it was.
    known = models.BinaryField(null=True, editable=False)
    # Marks of what was known of careers by then, for the same purpose; what happened isn't in them.
    careers = models.BinaryField(null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = tenant_manager(SnapshotQuerySet)

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "month", "key"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.key}"

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.published["as_of"])


class Download(TenantModel):
    """That somebody took the figures of a snapshot away, and what for."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"
        API = "api", "API"

    snapshot = TenantForeignKey(Snapshot, on_delete=models.PROTECT, related_name="downloads")
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    # As they were called then, for when they are gone.
    by_name = models.CharField(max_length=210)
    format = models.CharField(_("format"), max_length=4, choices=Format)
    purpose = models.CharField(_("what for"), max_length=200)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["organisation", "-at", "-id"], name="download_by_age")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} as {self.format}"
