"""What each row of an HR export would do to the people who are known. Nothing is written here.

A file is read twice: once to find who is who, once more to hand out the plan row by row, so that a file of 100,000
people needs little memory. The answers, in short:

* A person is known by employee number, else by e-mail address. Rows of one person with different start dates are spells.
* An empty cell leaves what is known alone, save for the end date and the manager: there emptiness is an answer.
* What can't be understood in a lesser column (level, time zone, manager) is left out and said; a wrong date, address or
  number refuses the row.
* Planning again after the plan was carried out gives no more creations and changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from .existing import Existing, ExistingMember, Spell
from .found import Found
from .guessing import Settings
from .identity import Registry
from .managers import Managers
from .messages import Message
from .places import SITE, Places
from .reading import Row
from .records import NONE_IF_UNKNOWN, PERSON_FIELDS, Person, Record, RowReader, Value
from .spells import Spells

__all__ = ["PERSON_FIELDS", "Existing", "ExistingMember", "Plan", "PlannedRow", "Spell", "SpellEdit", "plan"]

Action = Literal["create", "change", "same", "refuse"]


@dataclass(frozen=True, slots=True)
class SpellEdit:
    """A spell to add (`was` is None) or to change."""

    was: Spell | None
    now: Spell


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What becomes of one row.

    `person` names the person for the rows of one plan: "id:17" is the member 17, "row:5" whoever row 5 creates. `values`
    are the person's fields to write: all of them for a creation, those that differ for a change. `manager` is the
    person key of the manager, to be written when `sets_manager`. `changes` shows old and new, dates in ISO form.
    """

    line: int
    action: Action
    label: str = ""
    person: str = ""
    member_id: int | None = None
    values: dict[str, Value] = field(default_factory=dict)
    spell: SpellEdit | None = None
    sets_manager: bool = False
    manager: str | None = None
    changes: dict[str, tuple[Value, Value]] = field(default_factory=dict)
    # What these changes count as in the reports: promotion, move, location, or nothing.
    job_change: str = ""
    notes: tuple[Message, ...] = ()
    errors: tuple[Message, ...] = ()
    cells: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything but line, action, label and cells, in JSON's own types."""
        spell = self.spell and {
            "was": self.spell.was and list(_dump(self.spell.was)),
            "now": list(_dump(self.spell.now)),
        }
        return {
            "person": self.person,
            "member_id": self.member_id,
            "values": self.values,
            "spell": spell,
            "sets_manager": self.sets_manager,
            "manager": self.manager,
            "changes": {name: list(pair) for name, pair in self.changes.items()},
            "job_change": self.job_change,
            "notes": [message.as_dict() for message in self.notes],
            "errors": [message.as_dict() for message in self.errors],
        }

    @classmethod
    def from_dict(
        cls, data: dict[str, Any], *, line: int, action: Action, label: str = "", cells: Sequence[str] = ()
    ) -> PlannedRow:
        spell = data["spell"]
        return cls(
            line=line,
            action=action,
            label=label,
            person=data["person"],
            member_id=data["member_id"],
            values=data["values"],
            spell=spell and SpellEdit(spell["was"] and _load(spell["was"]), _load(spell["now"])),
            sets_manager=data["sets_manager"],
            manager=data["manager"],
            changes={name: (old, new) for name, (old, new) in data["changes"].items()},
            job_change=data["job_change"],
            notes=tuple(Message.from_dict(m) for m in data["notes"]),
            errors=tuple(Message.from_dict(m) for m in data["errors"]),
            cells=cells,
        )


def _dump(spell: Spell) -> tuple[str, str | None, str]:
    return spell.started_on.isoformat(), spell.ended_on.isoformat() if spell.ended_on else None, spell.end_reason


def _parts(spell: Spell | None) -> dict[str, str | None]:
    """A spell as changes show it."""
    started, ended, reason = _dump(spell) if spell else (None, None, None)
    return {"hired_on": started, "left_on": ended, "leave_reason": reason or None}


def _load(data: list[Any]) -> Spell:
    started, ended, reason = data
    return Spell(date.fromisoformat(started), ended and date.fromisoformat(ended), reason)


class Plan:
    """The plan of a file. Iterating gives one PlannedRow per row of the file, in its order; `counts` needs no iterating."""

    def __init__(self, rows: Iterable[Row], planner: _Planner) -> None:
        self._rows, self._planner = rows, planner
        self._records = planner.read(rows)
        self.counts: Counter[str] = Counter()
        self.new_departments: list[str] = planner.places.new_departments
        for record in self._records:
            row = planner.planned(record, ())
            self.counts[row.action] += 1
            member = record.person.member if record.person and record.applies else None
            if member and row.action in ("change", "same"):
                planner.found.follow(row.changes, department=member.department, level=member.level)
        planner.found.settle(self.new_departments)
        self.messages: list[Message] = [*planner.places.messages(), *planner.found.messages()]
        self.new_sites: list[str] = planner.places.new_sites

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[PlannedRow]:
        for row, record in zip(self._rows, self._records, strict=True):
            yield self._planner.planned(record, row.cells)


