"""Reading when a calendar (RFC 5545) says that its owner is busy.

Runs in a process of its own, started by parsing.py, because a calendar may ask for more time or memory than there is.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
import warnings
import zoneinfo
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
import x_wr_timezone
from icalendar import Alarm, Calendar, Event, FreeBusy, InvalidCalendar, Journal, Todo, vBroken, vRecur
from icalendar.cal import ComponentFactory
from icalendar.parser.ical import CalendarIcalParser

from .zone_names import zone_of

MOST_MEMORY = 768 * 1024 * 1024
# Of the processor: for everything; for what repeats, however it does; and what each that repeats adds to that. An ordinary
# one takes 5 to 20 ms, and hundreds of them are somebody's standing meetings.
MOST_SECONDS = 10
REPEATING_SECONDS = 0.9
EACH_SECONDS = 0.04
# More than anybody has in a year; to leave out the rest would call its times free.
MOST_TIMES = 5000
# An alarm in an event in a calendar is three deep.
DEEPEST = 8
# Outlook says it on top of TRANSP.
FREE = ("FREE", "WORKINGELSEWHERE")
DATES = re.compile(
    r"^((?:DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)\b[^:\r\n]*?;TZID=)"
    r'("[^"\r\n]*"|tzone://[^:;\r\n]*|\((?:UTC|GMT)[^)\r\n]*\)[^:;\r\n]*|[^:;\r\n]*)',
    re.MULTILINE | re.IGNORECASE,
)
DESCRIBED = re.compile(r"^TZID[^:\r\n]*:(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
FOLD = re.compile(r"\r?\n[ \t]")
BOUND = re.compile(r"^[ \t]*(BEGIN|END)[ \t]*:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)
# Longer than any meeting that began before the time that is asked for.
MARGIN = timedelta(days=2)

Times = list[tuple[datetime, datetime]]


class Unreadable(Exception):
    """Not a calendar."""


class CutOff(Unreadable):
    """A calendar that does not reach its end."""


class Large(Exception):
    """More busy times than are kept."""


class Endless(Exception):
    """An event that repeats each minute or second: nobody meets like that."""


class TolerantAlarm(Alarm):
    """What is wrong in it costs itself only, as in an event."""

    ignore_exceptions = True


class TolerantFreeBusy(FreeBusy):
    """What is wrong in it costs itself only, as in an event."""

    ignore_exceptions = True


class TolerantJournal(Journal):
    """What is wrong in it costs itself only, as in an event."""

    ignore_exceptions = True


class TolerantTodo(Todo):
    """What is wrong in it costs itself only, as in an event."""

    ignore_exceptions = True


def busy_in(content: bytes, *, zone: ZoneInfo, start: datetime, end: datetime, own: Collection[str] = ()) -> Times:
    """When the calendar's owner is busy between two instants, in UTC, in order, and joined where times touch.

    `zone` is the owner's, for days and for times without a zone. `own` are the UIDs of our own sessions, which count by
    themselves. Raises Unreadable, Endless and Large.
    """
    return expand(parse(content), zone=zone, start=start, end=end, own=own)


def parse(content: bytes) -> list[Any]:
    """The calendars in a text, with the names of zones put right. Raises Unreadable, also for a text that breaks off."""
    text = FOLD.sub("", content.decode("utf-8-sig", "replace"))
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise Unreadable
    _require_whole(text)
    described = {name.strip().strip('"') for name in DESCRIBED.findall(text)}

    def put_right(match: re.Match[str]) -> str:
        name = match[2].strip('"')
        if zone := zone_of(name):
            return match[1] + zone.key
        # Without a description either, the time is one of the owner's own clock.
        return match[0] if name in described else match[1][: -len(";TZID=")]

    factory = ComponentFactory()
    for tolerant in (TolerantAlarm, TolerantFreeBusy, TolerantJournal, TolerantTodo):
        factory.add_component_class(tolerant)
    try:
        return list(CalendarIcalParser(DATES.sub(put_right, text), factory, Calendar.types_factory).parse())
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable from error


def _require_whole(text: str) -> None:
    """Raise CutOff or Unreadable unless everything that begins ends, in its place.

    The parser leaves out a calendar without its end, and a text that was cut off in transit would leave its owner free.
    """
    open_names: list[str] = []
    for bound, name in BOUND.findall(text):
        if bound.upper() == "BEGIN":
            open_names.append(name.upper())
            if len(open_names) > DEEPEST:
                raise Unreadable
        elif not open_names or open_names.pop() != name.upper():
            raise Unreadable
    if open_names:
        raise CutOff


def expand(
    calendars: Iterable[Any],
    *,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    own: Collection[str] = (),
    allowance: AbstractContextManager[Any] | None = None,
) -> Times:
    """When the owner of these calendars is busy; see busy_in(). Each event that repeats is computed within `allowance`."""
    found: Times = []
    for calendar in calendars:
        local = zone
        if named := zone_of(str(calendar.pop("X-WR-TIMEZONE", ""))):
            local = named
            # Repeating times that are given in UTC are meant on that zone's clocks.
            calendar = x_wr_timezone.to_standard(calendar, named)
        for event in _occurrences(calendar, start - MARGIN, end + MARGIN, set(own), allowance or nullcontext()):
            if _takes_time(event) and (times := _times(event, local)):
                found.append(times)
        found += _free_busy(calendar)
    return _joined(found, start, end)


def _occurrences(
    calendar: Any, start: datetime, end: datetime, own: set[str], allowance: AbstractContextManager[Any]
) -> Iterator[Any]:
    """Every occurrence of every event; an event that is written wrongly costs itself only."""
    series: dict[str, list[Event]] = defaultdict(list)
    for event in calendar.walk("VEVENT"):
        uid = event.get("UID", "")
        if isinstance(uid, list):
            uid = event["UID"] = uid[0]
        series[str(uid)].append(event)
    for uid, events in series.items():
        if uid.strip().lower() in own:
            continue
        if not any(name in event for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID")) and uid:
            # The last of several that say the same.
            yield max(events, key=_sequence)
            continue
        if not uid:
            # Without a name each stands alone.
            yield from (event for event in events if "RRULE" not in event)
            events = [event for event in events if "RRULE" in event]
        if any(_frequency(event) in ("SECONDLY", "MINUTELY") for event in events):
            raise Endless
        one = Calendar()
        one.add("CALSCALE", "GREGORIAN")
        one.subcomponents = list(events)
        try:
            with allowance:
                found = recurring_ical_events.of(one, skip_bad_series=True).between(start, end)
        except MemoryError:
            raise
        except Exception:  # noqa: S112  (whatever the libraries find wrong in it, the other events count)
            continue
        yield from found


def _frequency(event: Any) -> str:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        for frequency in rule.get("FREQ", []) if isinstance(rule, vRecur) else []:
            if str(frequency).upper() in ("SECONDLY", "MINUTELY"):
                return str(frequency).upper()
    return ""


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _takes_time(event: Any) -> bool:
    def said(name: str) -> str:
        return str(event.get(name, "")).strip().upper()

    return (
        said("STATUS") != "CANCELLED"
        and said("TRANSP") != "TRANSPARENT"
        and said("X-MICROSOFT-CDO-BUSYSTATUS") not in FREE
    )


def _times(event: Any, local: ZoneInfo) -> tuple[datetime, datetime] | None:
    try:
        begins, ends = _bounds(event)
        return _instant(begins, local), _instant(ends, local)
    except Exception:
        # Whatever the libraries find wrong in it.
        return None


def _bounds(event: Any) -> tuple[date, date]:
    try:
        return event.start, event.end
    except InvalidCalendar:
        # One is a day and the other a time, or it has a length besides its end: what it says is plain all the same.
        return event["DTSTART"].dt, event["DTEND"].dt


def _instant(value: date, local: ZoneInfo) -> datetime:
    """A day begins at midnight, and a time without a zone is meant, on the owner's clock."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=local)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=local, fold=0)
    return value.astimezone(UTC)


