"""What a programme gives its people to read and watch, and what it tells them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.files.models import StoredFile
from mentoring.tenancy.models import TenantForeignKey, TenantModel

from .roles import Role
from .schemes import Program, Stage


class Resource(TenantModel):
    """A link, a file, a video or a text for those of a role in a stage. Required ones are the training path."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        LINK = "link", _("link")
        VIDEO = "video", _("video")
        FILE = "file", _("file")

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="resources")
    title = models.CharField(_("title"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TEXT)
    summary = models.CharField(_("what it is good for"), max_length=300, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    # With the marks of programs.marked_text, which cleans what is shown.
    body = models.TextField(_("text"), blank=True)
    file = TenantForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    # Empty means everybody, and every stage.
    role = models.CharField(_("for whom"), max_length=10, choices=Role, blank=True)
    stage = TenantForeignKey(Stage, on_delete=models.SET_NULL, null=True, blank=True, related_name="resources")
    # The guide of a role, from which its page starts.
    is_guide = models.BooleanField(_("the guide of this role"), default=False)
    required = models.BooleanField(_("part of the training"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    # Removed ones stay with their read marks.
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "program", "position"], name="resource_by_program")]
        constraints = [
            models.CheckConstraint(name="resource_file_has_one", condition=~Q(kind="file") | Q(file__isnull=False))
        ]

    def __str__(self) -> str:
        return self.title


class ResourceRead(TenantModel):
    """That somebody has read a resource."""

    resource = TenantForeignKey(Resource, on_delete=models.CASCADE, related_name="reads")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "resource", "member"], name="resource_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} has read {self.resource_id}"


class Announcement(TenantModel):
    """What an admin tells everybody of a programme, or those of one role."""

    program = TenantForeignKey(Program, on_delete=models.CASCADE, related_name="announcements")
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"))
    role = models.CharField(_("for whom"), max_length=10, choices=Role, blank=True)
    sent_by = TenantForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    recipients = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-sent_at", "-id"]
        indexes = [models.Index(fields=["organisation", "program", "-sent_at"], name="announcement_by_program")]

    def __str__(self) -> str:
        return self.title
