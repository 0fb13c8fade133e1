"""Bytes of an uploaded table, turned into rows one at a time."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from .messages import Message

ENCODINGS = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little-endian, no mark)",
    "utf-16-be": "Unicode (UTF-16, big-endian, no mark)",
    "utf-32": "Unicode (UTF-32)",
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "iso-8859-1": "Western European (Latin-1)",
    "iso-8859-2": "Central European (Latin-2)",
    "iso-8859-15": "Western European (Latin-9)",
    "mac-roman": "Western European (Macintosh)",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MAX_COLUMNS = 300
MAX_LINE = 1_000_000
SAMPLE_BYTES = 256 * 1024
SAMPLE_ROWS = 300
# Shown in place of a null byte, which neither a page nor a database can hold.
NULL_SIGN = "\u2400"

Source = bytes | memoryview | BinaryIO


class UnreadableFile(Exception):
    """The file can't be read as a table; the text says why and what to do."""


class Row(NamedTuple):
    """One row, numbered as a spreadsheet numbers it; `problem` says why its cells don't fit the headings."""

    line: int
    cells: list[str]
    problem: str | None = None


class Table:
    """A readable table. Iterating gives its rows, again and again, without holding them in memory."""

    def __init__(
        self,
        source: BinaryIO,
        *,
        encoding: str,
        delimiter: str,
        headings: list[str],
        has_header: bool,
        skipped: int,
        lenient: bool,
    ) -> None:
        self._source = source
        self._lenient = lenient
        self._skipped = skipped
        self.encoding = encoding
        self.delimiter = delimiter
        self.headings = headings
        self.has_header = has_header
        self.warnings: list[Message] = []
        if lenient:
            self.warnings.append(
                Message("damaged", "A few letters of this file are damaged; they are shown as “�”. Check those cells.")
            )

    def __iter__(self) -> Iterator[Row]:
        """Rows below the headings, without those that are wholly blank."""
        widest = len(self.headings)
        needed = max((i + 1 for i, h in enumerate(self.headings) if h), default=widest)
        records = _records(self._source, self.encoding, self.delimiter, self._lenient)
        for line, start, end, cells in records:
            if line <= self._skipped:
                continue
            if cells is None:
                yield Row(line, [], "A cell of this row is far too long. A quotation mark is probably missing.")
                continue
            if not any(cell and not cell.isspace() for cell in cells):
                continue
            if len(cells) < needed:
                problem = f"Too few cells: {len(cells)}, where the headings need {needed}. Give every cell of the row."
                if end > start:
                    problem += f" The row runs on over {end - start + 1} lines: a quotation mark may be missing."
                yield Row(line, cells, problem)
                continue
            if len(cells) > widest:
                if any(cell and not cell.isspace() for cell in cells[widest:]):
                    yield Row(
                        line,
                        cells,
                        f"Too many cells: {len(cells)}, where there are {widest} headings. "
                        f"Put quotation marks around a cell that holds a {DELIMITERS[self.delimiter]}.",
                    )
                    continue
                del cells[widest:]
            elif len(cells) < widest:
                cells.extend([""] * (widest - len(cells)))
            yield Row(line, cells)

    def sample(self, count: int = SAMPLE_ROWS) -> list[Row]:
        return list(islice((row for row in self if row.problem is None), count))


