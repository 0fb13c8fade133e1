"""iCalendar texts that Outlook, Gmail and Apple Calendar take for invitations (RFC 5545, 5546 and 6047)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText, vUri

from sessions.zones import offset_at, transitions

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

PRODID = "-//Mentoring//Sessions//EN"
YEAR = timedelta(days=366)
LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001  a wall time, whatever the zone
# What some parser or other takes for the end of a line, then all that may not stand in a calendar at all.
LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff]")
EMAIL = re.compile(r"[^\s\x00-\x20\x7f<>\"(),:;\\]+@[^\s\x00-\x20\x7f<>\"(),:;\\@]+")
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f\"<>\\]+")


class Attendee(NamedTuple):
    """Somebody invited, and what is known of their answer: NEEDS-ACTION, ACCEPTED, DECLINED or TENTATIVE."""

    name: str
    email: str
    partstat: str = "NEEDS-ACTION"


class MailPart(NamedTuple):
    """What a mail needs to carry a calendar, as an alternative body and as an attachment."""

    filename: str
    content: str
    mimetype: str

    @property
    def content_type(self) -> str:
        """The whole header value; Django adds the character set to `mimetype` by itself."""
        return f"{self.mimetype}; charset=utf-8"


class Text(vText):
    """Text whose backslashes survive: icalendar would turn the one in `C:\\New` into a line break."""

    def to_ical(self) -> bytes:
        escaped = re.sub(r"([\\;,])", r"\\\1", self).replace("\n", r"\n")
        return escaped.encode()


def session_calendar(
    *,
    method: Method,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    summary: str,
    organizer: tuple[str, str],
    attendees: Sequence[tuple[str, str, str]] = (),
    stamp: datetime,
    description: str = "",
    location: str = "",
    url: str = "",
) -> bytes:
    """Write one session as a calendar with CRLF line ends, folded at 75 octets, with the zone that its times are in.

    See session_event() for what it takes. A PUBLISH names no attendees (RFC 5546, 3.2.1).
    """
    event = session_event(
        uid=uid,
        sequence=sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        summary=summary,
        organizer=organizer,
        attendees=attendees if method != "PUBLISH" else (),
        stamp=stamp,
        description=description,
        location=location,
        url=url,
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
    )
    return calendar_of([event], method=method)


def session_event(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    summary: str,
    stamp: datetime,
    organizer: tuple[str, str] | None = None,
    attendees: Sequence[tuple[str, str, str]] = (),
    description: str = "",
    location: str = "",
    url: str = "",
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] = "CONFIRMED",
) -> Event:
    """Write one session as an event.

    `uid` stays the same for the life of a session; `sequence` rises with every change of it, a cancellation included.
    `organizer` is (name, e-mail), attendees are (name, e-mail, answer).
    Raises ValueError for an address that nobody could mail to or follow, a naive time, or an end before the start.
    """
    if ends_at <= starts_at:
        raise ValueError("A session must end after it starts.")
    event = Event()
    event["UID"] = Text(_line(uid))
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", _aware(stamp))
    start, end = _aware(starts_at).astimezone(zone), _aware(ends_at).astimezone(zone)
    if start.fold or end.fold:
        # A wall time that comes twice means the first (RFC 5545, 3.3.5); only UTC can say the second.
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    event.add("DTSTART", start)
    event.add("DTEND", end)
    event["SUMMARY"] = Text(_line(summary))
    if description:
        event["DESCRIPTION"] = Text(_lines(description))
    if location:
        event["LOCATION"] = Text(_line(location))
    if url:
        if not WEB_ADDRESS.fullmatch(url):
            raise ValueError(f"Not a web address: {url!r}")
        event["URL"] = vUri(url)
    if organizer is not None:
        event["ORGANIZER"] = _address(*organizer)
    if attendees:
        event["ATTENDEE"] = [_attendee(*attendee) for attendee in attendees]
    event.add("STATUS", status)
    event.add("TRANSP", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    return event


def calendar_of(events: Sequence[Event], *, method: Method | None = None, name: str = "") -> bytes:
    """Write events as one calendar, with every zone that their times are in.

    Without a method it is a plain calendar: a PUBLISH would need an organizer in each event (RFC 5546, 3.2.1).
    """
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    if method is not None:
        calendar.add("METHOD", method)
    if name:
        calendar["X-WR-CALNAME"] = Text(_line(name))
    zones: dict[str, list[datetime]] = {}
    for event in events:
        start: Any = event["DTSTART"]
        end: Any = event["DTEND"]
        if zone_name := start.params.get("TZID"):
            zones.setdefault(zone_name, []).extend([start.dt, end.dt])
    for zone_name, times in zones.items():
        first, last = min(each.astimezone(UTC) for each in times), max(each.astimezone(UTC) for each in times)
        calendar.add_component(vtimezone(ZoneInfo(zone_name), first, last))
    for event in events:
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """Describe a zone's clocks from `first` to `last`: the change before, those between and the change after.

    Each change stands alone, without a rule and within a year, because that is what Outlook reads best. icalendar's own
    description of a zone puts the start of summer time an hour late (it writes the wall time after the change).
    """
    changes = transitions(zone, first - YEAR, last + YEAR)
    past = [change for change in changes if change.at <= first]
    between = [change for change in changes if first < change.at <= last]
    future = [change for change in changes if change.at > last]
    component = Timezone()
    component.add("TZID", zone.key)
    if not past or not (between or future):
        # No change before, or none to come: these clocks are then the zone's standard.
        offset = offset_at(first, zone)
        component.add_component(_observance(TimezoneStandard(), LONG_AGO, offset, offset, first.astimezone(zone)))
        past = []
    for change in [*past[-1:], *between, *future[:1]]:
        kind = TimezoneDaylight() if change.after > change.before else TimezoneStandard()
        wall = (change.at + change.before).replace(tzinfo=None)
        component.add_component(_observance(kind, wall, change.before, change.after, change.at.astimezone(zone)))
    return component


def mail_part(method: Method, calendar: bytes) -> MailPart:
    """Say how a calendar goes into a mail, so that mail programs offer it as an invitation (RFC 6047, 2.4)."""
    return MailPart(filename="invite.ics", content=calendar.decode(), mimetype=f"text/calendar; method={method}")


def _observance(
    kind: TimezoneStandard | TimezoneDaylight, wall: datetime, before: timedelta, after: timedelta, sample: datetime
) -> TimezoneStandard | TimezoneDaylight:
    """Fill in one stretch of a zone's clocks; it starts at the wall time that the clocks before it show."""
    kind.add("DTSTART", wall)
    kind.add("TZOFFSETFROM", before)
    kind.add("TZOFFSETTO", after)
    kind.add("TZNAME", sample.tzname())
    return kind


def _attendee(name: str, email: str, partstat: str) -> vCalAddress:
    address = _address(name, email)
    if partstat not in ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE"):
        raise ValueError(f"Not an answer to an invitation: {partstat!r}")
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = partstat
    return address


def _address(name: str, email: str) -> vCalAddress:
    if not EMAIL.fullmatch(email):
        raise ValueError(f"Not an e-mail address: {email!r}")
    address = vCalAddress(f"mailto:{email}")
    # Few programs know how RFC 6868 escapes a double quote or a caret in a parameter; all can show these.
    if name := _line(name).replace('"', "'").replace("^", " "):
        address.params["CN"] = name
    return address


def _lines(text: str) -> str:
    """Keep a text's line breaks, of whatever kind, and drop what a calendar may not hold."""
    return FORBIDDEN.sub("", LINE_BREAK.sub("\n", text))


def _line(text: str) -> str:
    """Put a text on one line."""
    return " ".join(_lines(text).split())


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"A time without a zone: {instant}")
    return instant
