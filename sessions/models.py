"""When people are free, their sessions, and what they recorded of them."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import timedelta

from django.conf import settings
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
from programs.models import Goal, Mentorship, Program


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


class DateOverride(TenantModel):
    """What a member offers on one day instead of the weekly hours; no windows means not at all."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="date_overrides")
    day = models.DateField(_("day"))
    # [[start minute, end minute], …] of the member's own clock; an end at or below its start lies on the next day.
    windows = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["organisation", "member", "day"], name="date_override_once")]

    def __str__(self) -> str:
        return f"{self.member_id} on {self.day}"


class TimeOff(TenantModel):
    """Days on which a member can't be booked, the first and the last included."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="times_off")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        ordering = ["first_day"]
        indexes = [models.Index(fields=["organisation", "member", "last_day"], name="time_off_by_member")]
        constraints = [
            models.CheckConstraint(
                name="time_off_ends_after_start",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day must not be before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class Holiday(TenantModel):
    """A day on which nobody of the organisation, or of one of its sites, is booked."""

    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100)
    # Empty means everywhere.
    site = models.CharField(_("site"), max_length=100, blank=True)

    class Meta:
        ordering = ["day", "name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "day", "site"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"


class BookingPolicy(TenantModel):
    """How a programme's sessions are booked; a programme without one has the defaults."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="booking_policies")
    # Minutes that may be chosen besides the programme's own length.
    lengths = models.JSONField(_("other lengths"), default=list, blank=True)
    # Between the starts that are offered; empty: sessions follow one another.
    step = models.DurationField(_("step"), null=True, blank=True)
    buffer_before = models.DurationField(_("free time before"), default=timedelta(0))
    buffer_after = models.DurationField(_("free time after"), default=timedelta(0))
    notice = models.DurationField(_("shortest notice"), default=timedelta(hours=12))
    horizon = models.DurationField(_("how far ahead"), default=timedelta(days=28))
    # Sessions of one mentorship in a week (Monday to Sunday on the mentor's clock); empty means no limit.
    most_a_week = models.PositiveSmallIntegerField(_("sessions a week"), null=True, blank=True)
    # Whether the mentor must say yes to each session, and for how long a wish holds its time.
    needs_yes = models.BooleanField(_("the other side says yes first"), default=False)
    hold = models.DurationField(_("how long a wish waits"), default=timedelta(days=2))
    # Where meetings are, unless people have a link of their own: "" or "jitsi".
    video = models.CharField(_("video"), max_length=10, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "program"], name="booking_policy_once")]

    def __str__(self) -> str:
        return f"Booking policy of {self.program_id}"


