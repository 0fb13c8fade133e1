"""Answers to a sign-up sheet, as a form tool exports them, matched to members by e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from .cells import in_words, read_day, read_email, read_text
from .guessing import ColumnGuess, field_by_content
from .headings import plain
from .messages import Message, shown
from .reading import Row, Table

Role = Literal["mentor", "mentee", "peer"]
FreeHours = tuple[int, int, int]

SIGNUP_LABELS: dict[str, str] = {
    "answered_at": "time of the answer",
    "email": "e-mail address",
    "skills_offered": "skills offered",
    "skills_wanted": "skills wanted, most important first",
    "capacity": "number of mentees",
    "languages": "languages",
    "hours": "free hours",
    "goal": "goal",
    "preference": "preference",
    "note": "note for the admin",
}
MAX_CAPACITY = 50
MAX_TEXT = 2000

# The first that fits wins, so that the narrower stand above the wider.
_HEADINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^(timestamp|zeitstempel|submitted at|submission date|completion time|start time|date)$"),
        "answered_at",
    ),
    (re.compile(r"\b(e mail|email|mail|emailadresse|mailadresse)\b"), "email"),
    (re.compile(r"\bhow many\b|\bwie viele\b|\bcapacity\b|\bkapazitat\b"), "capacity"),
    (re.compile(r"\blanguages?\b|\bsprachen?\b"), "languages"),
    (re.compile(r"\b(free|available|availability|hours|times|zeiten|verfugbar\w*|wann)\b"), "hours"),
    (re.compile(r"\bpreferences?\b|\bwunsch\w*\b|\bpraferenz\w*\b"), "preference"),
    (re.compile(r"\b(get out of|goals?|hope to|zie?le?|erreichen)\b"), "goal"),
    (re.compile(r"\b(should know|comments?|notes?|anything else|bemerkung\w*|anmerkung\w*|sonst noch)\b"), "note"),
    (re.compile(r"\b(learn|skills? wanted|develop|lernen|improve)\b"), "skills_wanted"),
    (
        re.compile(r"\b(help with|offer|expertise|teach|skills?|helfen|anbieten|fahigkeiten|kenntnisse)\b"),
        "skills_offered",
    ),
)
_DAYS = {
    **{name: i for i, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    **{name: i for i, name in enumerate(("mo", "di", "mi", "do", "fr", "sa", "so"))},
    "tu": 1,
    "we": 2,
    "th": 3,
    "su": 6,
    "mit": 2,
    "don": 3,
    "die": 1,
    "fre": 4,
    "sam": 5,
    "son": 6,
}
_TIME = r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm|uhr)?"
_HOURS = re.compile(
    rf"([^\W\d_]{{2,12}})\.?(?:\s*[-–]\s*([^\W\d_]{{2,12}})\.?)?:?\s+{_TIME}\s*(?:[-–]|to|bis)\s*{_TIME}", re.IGNORECASE
)
_STAMP = re.compile(r"(\S+?)[T,]?\s+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\.[0-9]+)?\s*([AaPp]\.?[Mm]\.?)?\s*(.*)")
_OFFSET = re.compile(r"(?:GMT|UTC|Z)?\s*(?:([+-])([0-9]{1,2}):?([0-9]{2})?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody answered. Hours are (weekday, first minute, end minute) of local time, Monday being 0."""

    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: tuple[FreeHours, ...] = ()
    capacity: int | None = None
    goal: str = ""
    preference: str = ""
    note: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member as far as sign-ups care."""

    id: int
    name: str = ""
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedSignUp:
    """What becomes of one row of a sign-up sheet; `skip` is an answer that a later one replaces."""

    line: int
    action: Literal["accept", "skip", "refuse"]
    email: str = ""
    member_id: int | None = None
    answers: Answers = field(default_factory=Answers)
    notes: tuple[Message, ...] = ()
    errors: tuple[Message, ...] = ()
    cells: tuple[str, ...] = ()


def guess_signup_columns(table: Table) -> list[ColumnGuess]:
    """Which answer each column of a sign-up sheet holds."""
    rows = table.sample(100)
    guesses: list[ColumnGuess] = []
    taken: set[str] = set()
    for i, heading in enumerate(table.headings):
        cells = [text for row in rows if (text := read_text(row.cells[i]).text)]
        found: str | None = next((name for pattern, name in _HEADINGS if pattern.search(plain(heading))), None)
        confidence = 0.8
        if found is None and field_by_content(cells)[0] == "email":
            found, confidence = "email", 0.6
        if found in taken:
            found = None
        if found:
            taken.add(found)
        samples = tuple(dict.fromkeys(text[:80] for text in cells))[:3]
        guesses.append(ColumnGuess(heading, found, confidence if found else 0.0, samples))
    return guesses


def guess_role(columns: Iterable[str | None]) -> Role | None:
    """Whether a sheet with these columns comes from mentors or mentees, where that can be told."""
    fields = set(columns)
    if "skills_wanted" in fields and "skills_offered" not in fields:
        return "mentee"
    if fields & {"skills_offered", "capacity"} and "skills_wanted" not in fields:
        return "mentor"
    return None


def plan_signups(
    rows: Iterable[Row],
    columns: Iterable[str | None],
    members: Mapping[str, KnownMember],
    *,
    role: Role,
    today: date,
    skills: Iterable[str] = (),
) -> list[PlannedSignUp]:
    """Decide about every row of a sign-up sheet.

    `members` is keyed by e-mail address in lower case. `skills` are the organisation's own spellings, which win.
    Of two answers by one person the later counts: by its time where both have one, else by its place in the sheet.
    """
    reader = _Reader(columns, members, role=role, today=today, skills=skills)
    planned = [reader.read(row) for row in rows]
    last: dict[int, int] = {}
    for i, row in enumerate(planned):
        if row.action != "accept" or row.member_id is None:
            continue
        other = last.get(row.member_id)
        if other is None:
            last[row.member_id] = i
            continue
        older, newer = other, i
        first, second = planned[other].answers.answered_at, row.answers.answered_at
        if first and second and second < first:
            older, newer = i, other
        last[row.member_id] = newer
        planned[older] = _replaced(planned[older], by=planned[newer].line)
    return planned


def _replaced(row: PlannedSignUp, *, by: int) -> PlannedSignUp:
    return PlannedSignUp(
        row.line,
        "skip",
        row.email,
        row.member_id,
        row.answers,
        (*row.notes, Message("answered_again", f"Answered again in row {by}; the last answer counts.")),
        cells=row.cells,
    )


class _Reader:
    def __init__(
        self,
        columns: Iterable[str | None],
        members: Mapping[str, KnownMember],
        *,
        role: Role,
        today: date,
        skills: Iterable[str],
    ) -> None:
        self.column = {name: i for i, name in enumerate(columns) if name}
        self.members = members
        self.role = role
        self.today = today
        self.spellings = {skill.casefold(): skill for skill in skills}

    def _cell(self, row: Row, name: str) -> str:
        i = self.column.get(name)
        return row.cells[i] if i is not None and i < len(row.cells) else ""

    def _text(self, row: Row, name: str) -> str:
        return read_text(self._cell(row, name)).text[:MAX_TEXT]

    def read(self, row: Row) -> PlannedSignUp:
        notes: list[Message] = []
        cells = tuple(row.cells)

        def refused(code: str, text: str, about: str | None = "email") -> PlannedSignUp:
            return PlannedSignUp(row.line, "refuse", email, errors=(Message(code, text, about),), cells=cells)

        email = ""
        if row.problem:
            return refused("cells", row.problem, None)
        email, _, problem = read_email(self._cell(row, "email"))
        if problem:
            return refused("email", problem)
        if not email:
            return refused("no_email", "No e-mail address, so it can’t be told whose answer this is.")
        member = self.members.get(email)
        if member is None:
            return refused("unknown", f"Nobody here has the address {email}. Import the person first, or correct it.")
        if member.left_on is not None and member.left_on < self.today:
            return refused("left", f"{member.name or email} left on {in_words(member.left_on)}.")
        if member.left_on is not None:
            notes.append(Message("leaving", f"Leaves on {in_words(member.left_on)}."))
        capacity = self._capacity(row, notes) if self.role != "mentee" else None
        if capacity == 0 and self.role == "mentor":
            return refused("no_capacity", "Takes on no mentees: nothing to sign up for.", "capacity")
        answers = Answers(
            skills=self._skills(row, notes),
            languages=self._list(row, "languages"),
            hours=self._hours(row, notes),
            capacity=capacity,
            goal=self._text(row, "goal"),
            preference=self._preference(row, notes),
            note=self._text(row, "note"),
            answered_at=read_timestamp(self._text(row, "answered_at"), today=self.today),
        )
        if answers.note:
            notes.append(
                Message(
                    "to_read",
                    f"Asks {shown(answers.note, 200)}: no rule follows from this, act on it yourself.",
                    "note",
                )
            )
        return PlannedSignUp(row.line, "accept", email, member.id, answers, tuple(notes), cells=cells)

    def _list(self, row: Row, name: str) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for part in re.split(r"[,;|\n\r]", self._cell(row, name)):
            if text := read_text(part).text[:80]:
                found.setdefault(text.casefold(), text)
        return tuple(found.values())

    def _skills(self, row: Row, notes: list[Message]) -> tuple[str, ...]:
        name = "skills_offered" if self.role == "mentor" else "skills_wanted"
        if self.role == "peer" and name not in self.column:
            # Where all are alike it is one list, whatever the sheet calls it.
            name = "skills_offered"
        found = self._list(row, name)
        if not found:
            notes.append(
                Message(
                    "no_skills",
                    f"No {SIGNUP_LABELS[name].partition(',')[0]}: can be matched by other things only.",
                    name,
                )
            )
        return tuple(self.spellings.get(skill.casefold(), skill) for skill in found)

    def _capacity(self, row: Row, notes: list[Message]) -> int | None:
        text = self._text(row, "capacity")
        if not text:
            return None
        match = re.search(r"[0-9]{1,4}", text)
        if match is None:
            notes.append(
                Message(
                    "capacity", f"Number of mentees: {shown(text)} is no number; the usual one is used.", "capacity"
                )
            )
            return None
        number = int(match[0])
        if number > MAX_CAPACITY:
            notes.append(
                Message(
                    "capacity",
                    f"Number of mentees: {number} is over {MAX_CAPACITY}; {MAX_CAPACITY} is used.",
                    "capacity",
                )
            )
        return min(number, MAX_CAPACITY)

    def _hours(self, row: Row, notes: list[Message]) -> tuple[FreeHours, ...]:
        hours, unread = read_hours(self._cell(row, "hours"))
        if unread:
            text = ", ".join(shown(part, 40) for part in unread[:3])
            notes.append(Message("hours", f"Free hours: {text} can’t be read; give them as Mon 08:00-10:00.", "hours"))
        return hours

    def _preference(self, row: Row, notes: list[Message]) -> str:
        text = self._text(row, "preference")
        words = plain(text)
        if not words or words in ("none", "no", "no preference", "keine", "keine praferenz", "egal"):
            return ""
        if re.search(r"\b(different|other|another|andere\w*) (department|team|abteilung|bereich)\b", words):
            return "different_department"
        if re.search(r"\b(same|gleiche\w*) (location|site|office|standort|ort)\b", words):
            return "same_site"
        notes.append(
            Message(
                "preference",
                f"Prefers {shown(text, 200)}: no rule follows from this, act on it yourself.",
                "preference",
            )
        )
        return ""


def read_hours(cell: str) -> tuple[tuple[FreeHours, ...], list[str]]:
    """Weekly hours from “Mon 08-10; Tue 12:30-14”, joined where they touch, and the parts that can't be read."""
    found: list[FreeHours] = []
    unread: list[str] = []
    for part in re.split(r"[;,\n\r|]", cell):
        text = read_text(part).text
        if not text:
            continue
        match = _HOURS.fullmatch(text)
        first = _weekday(match[1]) if match else None
        last = (_weekday(match[2]) if match[2] else first) if match else None
        start = _minute(match[3], match[4], match[5] or match[8]) if match else None
        end = _minute(match[6], match[7], match[8]) if match else None
        if first is None or last is None or start is None or end is None:
            unread.append(text)
            continue
        if end <= start and match and not match[5] and (match[8] or "").lower() == "pm":
            # "11-1 pm" begins in the morning.
            start = _minute(match[3], match[4], "am") or 0
        if end <= start:
            unread.append(text)
            continue
        days = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        found.extend((day, start, end) for day in days)
    joined: list[FreeHours] = []
    for day, start, end in sorted(found):
        if joined and joined[-1][0] == day and start <= joined[-1][2]:
            joined[-1] = (day, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((day, start, end))
    return tuple(joined), unread


def _weekday(word: str) -> int | None:
    word = word.lower()
    return _DAYS.get(word[:3], _DAYS.get(word[:2]) if len(word) == 2 or word.endswith("tag") else None)


def _minute(hour: str, minute: str | None, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if half and half.lower() in ("am", "pm") and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= 24 * 60 else None


def read_timestamp(text: str, *, today: date) -> datetime | None:
    """When a form was sent, in UTC; tools write “2026/10/13 11:35:45 am GMT”, and 18:03 with am beside it."""
    match = _STAMP.fullmatch(text.replace("T", " ", 1) if re.match(r"[0-9-]{10}T", text) else text)
    if match is None:
        return None
    day = read_day(match[1], order="dmy", today=today).day
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    if match[5] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[5].lower().startswith("p") else 0)
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)
    offset = _OFFSET.fullmatch(match[6].strip())
    if offset and offset[1]:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        try:
            at = at - away if offset[1] == "+" else at + away
        except OverflowError:
            return None
    return at
