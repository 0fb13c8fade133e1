"""All of a member's own sessions as files to keep: for a spreadsheet, and for a calendar. Notes are in neither."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.spreadsheets import csv_file
from mentoring.templatetags.ui import zone_name

from . import emails, feeds, ics
from .models import Session

MINUTE = timedelta(minutes=1)


def history_csv(member: Member) -> bytes:
    """One row for each session, the newest first, in the member's own zone."""
    headings = [
        _("Day"), _("From"), _("Until"), _("Time zone"), _("With"), _("Programme"), _("About"), _("Where"), _("State"),
        _("Minutes"),
    ]  # fmt: skip
    rows = []
    for session in _own(member).order_by("-starts_at", "-id"):
        start, end = session.starts_at.astimezone(member.zone), session.ends_at.astimezone(member.zone)
        row = [
            f"{start:%Y-%m-%d}",
            f"{start:%H:%M}",
            f"{end:%H:%M}",
            # Of an hour that comes twice, the offset says which.
            f"{zone_name(start)} ({start:%z})",
            emails.names_for(session, member),
            session.scheme.name,
            session.topic,
            session.place,
            str(session.standing_for(member).label),
            # Only what everybody agrees on, or nobody has contradicted, has a length.
            str(session.length // MINUTE) if session.length is not None else "",
        ]
        rows.append(row)
    return csv_file(headings, rows).encode()


def history_ics(member: Member) -> bytes:
    """Every session as an event; the same identities as in the invitations, so that nothing stands twice."""
    events = [feeds.event(session, member) for session in _own(member).order_by("starts_at", "id")]
    return ics.calendar_of(events, name=_("Mentoring"))


def _own(member: Member) -> Any:
    return Session.objects.involving(member).with_people()
