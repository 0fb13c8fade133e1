"""Letters, written in the same transaction as the fact they tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mentoring.tenancy.models import TenantModel

from .kinds import name_of


class Letter(models.Model):
    """What both kinds of message have. Rendered when written; the body is cleared some time after it was sent."""

    class Status(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("sent")
        SKIPPED = "skipped", _("not sent any more")
        FAILED = "failed", _("could not be sent")

    kind = models.CharField(max_length=40)
    # What it is about, such as "session:12". Unique with kind, recipient and sequence.
    subject_ref = models.CharField(max_length=80)
    recipient = models.EmailField()
    sequence = models.PositiveIntegerField(default=0)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    # [{"name": …, "content_type": …, "content": …}, …], text only.
    attachments = models.JSONField(default=list)
    due_at = models.DateTimeField(default=timezone.now)
    # Skipped, not sent late, after this.
    expires_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    # While it is being sent: letters have come back from its address before.
    came_back = False

    class Meta:
        abstract = True

    @property
    def told_at(self) -> datetime:
        """When its reader could know of it: on the page some stand before they are sent."""
        return min(self.due_at, timezone.now())

    def __str__(self) -> str:
        return f"{self.kind} about {self.subject_ref}"


class Message(Letter, TenantModel):
    """A letter that an organisation sends."""

    # It carries a link that lets somebody in, so what it says is forgotten as soon as it was sent.
    secret = models.BooleanField(default=False, db_default=False)
    # The page that it leads to, for the list of what somebody was told; and when they read it there.
    path = models.CharField(max_length=500, blank=True, default="", db_default="")
    read_at = models.DateTimeField(null=True, blank=True)
    # Kept for the summary of the day instead of being sent by itself.
    for_digest = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "subject_ref", "recipient", "sequence"], name="message_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "subject_ref", "status"], name="message_by_subject"),
            models.Index(fields=["organisation", "recipient", "-due_at"], name="message_by_reader"),
            # For the number beside the bell.
            models.Index(
                fields=["organisation", "recipient", "due_at"],
                name="message_unread",
                condition=models.Q(read_at__isnull=True),
            ),
            # For the nightly job that clears old bodies.
            models.Index(fields=["organisation", "due_at"], name="message_with_body", condition=~models.Q(text="")),
            # For the list of what could not be sent.
            models.Index(
                fields=["organisation", "-due_at"], name="message_not_sent", condition=models.Q(status="failed")
            ),
        ]

    @property
    def name(self) -> Any:
        """What kind of letter it is, for lists."""
        return name_of(self.kind)

    @property
    def can_go_again(self) -> bool:
        """Whether sending it now would still be of use, and it is still known what it said."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.status == self.Status.FAILED and in_time and bool(self.text)


class DigestChoice(TenantModel):
    """That somebody wants one letter a day with what may wait."""

    address = models.EmailField()
    # Where their morning is.
    time_zone = models.CharField(max_length=64)
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "address"], name="digest_choice_once")]

    def __str__(self) -> str:
        return f"Digest {self.pk}"


class BouncedAddress(TenantModel):
    """An address from which letters come back; nearly nothing is sent there until it is put right."""

    address = models.EmailField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "bounced addresses"
        constraints = [models.UniqueConstraint(fields=["organisation", "address"], name="bounced_address_once")]

    def __str__(self) -> str:
        return f"Bounced address {self.pk}"


class AccountMessage(Letter):
    """A letter to a user about their own sign-in, from the platform. It may hold a code, so its body goes when it is sent."""

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_ref", "recipient", "sequence"], name="account_message_once"
            )
        ]


class Dispatch(models.Model):
    """Points at a letter that is still to be sent, for the loop that looks across organisations. Holds no content."""

    organisation = models.ForeignKey(
        settings.TENANCY_ORGANISATION_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    message_id = models.BigIntegerField()
    # When to try; moved ahead while a sender holds it, so that a dead one's letters are taken up again.
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "message_id"], name="dispatch_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"letter {self.message_id}"
