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
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
import x_wr_timezone
from icalendar import Calendar, Event, vRecur

from .zone_names import zone_of

MOST_MEMORY = 768 * 1024 * 1024
# Of the processor: for everything, and for one event however it repeats.
MOST_SECONDS = 10
EVENT_SECONDS = 0.9
MOST_TIMES = 5000
# Outlook says it on top of TRANSP.
FREE = ("FREE", "WORKINGELSEWHERE")
DATES = re.compile(
    r"^((?:DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)\b[^:\r\n]*?;TZID=)"
    r'("[^"\r\n]*"|tzone://[^:;\r\n]*|\((?:UTC|GMT)[^)\r\n]*\)[^:;\r\n]*|[^:;\r\n]*)',
    re.MULTILINE | re.IGNORECASE,
)
DESCRIBED = re.compile(r"^TZID[^:\r\n]*:(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
FOLD = re.compile(r"\r?\n[ \t]")
# Longer than any meeting that began before the time that is asked for.
MARGIN = timedelta(days=2)

Times = list[tuple[datetime, datetime]]


class Unreadable(Exception):
    """Not a calendar."""


class Endless(Exception):
    """An event that repeats each minute or second: nobody meets like that."""


def busy_in(content: bytes, *, zone: ZoneInfo, start: datetime, end: datetime, own: Collection[str] = ()) -> Times:
    """When the calendar's owner is busy between two instants, in UTC, in order, and joined where times touch.

    `zone` is the owner's, for days and for times without a zone. `own` are the UIDs of our own sessions, which count by
    themselves. Raises Unreadable and Endless.
    """
    return expand(parse(content), zone=zone, start=start, end=end, own=own)


def parse(content: bytes) -> list[Any]:
    """The calendars in a text, with the names of zones put right. Raises Unreadable."""
    text = FOLD.sub("", content.decode("utf-8-sig", "replace"))
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise Unreadable
    described = {name.strip().strip('"') for name in DESCRIBED.findall(text)}

    def put_right(match: re.Match[str]) -> str:
        name = match[2].strip('"')
        if zone := zone_of(name):
            return match[1] + zone.key
        # Without a description either, the time is one of the owner's own clock.
        return match[0] if name in described else match[1][: -len(";TZID=")]

    try:
        return list(Calendar.from_ical(DATES.sub(put_right, text), multiple=True))
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable from error


def expand(
    calendars: Iterable[Any],
    *,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    own: Collection[str] = (),
    each: Callable[[], None] = lambda: None,
) -> Times:
    """When the owner of these calendars is busy; see busy_in(). `each` is called before every event that repeats."""
    found: Times = []
    for calendar in calendars:
        local = zone
        if named := zone_of(str(calendar.pop("X-WR-TIMEZONE", ""))):
            local = named
            # Repeating times that are given in UTC are meant on that zone's clocks.
            calendar = x_wr_timezone.to_standard(calendar, named)
        for event in _occurrences(calendar, start - MARGIN, end + MARGIN, set(own), each):
            if _takes_time(event) and (times := _times(event, local)):
                found.append(times)
        found += _free_busy(calendar)
    return _joined(found, start, end)


def _occurrences(
    calendar: Any, start: datetime, end: datetime, own: set[str], each: Callable[[], None]
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
        each()
        one = Calendar()
        one.add("CALSCALE", "GREGORIAN")
        one.subcomponents = list(events)
        try:
            yield from recurring_ical_events.of(one, skip_bad_series=True).between(start, end)
        except MemoryError:
            raise
        except Exception:  # noqa: S112  (whatever the libraries find wrong in it, the other events count)
            continue


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
        begins, ends = event.start, event.end
        return _instant(begins, local), _instant(ends, local)
    except Exception:
        # Whatever the libraries find wrong in it.
        return None


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
            if str(each.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            begins, until = each.dt if isinstance(each.dt, tuple) else (each.start, each.end)
            ends = begins + until if isinstance(until, timedelta) else until
            if isinstance(begins, datetime) and isinstance(ends, datetime):
                yield _instant(begins, ZoneInfo("UTC")), _instant(ends, ZoneInfo("UTC"))


def _joined(times: Times, start: datetime, end: datetime) -> Times:
    """Cut to what was asked for, in order, and as few as say the same."""
    found: Times = []
    for begins, ends in sorted(times):
        begins, ends = max(begins, start), min(ends, end)
        if ends <= begins:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    return found[:MOST_TIMES]


def limit() -> None:
    """Bind this process to little memory and time; it can write no file and few pipes."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _allow(seconds: float) -> None:
    """Let the signal end this process after so long, whatever loop it is in by then; 0 means not at all."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


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
        times = expand(
            parse(content), zone=zone, start=start, end=end, own=asked["own"], each=lambda: _allow(EVENT_SECONDS)
        )
        _allow(0)
        answer: dict[str, Any] = {"times": [[each[0].timestamp(), each[1].timestamp()] for each in times]}
    except Unreadable:
        answer = {"problem": "unreadable"}
    except Endless:
        answer = {"problem": "endless"}
    except (MemoryError, RecursionError):
        answer = {"problem": "large"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
