"""Which column of a table is what, and how its dates and names are written: guessed, shown, corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Literal, get_args

from .cells import DateOrder, guess_date_order, read_day, read_days_absent, read_email, read_level, read_text, read_zone
from .headings import HOLDS, LABELS_OF, Holds, change_field_of, field_of, plain, what_rows_stand_for
from .messages import Message
from .reading import DELIMITERS, ENCODINGS, Table

NameOrder = Literal["given_first", "family_first"]

DATE_ORDERS: dict[DateOrder, str] = {
    "iso": "year first (2021-03-31)",
    "dmy": "day first (31/03/2021)",
    "mdy": "month first (03/31/2021)",
}
NAME_ORDERS: dict[NameOrder, str] = {"given_first": "given name first", "family_first": "family name first"}
_ROWS_FOR_COLUMNS = 200
_ROWS_FOR_DATES = 5000


class BadSettings(ValueError):
    """The settings of an import contradict themselves; the text says how."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read a file: guessed first, corrected by a person, kept as JSON."""

    encoding: str
    delimiter: str
    columns: tuple[str | None, ...]
    has_header: bool = True
    date_order: DateOrder = "iso"
    date_order_proven: bool = True
    name_order: NameOrder = "given_first"
    holds: Holds = "people"
    # Days absent are those of the twelve months up to this day; None is the day on which the file is read.
    absence_until: date | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns": list(self.columns),
            "has_header": self.has_header,
            "date_order": self.date_order,
            "date_order_proven": self.date_order_proven,
            "name_order": self.name_order,
            "holds": self.holds,
            "absence_until": self.absence_until.isoformat() if self.absence_until else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settings:
        """Settings from what a form or the database holds. Raises BadSettings, with a sentence."""
        columns = tuple(field or None for field in data.get("columns") or ())
        given = [field for field in columns if field]
        holds = data.get("holds", "people")
        if holds not in HOLDS:
            raise BadSettings("Choose from the list what each row stands for.")
        labels = LABELS_OF[holds]
        if unknown := [field for field in given if field not in labels]:
            raise BadSettings(f"There is no field named {unknown[0]}.")
        if twice := [field for field in labels if given.count(field) > 1]:
            raise BadSettings(f"Two columns are set to {labels[twice[0]]}; choose one.")
        until = data.get("absence_until")
        for name, choices in (
            ("encoding", ENCODINGS),
            ("delimiter", DELIMITERS),
            ("date_order", get_args(DateOrder)),
            ("name_order", get_args(NameOrder)),
        ):
            if data.get(name) not in choices:
                raise BadSettings(f"Choose the {name.replace('_', ' ')} from the list.")
        return cls(
            encoding=data["encoding"],
            delimiter=data["delimiter"],
            columns=columns,
            has_header=bool(data.get("has_header", True)),
            date_order=data["date_order"],
            date_order_proven=bool(data.get("date_order_proven", False)),
            name_order=data["name_order"],
            holds=holds,
            absence_until=date.fromisoformat(until) if isinstance(until, str) else until,
        )

    def problems(self) -> list[Message]:
        """What keeps a file with these columns from being imported."""
        found = []
        columns = set(self.columns)
        if self.holds == "people" and not columns & {"name", "given_name", "family_name"}:
            found.append(Message("no_name", "No column holds names; choose one.", "name"))
        if not columns & {"employee_number", "email"}:
            found.append(
                Message(
                    "no_key",
                    "No column holds employee numbers or e-mail addresses; choose one of them.",
                    "employee_number",
                )
            )
        if self.holds == "job_changes":
            if "effective_on" not in columns:
                found.append(Message("no_day", "No column holds the date of the change; choose one.", "effective_on"))
            if "change" not in columns:
                found.append(Message("no_kind", "No column says what kind of change it was; choose one.", "change"))
        return found


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """A column, what it seems to hold, how sure that is (0 to 1), and a few of its cells."""

    heading: str
    field: str | None
    confidence: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """Everything that was guessed about a file, with sentences where a person should look."""

    encoding: str
    delimiter: str
    has_header: bool
    date_order: DateOrder
    date_order_proven: bool
    name_order: NameOrder
    columns: list[ColumnGuess]
    messages: list[Message]
    holds: Holds = "people"
    absence_until: date | None = None

    def settings(self) -> Settings:
        return Settings(
            encoding=self.encoding,
            delimiter=self.delimiter,
            columns=tuple(column.field for column in self.columns),
            has_header=self.has_header,
            date_order=self.date_order,
            date_order_proven=self.date_order_proven,
            name_order=self.name_order,
            holds=self.holds,
            absence_until=self.absence_until,
        )


