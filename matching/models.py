"""Match runs with what they found: candidates, proposals, and why somebody stays unmatched."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Skill
from mentoring.jobs.models import Job
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager
from programs.models import Enrolment, Mentorship, Program, Role


class CriteriaVersion(TenantModel):
    """What counted in a programme's matching from one change to the next; the highest number is in force."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="criteria_versions")
    number = models.PositiveIntegerField()
    # As on the programme; see programs.criteria.
    criteria = models.JSONField(default=dict)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    # The version that this one brought back.
    restores = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "program", "number"], name="criteria_version_once")
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class MatchRunQuerySet(models.QuerySet):
    def finished(self) -> MatchRunQuerySet:
        return self.filter(finished_at__isnull=False)


class MatchRun(TenantModel):
    """One scoring of a programme. Its results appear whole when it finishes, or not at all."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="match_runs")
    job = TenantForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    criteria = models.JSONField(default=dict)
    version = TenantForeignKey(CriteriaVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    mentees = models.PositiveIntegerField(default=0)
    mentors = models.PositiveIntegerField(default=0)
    places = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    mean_score = models.FloatField(null=True, blank=True)
    lowest_score = models.FloatField(null=True, blank=True)
    # No assignment of these scores can have a higher total; None where the objective is another one.
    bound = models.FloatField(null=True, blank=True)
    # How many existing mentorships the proposals would replace.
    disturbed = models.PositiveIntegerField(default=0, db_default=0)
    # How many more each relaxation would place; see matching.relaxing.
    relaxations = models.JSONField(default=list, null=True, blank=True)

    objects = tenant_manager(MatchRunQuerySet)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["organisation", "program", "-started_at"], name="match_run_by_program")]

    def __str__(self) -> str:
        return f"Match run {self.pk}"


class Candidate(TenantModel):
    """One of the best mentors for a mentee, with the score of each criterion."""

    run = TenantForeignKey(MatchRun, on_delete=models.CASCADE, related_name="candidates")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    components = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["rank"]
        indexes = [models.Index(fields=["organisation", "run", "mentee", "rank"], name="candidate_by_mentee")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "mentee", "mentor"], name="candidate_once")
        ]

    def __str__(self) -> str:
        return f"{self.mentor_id} for {self.mentee_id}"


class Proposal(TenantModel):
    """A suggested mentorship that the admin can swap, lock and publish."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("proposed")
        PUBLISHED = "published", _("published")
        DISCARDED = "discarded", _("discarded")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="proposals")
    run = TenantForeignKey(MatchRun, on_delete=models.SET_NULL, null=True, related_name="proposals")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(null=True, blank=True)
    components = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # A locked proposal survives the next run as it is.
    locked = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)
    # The running mentorship that this one would take the place of, where people are matched anew.
    replaces = TenantForeignKey(Mentorship, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    # In a network: what the mentee wants to ask about; in a cascade: the mentor's tier.
    topic = TenantForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.PositiveSmallIntegerField(null=True, blank=True)
    mentorship = TenantForeignKey(Mentorship, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["score", "id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="proposal_by_program")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "program", "mentee", "topic"],
                condition=models.Q(status="draft"),
                nulls_distinct=False,
                name="proposal_one_draft_per_mentee",
                violation_error_message=_("This mentee is proposed already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor_id} for {self.mentee_id}"


class GroupProposal(TenantModel):
    """A suggested mentorship of more than a mentor and a mentee, or of equals; the admin changes and publishes it."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="group_proposals")
    run = TenantForeignKey(MatchRun, on_delete=models.SET_NULL, null=True, related_name="group_proposals")
    name = models.CharField(_("name"), max_length=100, blank=True)
    # The mean of its people's scores, where they have any.
    score = models.FloatField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    # In an event: the round, from 0, and the room or table.
    round = models.PositiveSmallIntegerField(null=True, blank=True)
    place = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Proposal.Status, default=Proposal.Status.DRAFT)
    locked = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)
    mentorship = TenantForeignKey(Mentorship, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["round", "place", "name", "id"]
        indexes = [models.Index(fields=["organisation", "program", "status"], name="group_proposal_by_program")]

    def __str__(self) -> str:
        return self.name or f"Group {self.pk}"


class GroupSeat(TenantModel):
    """Somebody in a suggested group, and in which part."""

    group = TenantForeignKey(GroupProposal, on_delete=models.CASCADE, related_name="seats")
    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    score = models.FloatField(null=True, blank=True)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["-role", "id"]
        indexes = [models.Index(fields=["organisation", "enrolment"], name="group_seat_by_enrolment")]
        constraints = [models.UniqueConstraint(fields=["organisation", "group", "enrolment"], name="group_seat_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} in {self.group_id}"


class Unmatched(TenantModel):
    """A mentee whom a run could not place, and why; see matching.explain."""

    run = TenantForeignKey(MatchRun, on_delete=models.CASCADE, related_name="unmatched")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=30)
    reason = models.TextField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "mentee"], name="unmatched_once")]

    def __str__(self) -> str:
        return self.reason


class IdleMentor(TenantModel):
    """A mentor with places that a run left free, and why nobody more came; see matching.relaxing."""

    run = TenantForeignKey(MatchRun, on_delete=models.CASCADE, related_name="idle_mentors")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    free = models.PositiveIntegerField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "mentor"], name="idle_mentor_once")]

    def __str__(self) -> str:
        return f"{self.free} places of {self.mentor_id}"


class BoardChange(TenantModel):
    """What an admin changed on the board, so that it can be undone: the drafts concerned before and after."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # What was done, in a sentence.
    text = models.CharField(max_length=300)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["organisation", "program", "-id"], name="board_change_by_program")]

    def __str__(self) -> str:
        return self.text


class PairRule(TenantModel):
    """A pair that an admin wants, or rules out, whatever the scores say."""

    class Kind(models.TextChoices):
        MUST = "must", _("must be paired")
        MUST_NOT = "must_not", _("must not be paired")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="pair_rules")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "program"], name="pair_rule_by_program")]
        constraints = [models.UniqueConstraint(fields=["organisation", "mentee", "mentor"], name="pair_rule_once")]

    def __str__(self) -> str:
        return f"{self.mentee_id} and {self.mentor_id} {self.kind}"


