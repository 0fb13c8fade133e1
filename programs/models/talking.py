"""What the people of a mentorship write to each other."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from mentoring.files.models import StoredFile
from mentoring.tenancy.models import TenantForeignKey, TenantModel

from .mentorships import Mentorship


class ChatMessage(TenantModel):
    """A message inside a mentorship. Its participants read it, and no role opens it to anybody else."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="messages")
    author = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(_("message"), blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    # Chosen by the page that sends it, so that a message sent twice is one.
    token = models.UUIDField()

    class Meta:
        ordering = ["sent_at", "id"]
        indexes = [models.Index(fields=["organisation", "mentorship", "sent_at"], name="chat_by_mentorship")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mentorship", "token"], name="chat_message_once")
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"


class ChatAttachment(TenantModel):
    """A file that came with a message."""

    message = TenantForeignKey(ChatMessage, on_delete=models.CASCADE, related_name="attachments")
    file = TenantForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organisation", "message"], name="chat_attachment_by_message")]

    def __str__(self) -> str:
        return f"Attachment {self.pk}"


class ChatRead(TenantModel):
    """Up to which moment a participant has read the messages of a mentorship, and when they were last told of new ones."""

    mentorship = TenantForeignKey(Mentorship, on_delete=models.CASCADE, related_name="+")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    read_until = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "mentorship", "member"], name="chat_read_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.mentorship_id}"


class SentForm(TenantModel):
    """A form that a member has sent, for the day in which it may come once more: a double click, the back button."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # A hash of the page's own token, of its address and of all that was typed.
    key = models.CharField(max_length=64)
    # Where the answer led.
    location = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["organisation", "member", "sent_at"], name="sent_form_by_time")]
        constraints = [models.UniqueConstraint(fields=["organisation", "member", "key"], name="sent_form_once")]

    def __str__(self) -> str:
        return f"Form {self.pk}"


class LastEdit(TenantModel):
    """Who saved a form last, and what stood in it then: what one changed oneself, nobody else has changed."""

    # The form, and what it is about; see programs.forms.seen.
    form = models.CharField(max_length=150)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=32)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["organisation", "saved_at"], name="last_edit_by_time")]
        constraints = [models.UniqueConstraint(fields=["organisation", "form"], name="last_edit_once")]

    def __str__(self) -> str:
        return self.form