def open_table(
    source: Source, *, encoding: str | None = None, delimiter: str | None = None, has_header: bool | None = None
) -> Table:
    """Find out how a file is written, or take the caller's word for it.

    Raises UnreadableFile, with a sentence for whoever sent the file, when it is no table.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes | memoryview) else source
    stream.seek(0)
    sample = stream.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00\t\r\n ,;|\xef\xbb\xbf\xff\xfe"):
        stream.seek(0)
        if not stream.read().strip(b"\x00\t\r\n ,;|\xef\xbb\xbf\xff\xfe"):
            raise UnreadableFile("This file is empty.")
    _refuse_other_formats(sample)
    lenient = False
    if encoding is None:
        encoding, lenient = _guess_encoding(stream, sample)
    elif encoding not in ENCODINGS:
        raise UnreadableFile("This encoding isn’t known here. Choose one from the list.")
    elif not _decodes(stream, encoding):
        raise UnreadableFile(f"This file isn’t written in {ENCODINGS[encoding]}. Choose another encoding.")
    if delimiter is not None and delimiter not in DELIMITERS:
        raise UnreadableFile("Cells can be separated by a comma, a semicolon, a tab or a vertical bar.")
    announced = _announced_delimiter(stream, encoding, lenient)
    if delimiter is None:
        delimiter = announced or _guess_delimiter(stream, encoding, lenient)
    first = list(islice(_records(stream, encoding, delimiter, lenient), SAMPLE_ROWS))
    filled = [
        (line, cells)
        for line, _start, _end, cells in first
        if cells is not None
        and any(cell and not cell.isspace() for cell in cells)
        and not (line == 1 and announced is not None)
    ]
    if not filled:
        raise UnreadableFile("No row of this file can be read. Save it as CSV (UTF-8) and upload it again.")
    line, cells = _heading_record(filled)
    if len(cells) > MAX_COLUMNS:
        raise UnreadableFile(f"This file has {len(cells)} columns; at most {MAX_COLUMNS} can be read.")
    headings = [" ".join(cell.replace(NULL_SIGN, "").split())[:200] for cell in cells]
    if has_header is None:
        has_header = not any(_looks_like_an_answer(cell) for cell in headings)
    if not has_header:
        line, headings = line - 1, [f"Column {i}" for i in range(1, len(cells) + 1)]
    table = Table(
        stream,
        encoding=encoding,
        delimiter=delimiter,
        headings=headings,
        has_header=has_header,
        skipped=line,
        lenient=lenient,
    )
    if next(iter(table), None) is None:
        raise UnreadableFile("This file has headings and no row below them.")
    return table


def _records(
    source: BinaryIO, encoding: str, delimiter: str, lenient: bool
) -> Iterator[tuple[int, int, int, list[str] | None]]:
    """Records with their number and their first and last physical line; no cells where csv gives up on one."""
    reader = csv.reader(_lines(source, encoding, lenient), delimiter=delimiter)
    number = start = 0
    while True:
        number, start = number + 1, reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, start, reader.line_num, None
        else:
            yield number, start, reader.line_num, cells


def _lines(source: BinaryIO, encoding: str, lenient: bool) -> Iterator[str]:
    """Decoded lines with their ends. Each call reads from the start at its own place, so that two can run at once."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(
        "replace" if lenient else "strict"
    )
    place, rest, first = 0, "", True
    while True:
        source.seek(place)
        chunk = source.read(SAMPLE_BYTES)
        place += len(chunk)
        text = rest + decoder.decode(chunk, final=not chunk).replace("\x00", NULL_SIGN)
        if first:
            text, first = text.removeprefix("\ufeff"), False
        if chunk and text.endswith("\r"):
            # Its line feed may come with the next chunk.
            lines, held = _split(text[:-1]), "\r"
        else:
            lines, held = _split(text), ""
        rest = held
        if chunk and lines and (held or not lines[-1].endswith(("\n", "\r"))):
            rest = lines.pop() + held
        if len(rest) > MAX_LINE:
            raise UnreadableFile("A line of this file is over a million letters long. Export it again, as CSV (UTF-8).")
        yield from lines
        if not chunk:
            return


def _split(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)


