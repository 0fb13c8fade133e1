"""Programmes, who takes part in them, and the mentorships that grow from them."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Skill
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from .formats import FORMATS, Format


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


class Role(models.TextChoices):
    MENTOR = "mentor", _("mentor")
    MENTEE = "mentee", _("mentee")


class Question(TenantModel):
    """One question of a programme's sign-up questionnaire, beyond skills, languages and capacity."""

    class Kind(models.TextChoices):
        TEXT = "text", _("short text")
        LONG_TEXT = "long_text", _("long text")
        CHOICE = "choice", _("one of a list")
        CHOICES = "choices", _("several of a list")
        SCALE = "scale", _("1 to 5")

    class Audience(models.TextChoices):
        BOTH = "both", _("mentors and mentees")
        MENTOR = "mentor", _("mentors")
        MENTEE = "mentee", _("mentees")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=Kind, default=Kind.TEXT)
    options = models.JSONField(_("options"), default=list, blank=True)
    audience = models.CharField(_("asked of"), max_length=10, choices=Audience, default=Audience.BOTH)
    required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    # Answered questions are retired, never deleted.
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "program", "position"], name="question_by_program")]

    def __str__(self) -> str:
        return self.text


class EnrolmentQuerySet(models.QuerySet):
    def mentors(self) -> EnrolmentQuerySet:
        return self.filter(role=Role.MENTOR)

    def mentees(self) -> EnrolmentQuerySet:
        return self.filter(role=Role.MENTEE)

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


class Answer(TenantModel):
    """What somebody answered to a question when signing up."""

    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="answers")
    question = TenantForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField()

    class Meta:
        ordering = ["question__position", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "enrolment", "question"], name="answer_once")]

    def __str__(self) -> str:
        return str(self.value)


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
