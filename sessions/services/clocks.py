"""Sessions keep the wall time that was meant when the rules of a zone's clocks change before the day."""

from __future__ import annotations

import logging
import zoneinfo
from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from accounts.models import Member

from .. import emails
from ..models import Attendance, Session
from ..zones import resolve_local
from .booking import lock_people, wall_time, without_clash
from .problems import SlotTaken

logger = logging.getLogger(__name__)


@transaction.atomic
def keep_wall_times() -> int:
    """Move what is planned or wished for to the instant that its wall time means by the rules of today.

    Everybody hears of it with a new invitation. Where somebody is not free then, the session stays at its instant, and
    they hear that its wall time is another now; the next night tries again. One that fails does not stop the others.
    Returns how many have moved.
    """
    coming = Session.objects.filter(
        status__in=(Session.Status.PLANNED, Session.Status.WISHED),
        starts_at__gt=timezone.now(),
        wall_time__isnull=False,
    )
    meant = {}
    for pk, starts_at, wall, zone_name in coming.values_list("pk", "starts_at", "wall_time", "zone_name"):
        if wall is not None and (instant := _meant(starts_at, wall, zone_name)) != starts_at:
            meant[pk] = starts_at, instant
    # Whoever moves later makes room for those before, and the other way round.
    later = sorted((pk for pk, (was, at) in meant.items() if at > was), key=lambda pk: meant[pk], reverse=True)
    earlier = sorted((pk for pk, (was, at) in meant.items() if at < was), key=lambda pk: meant[pk])
    _lock(meant)
    return sum(_try_to_keep(pk) for pk in (*later, *earlier))


def _lock(pks: Collection[int]) -> None:
    """Keep all of them for this transaction in the order in which everybody locks: groups, then people.

    One after the other they would be locked in no order at all.
    """
    sessions = Session.objects.filter(pk__in=pks)
    list(sessions.with_seats().order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk"))
    lock_people(Member.objects.filter(pk__in=Attendance.objects.filter(session__in=pks).values("member_id")))


def _try_to_keep(pk: int) -> bool:
    try:
        return _keep(pk)
    except Exception:
        logger.exception("session %s could not be looked at", pk)
        return False


@transaction.atomic
def _keep(pk: int) -> bool:
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if session.wall_time is None or not (session.is_planned or session.is_wished) or session.has_begun:
        return False
    was_at, length = session.starts_at, session.ends_at - session.starts_at
    starts_at = _meant(was_at, session.wall_time, session.zone_name)
    if starts_at == was_at:
        # Somebody has moved it in the meantime.
        return False

    def write() -> None:
        session.starts_at, session.ends_at = starts_at, starts_at + length
        session.sequence += 1
        session.save(update_fields=["starts_at", "ends_at", "sequence"])
        session.attendances.update(during=DateTimeTZRange(session.starts_at, session.ends_at))

    try:
        without_clash(write, wanted=starts_at)
    except SlotTaken:
        logger.warning("session %s can not keep its wall time", pk)
        session.refresh_from_db()
        emails.session_clocks(session)
        return False
    if session.is_planned:
        emails.session_clocks(session, was_at=was_at)
    return True


def _meant(starts_at: datetime, wall: datetime, zone_name: str) -> datetime:
    """The instant that a wall time, kept as if it were UTC, means now; the one it has, where its clock shows that."""
    zone = _zone(zone_name)
    if zone is None or wall_time(starts_at, zone) == wall:
        # Also in the second of two hours that a clock change repeats.
        return starts_at
    return resolve_local(wall.date(), wall.time(), zone)


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    # A zone that no data knows any more has no rules to go by.
    return zoneinfo.ZoneInfo(name) if name in _known_zones() else None
