"""What a single cell says: text, e-mail address, date, level, time zone."""

from __future__ import annotations

import calendar
import re
import unicodedata
import zoneinfo
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal, NamedTuple

from mentoring.spreadsheets import begins_formula, rearm

from .messages import shown

DateOrder = Literal["iso", "dmy", "mdy"]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_GERMAN = [
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
]
_MONTH_NUMBERS: dict[str, int] = {
    **{name.lower(): i for i, name in enumerate(MONTHS, 1)},
    **{name.lower()[:3]: i for i, name in enumerate(MONTHS, 1)},
    **{name: i for i, name in enumerate(_GERMAN, 1)},
    **{name[:3]: i for i, name in enumerate(_GERMAN, 1)},
    "maerz": 3,
    "mrz": 3,
    "jänner": 1,
    "jaenner": 1,
    "feber": 2,
    "sept": 9,
}

# Control and formatting characters that nobody typed on purpose. Joiners (200C, 200D) stay: Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u2400\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_JOINERS = re.compile("[\u200c\u200d]")
_BREAK = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_TAG = re.compile(r"<[A-Za-z/!]")
NOTHING = frozenset({"-", "–", "—", "#n/a", "n/a", "null", "(blank)", "(leer)", "k.a.", "k. a."})


class Text(NamedTuple):
    """A cell without what can't be seen, and what had to be done or should be known."""

    text: str
    remarks: tuple[str, ...] = ()


def read_text(cell: str) -> Text:
    """A cell as one line of visible text in composed Unicode. Remarks: null, invisible, newline, formula, markup, damaged."""
    # A quotation mark that a spreadsheet, or our own report of refused rows, put there to disarm a formula.
    cell = rearm(cell.strip())
    if cell.isascii() and cell.isprintable():
        text = cell.strip()
        if "  " in text:
            text = " ".join(text.split())
        if not text or (text[0].isalnum() and "<" not in text):
            return Text(text)
        remarks: list[str] = []
    else:
        remarks = []
        visible = _INVISIBLE.sub("", cell)
        if len(visible) != len(cell):
            remarks.append("null" if "\x00" in cell or "\u2400" in cell else "invisible")
        visible = visible.strip()
        if _BREAK.search(visible):
            remarks.append("newline")
        text = unicodedata.normalize("NFC", " ".join(visible.split()))
        if not _JOINERS.sub("", text).strip("\ufe0e\ufe0f "):
            return Text("", tuple(remarks))
        if "\ufffd" in text:
            remarks.append("damaged")
    if len(text) > 1 and begins_formula(text):
        remarks.append("formula")
    if "<" in text and _TAG.search(text):
        remarks.append("markup")
    return Text(text, tuple(remarks))


class Email(NamedTuple):
    address: str
    remarks: tuple[str, ...] = ()
    problem: str | None = None


_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")


def read_email(cell: str) -> Email:
    """An address in lower case, or what is wrong with it."""
    text, remarks = read_text(cell)
    if _JOINERS.search(text):
        text, remarks = _JOINERS.sub("", text), (*remarks, "invisible")
    if not text or text.lower() in NOTHING:
        return Email("", remarks)
    if text.lower().startswith("mailto:"):
        text = text[7:].strip()
    text = text.lower()
    if text.count("@") > 1:
        addresses = [part for part in re.split(r"[;,/\s]+", text) if "@" in part]
        if len(addresses) > 1:
            return Email("", remarks, "Two e-mail addresses in one cell; give one.")
    local = text.partition("@")[0]
    if not _ADDRESS.fullmatch(text) or ".." in text or text.startswith(".") or local.endswith("."):
        return Email("", remarks, f"{shown(text)} is not an e-mail address; correct it or leave the cell empty.")
    if len(text) > 254 or len(local.encode()) > 64:
        return Email("", remarks, "The e-mail address is longer than mail allows; correct it.")
    remarks = tuple(r for r in remarks if r not in ("formula", "markup"))
    return Email(text, remarks if text.isascii() else (*remarks, "not_ascii"))


class Day(NamedTuple):
    """A date, how it had to be read (remarks: two_ways, two_digits, serial), or what is wrong with it."""

    day: date | None = None
    remarks: tuple[str, ...] = ()
    problem: str | None = None


_TIME = r"(?:[T ]+[0-9]{1,2}[:.][0-9]{2}.{0,24})?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])\s?([0-9]{{1,2}})\2\s?([0-9]{{4}}|[0-9]{{2}}){_TIME}")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_SERIAL = re.compile(r"([0-9]{5})(?:[.,][0-9]+)?")
_DAY_WORD = re.compile(r"([0-9]{1,2})\.?[\s-]*([^\W\d_]+)\.?,?[\s-]+([0-9]{4}|[0-9]{2})")
_WORD_DAY = re.compile(r"([^\W\d_]+)\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})")


