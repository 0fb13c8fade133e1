"""Programmes: what a scheme is for, whom it is for, when it runs, and templates to launch one from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from ..formats import FORMATS, Format, Part, format_choices


class ProgramQuerySet(models.QuerySet):
    def launched(self) -> ProgramQuerySet:
        return self.exclude(status=Program.Status.DRAFT)

    def open_for_sign_up(self) -> ProgramQuerySet:
        return self.filter(status=Program.Status.OPEN)

    def running(self) -> ProgramQuerySet:
        """Launched and not closed: matching, sessions and feedback go on."""
        return self.filter(status__in=[Program.Status.OPEN, Program.Status.RUNNING])

    def working(self) -> ProgramQuerySet:
        """Running and not paused: what is done by itself, is done in these."""
        return self.running().filter(paused_at__isnull=True)


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

    class Approver(models.TextChoices):
        ADMIN = "admin", _("a programme admin")
        MANAGER = "manager", _("their line manager")

    name = models.CharField(_("name"), max_length=100)
    format = models.CharField(_("format"), max_length=20, choices=format_choices, default="traditional")
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
    # Who else has to say yes to each sign-up, where one has to be approved.
    approver = models.CharField(
        _("who approves"), max_length=10, choices=Approver, default=Approver.ADMIN, db_default=Approver.ADMIN
    )
    # Who may sign up, by role; see programs.eligibility.
    eligibility = models.JSONField(default=dict, blank=True, db_default={})
    # People join and leave on any day, instead of all together.
    rolling = models.BooleanField(_("people join on any day"), default=False, db_default=False)
    group_min = models.PositiveSmallIntegerField(_("fewest in a group"), null=True, blank=True)
    group_max = models.PositiveSmallIntegerField(_("most in a group"), null=True, blank=True)
    # What only this format asks for; its declaration in programs.formats says which keys there are.
    format_settings = models.JSONField(default=dict, blank=True, db_default={})
    # Before anybody is matched, they have read what is required of their role.
    training_required = models.BooleanField(_("training before matching"), default=False, db_default=False)
    # Answers to the check before the launch; see programs.readiness.
    readiness = models.JSONField(default=dict, blank=True, db_default={})
    sponsor = TenantForeignKey(
        Member, verbose_name=_("sponsor"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Concerns go to this person, and to nobody else.
    safeguarding_contact = TenantForeignKey(
        Member,
        verbose_name=_("safeguarding contact"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # While set, nothing is matched and nobody is reminded; sessions that are booked stay.
    paused_at = models.DateTimeField(null=True, blank=True)
    copied_from = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
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
            models.CheckConstraint(
                name="program_group_sizes",
                condition=Q(group_min__isnull=True) | Q(group_max__isnull=True) | Q(group_max__gte=F("group_min")),
                violation_error_message=_("The most in a group must not be fewer than the fewest."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Format:
        return FORMATS[self.format]

    @property
    def parts(self) -> Mapping[str, Part]:
        """Role → what it is called and asked here, in the order of the sign-up page."""
        return self.kind.parts_for(self.format_settings)

    @property
    def tiers(self) -> list[Any] | None:
        """The lowest and the highest level of each tier from the top, where there are tiers."""
        return self.kind.tiers(self.format_settings)

    @property
    def takes_nominations(self) -> bool:
        """People may be nominated by their manager or an admin: of the format, or as a template has it."""
        return self.kind.nominated or bool(self.format_settings.get("nominated"))

    @property
    def usual_length(self) -> timedelta:
        """How long a mentorship usually takes: as the template has it, else the format."""
        days = self.format_settings.get("days")
        return timedelta(days=days) if days else self.kind.duration

    @property
    def own_length(self) -> timedelta | None:
        """How long each mentorship is meant to take, where each begins on a day of its own."""
        return self.usual_length if self.rolling or self.kind.hired_within is not None else None

    @property
    def particulars(self) -> dict[str, Any]:
        """What only this format asks for, with the defaults of its declaration."""
        return self.kind.particulars(self.format_settings)


class Objective(TenantModel):
    """What a programme is for, with how it is measured; reviewed when the programme ends."""

    class Measure(models.TextChoices):
        # Figures that the platform counts itself, and one that the admin enters.
        SESSIONS = "sessions", _("confirmed sessions for each mentorship")
        GOALS = "goals", _("share of goals reached")
        SATISFACTION = "satisfaction", _("mean answer after sessions, of 5")
        COMPLETED = "completed", _("share of mentorships completed")
        MATCHED = "matched", _("share of mentees with a mentor")
        OWN = "own", _("a figure of your own")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="objectives")
    text = models.CharField(_("objective"), max_length=300)
    measure = models.CharField(_("measured by"), max_length=20, choices=Measure, default=Measure.OWN)
    # What the figure is called where it is one of the organisation's own.
    own_measure = models.CharField(_("which figure"), max_length=200, blank=True)
    baseline = models.DecimalField(_("today"), max_digits=12, decimal_places=2, null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=12, decimal_places=2, null=True, blank=True)
    result = models.DecimalField(_("result"), max_digits=12, decimal_places=2, null=True, blank=True)
    review = models.TextField(_("what we learned"), blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "program", "position"], name="objective_by_program")]

    def __str__(self) -> str:
        return self.text


class Stage(TenantModel):
    """A stretch of a programme's life, such as recruiting or the middle review; at most one is current."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="stages")
    # One of programs.stages; resources and agendas belong to it.
    key = models.SlugField(max_length=20)
    name = models.CharField(_("name"), max_length=60)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    # Begins by itself in the night of its first day; else an admin begins it.
    by_itself = models.BooleanField(_("begins by itself"), default=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "program", "key"], name="stage_once"),
            models.UniqueConstraint(
                fields=["organisation", "program"],
                condition=Q(begun_at__isnull=False, ended_at__isnull=True),
                name="stage_one_current",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProgramTemplate(TenantModel):
    """A programme that an organisation has saved to launch others from."""

    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("what it is for"), blank=True)
    format = models.CharField(max_length=20)
    # Everything that a draft starts with; see programs.templates.
    content = models.JSONField(default=dict)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="program_template_once",
                violation_error_message=_("There is a template of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
