"""What each row of a file of promotions and moves would add to what is known. Nothing is written here.

* A person is found by employee number, else by e-mail address; nobody is created.
* A change is known again by its person, its kind and its day, so that importing twice changes nothing.
* A change that two imports of people showed, without its day, is the one that the file names when that is of the same
  kind and falls between the two imports, or at most a month before or after: it gets the file's day.
* What can't be so refuses the row: a day outside employment or ahead, a kind that isn't known, somebody who isn't.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .cells import in_words
from .existing import Existing, ExistingMember
from .guessing import Settings
from .headings import plain
from .messages import Message, shown
from .planning import PlannedRow
from .reading import Row
from .records import Record, RowReader, Value

ChangeKind = Literal["promotion", "move", "location"]
# A day that HR enters and the day on which the next export shows it are this far apart at most.
ABOUT = timedelta(days=31)

# The first that fits wins.
_KINDS: tuple[tuple[re.Pattern[str], ChangeKind], ...] = (
    (re.compile(r"\bpromot\w*|\bbeforder\w*|\bhoherstuf\w*|\bupgrade\b|\bgrade increase\b"), "promotion"),
    (
        re.compile(
            r"\b(location|site|office|relocat\w*|standort\w*|arbeitsort\w*|umzug|ortswechsel)\b(?!.*\bdepartment\b)"
        ),
        "location",
    ),
    (
        re.compile(
            r"\b(lateral\w*|move\w*|transfer\w*|department|team|internal|versetz\w*|wechsel\w*|\w*wechsel|abteilung\w*)\b"
        ),
        "move",
    ),
)
KIND_WORDS: dict[str, str] = {"promotion": "Promotion", "move": "Move", "location": "Change of site"}


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A change that is known before a file is read; `found_since` is None when a file named it."""

    id: int
    member_id: int
    kind: str
    on: date
    department: str = ""
    found_since: date | None = None

    def may_be(self, kind: str, on: date) -> bool:
        """Whether this was seen from two imports of people and can be the change that is named."""
        return self.found_since is not None and self.kind == kind and self.found_since - ABOUT <= on <= self.on + ABOUT


class ChangePlan:
    """The plan of a file of job changes: one PlannedRow for each row, in its order."""

    def __init__(self, rows: list[PlannedRow], messages: list[Message]) -> None:
        self._rows = rows
        self.counts: Counter[str] = Counter(row.action for row in rows)
        self.messages = messages

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[PlannedRow]:
        return iter(self._rows)


def plan_changes(
    rows: Iterable[Row], settings: Settings, existing: Existing, known: Iterable[KnownChange], *, today: date
) -> ChangePlan:
    """Decide about every row of a file of job changes."""
    planner = _Planner(settings, existing, known, today=today)
    planned = [planner.planned(row) for row in rows]
    return ChangePlan(planned, planner.messages())


def kind_of_change(text: str) -> ChangeKind | None:
    """Whether somebody rose, moved within the organisation or changed the site, in the words of HR."""
    words = plain(text)
    return next((kind for pattern, kind in _KINDS if pattern.search(words)), None)


