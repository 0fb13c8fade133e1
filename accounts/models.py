"""Organisations, users, and the members of an organisation with their employment."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mentoring.files.models import StoredFile
from mentoring.tenancy.clock import today
from mentoring.tenancy.models import TenantForeignKey, TenantModel, tenant_manager

from .validators import validate_time_zone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. What they may do stands on their member record in each organisation."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        constraints = [models.CheckConstraint(name="user_email_is_lower_case", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)


class Organisation(models.Model):
    """A tenant: one employer, charity or network that runs mentoring programmes."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(
        max_length=50, unique=True, validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Use a–z, 0–9 and hyphens."))]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Branding(TenantModel):
    """How an organisation looks on certificates and reports."""

    logo = TenantForeignKey(StoredFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="branding_once")]

    def __str__(self) -> str:
        return f"Branding of {self.organisation_id}"


class Access(models.Model):
    """Which user may enter which organisation. Not a tenant table: it is read before a scope is open."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="accesses")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="accesses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="access_once")]

    def __str__(self) -> str:
        return f"{self.user_id} may enter {self.organisation_id}"


class MemberQuerySet(models.QuerySet):
    def current(self) -> MemberQuerySet:
        """Those who work here: without a last day, or with one that is not over."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gte=today()))

    def known(self) -> MemberQuerySet:
        """All but those who were erased on request."""
        return self.filter(erased_at__isnull=True)

    def with_login(self) -> MemberQuerySet:
        return self.filter(user__isnull=False)

    def owners(self) -> MemberQuerySet:
        """Those who can manage the organisation and are going to stay."""
        return self.with_login().filter(is_owner=True, left_on__isnull=True)

    def with_role(self) -> MemberQuerySet:
        return self.filter(Q(is_owner=True) | Q(is_admin=True) | Q(is_hr=True))

    def programme_admins(self) -> MemberQuerySet:
        return self.with_login().filter(Q(is_admin=True) | Q(is_owner=True))

    def matching_text(self, text: str) -> MemberQuerySet:
        """Whose search text contains every word of `text`."""
        found = self
        for word in text.lower().split():
            found = found.filter(search_text__contains=word)
        return found


