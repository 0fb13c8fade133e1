"""CSV files that every spreadsheet reads rightly, and in which it takes nothing that somebody typed for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# Lets Excel see that a file is UTF-8.
MARK = "\ufeff"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def disarm(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. An import of ours takes the quotation mark away again."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole file, to be encoded as UTF-8."""
    buffer = io.StringIO()
    buffer.write(MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([disarm(each) for each in header])
    # Numbers are ours, and may be negative.
    writer.writerows([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return buffer.getvalue()
