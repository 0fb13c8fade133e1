"""Files of any report made of tables: CSV, XLSX and PDF, all from the same rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _

from mentoring import pdf
from mentoring.charts import Chart
from mentoring.spreadsheets import csv_file

Cell = str | int | float | None
# Charts take their colours from the page's style sheet, which a picture in a PDF has not.
INK = (
    "<style>.chart-text{color:#1f2a37}.chart-muted{color:#55606e}.chart-grid,.chart-axis{color:#c9d1da}"
    ".chart-track{fill:#eef1f4}.chart-series-1{color:#0f5c4d}.chart-series-2{color:#8f4d00}"
    "svg{color:#1f2a37;font-family:'Noto Sans'}</style>"
)


@dataclass(frozen=True)
class Document:
    """A report to take away: rows of one table, what its words mean, and pictures."""

    title: str
    organisation: str
    as_of: datetime
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    # Name and meaning of what is counted.
    definitions: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    # For the PDF: heading → header and rows, in the order of reading; without it, the one table.
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=dict)
    charts: Sequence[Chart] = ()


def as_csv(document: Document) -> bytes:
    """One row for each number; no cell is taken for a formula."""
    return csv_file(document.header, document.rows).encode()


def as_xlsx(document: Document) -> bytes:
    """Two sheets, of the data and of what it means; text stays text, whatever it begins with."""
    buffer = io.BytesIO()
    book = new_book(buffer)
    # The same file for the same figures.
    book.set_properties({"title": document.title, "company": document.organisation, "created": _naive(document.as_of)})
    head, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    data = book.add_worksheet(_("Data"))
    fill_sheet(data, document.header, document.rows, head, None)
    data.freeze_panes(1, 0)
    if document.rows:
        data.autofilter(0, 0, len(document.rows), len(document.header) - 1)
    for column, name in enumerate(document.header):
        widest = max((len(str(row[column])) for row in document.rows), default=0)
        data.set_column(column, column, min(60, max(len(name), widest) + 2))
    meaning = book.add_worksheet(_("Definitions"))
    meaning.set_column(0, 0, 36, wrap)
    meaning.set_column(1, 1, 90, wrap)
    notes = [("", note) for note in document.notes]
    fill_sheet(meaning, [_("Figure"), _("What it means")], [*document.definitions, *notes], head, wrap)
    book.close()
    return buffer.getvalue()


def as_pdf(document: Document, *, picture: bool = False) -> Any:
    """To print: tables, charts as drawings, and what the words mean; with `picture` its first page as PNG."""
    drawn = [chart for chart in document.charts if not chart.is_empty]
    files = {f"chart-{number}.svg": drawing_of(chart) for number, chart in enumerate(drawn)}
    tables = document.tables or {"": (document.header, [[_plain(cell) for cell in row] for row in document.rows])}
    data = {
        "organisation": document.organisation,
        "lead": " · ".join([document.organisation, *document.notes]),
        "tables": [
            {"heading": heading, "header": list(header), "rows": [list(row) for row in rows]}
            for heading, (header, rows) in tables.items()
        ],
        "charts": [
            {"title": chart.title, "alt": chart.description, "file": f"chart-{number}.svg"}
            for number, chart in enumerate(drawn)
        ],
        "meaning": _("What the numbers mean"),
        "definitions": [list(each) for each in document.definitions],
    }
    language = translation.get_language() or "en"
    return pdf.render("tables", data, title=document.title, language=language, files=files, picture=picture)


WRITERS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, "application/pdf"),
}


def new_book(buffer: io.BytesIO) -> Any:
    """A workbook in which what people called their departments is never a formula or a link."""
    return xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )


def fill_sheet(sheet: Any, header: Sequence[str], rows: Iterable[Sequence[object]], head: Any, wrap: Any) -> None:
    """Write a table from the first row on: numbers stay numbers, all else is text."""
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, head)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int | float):
                sheet.write_number(line, column, cell, wrap)
            elif cell:
                sheet.write_string(line, column, str(cell), wrap)


def _plain(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def drawing_of(chart: Chart) -> bytes:
    """A chart as a picture for paper."""
    begin = chart.wide.index(">") + 1
    return (chart.wide[:begin] + INK + chart.wide[begin:]).encode()
