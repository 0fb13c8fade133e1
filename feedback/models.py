"""What people thought of their sessions and of their programme, and what worries them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager
from programs.models import Enrolment, Mentorship, Program, Role
from sessions.models import Session


class PulseQuerySet(models.QuerySet):
    def of(self, program: Program) -> PulseQuerySet:
        return self.filter(models.Q(session__mentorship__program=program) | models.Q(session__program=program))

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


class SurveyQuerySet(models.QuerySet):
    def sendable(self) -> SurveyQuerySet:
        """Those that go to people when their moment comes."""
        return self.filter(
            models.Q(status=Survey.Status.OPEN) | models.Q(status=Survey.Status.DRAFT, sends_itself=True)
        )


class Survey(TenantModel):
    """Questions to the people of a programme at its start, in its middle, at its end, or on any day."""

    class Moment(models.TextChoices):
        START = "start", _("at the start of each mentorship")
        MIDDLE = "middle", _("half-way through each mentorship")
        END = "end", _("at the end of each mentorship")
        DAY = "day", _("on a day, to everybody")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="surveys")
    name = models.CharField(_("name"), max_length=100)
    intro = models.TextField(_("what it is for"), blank=True)
    moment = models.CharField(_("when"), max_length=10, choices=Moment, default=Moment.DAY)
    day = models.DateField(_("on"), null=True, blank=True)
    # Empty means everybody.
    role = models.CharField(_("who is asked"), max_length=10, choices=Role, blank=True)
    answer_days = models.PositiveSmallIntegerField(_("days to answer"), default=14)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # A draft that is opened as soon as somebody's moment comes; it can be changed and thrown away until then.
    sends_itself = models.BooleanField(default=False, db_default=False)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(SurveyQuerySet)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="survey_by_program")]
        constraints = [
            models.CheckConstraint(
                name="survey_on_a_day",
                condition=~models.Q(moment="day") | models.Q(status="draft") | models.Q(day__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def opens_by_itself(self) -> bool:
        return self.sends_itself and self.status == Survey.Status.DRAFT


class SurveyQuestion(TenantModel):
    """One question of a survey. Once it has been opened, its questions stay as they are."""

    class Kind(models.TextChoices):
        SCALE = "scale", _("1 to 5")
        RECOMMEND = "nps", _("0 to 10: would you recommend it?")
        CHOICE = "choice", _("one of a list")
        CHOICES = "choices", _("several of a list")
        SKILLS = "skills", _("how well you know each of your skills, 1 to 5")
        TEXT = "text", _("in your own words")

    survey = TenantForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=Kind, default=Kind.SCALE)
    options = models.JSONField(_("options"), default=list, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "survey", "position"], name="survey_question_by_survey")]

    def __str__(self) -> str:
        return self.text


class SurveyInvitation(TenantModel):
    """That somebody was asked, and whether they have answered."""

    survey = TenantForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations")
    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    # Where it is about one mentorship rather than the programme.
    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    reminded_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # Answers enter the averages together with those of four other people at least, as with the pulse.
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "enrolment"], name="survey_invitation_by_enrolment")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "survey", "enrolment", "mentorship"],
                nulls_distinct=False,
                name="survey_invitation_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} in {self.survey_id}"

    @property
    def last_moment(self) -> datetime:
        """On the last day to answer, where the organisation is: it closes at the midnight after it."""
        return self.closes_at - timedelta(seconds=1)


class SurveyAnswer(TenantModel):
    """What somebody answered to one question. Shown only in groups of five or more."""

    invitation = TenantForeignKey(SurveyInvitation, on_delete=models.CASCADE, related_name="answers")
    question = TenantForeignKey(SurveyQuestion, on_delete=models.CASCADE, related_name="answers")
    value = models.JSONField()
    # With which others it entered the averages, and of which role they all are; see feedback.averaging.
    block = models.PositiveIntegerField(null=True, blank=True)
    block_role = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "invitation", "question"], name="survey_answer_once")
        ]

    def __str__(self) -> str:
        return f"Answer {self.pk}"


class Concern(TenantModel):
    """Something that worries somebody, told in confidence to the safeguarding contact of the programme, and to nobody else."""

    class Status(models.TextChoices):
        RAISED = "raised", _("raised")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        CLOSED = "closed", _("closed")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    mentorship = TenantForeignKey(Mentorship, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    raised_by = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # Who it was told to; a later contact of the programme does not read it unless it is handed over.
    contact = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    # See sessions.sealing; opened for the contact and for whoever raised it.
    sealed = models.BinaryField()
    status = models.CharField(max_length=12, choices=Status, default=Status.RAISED)
    raised_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "contact", "status"], name="concern_by_contact"),
            models.Index(fields=["organisation", "raised_by"], name="concern_by_author"),
        ]

    def __str__(self) -> str:
        return f"Concern {self.pk}"


class ConcernEntry(TenantModel):
    """What happened with a concern: a note, an answer, a change, or that somebody opened it."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        ANSWER = "answer", _("answer")
        NOTE = "note", _("note of the contact")
        HANDED_OVER = "handed_over", _("handed over")
        CLOSED = "closed", _("closed")

    concern = TenantForeignKey(Concern, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    sealed = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organisation", "concern", "at"], name="concern_entry_by_concern")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.concern_id}"


class Help(TenantModel):
    """What an admin did for a mentorship that seemed at risk."""

    class Kind(models.TextChoices):
        NUDGE = "nudge", _("reminded both")
        TALK = "talk", _("offered a talk")
        REMATCH = "rematch", _("looked for another match")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="help_given")
    kind = models.CharField(max_length=10, choices=Kind)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "help"
        indexes = [models.Index(fields=["organisation", "mentorship", "-at"], name="help_by_mentorship")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.mentorship_id}"