def guess(table: Table, *, today: date, holds: Holds | None = None) -> Guess:
    """Guess what each column holds from its heading and its cells, and the order of dates and names.

    What a row stands for is guessed too, unless it is told.
    """
    if holds is None:
        holds = what_rows_stand_for(table.headings) if table.has_header else "people"
    rows = table.sample(_ROWS_FOR_COLUMNS)
    cells = [[text for row in rows if (text := read_text(row.cells[i]).text)] for i in range(len(table.headings))]
    fields = _assign(table.headings if table.has_header else [""] * len(table.headings), cells, today, holds)
    columns = [
        ColumnGuess(heading, field, confidence, tuple(dict.fromkeys(text[:80] for text in found))[:3])
        for heading, (field, confidence), found in zip(table.headings, fields, cells, strict=True)
    ]
    date_columns = [i for i, (field, _) in enumerate(fields) if field in ("hired_on", "left_on", "effective_on")]
    order = guess_date_order(
        (row.cells[i] for row in islice(table, _ROWS_FOR_DATES) if row.problem is None for i in date_columns),
        today=today,
    )
    messages = list(table.warnings)
    if date_columns and not order.proven:
        messages.append(Message("date_order", order.sentence, fields[date_columns[0]][0]))
    if not table.has_header:
        messages.append(
            Message(
                "no_header",
                "The first row looks like a person, so the columns have no headings. Choose what each holds.",
            )
        )
    if len(set(table.headings)) < len(table.headings) and table.has_header:
        messages.append(Message("repeated_heading", "Some headings appear more than once. Check which column is used."))
    name_order: NameOrder = "given_first"
    for column in columns:
        if column.field == "name" and plain(column.heading).startswith(
            ("last", "family", "surname", "nachname", "name vor")
        ):
            name_order = "family_first"
    return Guess(
        encoding=table.encoding,
        delimiter=table.delimiter,
        has_header=table.has_header,
        date_order=order.order,
        date_order_proven=order.proven,
        name_order=name_order,
        columns=columns,
        messages=messages,
        holds=holds,
        absence_until=today,
    )


def _assign(headings: list[str], cells: list[list[str]], today: date, holds: Holds) -> list[tuple[str | None, float]]:
    """The field of each column: the surest column first, each field once."""
    claims: list[tuple[float, int, str]] = []
    for i, heading in enumerate(headings):
        field, confidence = field_of(heading) if holds == "people" else change_field_of(heading)
        if field is None:
            field, confidence = field_by_content(cells[i]) if not heading else (None, 0.0)
            if field not in LABELS_OF[holds]:
                field = None
        elif (test := _TESTS.get(field)) and cells[i]:
            fitting = sum(1 for cell in cells[i] if test(cell, today)) / len(cells[i])
            confidence *= 1.0 if fitting >= 0.5 else 0.4
        if field:
            claims.append((confidence, i, field))
    if not any(field == "email" for _, _, field in claims):
        for i in range(len(headings)):
            if field_by_content(cells[i])[0] == "email" and all(i != j for _, j, _ in claims):
                claims.append((0.6, i, "email"))
                break
    found: list[tuple[str | None, float]] = [(None, 0.0)] * len(headings)
    taken: set[str] = set()
    for confidence, i, field in sorted(claims, key=lambda claim: (-claim[0], claim[1])):
        if field not in taken and found[i][0] is None:
            found[i] = (field, round(confidence, 2))
            taken.add(field)
    if "given_name" in taken and "family_name" not in taken:
        # Beside a column of given names, German exports head the family names with a bare "Name".
        found = [("family_name", confidence) if field == "name" else (field, confidence) for field, confidence in found]
    if {"given_name", "family_name"} <= taken:
        # The full name says nothing more.
        found = [(None, 0.0) if field == "name" else (field, confidence) for field, confidence in found]
    return found


_TESTS: dict[str, Callable[[str, date], object]] = {
    "email": lambda cell, today: "@" in cell,
    "hired_on": lambda cell, today: _is_day(cell, today),
    "left_on": lambda cell, today: _is_day(cell, today),
    "effective_on": lambda cell, today: _is_day(cell, today),
    "level": lambda cell, today: read_level(cell),
    "time_zone": lambda cell, today: read_zone(cell),
    "weekly_hours": lambda cell, today: any(c.isdigit() for c in cell),
    "absence_days": lambda cell, today: read_days_absent(cell),
}


def _is_day(cell: str, today: date) -> bool:
    return any(read_day(cell, order=order, today=today).day for order in ("dmy", "mdy"))


def field_by_content(cells: list[str]) -> tuple[str | None, float]:
    """What cells without a telling heading are, where their own form shows it."""
    if not cells:
        return None, 0.0
    if sum(1 for cell in cells if read_email(cell).address) > 0.8 * len(cells):
        return "email", 0.6
    if sum(1 for cell in cells if "/" in cell and read_zone(cell)) > 0.8 * len(cells):
        return "time_zone", 0.6
    return None, 0.0
