"""One row of an HR export, read on its own: what it says, and what is wrong with it whatever else is in the file."""

from __future__ import annotations

import re
from datetime import date, timedelta
from sys import intern

from .cells import (
    NOTHING,
    Day,
    in_words,
    read_day,
    read_days_absent,
    read_email,
    read_level,
    read_text,
    read_zone,
    split_name,
)
from .existing import ExistingMember, Spell
from .guessing import Settings
from .headings import CHANGE_LABELS, LABELS
from .messages import Message, shown
from .reading import Row

# What is kept of a person, in the order of a record's values.
PERSON_FIELDS = (
    "employee_number",
    "given_name",
    "family_name",
    "email",
    "department",
    "job_title",
    "level",
    "site",
    "time_zone",
    "absence_days",
    "absence_until",
)
# Of these, what is not known is None; of the others, an empty text.
NONE_IF_UNKNOWN = frozenset({"level", "absence_days", "absence_until"})
LIMITS = {
    "employee_number": 40,
    "given_name": 100,
    "family_name": 100,
    "department": 100,
    "job_title": 150,
    "site": 100,
    "leave_reason": 100,
    "department_after": 100,
}
Value = str | int | None

_GONE = re.compile(r"inactive|terminated|left|leaver|former|resigned|retired|ausgeschieden|inaktiv|ausgetreten|beendet")
_HERE = re.compile(r"active|employed|current|aktiv|beschäftigt")
_REMARKS = {
    "null": "{field}: an invisible null character was removed.",
    "invisible": "{field}: invisible characters were removed.",
    "newline": "{field}: a line break became a space.",
    "formula": "{field}: {text} looks like a formula; it is kept as plain text.",
    "markup": "{field}: {text} looks like HTML; it is kept as plain text.",
    "damaged": "{field}: {text} has a damaged letter; check it.",
    "not_ascii": "{field}: {text} has letters that some mail servers refuse; check that mail arrives.",
}
_HOW = {
    "two_ways": ", {} first",
    "two_digits": "; its year has two digits",
    "serial": ", as a spreadsheet counts days",
}


class Record:
    """What one row says. A value of None leaves what is known alone."""

    __slots__ = (
        "applies",
        "email",
        "ended_on",
        "errors",
        "keeps_manager",
        "line",
        "manager_name",
        "manager_number",
        "notes",
        "number",
        "person",
        "reason",
        "repeated",
        "says_left",
        "spell_now",
        "spell_was",
        "started_on",
        "values",
    )

    def __init__(self, line: int) -> None:
        self.line = line
        self.values: tuple[Value, ...] = (None,) * len(PERSON_FIELDS)
        self.number = self.email = self.reason = self.manager_number = self.manager_name = ""
        self.started_on: date | None = None
        self.ended_on: date | None = None
        # The status says that the person left, and no end date says when.
        self.says_left = False
        # A manager is named whom the row can't mean.
        self.keeps_manager = False
        self.notes: tuple[Message, ...] = ()
        self.errors: tuple[Message, ...] = ()
        # Filled in by the plan: whose row this is, whether it is their newest, what it does to which spell.
        self.person: Person | None = None
        self.applies = self.repeated = False
        self.spell_was: Spell | None = None
        self.spell_now: Spell | None = None

    def note(self, code: str, text: str, field: str | None = None) -> None:
        self.notes = (*self.notes, Message(code, text, field))

    def refuse(self, code: str, text: str, field: str | None = None) -> None:
        self.errors = (*self.errors, Message(code, text, field))

    def require_one_person(self, by_number: ExistingMember | None, by_email: ExistingMember | None) -> None:
        """Its number and its address must not be those of two members."""
        if by_number and by_email and by_number.id != by_email.id:
            self.refuse(
                "two_people",
                f"The employee number belongs to {by_number.name}, the e-mail address to {by_email.name}. "
                "Correct one of them.",
                "employee_number",
            )

    def drop_manager(self, code: str, why: str) -> None:
        """Say why no manager can be taken from this row. What can't be followed changes nothing."""
        self.note(code, f"{why}; no manager is taken from this row.", "manager_number")
        self.manager_number = self.manager_name = ""
        self.keeps_manager = True

    @property
    def name(self) -> str:
        given, family = self.values[1] or "", self.values[2] or ""
        return f"{given} {family}".strip() or self.email or self.number


