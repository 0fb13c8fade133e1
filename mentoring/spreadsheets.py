"""CSV files that every spreadsheet reads rightly, and in which it takes nothing that somebody typed for a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

# Lets Excel see that a file is UTF-8.
MARK = "\ufeff"
_BREAKS = ("\t", "\r", "\n")
_SIGNS = ("=", "+", "-", "@")


def disarm(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. An import of ours takes the quotation mark away again."""
    if cell[:1].isalnum():
        return cell
    return f"'{cell}" if cell.startswith(_BREAKS) or begins_formula(cell) else cell


def rearm(cell: str) -> str:
    """A cell as it was before it was disarmed."""
    return cell[1:] if cell.startswith("'") and disarm(cell[1:]) == cell else cell


def begins_formula(cell: str) -> bool:
    """Also behind what can't be seen, and in the full-width signs of East Asia, which some spreadsheets read alike."""
    # Letters, marks, numbers, signs and punctuation show; spaces (Z) and control characters (C) don't.
    first = next((each for each in cell if unicodedata.category(each)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", first) in _SIGNS


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole file, to be encoded as UTF-8."""
    buffer = io.StringIO()
    buffer.write(MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([disarm(each) for each in header])
    # Numbers are ours, and may be negative.
    writer.writerows([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return buffer.getvalue()
