"""What calendars call time zones: IANA's names, those of Windows, and the texts that Outlook shows instead of either."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

# Texts of Outlook that name no city: the words after the offset → the name of Windows.
REGIONS = {
    "eastern time": "Eastern Standard Time",
    "central time": "Central Standard Time",
    "mountain time": "Mountain Standard Time",
    "pacific time": "Pacific Standard Time",
    "atlantic time": "Atlantic Standard Time",
    "newfoundland": "Newfoundland Standard Time",
    "alaska": "Alaskan Standard Time",
    "hawaii": "Hawaiian Standard Time",
    "arizona": "US Mountain Standard Time",
    "indiana": "US Eastern Standard Time",
    "chennai": "India Standard Time",
    "islamabad": "Pakistan Standard Time",
    "abu dhabi": "Arabian Standard Time",
    "beijing": "China Standard Time",
    "bern": "W. Europe Standard Time",
    "edinburgh": "GMT Standard Time",
    "osaka": "Tokyo Standard Time",
    "canberra": "AUS Eastern Standard Time",
    "wellington": "New Zealand Standard Time",
    "coordinated universal time": "UTC",
}
SHOWN = re.compile(r"\((?:UTC|GMT)(?:\s*([+-])\s*(\d{1,2}):?(\d\d))?\)\s*(.*)", re.IGNORECASE)
YEAR = 2026


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """The zone that a calendar means by a name, or None for one that it must have described itself."""
    name = " ".join(name.strip().strip('"').split())
    if name.startswith("/"):
        # Some producers put their own address in front of IANA's name.
        name = "/".join(name.split("/")[-2:])
    if name in available_timezones():
        return ZoneInfo(name)
    if name.upper() in ("Z", "GMT", "UTC", "TZONE://MICROSOFT/UTC"):
        return ZoneInfo("UTC")
    windows = {each.casefold(): zone for each, zone in WINDOWS_TO_OLSON.items()}
    if found := windows.get(name.casefold()):
        return ZoneInfo(found)
    return _shown(name)


def _shown(name: str) -> ZoneInfo | None:
    """A zone by what Outlook shows, such as "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"."""
    match = SHOWN.fullmatch(name)
    if match is None:
        return None
    sign, hours, minutes, places = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    for place in re.split(r"[,&(]", places):
        key = " ".join(place.replace(")", " ").split()).casefold()
        candidates = [REGIONS[key]] if key in REGIONS else []
        for each in candidates:
            zone = ZoneInfo(WINDOWS_TO_OLSON.get(each, each))
            if _standard(zone) == offset:
                return zone
        for zone_name in _cities().get(key.replace(" ", "_"), ()):
            if _standard(ZoneInfo(zone_name)) == offset:
                return ZoneInfo(zone_name)
    return None


@cache
def _cities() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith("Etc/"):
            found.setdefault(name.rsplit("/", 1)[-1].casefold(), []).append(name)
    return found


def _standard(zone: ZoneInfo) -> timedelta:
    """A zone's offset without summer time, which is the one that Outlook shows."""
    offsets = (datetime(YEAR, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7))
    return min(offset for offset in offsets if offset is not None)