class SessionSeries(TenantModel):
    """Sessions that repeat and keep their wall time over clock changes."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("every week")
        FORTNIGHTLY = "fortnightly", _("every two weeks")
        MONTHLY = "monthly", _("every month")

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="session_series")
    rhythm = models.CharField(_("how often"), max_length=12, choices=Rhythm)
    # As the clock on the wall shows it, kept as if it were UTC.
    first_wall_time = models.DateTimeField()
    zone_name = models.CharField(max_length=64, validators=[validate_time_zone])
    count = models.PositiveSmallIntegerField(_("how many"))
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "mentorship"], name="series_by_mentorship")]

    def __str__(self) -> str:
        return f"Series {self.pk}"


class SessionQuerySet(models.QuerySet):
    def planned(self) -> SessionQuerySet:
        return self.filter(status=Session.Status.PLANNED)

    def held(self) -> SessionQuerySet:
        """Everybody has said that it took place; what only one has said counts as little as before."""
        return self.filter(Session.CONFIRMED)

    def unconfirmed(self) -> SessionQuerySet:
        """One has said that it took place, and the others nothing for a week."""
        return self.filter(status=Session.Status.HELD, confirmation=Session.Confirmation.ONE)

    def took_place(self) -> SessionQuerySet:
        """Held, as far as anybody has said."""
        return self.filter(status=Session.Status.HELD)

    def upcoming(self) -> SessionQuerySet:
        return self.planned().filter(ends_at__gt=timezone.now())

    def wished(self) -> SessionQuerySet:
        """Waiting for a yes that can still come."""
        return self.filter(status=Session.Status.WISHED, held_until__gt=timezone.now())

    def asking(self) -> SessionQuerySet:
        """Waiting for a yes; of a series, which gets one answer, only the first."""
        earlier = Session.objects.wished().filter(
            series=OuterRef("series"), series_index__lt=OuterRef("series_index")
        )  # fmt: skip
        return self.wished().exclude(Exists(earlier))

    def coming(self) -> SessionQuerySet:
        """Planned and not over, or waiting for a yes."""
        now = timezone.now()
        return self.filter(
            Q(status=Session.Status.PLANNED, ends_at__gt=now) | Q(status=Session.Status.WISHED, held_until__gt=now)
        )

    def to_log(self) -> SessionQuerySet:
        """Over, and nobody has settled yet whether it was held."""
        return self.planned().filter(ends_at__lte=timezone.now())

    def settled_or_said(self, member: Member) -> SessionQuerySet:
        """What is behind this member: held, missed, cancelled, or logged by them and waiting for the others."""
        return self.exclude(pk__in=self.coming().values("pk")).exclude(pk__in=self.waiting_for(member).values("pk"))

    def involving(self, member: Member) -> SessionQuerySet:
        return self.filter(pk__in=Attendance.objects.filter(member=member).values("session_id"))

    def attended_by(self, member: Member) -> SessionQuerySet:
        """Where this member was; where more than two meet only their own word says so."""
        own = Attendance.objects.filter(session=OuterRef("pk"), member=member)
        several = Attendance.objects.filter(session=OuterRef("pk")).order_by().values("session")
        of_two = Q(seats=None) & ~Exists(several.annotate(people=models.Count("pk")).filter(people__gt=2))
        return self.filter(Exists(own.filter(report=Attendance.Report.HELD)) | (Exists(own) & of_two))

    def with_seats(self) -> SessionQuerySet:
        """Group sessions that people of a programme join."""
        return self.filter(seats__isnull=False)

    def of_program(self, program: Program) -> SessionQuerySet:
        """Those of its mentorships, and its group sessions."""
        return self.filter(Q(mentorship__program=program) | Q(program=program))

    def waiting_for(self, member: Member) -> SessionQuerySet:
        """To log, and this member has not said yet how it went, or does not agree with the others about it."""
        own = Attendance.objects.filter(session=OuterRef("pk"), member=member)
        unsaid = Attendance.objects.filter(session=OuterRef("pk"), report="")
        return self.to_log().filter(Exists(own.filter(report="")) | (Exists(own) & ~Exists(unsaid)))

    def with_people(self) -> SessionQuerySet:
        """With what a list shows of each: the programme and who takes part."""
        return self.select_related("mentorship__program", "program", "led_by").prefetch_related(
            Prefetch("attendances", Attendance.objects.select_related("member"))
        )


class Session(TenantModel):
    """One meeting, planned or past: of a mentorship, or a group's, which people of a programme join as seats last."""

    class Status(models.TextChoices):
        # Waits for a yes; holds nobody's time for good until then.
        WISHED = "wished", _("waiting for a yes")
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("cancelled")

    class Confirmation(models.TextChoices):
        """How it is known that a session was held."""

        NONE = "", _("not held")
        BOTH = "both", _("confirmed by everybody")
        ONE = "one", _("unconfirmed: one side said so, the other said nothing for a week")

    class Standing(models.TextChoices):
        """What a session is to one who takes part: while it is not settled, it depends on who has said what."""

        WISHED = "wished", _("waiting for a yes")
        PLANNED = "planned", _("planned")
        TO_LOG = "to_log", _("to log")
        WAITING = "waiting", _("waiting for confirmation")
        DIFFERENT = "different", _("you said different things")
        HELD = "held", _("held")
        UNCONFIRMED = "unconfirmed", _("unconfirmed")
        AWAY = "away", _("held without you")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("cancelled")

    # Held, and not by the word of one alone.
    CONFIRMED = Q(status="held") & ~Q(confirmation="one")

    # Empty for a group session, which has a programme instead.
    mentorship = TenantForeignKey(Mentorship, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    program = TenantForeignKey(Program, on_delete=models.PROTECT, null=True, blank=True, related_name="group_sessions")
    # Who opened a group session, and takes part in it without a seat.
    led_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
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
    # Cancelled after the programme's notice had begun.
    cancelled_late = models.BooleanField(default=False, db_default=False)
    # Agreed length of a held session.
    length = models.DurationField(_("length"), null=True, blank=True)
    confirmation = models.CharField(max_length=5, choices=Confirmation, blank=True, default="", db_default="")
    series = TenantForeignKey(SessionSeries, on_delete=models.SET_NULL, null=True, blank=True, related_name="sessions")
    # Which of the series it is, from 0.
    series_index = models.PositiveSmallIntegerField(null=True, blank=True)
    # Group sessions: how many may join, besides who leads it; empty for a pair's own session.
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)
    # Of those in the programme, only who has an active mentorship with the leader.
    own_mentees_only = models.BooleanField(default=False, db_default=False)
    # How often somebody has joined or left: each of these raises what calendars go by.
    comings = models.PositiveIntegerField(default=0, db_default=0)
    # When a wish lapses that nobody has answered.
    held_until = models.DateTimeField(null=True, blank=True)
    # Which agenda it started from: a stage of the programme's templates.
    stage = models.CharField(max_length=20, blank=True, default="", db_default="")

    objects = tenant_manager(SessionQuerySet)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["organisation", "mentorship", "starts_at"], name="session_by_mentorship"),
            models.Index(fields=["organisation", "status", "starts_at"], name="session_by_status"),
            models.Index(
                fields=["organisation", "program", "starts_at"],
                name="session_by_program",
                condition=Q(program__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "uid"], name="session_uid_once"),
            models.CheckConstraint(
                name="session_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session must end after it starts."),
            ),
            models.CheckConstraint(
                name="session_has_one_home",
                condition=Q(mentorship__isnull=False, program__isnull=True, led_by__isnull=True, seats__isnull=True)
                | Q(mentorship__isnull=True, program__isnull=False, seats__isnull=False, seats__gte=1),
                violation_error_message=_("A session belongs to a mentorship, or to a programme with seats."),
            ),
        ]

    def __str__(self) -> str:
        return f"Session at {self.starts_at}"

    @property
    def has_seats(self) -> bool:
        """Whether it is a group session that people of a programme join, not one of a mentorship."""
        return self.seats is not None

    @property
    def is_group(self) -> bool:
        """Whether more than two can meet, so that each says only for themselves whether they were there."""
        return self.has_seats or len(self.attendances.all()) > 2

    @property
    def pair(self) -> Mentorship:
        """The mentorship that it belongs to; not for group sessions, which have none."""
        assert self.mentorship is not None
        return self.mentorship

    @property
    def scheme(self) -> Program:
        """The programme that it belongs to."""
        if self.mentorship is not None:
            return self.mentorship.program
        assert self.program is not None
        return self.program

    @property
    def taken(self) -> int:
        """How many seats of a group session are taken, from attendances that have been loaded."""
        return sum(attendance.member_id != self.led_by_id for attendance in self.attendances.all())

    @property
    def seats_left(self) -> int:
        return max(0, (self.seats or 0) - self.taken)

    @property
    def calendar_sequence(self) -> int:
        """What calendars go by: rises with each change, and in a group session with each who joins or leaves."""
        return self.sequence + self.comings

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone_name)

    @property
    def is_planned(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def is_wished(self) -> bool:
        """Waiting for a yes that can still come."""
        return self.status == self.Status.WISHED and self.held_until is not None and self.held_until > timezone.now()

    @property
    def is_unconfirmed(self) -> bool:
        """Held by the word of one; the others may still say something."""
        return self.status == self.Status.HELD and self.confirmation == self.Confirmation.ONE

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    def standing_for(self, member: Member) -> Session.Standing:
        """Where the session stands for somebody who takes part, from attendances that have been loaded."""
        if self.status == self.Status.HELD and self.is_group and self._was_away(member):
            return self.Standing.AWAY
        if self.is_unconfirmed:
            return self.Standing.UNCONFIRMED
        if self.status == self.Status.WISHED and not self.is_wished:
            # Nobody answered in time, and the night that says so has not come yet.
            return self.Standing.CANCELLED
        if not self.is_planned or not self.is_over:
            return self.Standing(self.status)
        reports = {attendance.member_id: attendance.report for attendance in self.attendances.all()}
        if all(reports.values()):
            return self.Standing.DIFFERENT
        return self.Standing.WAITING if reports.get(member.pk) else self.Standing.TO_LOG

    def _was_away(self, member: Member) -> bool:
        return any(
            each.member_id == member.pk and each.report == Attendance.Report.MISSED for each in self.attendances.all()
        )

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

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="attendances")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="attendances")
    # Half-open; kept equal to the session's times.
    during = DateTimeRangeField()
    # Names the user's busy time across organisations; see UserBusyTime.
    busy_key = models.UUIDField(null=True, blank=True)
    # False for a cancelled session: the time is free again.
    occupies = models.BooleanField(default=True)
    report = models.CharField(max_length=10, choices=Report, blank=True, default="")
    reported_length = models.DurationField(_("length"), null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    # What they answered to the invitation; it counts for the version of the session that they were invited to.
    answer = models.CharField(
        _("answer to the invitation"), max_length=10, choices=Answer, blank=True, default="", db_default=""
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_sequence = models.PositiveIntegerField(null=True, blank=True)

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

    def answer_to(self, session: Session) -> str:
        """What they answered to the session as it is now; nothing if it was moved since."""
        return self.answer if self.answered_sequence == session.sequence else ""


class SessionGoal(TenantModel):
    """A goal of the mentorship that a session was about. Only its participants read it."""

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="goals_touched")
    goal = TenantForeignKey(Goal, on_delete=models.CASCADE, related_name="sessions_touched")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "goal"], name="session_goal_by_goal")]
        constraints = [models.UniqueConstraint(fields=["organisation", "session", "goal"], name="session_goal_once")]

    def __str__(self) -> str:
        return f"Goal {self.goal_id} in session {self.session_id}"


