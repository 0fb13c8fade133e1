"""The letter of this app: that a report is there, with a link that takes a sign-in and holds no figure."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows
from mentoring.outbox.models import Message
from mentoring.outbox.services import take_back, write_letter

from .choices import read_key
from .models import ReportRecipient, Snapshot

LIFE = timedelta(days=14)


def tell_recipients(snapshot: Snapshot) -> int:
    """Write to those who were chosen and may still read reports. Returns to how many."""
    written = 0
    for recipient in ReportRecipient.objects.select_related("member__user"):
        written += _report_ready(snapshot, recipient.member)
    return written


def take_back_letters(member: Member) -> None:
    """Who may no longer read reports gets no letter that is still to be sent."""
    if member.user is None or _may_read(member):
        return
    unsent = Message.objects.filter(kind="report_ready", recipient=_address(member), status=Message.Status.PENDING)
    for about in list(unsent.values_list("subject_ref", flat=True)):
        take_back(about, kinds=["report_ready"], outcome=_("May no longer read reports."), to=_address(member))


def _may_read(reader: Member) -> bool:
    return bool(reader.user and reader.user.is_active and not reader.has_left and allows(reader, "reports.view"))


def _address(reader: Member) -> str:
    return (reader.email or (reader.user.email if reader.user else "")).lower()


def _report_ready(snapshot: Snapshot, reader: Member) -> bool:
    if not _may_read(reader):
        return False
    choice = read_key(snapshot.month, snapshot.key)
    page = reverse("reports:retention", kwargs={"org": reader.organisation.slug})
    write_letter(
        "report_ready",
        to=_address(reader),
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
