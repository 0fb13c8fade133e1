"""Programmes: what a scheme is for, whom it is for, when it runs, and templates to launch one from."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from ..formats import FORMATS, Format


class ProgramQuerySet(models.QuerySet):
    def launched(self) -> ProgramQuerySet:
        return self.exclude(status=Program.Status.DRAFT)

    def open_for_sign_up(self) -> ProgramQuerySet:
        return self.filter(status=Program.Status.OPEN)

    def running(self) -> ProgramQuerySet:
        """Launched and not closed: matching, sessions and feedback go on."""
        return self.filter(status__in=[Program.Status.OPEN, Program.Status.RUNNING])


class Program(TenantModel):
    """A mentoring scheme. A draft is the wizard half done; it can be resumed at any time."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open for sign-up")
        RUNNING = "running", _("running, sign-up closed")
        CLOSED = "closed", _("closed")

    class Pairing(models.TextChoices):
        ADMIN = "admin", _("Programme admins, from proposals")
        CHOICE = "choice", _("Mentees choose a mentor and ask them")
        HYBRID = "hybrid", _("Mentees choose first; admins place the rest")

    name = models.CharField(_("name"), max_length=100)
    format = models.CharField(
        _("format"), max_length=20, choices=[(key, each.name) for key, each in FORMATS.items()], default="traditional"
    )
    objective = models.CharField(_("objective"), max_length=300, blank=True)
    description = models.TextField(_("what people should know before they sign up"), blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # The step of the wizard to go on with while a draft.
    wizard_step = models.CharField(max_length=20, default="objective")
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    needs_approval = models.BooleanField(_("an admin approves each sign-up"), default=True)
    # Mentees beyond this number wait; empty means no limit.
    mentee_places = models.PositiveIntegerField(_("places for mentees"), null=True, blank=True)
    default_capacity = models.PositiveSmallIntegerField(
        _("mentees per mentor"), default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    session_length = models.DurationField(_("length of a session"), default=timedelta(hours=1))
    rhythm = models.DurationField(_("time between sessions"), default=timedelta(weeks=2))
    # Weights and rules of matching; see matching.criteria.
    criteria = models.JSONField(default=dict, blank=True)
    pairing = models.CharField(
        _("who decides"), max_length=10, choices=Pairing, default=Pairing.ADMIN, db_default=Pairing.ADMIN
    )
    # How many requests a mentee may have open at once, where mentees choose.
    requests_at_once = models.PositiveSmallIntegerField(
        _("open requests at once"), default=1, db_default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # Offers and requests that nobody answers in this time lapse.
    answer_within = models.DurationField(_("time to answer"), default=timedelta(days=7), db_default=timedelta(days=7))
    # New hires of the last so many days may enrol (onboarding only).
    hired_within = models.DurationField(_("hired within"), null=True, blank=True)
    created_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    launched_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(ProgramQuerySet)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="program_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message=_("A programme must end after it starts."),
            ),
            models.CheckConstraint(
                name="program_requests_at_once",
                condition=Q(requests_at_once__gte=1, requests_at_once__lte=5),
                violation_error_message=_("A mentee may have one to five open requests."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Format:
        return FORMATS[self.format]