class NoteQuerySet(models.QuerySet):
    def drafts(self) -> NoteQuerySet:
        return self.filter(visibility=Note.Visibility.DRAFT)

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
        # What the author has typed into the log and not sent yet.
        DRAFT = "draft", _("only I, until I send it")

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="notes")
    author = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    visibility = models.CharField(_("who can read it"), max_length=10, choices=Visibility)
    # See sessions.sealing; services.read and services.write_note open and close it.
    sealed = models.BinaryField(default=bytes, db_default=b"")
    changed_at = models.DateTimeField(auto_now=True)

    objects = tenant_manager(NoteQuerySet)

    class Meta:
        ordering = ["changed_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "session", "author", "visibility"], name="note_once")
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"


class UserBusyTime(models.Model):
    """When a user is in a session, whichever organisation it is of, so that nobody is booked twice.

    Holds no tenant's data: only that they are not free. `key` is random and kept on the attendance.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField(unique=True)
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_busy_takes_time",
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
            ),
            ExclusionConstraint(
                name="user_busy_no_clash",
                expressions=[("user", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("This time is no longer free."),
            ),
        ]

    def __str__(self) -> str:
        return f"Busy time {self.pk}"


class CalendarSettings(TenantModel):
    """What a member has set up for their calendar: where they meet, and their own feed, of which only a hash is kept."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="calendar_settings")
    meeting_link = models.CharField(_("your own meeting link"), max_length=300, blank=True)
    feed_hash = models.CharField(max_length=64, blank=True)
    busy_feed_hash = models.CharField(max_length=64, blank=True)
    feed_made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "member"], name="calendar_settings_once")]

    def __str__(self) -> str:
        return f"Calendar settings of {self.member_id}"


