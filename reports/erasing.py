"""What reports forget of somebody who was erased. Snapshots hold no names."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.erasing import ERASED
from accounts.models import Member
from accounts.signals import member_erased

from .models import Download, ReportRecipient


@receiver(member_erased, dispatch_uid="reports.member_erased")
def forget(*, member: Member, **kwargs: Any) -> None:
    ReportRecipient.objects.filter(member=member).delete()
    Download.objects.filter(by=member).update(by_name=ERASED)
