"""The questionnaire of a programme's sign-up, and what people answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from .enrolments import Enrolment
from .schemes import Program


class QuestionQuerySet(models.QuerySet):
    def asked(self) -> QuestionQuerySet:
        """Those of today's sign-up page."""
        return self.filter(retired_at__isnull=True)

    def for_role(self, role: str) -> QuestionQuerySet:
        """Those of today's sign-up page that are for a role."""
        return self.asked().filter(audience__in=[Question.Audience.BOTH, role])


class Question(TenantModel):
    """One question of a programme's sign-up questionnaire, beyond skills, languages and capacity."""

    class Kind(models.TextChoices):
        TEXT = "text", _("short text")
        LONG_TEXT = "long_text", _("long text")
        CHOICE = "choice", _("one of a list")
        CHOICES = "choices", _("several of a list")
        SCALE = "scale", _("1 to 5")
        RANKING = "ranking", _("a list to put in order")
        SKILLS = "skills", _("skills, with how well")
        AVAILABILITY = "hours", _("usual free hours")

    class Visibility(models.TextChoices):
        """Who reads the answers, besides the person."""

        ADMINS = "admins", _("programme admins")
        MATCH = "match", _("programme admins and the people they are matched with")
        EVERYBODY = "everybody", _("everybody in the programme")

    class Audience(models.TextChoices):
        BOTH = "both", _("everybody")
        MENTOR = "mentor", _("mentors")
        MENTEE = "mentee", _("mentees")
        PEER = "peer", _("peers")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=Kind, default=Kind.TEXT)
    options = models.JSONField(_("options"), default=list, blank=True)
    audience = models.CharField(_("asked of"), max_length=10, choices=Audience, default=Audience.BOTH)
    required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    visible_to = models.CharField(
        _("who can see the answer"),
        max_length=10,
        choices=Visibility,
        default=Visibility.ADMINS,
        db_default=Visibility.ADMINS,
    )
    # Asked only of those who gave one of these answers to another question.
    shown_if = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by")
    shown_if_values = models.JSONField(default=list, blank=True, db_default=[])
    # A question that has answers is changed by a new version that takes its place. `earlier` are the primary keys of
    # all versions before, the newest first, so that one look finds what people said to any of them.
    earlier = models.JSONField(default=list, blank=True, db_default=[])
    replaces = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Answered questions are retired, never deleted.
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(QuestionQuerySet)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "program", "position"], name="question_by_program")]

    def __str__(self) -> str:
        return self.text


class Answer(TenantModel):
    """What somebody answered to a question when signing up."""

    # See programs.answers for what is kept of each kind.
    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="answers")
    question = TenantForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField()

    class Meta:
        ordering = ["question__position", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "enrolment", "question"], name="answer_once")]

    def __str__(self) -> str:
        return str(self.value)