class FeedAddress(models.Model):
    """Leads from the hash of a feed's token to whose it is, before any organisation is in scope."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    organisation = models.ForeignKey(settings.TENANCY_ORGANISATION_MODEL, on_delete=models.CASCADE, related_name="+")
    settings_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"Feed of settings {self.settings_id}"


class BusyCalendar(TenantModel):
    """Somebody's own calendar elsewhere, read for when they are busy: an ICS address, or an account of a provider."""

    class Source(models.TextChoices):
        ICS = "ics", _("calendar address (ICS)")
        GOOGLE = "google", "Google"
        MICROSOFT = "microsoft", "Microsoft"

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="busy_calendars")
    source = models.CharField(max_length=10, choices=Source, default=Source.ICS)
    name = models.CharField(_("name"), max_length=100, blank=True)
    # The address, or the provider's tokens: sealed like notes, because whoever has it reads the calendar.
    secret = models.BinaryField(default=bytes)
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "member"], name="busy_calendar_by_member")]

    def __str__(self) -> str:
        return f"Calendar {self.pk}"


class BusyTime(TenantModel):
    """A time at which somebody's own calendar says that they are busy; of what it is nothing is kept."""

    calendar = TenantForeignKey(BusyCalendar, on_delete=models.CASCADE, related_name="times")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["organisation", "member", "ends_at"], name="busy_time_by_member")]
        constraints = [
            models.CheckConstraint(name="busy_time_ends_after_start", condition=Q(ends_at__gt=F("starts_at")))
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class ReminderChoice(TenantModel):
    """Which reminders a member wants of one kind, and how long before; without a row, the usual ones."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="reminder_choices")
    kind = models.CharField(max_length=40)
    # Minutes before the session; an empty list means none.
    ahead = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "member", "kind"], name="reminder_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.member_id}"


class AgendaTemplate(TenantModel):
    """The points that a programme proposes for one stage of its mentorships."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="agenda_templates")
    # first, review, closing, or usual.
    stage = models.CharField(_("stage"), max_length=20)
    points = models.JSONField(_("points"), default=list, blank=True)
    preparation = models.TextField(_("what to think about beforehand"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "program", "stage"], name="agenda_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.program_id}"


class AgendaPoint(TenantModel):
    """One point of a session's agenda, which everybody in it edits together."""

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="agenda_points")
    text = models.CharField(_("point"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    added_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "session", "position"], name="agenda_point_by_session")]

    def __str__(self) -> str:
        return self.text


