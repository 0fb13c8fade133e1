"""Departments and sites: one spelling for each, new ones remarked on, and the time zone of a site."""

from __future__ import annotations

import difflib
from collections import Counter

from .existing import Existing
from .messages import Message, shown
from .records import PERSON_FIELDS, Record, Value

DEPARTMENT, SITE, ZONE = (PERSON_FIELDS.index(f) for f in ("department", "site", "time_zone"))


class Places:
    """The departments and sites of a file, beside those that are known."""

    def __init__(self, existing: Existing, records: list[Record], *, zone: str) -> None:
        self.existing = existing
        self.zone = zone
        self.spellings: dict[int, dict[str, str]] = {}
        self.uses: dict[int, Counter[str]] = {}
        self.likeness: dict[str, str] = {}
        self.site_zones = dict(existing.site_zones)
        self.new_departments: list[str] = []
        self.new_sites: list[str] = []
        self._settle_spellings(DEPARTMENT, existing.known_departments, records)
        self._settle_spellings(SITE, existing.known_sites, records)
        self._learn_zones(records)
        for record in records:
            self._remark_places(record)

    def messages(self) -> list[Message]:
        """What concerns the file as a whole."""
        unknown = [name for key, name in self.spellings[SITE].items() if key not in self.site_zones]
        if not unknown:
            return []
        listed = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        text = f"The time zone of {listed} isn’t known: {self.zone} is used there."
        return [Message("site_zones", text, "time_zone")]

    def zone_at(self, site: Value) -> str | None:
        return self.site_zones.get(str(site).casefold()) if site else None

    def _settle_spellings(self, i: int, known: dict[str, str], records: list[Record]) -> None:
        """One spelling for each department or site: the known one, else the one that the file uses most."""
        written = Counter(str(r.values[i]) for r in records if r.values[i])
        spellings: dict[str, str] = {}
        uses: Counter[str] = Counter()
        for name, count in written.most_common():
            key = name.casefold()
            spellings.setdefault(key, known.get(key, name))
            uses[key] += count
        self.spellings[i], self.uses[i] = spellings, uses
        new = [name for key, name in spellings.items() if key not in known]
        if i == SITE:
            self.new_sites = sorted(new)
            return
        self.new_departments = sorted(new)
        if len(spellings) + len(known) > 500:
            # Comparing each with each would take longer than it is worth.
            return
        for name in new:
            key = name.casefold()
            if uses[key] > 2:
                continue
            common = [other for other, count in uses.items() if count >= 3 * uses[key]] + list(known)
            close = difflib.get_close_matches(key, common, n=1, cutoff=0.85)
            if close:
                self.likeness[key] = known.get(close[0]) or spellings[close[0]]

    def _learn_zones(self, records: list[Record]) -> None:
        """The zone of a site is the one that most of its rows in this file give."""
        given: dict[str, Counter[str]] = {}
        for record in records:
            site, zone = record.values[SITE], record.values[ZONE]
            if site and zone:
                given.setdefault(str(site).casefold(), Counter())[str(zone)] += 1
        for key, zones in given.items():
            self.site_zones.setdefault(key, zones.most_common(1)[0][0])

    def _remark_places(self, record: Record) -> None:
        """Say where a department or site was respelled, looks mistyped or is new; put the settled spelling in."""
        values = list(record.values)
        for i, name in (DEPARTMENT, "department"), (SITE, "site"):
            written = values[i]
            if not written:
                continue
            key = str(written).casefold()
            settled = self.spellings[i][key]
            if settled != written:
                record.note(
                    "spelling", f"{name.capitalize()} {shown(str(written))} is taken for {shown(settled)}.", name
                )
                values[i] = settled
            if i == DEPARTMENT and key in self.likeness:
                like = self.likeness[key]
                record.note(
                    "like_another", f"{shown(settled)} will be a new department: close to {shown(like)}, check.", name
                )
        site = values[SITE]
        if site:
            key = str(site).casefold()
            only_here = self.uses[SITE][key] == 1 and sum(self.uses[SITE].values()) > 1
            if key not in self.existing.known_sites and (self.existing.known_sites or only_here):
                where = (
                    ""
                    if key in self.site_zones or values[ZONE]
                    else f"; its time zone isn’t known, so {self.zone} is used"
                )
                record.note("new_site", f"{shown(str(site))} is a new site{where}.", "site")
        record.values = tuple(values)
