"""What reports do when accounts speak: what becomes of somebody's letters, and what is forgotten of whom."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.erasing import ERASED
from accounts.models import Member
from accounts.signals import member_erased, member_left, roles_changed

from . import emails
from .models import Download, ReportRecipient


@receiver(member_erased, dispatch_uid="reports.member_erased")
def forget(*, member: Member, **kwargs: Any) -> None:
    """Snapshots hold no names."""
    ReportRecipient.objects.filter(member=member).delete()
    Download.objects.filter(by=member).update(by_name=ERASED)


@receiver(roles_changed, dispatch_uid="reports.roles_changed")
@receiver(member_left, dispatch_uid="reports.member_left")
def take_back_letters(*, member: Member, **kwargs: Any) -> None:
    emails.take_back_letters(member)
