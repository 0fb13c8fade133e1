"""The free times of one or several people, computed from weekly hours and busy times alone."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sessions.zones import resolve_bound

DAY = timedelta(days=1)
NOTHING = timedelta(0)
MINUTES_A_DAY = 24 * 60

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """Hours offered every week, in minutes after midnight of the owner's wall clock; Monday is 0.

    An end that is not after the start lies on the next day: 22:00 to 02:00 crosses midnight, 00:00 to 00:00 is a whole
    day.
    """

    weekday: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday < 7 and 0 <= self.start < MINUTES_A_DAY and 0 <= self.end <= MINUTES_A_DAY):
            raise ValueError(f"Not a weekly window: {self}")


class Busy(NamedTuple):
    """A time, half-open, at which a person is not free, and the gap that it wants on either side."""

    starts_at: datetime
    ends_at: datetime
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING


class Slot(NamedTuple):
    """A time that can be booked, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Availability:
    """What one person offers and what already fills their time."""

    zone: ZoneInfo
    windows: Sequence[Window] = ()
    busy: Iterable[Busy | tuple[datetime, datetime]] = ()
    # Day → what is offered on it instead of the weekly windows, as (start, end) in minutes of the wall clock, an end at
    # or below its start lying on the next day; nothing on a day means that no window begins on it.
    overrides: Mapping[date, Sequence[tuple[int, int]]] = field(default_factory=dict)
    # Days, the first and the last included, that are closed from midnight to midnight of the wall clock.
    days_off: Iterable[tuple[date, date]] = ()

    @property
    def offers_hours(self) -> bool:
        return bool(self.windows or self.overrides)


@dataclass(frozen=True)
class Quota:
    """At most so much in each week (Monday to Sunday) or month of a clock, in a unit of the caller's choice.

    `taken` says when something starts that counts already, and how much of it; `each` is what a new slot would take.
    """

    zone: ZoneInfo
    most: int
    each: int = 1
    monthly: bool = False
    taken: Iterable[tuple[datetime, int]] = ()

    def period_of(self, instant: datetime) -> date:
        """The first day of the week or month that an instant lies in."""
        day = instant.astimezone(self.zone).date()
        return day.replace(day=1) if self.monthly else day - day.weekday() * DAY

    def within(self, slots: Iterable[Slot]) -> list[Slot]:
        """The slots of which any one still fits."""
        used = self._used()
        return [slot for slot in slots if used[self.period_of(slot.starts_at)] + self.each <= self.most]

    def full(self, first: datetime, last: datetime) -> list[date]:
        """The first days of the periods between two instants in which no slot fits any more."""
        used = self._used()
        period, end = self.period_of(first), self.period_of(last)
        found = []
        while period <= end:
            if used[period] + self.each > self.most:
                found.append(period)
            period = (period.replace(day=1) + 32 * DAY).replace(day=1) if self.monthly else period + 7 * DAY
        return found

    def _used(self) -> dict[date, int]:
        used: dict[date, int] = defaultdict(int)
        for starts_at, amount in self.taken:
            used[self.period_of(starts_at)] += amount
        return used


@dataclass(frozen=True)
class BookingRules:
    """How a programme lets people book; every duration is elapsed time. Without a step, sessions follow one another."""

    length: timedelta = timedelta(hours=1)
    step: timedelta | None = None
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING
    notice: timedelta = NOTHING
    horizon: timedelta = timedelta(days=30)

    def __post_init__(self) -> None:
        if self.length <= NOTHING or (self.step is not None and self.step <= NOTHING):
            raise ValueError("A session and the step between starts must last longer than nothing.")