def plan(rows: Iterable[Row], settings: Settings, existing: Existing, *, today: date, zone: str) -> Plan:
    """Decide about every row of a file.

    `rows` is a Table or a list: it is iterated twice. `zone` is the organisation's time zone, for whoever has none.
    """
    return Plan(rows, _Planner(settings, existing, today=today, zone=zone))


class _Planner:
    def __init__(self, settings: Settings, existing: Existing, *, today: date, zone: str) -> None:
        columns = {f for f in settings.columns if f}
        self.existing = existing
        self.zone = zone
        self.found = Found()
        self.knows_manager = bool(columns & {"manager_number", "manager_name"})
        self.reader = RowReader(settings, today=today)
        self.registry = Registry(existing, knows_start="hired_on" in columns, knows_email="email" in columns)
        self.spells = Spells(knows_end="left_on" in columns, knows_reason="leave_reason" in columns)

    def read(self, rows: Iterable[Row]) -> list[Record]:
        """Read every row and decide what it says in the light of the others."""
        records = []
        for row in rows:
            record = self.reader.read(row)
            self.registry.identify(record)
            records.append(record)
        for person in self.registry.people.values():
            self.spells.settle(person)
        accepted = [record for record in records if not record.errors]
        self.places = Places(self.existing, accepted, zone=self.zone)
        if self.knows_manager:
            Managers(self.registry).link(accepted)
        return records

    def planned(self, record: Record, cells: Sequence[str]) -> PlannedRow:
        person = record.person
        if record.errors or person is None:
            return PlannedRow(
                record.line, "refuse", record.name[:250], notes=record.notes, errors=record.errors, cells=cells
            )
        creates = person.member is None and person.records[0] is record
        values: dict[str, Value] = {}
        changes: dict[str, tuple[Value, Value]] = {}
        if creates:
            values = {
                name: (None if name in NONE_IF_UNKNOWN else "") if value is None else value
                for name, value in zip(PERSON_FIELDS, record.values, strict=True)
            }
            values["time_zone"] = values["time_zone"] or self.places.zone_at(values["site"]) or self.zone
        elif record.applies:
            self._differences(record, person, values, changes)
        sets_manager = False
        if record.applies and self.knows_manager:
            before = person.member.manager_id if person.member else None
            after = person.manager
            if (f"id:{before}" if before is not None else None) != (after.key if after else None):
                sets_manager = True
                if not creates:
                    old = self.existing.by_id.get(before) if before is not None else None
                    changes["manager"] = (
                        self.registry.known(old).called if old else None,
                        after.called if after else None,
                    )
        spell = SpellEdit(record.spell_was, record.spell_now) if record.spell_now else None
        if spell and not creates:
            was, now = _parts(spell.was), _parts(spell.now)
            changes |= {name: (was[name], now[name]) for name in now if was[name] != now[name]}
        goes_on = person.member is not None and not (spell and spell.was is None)
        return PlannedRow(
            line=record.line,
            action="create" if creates else "change" if changes else "same",
            label=(record.name or person.name)[:250],
            person=person.key,
            member_id=person.member.id if person.member else None,
            values=values,
            spell=spell,
            sets_manager=sets_manager,
            manager=person.manager.key if sets_manager and person.manager else None,
            changes=changes,
            job_change=self.found.kind(changes) if goes_on else "",
            notes=record.notes,
            cells=cells,
        )

    def _differences(
        self, record: Record, person: Person, values: dict[str, Value], changes: dict[str, tuple[Value, Value]]
    ) -> None:
        """Where the newest row of a person differs from the member, or from the row that creates them."""
        member = person.member
        for i, name in enumerate(PERSON_FIELDS):
            new = record.values[i]
            old: Value
            if member is not None:
                old = getattr(member, name)
            else:
                old = person.records[0].values[i]
                if old is None and name not in NONE_IF_UNKNOWN:
                    old = ""
            if name == "time_zone":
                site = record.values[SITE]
                if member is None:
                    first_site = person.records[0].values[SITE]
                    old = old or self.places.zone_at(first_site) or self.zone
                if new is None and "site" in changes:
                    new = self.places.zone_at(site)
            if new is not None and new != old:
                values[name] = new
                changes[name] = (old, new)
