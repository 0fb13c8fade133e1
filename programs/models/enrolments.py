"""Who takes part in a programme, and the sheets that sign-ups are read from."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Skill
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from .roles import Role
from .schemes import Program


class EnrolmentQuerySet(models.QuerySet):
    def mentors(self) -> EnrolmentQuerySet:
        return self.filter(role=Role.MENTOR)

    def mentees(self) -> EnrolmentQuerySet:
        return self.filter(role=Role.MENTEE)

    def peers(self) -> EnrolmentQuerySet:
        return self.filter(role=Role.PEER)

    def active(self) -> EnrolmentQuerySet:
        return self.filter(status=Enrolment.Status.ACTIVE)


class Enrolment(TenantModel):
    """A member's place in a programme, as mentor or as mentee."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("to be approved")
        WAITING = "waiting", _("on the waiting list")
        ACTIVE = "active", _("enrolled")
        DECLINED = "declined", _("not accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Preference(models.TextChoices):
        NONE = "", _("No preference")
        OTHER_DEPARTMENT = "other_department", _("Different department")
        SAME_SITE = "same_site", _("Same location")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="enrolments")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="enrolments")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    status = models.CharField(max_length=10, choices=Status, default=Status.APPLIED)
    # Mentors only: how many mentees at once.
    capacity = models.PositiveSmallIntegerField(
        _("how many mentees at once"), default=0, validators=[MaxValueValidator(20)]
    )
    hours_per_month = models.PositiveSmallIntegerField(_("hours a month"), null=True, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    # Usual free hours in the member's own zone: [[weekday 0–6, start minute, end minute], …].
    free_hours = models.JSONField(_("usually free"), default=list, blank=True)
    goal = models.TextField(_("goal"), blank=True)
    preference = models.CharField(_("preference"), max_length=20, choices=Preference, blank=True, default="")
    note = models.TextField(_("anything the programme admin should know"), blank=True)
    interests = models.JSONField(_("interests"), default=list, null=True, blank=True)
    # Five numbers from 1 to 5: openness, conscientiousness, extraversion, agreeableness, emotional stability.
    working_style = models.JSONField(_("working style"), null=True, blank=True)
    # Mentors only: while set, no requests and no new proposals.
    paused_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(default=timezone.now)
    # The day that reports count from; set when the place is given.
    joined_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    decided_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decision_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Why an admin let somebody in for whom the programme is not meant; see programs.eligibility.
    let_in_because = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Where people are nominated: by whom, and why.
    nominated_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    nomination = models.TextField(_("why this person"), blank=True, default="", db_default="")
    # Which tier of a cascade; 0 is the top. Empty: by the member's level.
    tier = models.PositiveSmallIntegerField(null=True, blank=True)
    # When everything that the programme requires of the role had been read.
    trained_at = models.DateTimeField(null=True, blank=True)
    hidden_from_recognition = models.BooleanField(_("not on the recognition board"), default=False, db_default=False)

    objects = tenant_manager(EnrolmentQuerySet)

    class Meta:
        ordering = ["applied_at", "id"]
        indexes = [
            models.Index(fields=["organisation", "program", "role", "status"], name="enrolment_by_program"),
            models.Index(fields=["organisation", "member"], name="enrolment_by_member"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "program", "member"],
                name="enrolment_once",
                violation_error_message=_("This person has signed up already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} as {self.role}"


class EnrolmentSkill(TenantModel):
    """A skill that an enrolled mentor offers, or that a mentee wants (rank 0 is the most important)."""

    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="skills")
    skill = TenantForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(default=0)
    # Mentors: how well they know it; empty counts as well as can be.
    level = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(1, _("some")), (2, _("solid")), (3, _("deep"))]
    )

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "enrolment", "skill"], name="enrolment_skill_once")
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} of {self.enrolment_id}"


class SignUpSheet(TenantModel):
    """An uploaded sheet of sign-ups: how it is read, and what came of it. Its content goes once it has been imported."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="sheets")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    role = models.CharField(_("who answered"), max_length=10, choices=Role)
    # What each column holds, as corrected; see accounts.importing.signups.
    columns = models.JSONField(default=list)
    uploaded_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    imported_at = models.DateTimeField(null=True, blank=True)
    # How many were enrolled, changed, …, and the refused rows with why; see services.sheets.
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name
