"""Mentorships and who takes part in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Skill
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
        return self.filter(
            pk__in=Participant.objects.present().filter(enrolment__member=member).values("mentorship_id")
        )

    def with_people(self) -> MentorshipQuerySet:
        """With everybody who takes part or did, in one more query."""
        return self.prefetch_related(Prefetch("participants", Participant.objects.select_related("enrolment__member")))


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
    # Of a group: what it is called.
    name = models.CharField(_("name"), max_length=100, blank=True, default="", db_default="")
    # In a network: what this mentor is asked about.
    topic = TenantForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # In a cascade: the tier of the mentor; 0 is the top.
    tier = models.PositiveSmallIntegerField(null=True, blank=True)
    # Of a meeting in an event: which round, when, how long and where; booked when the mentorship begins.
    round = models.PositiveSmallIntegerField(null=True, blank=True)
    meets_at = models.DateTimeField(null=True, blank=True)
    meets_for = models.DurationField(null=True, blank=True)
    meets_where = models.CharField(max_length=100, blank=True, default="", db_default="")
    # While set, nobody is reminded and the rhythm does not count.
    paused_at = models.DateTimeField(null=True, blank=True)
    resumes_on = models.DateField(_("goes on on"), null=True, blank=True)
    # The day it is meant to end; the programme's last day when empty.
    planned_end = models.DateField(_("ends on"), null=True, blank=True)
    # The mentorship that this one follows after an early end, and what its people wrote down of it.
    follows = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by")
    lessons = models.TextField(_("what to do otherwise next time"), blank=True, default="", db_default="")
    # Something has changed, such as a new manager, after which an admin should look at it; a sentence.
    check_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    check_since = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(MentorshipQuerySet)

    class Meta:
        ordering = ["-offered_at", "-id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="mentorship_by_program")]

    def __str__(self) -> str:
        return f"Mentorship {self.pk}"


class ParticipantQuerySet(models.QuerySet):
    def present(self) -> ParticipantQuerySet:
        """Who is in it still: a group goes on without those who said no, or left."""
        return self.filter(left_at__isnull=True)

    def met(self) -> ParticipantQuerySet:
        """Who has said yes and is in it still."""
        return self.present().filter(response=Participant.Response.ACCEPTED)


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
    # Of a group that goes on without them: since when.
    left_at = models.DateTimeField(null=True, blank=True)
    # After a meeting at an event: would like to meet again. Nobody learns of it unless the other would too.
    again_at = models.DateTimeField(null=True, blank=True)
    # Asked, in confidence, for somebody else; only programme admins see it.
    change_asked_at = models.DateTimeField(null=True, blank=True)
    change_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = tenant_manager(ParticipantQuerySet)

    class Meta:
        ordering = ["-role", "id"]
        indexes = [models.Index(fields=["organisation", "enrolment"], name="participant_by_enrolment")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "enrolment"], name="participant_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.mentorship_id}"


class MentorshipEvent(TenantModel):
    """A turn that a mentorship has taken: a pause, an extension, or something that an admin had to look at."""

    class Kind(models.TextChoices):
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("going on")
        EXTENDED = "extended", _("extended")
        # These two are for programme admins only.
        CHECK = "check", _("to be looked at")
        KEPT = "kept", _("looked at and kept")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    # Empty where the night did it.
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The last day of a pause, or the new day of the end.
    until = models.DateField(null=True, blank=True)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organisation", "mentorship", "at"], name="mentorship_event_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.mentorship_id}"


class Agreement(TenantModel):
    """What the people of a mentorship agree on. A change is a new version, to be accepted anew."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="agreements")
    version = models.PositiveSmallIntegerField(default=1)
    aims = models.TextField(_("what we want to reach"))
    rhythm = models.CharField(_("how often and where we meet"), max_length=300)
    confidentiality = models.TextField(_("what stays between us"))
    ending = models.TextField(_("how we end it"))
    written_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "version"], name="agreement_version_once")
        ]

    def __str__(self) -> str:
        return f"Agreement {self.version} of {self.mentorship_id}"


class AgreementAcceptance(TenantModel):
    """That somebody accepted one version of an agreement."""

    agreement = TenantForeignKey(Agreement, on_delete=models.CASCADE, related_name="acceptances")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["accepted_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "agreement", "member"], name="agreement_accepted_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} accepts {self.agreement_id}"


class Goal(TenantModel):
    """What somebody wants to reach with a mentorship: specific, measured, with a day. Only its participants read it."""

    class Status(models.TextChoices):
        OPEN = "open", _("under way")
        REACHED = "reached", _("reached")
        PARTLY = "partly", _("partly reached")
        DROPPED = "dropped", _("given up")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="goals")
    owner = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(_("goal"), max_length=200)
    why = models.TextField(_("why it matters"), blank=True)
    # A skill that it is about, for gains before and after.
    skill = TenantForeignKey(Skill, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    measure = models.CharField(_("how you will know"), max_length=200)
    baseline = models.DecimalField(_("today"), max_digits=10, decimal_places=2, null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=10, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    # At the close, from 0 to 10.
    score = models.PositiveSmallIntegerField(_("how far did you get?"), null=True, blank=True)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Counts the changes of its words, so that of two who change it at once the second is told.
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["organisation", "mentorship"], name="goal_by_mentorship")]
        constraints = [
            models.CheckConstraint(
                name="goal_score_to_ten", condition=models.Q(score__isnull=True) | models.Q(score__lte=10)
            )
        ]

    def __str__(self) -> str:
        return self.text


class GoalProgress(TenantModel):
    """Where a goal stands, as one of the mentorship saw it on a day."""

    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="progress")
    by = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # In the goal's own unit, where it has one.
    value = models.DecimalField(_("now"), max_digits=10, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("what happened"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organisation", "goal", "at"], name="goal_progress_by_goal")]

    def __str__(self) -> str:
        return f"Progress of {self.goal_id}"


class Milestone(TenantModel):
    """A step on the way to a goal."""

    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="milestones")
    text = models.CharField(_("milestone"), max_length=200)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "goal", "position"], name="milestone_by_goal")]

    def __str__(self) -> str:
        return self.text


class ClosingReview(TenantModel):
    """What one of a mentorship says at its end. The people of the mentorship read it, and nobody else."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="closing_reviews")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    went_well = models.TextField(_("what went well"), blank=True)
    otherwise = models.TextField(_("what you would do otherwise"), blank=True)
    thanks = models.TextField(_("a word of thanks"), blank=True)
    # [{"skill": pk, "before": 1–5, "after": 1–5}, …]
    skills_gained = models.JSONField(default=list, blank=True)
    would_mentor = models.BooleanField(_("would you mentor somebody?"), null=True, blank=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "member"], name="closing_review_once")
        ]

    def __str__(self) -> str:
        return f"Review of {self.mentorship_id}"


class Certificate(TenantModel):
    """That somebody took part to the end, with the facts as they were then; its code can be looked up by anybody."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="certificates")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="certificates")
    role = models.CharField(max_length=10, choices=Role)
    code = models.CharField(max_length=24)
    # Name, programme, dates, confirmed sessions and hours.
    facts = models.JSONField(default=dict)
    issued_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "member"], name="certificate_once"),
            models.UniqueConstraint(fields=["organisation", "code"], name="certificate_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class CertificateCode(models.Model):
    """Leads from a certificate's code to whose it is, before any organisation is in scope. Says nothing by itself."""

    code = models.CharField(max_length=24, primary_key=True)
    organisation = models.ForeignKey(settings.TENANCY_ORGANISATION_MODEL, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.code