class Member(TenantModel):
    """A person of an organisation, with or without a login."""

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="members")
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    level = models.PositiveSmallIntegerField(
        _("level"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    site = models.CharField(_("site"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    manager = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    # Copied from the spells, so that lists need no join: the first day of the first spell, the last day of the last.
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    # Days absent in the twelve months up to a day, as the last export that told them said.
    absence_days = models.DecimalField(_("days absent"), max_digits=5, decimal_places=2, null=True, blank=True)
    absence_until = models.DateField(_("days absent, up to"), null=True, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    is_owner = models.BooleanField(_("owner"), default=False)
    is_admin = models.BooleanField(_("programme admin"), default=False)
    is_hr = models.BooleanField(_("HR analyst"), default=False)
    # Lower case and kept by the database, because LIKE on lower(…) loses its index under row security.
    search_text = models.GeneratedField(
        expression=Lower(
            Func(
                F("given_name"), Value(" "), F("family_name"), Value(" "), F("email"), Value(" "), F("employee_number"),
                template="(%(expressions)s)", arg_joiner=" || ",
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Who this was isn't known any more; see accounts.erasing.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = tenant_manager(MemberQuerySet)

    class Meta:
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            models.Index(fields=["organisation", "family_name", "given_name", "id"], name="member_by_name"),
            models.Index(fields=["organisation", "manager"], name="member_by_manager"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=~Q(email=""),
                name="member_email_once",
                violation_error_message=_("Somebody here has this e-mail address already."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "employee_number"],
                condition=~Q(employee_number=""),
                name="member_number_once",
                violation_error_message=_("Somebody here has this employee number already."),
            ),
            models.UniqueConstraint(fields=["organisation", "user"], name="member_user_once"),
            models.CheckConstraint(name="member_email_is_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="member_is_not_own_manager",
                condition=Q(manager__isnull=True) | ~Q(manager=F("id")),
                violation_error_message=_("Nobody can be their own manager."),
            ),
            models.CheckConstraint(
                name="member_absence_of_a_year",
                condition=Q(absence_days__isnull=True, absence_until__isnull=True)
                | Q(absence_days__gte=0, absence_days__lte=366, absence_until__isnull=False),
                violation_error_message=_("Days absent in twelve months are from 0 to 366, up to a day that is said."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or self.email or self.employee_number

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def awaits_role(self) -> bool:
        """Whether the first who accepts an invitation as this member gets a role with it."""
        return self.user_id is None and (self.is_owner or self.is_admin or self.is_hr)

    @property
    def has_left(self) -> bool:
        return self.left_on is not None and self.left_on < today()


class Erasure(TenantModel):
    """That somebody was erased on request: by whom, when and on what request, and how to know them should a file bring them back."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    request = models.CharField(_("which request"), max_length=200)
    # Of their address and their employee number; see accounts.erasing. Nothing can be read from them.
    marks = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "member"], name="erasure_once")]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"


class DateRange(Func):
    function = "daterange"


class Spell(TenantModel):
    """One unbroken employment. A rehire begins a second spell."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="spells")
    started_on = models.DateField(_("started on"))
    # The last day of employment; empty while it goes on.
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason for leaving"), max_length=100, blank=True)

    class Meta:
        ordering = ["started_on"]
        constraints = [
            models.CheckConstraint(
                name="spell_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                violation_error_message=_("Nobody can leave before being hired."),
            ),
            ExclusionConstraint(
                name="spell_no_overlap",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    (DateRange("started_on", "ended_on", Value("[]")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This employment overlaps another one of the same person."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_on} to {self.ended_on or 'now'}"

    def covers(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


class JobChange(TenantModel):
    """A promotion, or a move inside the organisation, of somebody on one day."""

    class Kind(models.TextChoices):
        PROMOTION = "promotion", _("promotion")
        MOVE = "move", _("move")
        LOCATION = "location", _("change of site")

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="job_changes")
    kind = models.CharField(_("kind of change"), max_length=10, choices=Kind)
    effective_on = models.DateField(_("date of the change"))
    department_after = models.CharField(_("department after it"), max_length=100, blank=True)
    # Seen from two imports of people: it happened after this day, and on `effective_on` at the latest. Empty where a
    # file named the change itself.
    found_since = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["effective_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "member", "kind", "effective_on"],
                name="job_change_once",
                violation_error_message=_("This change is known already."),
            ),
            models.CheckConstraint(
                name="job_change_after_it_was_not",
                condition=Q(found_since__isnull=True) | Q(found_since__lte=F("effective_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of member {self.member_id} on {self.effective_on}"


class Skill(TenantModel):
    """Something that a member can offer or wants to learn, in the organisation's own words."""

    name = models.CharField(_("skill"), max_length=80)
    # Casefolded name, so that "python" and "Python" are one.
    key = models.CharField(max_length=80)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="skill_once")]

    def __str__(self) -> str:
        return self.name


class InvitationQuerySet(models.QuerySet):
    def open(self) -> InvitationQuerySet:
        return self.filter(accepted_at__isnull=True, expires_at__gt=timezone.now(), sent_to=F("member__email"))


class Invitation(TenantModel):
    """A letter that lets a member set up a login. Only a hash of its token is kept."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    invited_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64)
    # The invitation holds only while this is still the member's address.
    sent_to = models.EmailField()
    # Where the letter leads once accepted: a path below the organisation, or empty for its home page.
    next_path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(InvitationQuerySet)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "token_hash"], name="invitation_token_once")]

    def __str__(self) -> str:
        return f"Invitation of member {self.member_id}"


class ApiKey(TenantModel):
    """An organisation's key to the REST API. The key is shown once; only its hash is kept."""

    name = models.CharField(_("what it is for"), max_length=80)
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64)
    # Acts with the rights of this member, and ends with them.
    created_by = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key_hash"], name="api_key_once")]

    def __str__(self) -> str:
        return self.name


class PeopleImportQuerySet(models.QuerySet):
    def done(self) -> PeopleImportQuerySet:
        return self.filter(status=PeopleImport.Status.DONE)

    def of_people(self) -> PeopleImportQuerySet:
        """Those that said who works here, not what happened to them."""
        return self.filter(holds=PeopleImport.Holds.PEOPLE)

    def light(self) -> PeopleImportQuerySet:
        """Without the file, which may be large and which pages seldom need."""
        return self.defer("content")


class PeopleImport(TenantModel):
    """One uploaded HR export: what was guessed, what was corrected, what would happen and what did."""

    class Holds(models.TextChoices):
        PEOPLE = "people", _("a person")
        JOB_CHANGES = "job_changes", _("a promotion or move")

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("columns to check")
        PLANNED = "planned", _("to confirm")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("thrown away")

    OPEN = (Status.UPLOADED, Status.PLANNED)

    file_name = models.CharField(max_length=200)
    # What each row of it stands for.
    holds = models.CharField(max_length=12, choices=Holds, default=Holds.PEOPLE, db_default=Holds.PEOPLE)
    # The file, compressed; emptied once it is written, cancelled or forgotten.
    content = models.BinaryField()
    row_count = models.PositiveIntegerField(default=0)
    # Encoding, delimiter, date order and the columns as corrected; see accounts.importing.guessing.
    settings = models.JSONField(default=dict)
    headings = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    # The job that reads or writes it, now or last. Not a reference: the jobs' tables stand on this app's.
    job_id = models.BigIntegerField(null=True)
    # How many rows create, change and so on; what concerns the file as a whole.
    counts = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    planned_at = models.DateTimeField(null=True, blank=True)
    # The state of the people that the plan was made for.
    fingerprint = models.CharField(max_length=80, blank=True)
    # People changed after the plan was made, so it was made anew and has to be looked at again.
    is_replanned = models.BooleanField(default=False)
    uploaded_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = tenant_manager(PeopleImportQuerySet)

    class Meta:
        ordering = ["-uploaded_at"]
        indexes = [models.Index(fields=["organisation", "-uploaded_at"], name="people_import_by_age")]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(TenantModel):
    """What one row of an import says and what is to become of it."""

    class Action(models.TextChoices):
        CREATE = "create", _("new")
        CHANGE = "change", _("changed")
        SAME = "same", _("unchanged")
        REFUSE = "refuse", _("refused")

    people_import = TenantForeignKey(PeopleImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action)
    label = models.CharField(max_length=250)
    has_notes = models.BooleanField(default=False)
    # The cells of refused rows, to be handed back.
    cells = models.JSONField(default=list)
    # What accounts.importing.planning.PlannedRow says, without what is empty.
    plan = models.JSONField(default=dict)

    class Meta:
        ordering = ["line"]
        indexes = [
            models.Index(fields=["organisation", "people_import", "line"], name="import_row_by_line"),
            models.Index(fields=["organisation", "people_import", "action", "line"], name="import_row_by_action"),
            models.Index(
                fields=["organisation", "people_import", "line"],
                name="import_row_with_notes",
                condition=Q(has_notes=True),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.action}"