class Person:
    """Somebody whom the file or the snapshot knows."""

    __slots__ = ("email", "first", "key", "manager", "member", "name", "number", "records")

    def __init__(self, key: str, member: ExistingMember | None) -> None:
        self.key = key
        self.member = member
        self.name = member.name if member else ""
        self.number = member.employee_number if member else ""
        self.email = ""
        # The first row that is theirs.
        self.first = 0
        self.records: list[Record] = []
        self.manager: Person | None = None

    @property
    def called(self) -> str:
        return f"{self.name} ({self.number})" if self.number else self.name


class RowReader:
    """Reads rows of a file whose columns are settled."""

    def __init__(self, settings: Settings, *, today: date) -> None:
        self.settings = settings
        self.today = today
        self.column = {field: i for i, field in enumerate(settings.columns) if field}
        self._days: dict[str, Day] = {}

    def read(self, row: Row) -> Record:
        record = Record(row.line)
        if row.problem:
            record.refuse("cells", row.problem)
            return record
        given, family = self._names(record, row)
        number, email = self.text(record, row, "employee_number"), self.email(record, row)
        record.number, record.email = number, email
        department, site = self.text(record, row, "department"), self.text(record, row, "site")
        record.values = (
            number or None,
            given,
            family,
            email or None,
            intern(department) if department else None,
            intern(self.text(record, row, "job_title")) or None,
            self._level(record, row),
            intern(site) if site else None,
            self._zone(record, row),
            None,
            None,
        )
        self._employment(record, row)
        record.values = (*record.values[:-2], *self._absence(record, row))
        self._manager(record, row)
        return record

    def _cell(self, row: Row, field: str) -> str:
        i = self.column.get(field)
        return row.cells[i] if i is not None and i < len(row.cells) else ""

    def text(self, record: Record, row: Row, field: str) -> str:
        cell = self._cell(row, field)
        if not cell:
            return ""
        text, remarks = read_text(cell)
        if len(text) < 10 and text.lower() in NOTHING and field not in ("given_name", "family_name", "name"):
            return ""
        for remark in remarks:
            self._remark(record, remark, field, text)
        limit = LIMITS.get(field)
        if limit and len(text) > limit:
            self._too_long(record, field, limit)
            return text[:limit]
        return text

    @staticmethod
    def _remark(record: Record, remark: str, field: str, text: str) -> None:
        record.note(remark, _REMARKS[remark].format(field=_label(field), text=shown(text)), field)

    @staticmethod
    def _too_long(record: Record, field: str, limit: int) -> None:
        record.refuse("too_long", f"{_label(field)} is longer than {limit} letters; shorten it.", field)

    def _names(self, record: Record, row: Row) -> tuple[str | None, str | None]:
        given, family = self.text(record, row, "given_name"), self.text(record, row, "family_name")
        if given or family:
            return (
                given if "given_name" in self.column else None,
                family if "family_name" in self.column else None,
            )
        whole = self.text(record, row, "name")
        if not whole:
            return None, None
        given, family = split_name(whole, family_first=self.settings.name_order == "family_first")
        for field, text in (("given_name", given), ("family_name", family)):
            if len(text) > LIMITS[field]:
                self._too_long(record, field, LIMITS[field])
        return given[: LIMITS["given_name"]], family[: LIMITS["family_name"]]

    def email(self, record: Record, row: Row) -> str:
        cell = self._cell(row, "email")
        if not cell:
            return ""
        address, remarks, problem = read_email(cell)
        for remark in remarks:
            self._remark(record, remark, "email", address)
        if problem:
            record.refuse("email", problem, "email")
        return address

    def _level(self, record: Record, row: Row) -> int | None:
        text = self.text(record, row, "level")
        if not text:
            return None
        level = read_level(text)
        if level is None:
            record.note("level", f"Level: {shown(text)} is not a whole number from 1 to 20; it is left out.", "level")
        return level

    def _zone(self, record: Record, row: Row) -> str | None:
        text = self.text(record, row, "time_zone")
        if not text:
            return None
        zone = read_zone(text)
        if zone is None:
            record.note(
                "time_zone",
                f"Time zone: {shown(text)} is not known (such as Europe/London); it is left out.",
                "time_zone",
            )
            return None
        return intern(zone)

    def _absence(self, record: Record, row: Row) -> tuple[str, str] | tuple[None, None]:
        """Days absent, and the last day of the twelve months that they are of: for who has left, their last one."""
        text = self.text(record, row, "absence_days")
        if not text:
            return None, None
        days = read_days_absent(text)
        if days is None:
            record.note(
                "absence_days",
                f"Days absent: {shown(text)} is not a number of days from 0 to 366; it is left out.",
                "absence_days",
            )
            return None, None
        until = self.settings.absence_until or self.today
        if record.ended_on and record.ended_on < until:
            until = record.ended_on
        return days, until.isoformat()

    def day(self, record: Record, row: Row, field: str) -> date | None:
        text = self.text(record, row, field)
        if not text:
            return None
        found = self._days.get(text)
        if found is None:
            found = read_day(text, order=self.settings.date_order, today=self.today)
            if len(self._days) < 20_000:
                self._days[text] = found
        if found.problem:
            record.refuse("date", f"{_label(field)}: {found.problem}", field)
        remarks = [r for r in found.remarks if r != "two_ways" or not self.settings.date_order_proven]
        if found.day and remarks:
            code = remarks[-1]
            how = "".join(_HOW[remark] for remark in remarks)
            if "two_ways" in remarks:
                how = how.format("month" if self.settings.date_order == "mdy" else "day")
            record.note(code, f"{_label(field)}: {shown(text)} was read as {in_words(found.day)}{how}.", field)
        return found.day

    def _employment(self, record: Record, row: Row) -> None:
        started = record.started_on = self.day(record, row, "hired_on")
        ended = self.day(record, row, "left_on")
        if ended and ended.year == 9999:
            # How SAP and others write "no end".
            ended = None
        record.ended_on = ended
        record.reason = intern(self.text(record, row, "leave_reason"))
        if started and started.year < self.today.year - 90:
            record.refuse(
                "long_ago", f"Start date: {in_words(started)} is over 90 years ago; check the year.", "hired_on"
            )
        if started and started > self.today + timedelta(days=366):
            record.refuse(
                "far_future", f"Start date: {in_words(started)} is more than a year away; check the year.", "hired_on"
            )
        elif started and started > self.today:
            record.note("starts_later", f"Starts later, on {in_words(started)}.", "hired_on")
        if ended and started and ended < started:
            record.refuse(
                "left_before_hired",
                f"Left ({in_words(ended)}) before being hired ({in_words(started)}); correct one of the dates.",
                "left_on",
            )
        elif ended and ended.year > self.today.year + 50:
            record.refuse(
                "far_future", f"End date: {in_words(ended)} is over 50 years away; check the year.", "left_on"
            )
        elif ended and ended > self.today:
            record.note("notice", f"Leaves on {in_words(ended)}: counts as employed until then.", "left_on")
        status = self.text(record, row, "status").casefold()
        if _GONE.search(status):
            record.says_left = ended is None
            if ended is None or ended > self.today:
                record.note(
                    "status",
                    f"Status {shown(status)} without a past end date: counts as employed. Give the end date.",
                    "status",
                )
        elif _HERE.search(status) and ended and ended < self.today:
            record.note("status", f"Status {shown(status)}, but the end date is past: counts as left.", "status")

    def _manager(self, record: Record, row: Row) -> None:
        record.manager_number = self.text(record, row, "manager_number")
        record.manager_name = self.text(record, row, "manager_name")
        if record.manager_number and record.manager_number.casefold() in (record.number.casefold(), record.email):
            record.drop_manager("own_manager", "Named as their own manager")


def _label(field: str) -> str:
    label = {**CHANGE_LABELS, **LABELS}[field].partition(" (")[0]
    return label[0].upper() + label[1:]