class ActionItem(TenantModel):
    """Something that one of a mentorship has promised to do by a day."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="action_items")
    session = TenantForeignKey(Session, on_delete=models.SET_NULL, null=True, blank=True, related_name="action_items")
    text = models.CharField(_("what"), max_length=300)
    owner = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField(_("by when"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["organisation", "mentorship", "due_on"], name="action_by_mentorship")]

    def __str__(self) -> str:
        return self.text


class JournalEntry(TenantModel):
    """What somebody wrote for themselves about a mentorship. Nobody else reads it, in no role and no export."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="+")
    author = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # What its text is bound to, beside the two above, so that it opens in no other entry.
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    # See sessions.sealing; services.journal opens and closes it.
    sealed = models.BinaryField()
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [models.Index(fields=["organisation", "author", "mentorship"], name="journal_by_author")]

    def __str__(self) -> str:
        return f"Journal entry {self.pk}"


class NoteKey(TenantModel):
    """An organisation's key for what only its writers may read, itself sealed with the platform's."""

    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="note_key_once")]

    def __str__(self) -> str:
        return f"Key {self.number}"


class AnsweredRequest(TenantModel):
    """What a program was told, for the day in which it may ask once more because it never heard the answer."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # Chosen by the program, and a hash of what it asked with it.
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["made_at"]
        indexes = [models.Index(fields=["organisation", "made_at"], name="answered_by_time")]
        constraints = [models.UniqueConstraint(fields=["organisation", "member", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"Answer {self.pk}"


class BoardBrief(TenantModel):
    """What a shadow board works on in one meeting: the executives' question, its recommendation, what became of it."""

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="briefs")
    brief = models.TextField(_("the question, and what the board should know"), blank=True)
    recommendation = models.TextField(_("what the board recommends"), blank=True)
    response = models.TextField(_("what becomes of it, and why"), blank=True)
    changed_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "session"], name="board_brief_once")]

    def __str__(self) -> str:
        return f"Brief of {self.session_id}"
