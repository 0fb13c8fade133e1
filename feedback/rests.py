"""When a mentorship has rested, from the turns that were written down; a time of rest counts for nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from programs.models import Mentorship, MentorshipEvent


def rests_of(mentorship: Mentorship, *, now: datetime) -> list[tuple[datetime, datetime]]:
    """Its pauses in their order, one that goes on until `now`. Reads mentorship.events, which may be prefetched."""
    found: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for event in sorted(mentorship.events.all(), key=lambda each: (each.at, each.pk)):
        if event.kind == MentorshipEvent.Kind.PAUSED:
            since = since or event.at
        elif event.kind == MentorshipEvent.Kind.RESUMED and since is not None:
            found.append((since, event.at))
            since = None
    if since is not None and mentorship.paused_at is not None:
        found.append((since, max(since, now)))
    return found


def rested(mentorship: Mentorship, *, now: datetime) -> timedelta:
    """For how long it has rested in all."""
    return sum((until - since for since, until in rests_of(mentorship, now=now)), timedelta(0))