class Avoidance(TenantModel):
    """That a member doesn't want to be paired with another; nobody but them reads it."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    avoided = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "member", "avoided"], name="avoidance_once"),
            models.CheckConstraint(
                name="avoidance_of_somebody_else",
                condition=~models.Q(member=models.F("avoided")),
                violation_error_message=_("Choose somebody else than yourself."),
            ),
        ]

    def __str__(self) -> str:
        return f"Avoidance {self.pk}"


class StatedChoice(TenantModel):
    """One of up to five people whom an enrolled member would like best; rank 1 is the first."""

    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="stated_choices")
    chosen = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "enrolment", "chosen"], name="stated_choice_once"),
            models.UniqueConstraint(fields=["organisation", "enrolment", "rank"], name="stated_choice_rank_once"),
            models.CheckConstraint(
                name="stated_choice_up_to_five", condition=models.Q(rank__gte=1) & models.Q(rank__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chosen_id} is number {self.rank} for {self.enrolment_id}"


class Declaration(TenantModel):
    """A characteristic that somebody declared for matching, with their consent. Withdrawing deletes it; never shown."""

    enrolment = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="declarations")
    # Which of the programme's characteristics; see programs.criteria.
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=100)
    consented_at = models.DateTimeField(default=timezone.now)
    # A consent of its own: to be counted, in groups, where reports tell who gets access to mentoring.
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "enrolment", "key"], name="declaration_once")]

    def __str__(self) -> str:
        return f"Declaration {self.pk}"


class MentorRequestQuerySet(models.QuerySet):
    def open(self) -> MentorRequestQuerySet:
        """Waiting for an answer, or for more information."""
        return self.filter(status__in=[MentorRequest.Status.PENDING, MentorRequest.Status.ASKED])


class MentorRequest(TenantModel):
    """A mentee asking a mentor, where mentees choose."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for an answer")
        ASKED = "asked", _("more information asked for")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("not answered in time")
        # The mentee found somebody else, or one of the two has left.
        VOID = "void", _("no longer needed")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="mentor_requests")
    mentee = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="requests_made")
    mentor = TenantForeignKey(Enrolment, on_delete=models.CASCADE, related_name="requests_received")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    note = models.TextField(_("note"), blank=True)
    # The mentor asks for more information, the mentee answers.
    question = models.TextField(_("what would you like to know?"), blank=True)
    answer = models.TextField(_("your answer"), blank=True)
    score = models.FloatField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(_("reason"), max_length=300, blank=True)
    mentorship = TenantForeignKey(Mentorship, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = tenant_manager(MentorRequestQuerySet)

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "mentor", "status"], name="request_by_mentor"),
            models.Index(fields=["organisation", "program", "status"], name="request_by_program"),
            models.Index(fields=["organisation", "status", "expires_at"], name="request_by_expiry"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "mentee", "mentor"],
                condition=models.Q(status__in=["pending", "asked"]),
                name="request_open_once",
                violation_error_message=_("You have asked this mentor already."),
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk}"
