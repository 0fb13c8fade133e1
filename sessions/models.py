"""When people are free, their sessions, and what they recorded of them."""

from __future__ import annotations

import uuid
import zoneinfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.validators import validate_time_zone
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager
from programs.models import Mentorship


class WeeklyHours(TenantModel):
    """A window of each week in which a member can be booked, in the member's own zone."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="weekly_hours")
    # 0 is Monday.
    weekday = models.PositiveSmallIntegerField(_("day"), validators=[MaxValueValidator(6)])
    start_minute = models.PositiveSmallIntegerField(_("from"), validators=[MaxValueValidator(1439)])
    # Up to 1440; at or below the start it means the next day.
    end_minute = models.PositiveSmallIntegerField(
        _("until"), validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )

    class Meta:
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "member", "weekday", "start_minute"], name="weekly_hours_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start_minute}–{self.end_minute}"


class SessionQuerySet(models.QuerySet):
    def planned(self) -> SessionQuerySet:
        return self.filter(status=Session.Status.PLANNED)

    def held(self) -> SessionQuerySet:
        return self.filter(status=Session.Status.HELD)

    def upcoming(self) -> SessionQuerySet:
        return self.planned().filter(ends_at__gt=timezone.now())

    def to_log(self) -> SessionQuerySet:
        """Over, and nobody has settled yet whether it was held."""
        return self.planned().filter(ends_at__lte=timezone.now())

    def settled_or_said(self, member: Member) -> SessionQuerySet:
        """What is behind this member: held, missed, cancelled, or logged by them and waiting for the others."""
        return self.exclude(pk__in=self.upcoming().values("pk")).exclude(pk__in=self.waiting_for(member).values("pk"))

    def involving(self, member: Member) -> SessionQuerySet:
        return self.filter(pk__in=Attendance.objects.filter(member=member).values("session_id"))

    def waiting_for(self, member: Member) -> SessionQuerySet:
        """To log, and this member has not said yet how it went, or does not agree with the others about it."""
        own = Attendance.objects.filter(session=OuterRef("pk"), member=member)
        unsaid = Attendance.objects.filter(session=OuterRef("pk"), report="")
        return self.to_log().filter(Exists(own.filter(report="")) | (Exists(own) & ~Exists(unsaid)))

    def with_people(self) -> SessionQuerySet:
        """With what a list shows of each: the programme and who takes part."""
        return self.select_related("mentorship__program").prefetch_related(
            Prefetch("attendances", Attendance.objects.select_related("member"))
        )


class Session(TenantModel):
    """One meeting of a mentorship, planned or past."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("cancelled")

    class Standing(models.TextChoices):
        """What a session is to one who takes part: while it is not settled, it depends on who has said what."""

        PLANNED = "planned", _("planned")
        TO_LOG = "to_log", _("to log")
        WAITING = "waiting", _("waiting for confirmation")
        DIFFERENT = "different", _("you said different things")
        HELD = "held", _("held")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("cancelled")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.PROTECT, related_name="sessions")
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    # The wall time that was meant, kept as if it were UTC, in case the zone's rules change before the day.
    wall_time = models.DateTimeField(null=True, blank=True)
    zone_name = models.CharField(max_length=64, validators=[validate_time_zone])
    # Of the calendar invitation: the same for ever, and rising with each change.
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    place = models.CharField(_("where, or the meeting link"), max_length=300, blank=True)
    topic = models.CharField(_("what it is about"), max_length=200, blank=True)
    booked_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    booked_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Agreed length of a held session.
    length = models.DurationField(_("length"), null=True, blank=True)

    objects = tenant_manager(SessionQuerySet)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["organisation", "mentorship", "starts_at"], name="session_by_mentorship"),
            models.Index(fields=["organisation", "status", "starts_at"], name="session_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "uid"], name="session_uid_once"),
            models.CheckConstraint(
                name="session_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"Session at {self.starts_at}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone_name)

    @property
    def is_planned(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    def standing_for(self, member: Member) -> Session.Standing:
        """Where the session stands for somebody who takes part, from attendances that have been loaded."""
        if not self.is_planned or not self.is_over:
            return self.Standing(self.status)
        reports = {attendance.member_id: attendance.report for attendance in self.attendances.all()}
        if all(reports.values()):
            return self.Standing.DIFFERENT
        return self.Standing.WAITING if reports.get(member.pk) else self.Standing.TO_LOG

    def people(self) -> list[Member]:
        return [attendance.member for attendance in self.attendances.all()]

    def others(self, member: Member) -> list[Member]:
        """Everyone who takes part but this member."""
        return [person for person in self.people() if person.pk != member.pk]


class Attendance(TenantModel):
    """A member's place in a session: the time it takes from them, and what they say of it afterwards."""

    class Report(models.TextChoices):
        HELD = "held", _("it took place")
        MISSED = "missed", _("it did not take place")

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="attendances")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="attendances")
    # Half-open; kept equal to the session's times.
    during = DateTimeRangeField()
    # False for a cancelled session: the time is free again.
    occupies = models.BooleanField(default=True)
    report = models.CharField(max_length=10, choices=Report, blank=True, default="")
    reported_length = models.DurationField(_("length"), null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "member"], name="attendance_by_member")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "session", "member"], name="attendance_once"),
            models.CheckConstraint(
                name="attendance_takes_time",
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
            ),
            ExclusionConstraint(
                name="attendance_no_clash",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(occupies=True),
                violation_error_message=_("This time is no longer free."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.session_id}"


class NoteQuerySet(models.QuerySet):
    def readable_by(self, member: Member) -> NoteQuerySet:
        """Own notes, and those that the others of the same session shared. No role opens more."""
        return self.filter(
            Q(author=member)
            | Q(
                visibility=Note.Visibility.SHARED,
                session__in=Attendance.objects.filter(member=member).values("session_id"),
            )
        )


class Note(TenantModel):
    """What a participant wrote about a session: for themselves, or for those who were there."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("only I")
        SHARED = "shared", _("everyone in this session")

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="notes")
    author = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    visibility = models.CharField(_("who can read it"), max_length=10, choices=Visibility)
    body = models.TextField(_("note"), max_length=10_000)
    changed_at = models.DateTimeField(auto_now=True)

    objects = tenant_manager(NoteQuerySet)

    class Meta:
        ordering = ["changed_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "session", "author", "visibility"], name="note_once")
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"
