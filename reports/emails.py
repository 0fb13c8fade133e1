"""The letter of this app: that a report is there, with a link that takes a sign-in and holds no figure."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import Member
from accounts.rules import allows
from mentoring.outbox.services import write_letter

from .choices import read_key
from .models import ReportRecipient, Snapshot

LIFE = timedelta(days=14)


def tell_recipients(snapshot: Snapshot) -> int:
    """Write to those who were chosen and may still read reports. Returns to how many."""
    written = 0
    for recipient in ReportRecipient.objects.select_related("member__user"):
        written += _report_ready(snapshot, recipient.member)
    return written


def _report_ready(snapshot: Snapshot, reader: Member) -> bool:
    if reader.user is None or not reader.user.is_active or reader.has_left or not allows(reader, "reports.view"):
        return False
    choice = read_key(snapshot.month, snapshot.key)
    page = reverse("reports:retention", kwargs={"org": reader.organisation.slug})
    write_letter(
        "report_ready",
        to=reader.email or reader.user.email,
        about=f"snapshot:{snapshot.pk}",
        template="mail/reports/report_ready",
        expires_after=LIFE,
        context={
            "organisation_name": reader.organisation.name,
            "given_name": reader.given_name,
            "month": date_format(snapshot.month, "F Y"),
            "url": f"{settings.SITE_URL}{page}?{choice.query}",
        },
    )
    return True