def in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def read_day(text: str, *, order: DateOrder, today: date) -> Day:
    """A date from cleaned text; year-first dates are read as such whatever the order of the others."""
    if not text or text.lower() in NOTHING or text.startswith(("0000", "00.00", "00/00")):
        return Day()
    short = False
    remarks: tuple[str, ...] = ()
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        short = len(match[4]) == 2
        # Dotted dates are day first everywhere that writes them.
        day, month = (second, first) if order == "mdy" and match[2] != "." else (first, second)
        if match[2] != "." and first <= 12 and second <= 12 and first != second:
            remarks = ("two_ways",)
        if month > 12:
            read = "month first" if order == "mdy" and match[2] != "." else "day first"
            return Day(None, (), f"{shown(text)} has no month {month}: dates are read {read}; correct the date.")
    elif match := _COMPACT.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _SERIAL.fullmatch(text):
        serial = int(match[1])
        if not 10_000 <= serial <= 80_000:
            return Day(None, (), f"{shown(text)} is not a date; give it as 2021-03-31.")
        return Day(date(1899, 12, 30) + timedelta(days=serial), ("serial",))
    elif (match := _DAY_WORD.fullmatch(text)) and match[2].lower() in _MONTH_NUMBERS:
        day, month, year = int(match[1]), _MONTH_NUMBERS[match[2].lower()], int(match[3])
        short = len(match[3]) == 2
    elif (match := _WORD_DAY.fullmatch(text)) and match[1].lower() in _MONTH_NUMBERS:
        month, day, year = _MONTH_NUMBERS[match[1].lower()], int(match[2]), int(match[3])
    else:
        return Day(None, (), f"{shown(text)} is not a date; give it as 2021-03-31.")
    if short:
        year += 2000 if 2000 + year <= today.year + 1 else 1900
        remarks = (*remarks, "two_digits")
    if not 1 <= month <= 12:
        return Day(None, (), f"{shown(text)} doesn’t exist: there is no month {month}; correct the date.")
    if year < 1:
        return Day()
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return Day(
            None, (), f"{shown(text)} doesn’t exist: {MONTHS[month - 1]} {year} has {last} days; correct the date."
        )
    return Day(date(year, month, day), remarks)


class OrderGuess(NamedTuple):
    """The order of day and month in a file, whether its dates prove it, and what a person should know."""

    order: DateOrder
    proven: bool
    sentence: str


def guess_date_order(cells: Iterable[str], *, today: date) -> OrderGuess:
    """Which order the dates of a file are in, from those that can be read in one way only."""
    day_first = month_first = dotted = open_to_both = 0
    example = ""
    for cell in cells:
        match = _YEAR_LAST.fullmatch(cell.strip())
        if match is None:
            continue
        first, second = int(match[1]), int(match[3])
        if match[2] == ".":
            dotted += 1
        elif first > 12 >= second:
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second and first and second:
            open_to_both += 1
            example = example or cell.strip()
    if day_first and month_first:
        order: DateOrder = "dmy" if day_first >= month_first else "mdy"
        return OrderGuess(
            order,
            False,
            "Some dates put the day first and some the month. "
            f"They are read {'day' if order == 'dmy' else 'month'} first; correct the others.",
        )
    if month_first:
        return OrderGuess("mdy", True, "Dates are written month first.")
    if day_first:
        return OrderGuess("dmy", True, "Dates are written day first.")
    if open_to_both:
        sentence = "No date shows whether the day or the month comes first. They are read day first"
        day = read_day(example, order="dmy", today=today).day
        return OrderGuess("dmy", False, f"{sentence}: {example} is {in_words(day)}." if day else f"{sentence}.")
    if dotted:
        return OrderGuess("dmy", True, "Dates are written with dots, day first.")
    return OrderGuess("iso", True, "Dates are written year first.")


def read_level(text: str) -> int | None:
    """A grade as a whole number from 1 to 20, else None."""
    match = re.fullmatch(r"([0-9]{1,2})(?:[.,]0+)?", text)
    return int(match[1]) if match and 1 <= int(match[1]) <= 20 else None


def read_days_absent(text: str) -> str | None:
    """Days of a year from 0 to 366, halves and hours included, as “2.5”; else None."""
    if not re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{1,8})?", text):
        return None
    days = Decimal(text.replace(",", ".")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return days_in_figures(days) if days <= 366 else None


def days_in_figures(days: Decimal) -> str:
    """2.50 as “2.5” and 10.00 as “10”, so that the same number is always written the same way."""
    return f"{days:f}".rstrip("0").rstrip(".") if "." in f"{days:f}" else f"{days:f}"


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones() if not name.startswith(("posix", "right"))}


def read_zone(text: str) -> str | None:
    """The IANA name of a time zone in its own spelling, else None."""
    return _zones().get(text.lower().replace(" ", "_"))


_PARTICLES = frozenset(
    [
        "af",
        "al",
        "ap",
        "bin",
        "da",
        "dal",
        "de",
        "del",
        "della",
        "den",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "st",
        "ten",
        "ter",
        "van",
        "von",
        "zu",
        "zum",
    ]
)


def split_name(text: str, *, family_first: bool) -> tuple[str, str]:
    """Given and family name out of one cell: “Family, Given”, or in the order that the file keeps."""
    if "," in text:
        family, _, given = text.partition(",")
        return given.strip(), family.strip()
    words = text.split()
    if len(words) < 2:
        return "", text
    if family_first:
        i = 1
        while i < len(words) - 1 and words[i - 1].lower() in _PARTICLES:
            i += 1
        return " ".join(words[i:]), " ".join(words[:i])
    i = len(words) - 1
    while i > 1 and words[i - 1].lower() in _PARTICLES:
        i -= 1
    return " ".join(words[:i]), " ".join(words[i:])
