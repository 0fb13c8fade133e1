"""The people who are known before a file is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Spell:
    """One unbroken employment; `ended_on` is its last day, None while it goes on."""

    started_on: date
    ended_on: date | None = None
    end_reason: str = ""

    def overlaps(self, other: Spell) -> bool:
        return (self.ended_on is None or other.started_on <= self.ended_on) and (
            other.ended_on is None or self.started_on <= other.ended_on
        )


@dataclass(frozen=True, slots=True)
class ExistingMember:
    """What is known about a member; the e-mail address in lower case, spells in any order."""

    id: int
    employee_number: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    department: str = ""
    job_title: str = ""
    level: int | None = None
    site: str = ""
    time_zone: str = ""
    manager_id: int | None = None
    spells: tuple[Spell, ...] = ()
    # Days as figures and the day in ISO form, as the values of a row are.
    absence_days: str | None = None
    absence_until: str | None = None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or self.email or self.employee_number


@dataclass(slots=True)
class Existing:
    """A snapshot of an organisation's members, found by id, employee number and e-mail address.

    `sites` maps a site to its time zone, or to None when its members are in several. Without it, it is worked out.
    """

    members: Iterable[ExistingMember] = ()
    departments: Iterable[str] | None = None
    sites: Mapping[str, str | None] | None = None
    by_id: dict[int, ExistingMember] = field(init=False, default_factory=dict)
    by_number: dict[str, ExistingMember] = field(init=False, default_factory=dict)
    by_email: dict[str, ExistingMember] = field(init=False, default_factory=dict)
    known_departments: dict[str, str] = field(init=False, default_factory=dict)
    known_sites: dict[str, str] = field(init=False, default_factory=dict)
    site_zones: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        zones: dict[str, set[str]] = {}
        departments: dict[str, None] = dict.fromkeys(self.departments or ())
        for member in self.members:
            self.by_id[member.id] = member
            if member.employee_number:
                self.by_number[member.employee_number.casefold()] = member
            if member.email:
                self.by_email[member.email.lower()] = member
            if member.department and self.departments is None:
                departments[member.department] = None
            if member.site:
                zones.setdefault(member.site, set()).add(member.time_zone)
        self.members = ()
        sites = self.sites
        if sites is None:
            sites = {site: found.pop() if len(found) == 1 else None for site, found in zones.items()}
        for name in departments:
            self.known_departments.setdefault(name.casefold(), name)
        for name, zone in sites.items():
            self.known_sites.setdefault(name.casefold(), name)
            if zone:
                self.site_zones.setdefault(name.casefold(), zone)
