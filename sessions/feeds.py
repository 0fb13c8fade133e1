"""A person's sessions as a calendar that other programs fetch again and again, by an address that nobody can guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import hash_token
from accounts.models import Member
from mentoring.tenancy.scope import whole_organisation

from . import emails, ics
from .models import CalendarSettings, FeedAddress, Session

BEHIND, AHEAD = timedelta(days=30), timedelta(days=365)
# Calendars that missed a cancellation have this long after the session's time to hear of it.
CANCELLED_FOR = timedelta(days=7)
GREENWICH = ZoneInfo("UTC")


class Feed(NamedTuple):
    """Whose sessions are asked for, and whether nothing but their times."""

    member: Member
    busy_only: bool


def organisation_of(token: str) -> Any:
    """In which organisation a token opens a feed, before any is in scope; None for a wrong one."""
    found = FeedAddress.objects.filter(token_hash=hash_token(token)).select_related("organisation").first()
    return found.organisation if found else None


def feed_of(token: str) -> Feed | None:
    """Whose feed a token opens in the organisation in scope; None when they have left or took it back."""
    token_hash = hash_token(token)
    address = FeedAddress.objects.filter(token_hash=token_hash).first()
    if address is None:
        return None
    own = CalendarSettings.objects.filter(pk=address.settings_id).select_related("member__user").first()
    if own is None or token_hash not in (own.feed_hash, own.busy_feed_hash):
        return None
    member = own.member
    if member.has_left or member.user is None or not member.user.is_active:
        return None
    return Feed(member, busy_only=token_hash == own.busy_feed_hash)


def write_feed(feed: Feed, *, now: datetime | None = None) -> bytes:
    """The sessions of the last month and the next year; the same text as long as nothing has changed."""
    now = now or timezone.now()
    found = Session.objects.involving(feed.member).filter(ends_at__gt=now - BEHIND, starts_at__lt=now + AHEAD)
    if feed.busy_only:
        found = found.exclude(status__in=[Session.Status.CANCELLED, Session.Status.MISSED])
    else:
        found = found.exclude(status=Session.Status.CANCELLED, ends_at__lt=now - CANCELLED_FOR)
    write = _busy_event if feed.busy_only else event
    events = [write(session, feed.member) for session in found.with_people().order_by("starts_at", "id")]
    name = _("Busy") if feed.busy_only else _("Mentoring")
    return ics.calendar_of(events, name=name)


def event(session: Session, reader: Member) -> Any:
    people = session.topic if session.has_seats else emails.names_of(session.others(reader))
    return ics.session_event(
        **_times(session),
        uid=str(session.uid),
        summary=_("Mentoring: %(people)s") % {"people": people},
        description=session.topic,
        location=session.place,
        url=settings.SITE_URL + reverse("sessions:detail", kwargs={"org": whole_organisation().slug, "pk": session.pk}),
        status=_status(session),
    )


def _busy_event(session: Session, reader: Member) -> Any:
    """When it is, and nothing else; even its name is another, so that it can't be found again elsewhere.

    A zone would tell where the mentor lives, a sequence or a stamp that counts changes how often it was moved.
    """
    event = ics.session_event(
        uid=hash_token(f"busy {session.uid}")[:32],
        sequence=0,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=GREENWICH,
        summary=_("Busy"),
        stamp=session.starts_at,
        status=_status(session),
    )
    del event["SEQUENCE"]
    event.add("CLASS", "PRIVATE")
    return event


def _times(session: Session) -> dict[str, Any]:
    return {
        "sequence": session.calendar_sequence,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "zone": session.zone,
        # Rises with each change, and is the same at every reading in between.
        "stamp": session.booked_at.astimezone(UTC).replace(microsecond=0)
        + timedelta(seconds=session.calendar_sequence),
    }


def _status(session: Session) -> Any:
    if session.status == Session.Status.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if session.status == Session.Status.WISHED else "CONFIRMED"