def _refuse_other_formats(start: bytes) -> None:
    text = start[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"PK\x03\x04"):
        if b"xl/" in start or (b"[Content_Types].xml" in start and b"word/" not in start and b"ppt/" not in start):
            raise UnreadableFile("This is an Excel workbook. Open it, save the sheet as CSV (UTF-8), and upload that.")
        if b"opendocument.spreadsheet" in start:
            raise UnreadableFile("This is an OpenDocument workbook. Save the sheet as CSV (UTF-8), and upload that.")
        if b"word/" in start or b"opendocument.text" in start:
            raise UnreadableFile("This is a text document. Export the people as CSV, and upload that.")
        raise UnreadableFile("This is a ZIP archive. Unpack it, and upload the CSV file inside.")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("This is an old Excel workbook. Open it, save the sheet as CSV (UTF-8), and upload that.")
    for magic, what in (
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\x1f\x8b", "a compressed file"),
        (b"7z\xbc\xaf", "a compressed file"),
        (b"Rar!", "a compressed file"),
        (b"SQLite format 3", "a database"),
        (b"{\\rtf", "a text document"),
        (b"\x7fELF", "a program"),
    ):
        if start.startswith(magic):
            raise UnreadableFile(f"This is {what}, not a table. Export the people as CSV, and upload that.")
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise UnreadableFile("This is a web page or XML, not CSV. Export the people as CSV, and upload that.")
    if text.startswith((b"{", b'[{"', b"[\n", b"[[")):
        raise UnreadableFile("This is JSON, not CSV. Export the people as CSV, and upload that.")


def _guess_encoding(stream: BinaryIO, sample: bytes) -> tuple[str, bool]:
    """The encoding, and whether a few damaged letters have to be overlooked."""
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        marked = "utf-32"
    elif sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        marked = "utf-16"
    else:
        marked = ""
    if marked:
        if _decodes(stream, marked):
            return marked, False
        raise UnreadableFile("This file is cut off or damaged. Export it again, as CSV (UTF-8).")
    nulls = sample.count(0)
    if nulls > 2 and nulls > len(sample) // 100:
        for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
            if sample[offset::2].count(0) > len(sample) // 4 and _decodes(stream, encoding):
                return encoding, False
        raise UnreadableFile("This isn’t a table of text. Export the people as CSV (UTF-8), and upload that.")
    control = len(sample) - len(sample.translate(None, bytes(set(range(32)) - set(b"\0\t\n\v\f\r"))))
    if control > 2 and control > len(sample) // 20:
        raise UnreadableFile("This isn’t a table of text. Export the people as CSV (UTF-8), and upload that.")
    if _decodes(stream, "utf-8"):
        return "utf-8", False
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    letters = sum(1 for c in text if c > "\x7f") - broken
    if sample.startswith(codecs.BOM_UTF8) or letters > 20 * broken:
        return "utf-8", True
    return ("cp1252" if _decodes(stream, "cp1252") else "iso-8859-1"), False


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(1024 * 1024):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _announced_delimiter(stream: BinaryIO, encoding: str, lenient: bool) -> str | None:
    """What a first line such as `sep=;` says, which Excel writes and honours."""
    first = next(_lines(stream, encoding, lenient), "").strip('\r\n "')
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") and first[4] in DELIMITERS else None


def _guess_delimiter(stream: BinaryIO, encoding: str, lenient: bool) -> str:
    """The separator that cuts most rows, the headings among them, into the same number of cells."""
    best, delimiter = 0.0, ","
    for candidate in DELIMITERS:
        widths = [
            len(cells)
            for _, _, _, cells in islice(_records(stream, encoding, candidate, lenient), SAMPLE_ROWS)
            if cells is not None and any(cells)
        ]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        score = count / len(widths) * (width - 1) * (1.0 if width in widths[:3] else 0.3)
        if score > best:
            best, delimiter = score, candidate
    return delimiter


def _heading_record(filled: list[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The first row that is about as wide as the others: a report's title above the headings isn't."""
    usual = Counter(len(cells) for _, cells in filled).most_common(1)[0][0]
    for line, cells in filled[:20]:
        if sum(1 for cell in cells if cell and not cell.isspace()) >= 0.6 * usual:
            return line, cells
    return filled[0]


def _looks_like_an_answer(cell: str) -> bool:
    """Whether a cell holds an address or a date, as a person's row does and a heading doesn't."""
    return bool(
        re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", cell)
        or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}", cell)
    )
