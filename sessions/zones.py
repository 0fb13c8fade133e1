"""Wall time to UTC and back, with one written rule for every hour that a clock change skips or repeats."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
RESOLUTION = timedelta(microseconds=1)
# No zone changes its clocks twice within a week; Morocco's Ramadan, a month long, is the shortest pair in use.
STRIDE = timedelta(days=7)


class Transition(NamedTuple):
    """One clock change: the first instant (UTC) of the new offset, and the offsets on either side."""

    at: datetime
    before: timedelta
    after: timedelta


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Say how far ahead of UTC the zone's clocks are at an aware instant."""
    return _known(instant.astimezone(zone).utcoffset())


def resolve_local(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Find the UTC instant that a person means by a date and a wall time.

    A time that a clock change skips uses the offset before it, one that it repeats means the first (RFC 5545, 3.3.5).
    """
    # fold=0 is precisely that rule (PEP 495); a stray fold on the argument must not change it.
    return datetime.combine(day, wall.replace(fold=0, tzinfo=zone)).astimezone(UTC)


def resolve_bound(wall: datetime, zone: ZoneInfo) -> datetime:
    """Find the UTC instant at which a window opens or closes, given its naive wall time.

    A bound that a clock change skips moves to the change itself, one that it repeats means the first.
    """
    before = _known(wall.replace(tzinfo=zone, fold=0).utcoffset())
    after = _known(wall.replace(tzinfo=zone, fold=1).utcoffset())
    if before >= after:
        return (wall - before).replace(tzinfo=UTC)
    return _change_between((wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC), zone)


def transitions(zone: ZoneInfo, first: datetime, last: datetime) -> list[Transition]:
    """List the changes of the zone's UTC offset in (first, last], oldest first."""
    found = []
    low, offset = first.astimezone(UTC), offset_at(first, zone)
    end = last.astimezone(UTC)
    while low < end:
        high = min(low + STRIDE, end)
        if (new := offset_at(high, zone)) != offset:
            found.append(Transition(_change_between(low, high, zone), offset, new))
            offset = new
        low = high
    return found


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Find the first second in (low, high] whose offset is no longer the one at `low`."""
    old = offset_at(low, zone)
    # Clocks change on whole seconds, so widening to them keeps the change inside.
    low, high = low.replace(microsecond=0), (high + SECOND - RESOLUTION).replace(microsecond=0)
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if offset_at(middle, zone) == old:
            low = middle
        else:
            high = middle
    return low + SECOND


def _known(offset: timedelta | None) -> timedelta:
    """Rule out the missing offset that only naive times have."""
    if offset is None:
        raise ValueError("A time with a zone is needed.")
    return offset