class _Planner:
    def __init__(self, settings: Settings, existing: Existing, known: Iterable[KnownChange], *, today: date) -> None:
        self.reader = RowReader(settings, today=today)
        self.existing = existing
        self.today = today
        self.known: dict[tuple[int, str], list[KnownChange]] = {}
        for change in known:
            self.known.setdefault((change.member_id, change.kind), []).append(change)
        # What rows of this file named already: its line and its department.
        self.named: dict[tuple[int, str, date], tuple[int, str]] = {}
        self.settled: set[int] = set()
        self.unknown_people: set[str] = set()

    def messages(self) -> list[Message]:
        """What concerns the file as a whole."""
        if not self.unknown_people:
            return []
        number = len(self.unknown_people)
        who = "One person of this file isn’t" if number == 1 else f"{number} people of this file aren’t"
        return [Message("unknown_people", f"{who} known here. Import the people first; then upload this file again.")]

    def planned(self, row: Row) -> PlannedRow:
        record = Record(row.line)
        if row.problem:
            record.refuse("cells", row.problem)
            return self._refused(record, "", row.cells)
        member, label = self._whose(record, row)
        day = self._day(record, row, member)
        kind = self._kind(record, row)
        department = self.reader.text(record, row, "department_after")
        if record.errors or member is None or day is None or kind is None:
            return self._refused(record, label, row.cells)
        if earlier := self.named.get((member.id, kind, day)):
            line, before = earlier
            if before == department:
                record.note("repeated", f"Says the same as row {line}.")
                return self._row(record, member, "same")
            record.refuse(
                "repeated", f"Row {line} has this change already, into another department. Keep one of the two."
            )
            return self._refused(record, label, row.cells)
        self.named[member.id, kind, day] = row.line, department
        return self._beside_the_known(record, member, kind, day, department)

    def _beside_the_known(
        self, record: Record, member: ExistingMember, kind: ChangeKind, day: date, department: str
    ) -> PlannedRow:
        values: dict[str, Value] = {"kind": kind, "effective_on": day.isoformat(), "department_after": department}
        candidates = self.known.get((member.id, kind), [])
        same_day = next((change for change in candidates if change.on == day and change.id not in self.settled), None)
        known = same_day or next(
            (change for change in candidates if change.may_be(kind, day) and change.id not in self.settled), None
        )
        if known is None:
            return self._row(record, member, "create", values)
        self.settled.add(known.id)
        values["department_after"] = department or known.department
        changes: dict[str, tuple[Value, Value]] = {}
        if known.on != day:
            changes["effective_on"] = (known.on.isoformat(), day.isoformat())
        if department and department != known.department:
            changes["department_after"] = (known.department, department)
        if known.found_since is not None:
            record.note(
                "was_found",
                "Two imports of people had shown this change; now its day is known.",
                "effective_on",
            )
        elif not changes:
            return self._row(record, member, "same")
        return self._row(record, member, "change", values | {"change_id": known.id}, changes)

    def _whose(self, record: Record, row: Row) -> tuple[ExistingMember | None, str]:
        number, email = self.reader.text(record, row, "employee_number"), self.reader.email(record, row)
        by_number = self.existing.by_number.get(number.casefold()) if number else None
        by_email = self.existing.by_email.get(email) if email else None
        record.require_one_person(by_number, by_email)
        member = by_number or by_email
        if member is None and not record.errors:
            if not number and not email:
                record.refuse(
                    "no_key", "Neither an employee number nor an e-mail address; give one of them.", "employee_number"
                )
            else:
                self.unknown_people.add(number.casefold() or email)
                what = f"the employee number {shown(number)}" if number else f"the e-mail address {shown(email)}"
                record.refuse(
                    "unknown_person",
                    f"Nobody here has {what}. Import this person first, or correct it.",
                    "employee_number" if number else "email",
                )
        return member, member.name if member else number or email

    def _day(self, record: Record, row: Row, member: ExistingMember | None) -> date | None:
        before = len(record.errors)
        day = self.reader.day(record, row, "effective_on")
        if day is None:
            if len(record.errors) == before:
                record.refuse("no_day", "No date of the change; give it.", "effective_on")
            return None
        if day > self.today:
            record.refuse(
                "ahead",
                f"{in_words(day)} is still to come. Upload this row once the change has happened.",
                "effective_on",
            )
        elif member is not None:
            self._require_employed(record, member, day)
        return day

    @staticmethod
    def _require_employed(record: Record, member: ExistingMember, day: date) -> None:
        """A change happens to somebody who works here. On the first day of work it is no change."""
        spells = sorted(member.spells, key=lambda spell: spell.started_on)
        if not spells:
            text = f"It isn’t known when {member.name} was hired. Import the start date with the people first."
            record.refuse("no_start", text, "effective_on")
            return
        if any(spell.started_on <= day and (spell.ended_on is None or day <= spell.ended_on) for spell in spells):
            return
        when = f"{member.name} wasn’t employed on {in_words(day)}"
        if day < spells[0].started_on:
            text = f"{when}: hired on {in_words(spells[0].started_on)}. Correct one of the dates."
            record.refuse("before_hired", text, "effective_on")
            return
        last = next(spell for spell in reversed(spells) if spell.ended_on and spell.ended_on < day)
        assert last.ended_on
        text = f"{when}: left on {in_words(last.ended_on)}"
        again = next((spell for spell in spells if spell.started_on > day), None)
        text += f", and came back on {in_words(again.started_on)}" if again else ""
        record.refuse("after_left", f"{text}. Correct one of the dates.", "effective_on")

    def _kind(self, record: Record, row: Row) -> ChangeKind | None:
        text = self.reader.text(record, row, "change")
        if not text:
            record.refuse("no_kind", "No kind of change; give promotion, lateral move or location change.", "change")
            return None
        kind = kind_of_change(text)
        if kind is None:
            record.refuse(
                "kind",
                f"{shown(text)} is no kind of change that is known here; give promotion, lateral move or location "
                "change, or leave the row out.",
                "change",
            )
        return kind

    @staticmethod
    def _refused(record: Record, label: str, cells: Sequence[str]) -> PlannedRow:
        return PlannedRow(record.line, "refuse", label[:250], notes=record.notes, errors=record.errors, cells=cells)

    @staticmethod
    def _row(
        record: Record,
        member: ExistingMember,
        action: Literal["create", "change", "same"],
        values: dict[str, Value] | None = None,
        changes: dict[str, tuple[Value, Value]] | None = None,
    ) -> PlannedRow:
        return PlannedRow(
            record.line,
            action,
            member.name[:250],
            person=f"id:{member.id}",
            member_id=member.id,
            values=values or {},
            changes=changes or {},
            notes=record.notes,
        )