def _free_busy(calendar: Any) -> Iterator[tuple[datetime, datetime]]:
    """What a calendar says that publishes nothing but when its owner is busy."""
    for component in calendar.walk("VFREEBUSY"):
        listed = component.get("FREEBUSY", [])
        for each in listed if isinstance(listed, list) else [listed]:
            if isinstance(each, vBroken) or str(each.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            begins, until = each.dt if isinstance(each.dt, tuple) else (each.start, each.end)
            ends = begins + until if isinstance(until, timedelta) else until
            if isinstance(begins, datetime) and isinstance(ends, datetime):
                yield _instant(begins, ZoneInfo("UTC")), _instant(ends, ZoneInfo("UTC"))


def _joined(times: Times, start: datetime, end: datetime) -> Times:
    """Cut to what was asked for, in order, and as few as say the same. Raises Large."""
    found: Times = []
    for begins, ends in sorted(times):
        begins, ends = max(begins, start), min(ends, end)
        if ends <= begins:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    if len(found) > MOST_TIMES:
        raise Large
    return found


def limit() -> None:
    """Bind this process to little memory and time; it can write no file and few pipes."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


class Allowance:
    """How long all that repeats may take; a signal ends this process when it is used up, whatever loop it is in by then."""

    def __init__(self) -> None:
        self.left = REPEATING_SECONDS

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self.left + EACH_SECONDS)

    def __exit__(self, *raised: object) -> None:
        # What is left comes back from the timer that is put out.
        self.left = signal.setitimer(signal.ITIMER_PROF, 0)[0]


def main() -> None:
    """Read what is asked for from standard input: a line of JSON, then the calendar. Answer in JSON."""
    zoneinfo.reset_tzpath(to=[])
    warnings.simplefilter("ignore")
    limit()
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    zone = ZoneInfo(asked["zone"])
    start, end = (datetime.fromtimestamp(asked[bound], UTC) for bound in ("start", "end"))
    try:
        times = expand(parse(content), zone=zone, start=start, end=end, own=asked["own"], allowance=Allowance())
        answer: dict[str, Any] = {"times": [[each[0].timestamp(), each[1].timestamp()] for each in times]}
    except CutOff:
        answer = {"problem": "broken"}
    except Unreadable:
        answer = {"problem": "unreadable"}
    except Endless:
        answer = {"problem": "endless"}
    except (MemoryError, RecursionError, Large):
        answer = {"problem": "large"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
