"""Planned rows in the words of the preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ..importing.cells import in_words as day_in_words
from ..importing.changes import KIND_WORDS
from ..importing.headings import CHANGE_LABELS, LABELS
from ..importing.messages import Message
from ..importing.planning import PlannedRow
from ..importing.records import Value
from ..models import ImportRow, Member, PeopleImport
from .planning import stored_row

_DAYS = ("hired_on", "left_on", "effective_on", "absence_until")
_LABELS = {**CHANGE_LABELS, **LABELS, "manager": "manager", "absence_until": "days absent, up to"}
_COUNTS_AS = {
    "promotion": "Counts as a promotion.",
    "move": "Counts as a move to another department.",
    "location": "Counts as a change of site.",
}


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(slots=True)
class ShownRow:
    """One row as the preview shows it: what becomes of it, and what there is to say."""

    line: int
    action: str
    label: str
    facts: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def rows_to_show(people_import: PeopleImport, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Rows of one page, with the names of managers looked up all at once."""
    planned = [stored_row(line=row.line, action=row.action, label=row.label, plan=row.plan) for row in rows]
    names = _manager_names(people_import, planned)
    return [_show(row, names) for row in planned]


def rows_to_hand_back(people_import: PeopleImport) -> list[tuple[int, list[str], list[Message]]]:
    """The refused rows with their cells and the reasons."""
    refused = people_import.rows.filter(action=ImportRow.Action.REFUSE).order_by("line")
    return [
        (line, cells, [Message.from_dict(error) for error in plan.get("errors", [])])
        for line, cells, plan in refused.values_list("line", "cells", "plan")
    ]


def _manager_names(people_import: PeopleImport, planned: list[PlannedRow]) -> dict[str, str]:
    """Who is meant by the keys of managers of new people. Always two questions to the database."""
    keys = {row.manager for row in planned if row.action == "create" and row.manager}
    lines = [int(key[4:]) for key in keys if key.startswith("row:")]
    ids = [int(key[3:]) for key in keys if key.startswith("id:")]
    found = people_import.rows.filter(line__in=lines or [0]).values_list("line", "label")
    names = {f"row:{line}": label for line, label in found}
    return names | {f"id:{member.pk}": member.name for member in Member.objects.filter(pk__in=ids or [0])}


def _show(row: PlannedRow, names: dict[str, str]) -> ShownRow:
    shown = ShownRow(line=row.line, action=row.action, label=row.label)
    shown.notes = [note.text for note in row.notes]
    shown.errors = [error.text for error in row.errors]
    if "kind" in row.values:
        shown.facts = [_change_in_words(row)]
    elif row.action == "create":
        shown.facts = _facts(row, names)
    elif row.job_change:
        shown.facts = [_COUNTS_AS[row.job_change]]
    shown.changes = [
        Change(_label(name), _worded(name, old), _worded(name, new)) for name, (old, new) in row.changes.items()
    ]
    return shown


def _facts(row: PlannedRow, names: dict[str, str]) -> list[str]:
    values = row.values
    place = " · ".join(str(values[name]) for name in ("job_title", "department", "site") if values.get(name))
    facts = [place, str(values.get("email") or "")]
    if row.spell:
        now = row.spell.now
        employed = f"From {day_in_words(now.started_on)}"
        if now.ended_on:
            employed += f" to {day_in_words(now.ended_on)}"
            employed += f" ({now.end_reason})" if now.end_reason else ""
        facts.append(employed)
    if values.get("absence_days") is not None:
        until = _worded("absence_until", values["absence_until"])
        facts.append(f"Days absent in the twelve months up to {until}: {values['absence_days']}")
    if row.manager and row.manager in names:
        facts.append(f"Reports to {names[row.manager]}")
    return [fact for fact in facts if fact]


def _change_in_words(row: PlannedRow) -> str:
    """A promotion or move: “Promotion on 8 April 2023, into Engineering”."""
    values = row.values
    text = f"{KIND_WORDS[str(values['kind'])]} on {_worded('effective_on', values['effective_on'])}"
    return f"{text}, into {values['department_after']}" if values.get("department_after") else text


def _label(name: str) -> str:
    label = _LABELS[name].partition(" (")[0]
    return label[:1].upper() + label[1:]


def _worded(name: str, value: Value) -> str:
    if value in (None, ""):
        return ""
    return day_in_words(date.fromisoformat(str(value))) if name in _DAYS else str(value)