def free_slots(
    owner: Availability,
    others: Iterable[Availability] = (),
    *,
    rules: BookingRules,
    now: datetime,
    quotas: Iterable[Quota] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Slot]:
    """List the slots at which everyone is free, sorted, without duplicates.

    Nobody is booked on their days off, nor beyond a quota. Starts lie on a grid of elapsed time from the start of each of the owner's windows, whatever `now` is; a slot may
    run on into a window that touches its own. Others who offer no windows are free whenever they are not busy. Between
    two sessions lies the larger of the buffers that they ask for. The first start is `now + notice` or later, the last
    `now + horizon` or earlier; `since` (inclusive) and `until` (exclusive) narrow that down.

    Takes and returns aware times (those given in any zone, those returned in UTC); raises ValueError for a naive one.
    """
    others = list(others)
    length, step = rules.length, rules.step or rules.length
    now = _utc(now)
    earliest, latest = now + rules.notice, now + rules.horizon
    if since is not None:
        earliest = max(earliest, _utc(since))
    stop = None if until is None else _utc(until)
    last = latest if stop is None else min(latest, stop)
    if last < earliest:
        return []

    spans = _spans(owner, earliest, last + length)
    free = _merged(spans)
    for other in others:
        if other.offers_hours:
            free = _intersection(free, _merged(_spans(other, earliest, last + length)))
    blocks = _blocks([owner, *others], rules)
    for person in (owner, *others):
        blocks += _closed(person, earliest, last + length)
    free = _difference(free, _merged(blocks))

    slots = set()
    opens = [start for start, _ in free]
    for window_start, window_end in spans:
        for free_start, free_end in islice(free, max(bisect_right(opens, window_start) - 1, 0), None):
            if free_start >= window_end:
                break
            behind = max(free_start, earliest) - window_start
            start = window_start + max(-(-behind // step), 0) * step
            final = min(free_end - length, last)
            while start <= final and start < window_end:
                if start != stop:
                    slots.add(Slot(start, start + length))
                start += step
    found = sorted(slots)
    for quota in quotas:
        found = quota.within(found)
    return found


def nearest(slots: Iterable[Slot], wanted: datetime, n: int = 3) -> list[Slot]:
    """Pick the `n` slots that start closest to the wanted time, in the order of time; of two as close, the earlier."""
    closest = sorted(slots, key=lambda slot: (abs(slot.starts_at - wanted), slot.starts_at))[:n]
    return sorted(closest)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"A time without a zone: {instant}")
    return instant.astimezone(UTC)


def _spans(person: Availability, first: datetime, last: datetime) -> list[Span]:
    """Turn weekly windows into UTC spans that cover (first, last), each whole, sorted by their starts."""
    weekly: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for window in person.windows:
        weekly[window.weekday].append((window.start, window.end))
    spans = []
    # A window lasts a day at most, so one that began yesterday may still be open.
    day = first.astimezone(person.zone).date() - DAY
    end = last.astimezone(person.zone).date()
    while day <= end:
        midnight = datetime.combine(day, time())
        for opening, closing in person.overrides.get(day, weekly[day.weekday()]):
            opens = midnight + timedelta(minutes=opening)
            closes = midnight + timedelta(minutes=closing) + (DAY if closing <= opening else NOTHING)
            span = resolve_bound(opens, person.zone), resolve_bound(closes, person.zone)
            # Nothing is left of a window that a clock change skips.
            if span[0] < span[1]:
                spans.append(span)
        day += DAY
    return sorted(spans)


def _closed(person: Availability, first: datetime, last: datetime) -> list[Span]:
    """Turn days off into UTC spans, as far as they touch (first, last): a day of a clock change has 23 or 25 hours."""
    begin, end = first.astimezone(person.zone).date(), last.astimezone(person.zone).date()
    spans = []
    for first_day, last_day in person.days_off:
        opens, closes = max(first_day, begin - DAY), min(last_day, end + DAY)
        if opens <= closes:
            midnights = datetime.combine(opens, time()), datetime.combine(closes, time()) + DAY
            spans.append((resolve_bound(midnights[0], person.zone), resolve_bound(midnights[1], person.zone)))
    return spans


def _blocks(people: Iterable[Availability], rules: BookingRules) -> list[Span]:
    """Widen everybody's busy times by the gap that a new session must keep from them."""
    before, after = rules.buffer_before, rules.buffer_after
    blocks = []
    for person in people:
        for block in person.busy:
            busy = Busy(*block)
            starts_at, ends_at = _utc(busy.starts_at), _utc(busy.ends_at)
            if starts_at < ends_at:
                blocks.append((starts_at - max(after, busy.buffer_before), ends_at + max(before, busy.buffer_after)))
    return blocks


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap or touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = merged[-1][0], end
        else:
            merged.append((start, end))
    return merged


def _intersection(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    """Keep what two merged lists have in common."""
    common = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i][0], theirs[j][0]), min(ours[i][1], theirs[j][1])
        if start < end:
            common.append((start, end))
        if ours[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1
    return common


def _difference(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Cut one merged list out of another."""
    left = []
    j = 0
    for start, end in spans:
        while j < len(taken) and taken[j][1] <= start:
            j += 1
        k = j
        while k < len(taken) and taken[k][0] < end:
            if start < taken[k][0]:
                left.append((start, taken[k][0]))
            start = max(start, taken[k][1])
            k += 1
        if start < end:
            left.append((start, end))
    return left
