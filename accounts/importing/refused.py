"""The refused rows of a file as a CSV file that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from mentoring.spreadsheets import MARK, disarm

from .messages import Message
from .reading import NULL_SIGN


def refused_report(
    headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str], Iterable[Message]]], *, delimiter: str = ","
) -> Iterator[str]:
    """Chunks of a CSV file (to be encoded as UTF-8): the refused rows as they came, with their row and why.

    Each of `rows` is a line, its cells, and the messages that refuse it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    buffer.write(MARK)
    writer.writerow([disarm(heading) for heading in headings] + ["Row", "Why"])
    width = len(headings)
    for line, cells, messages in rows:
        shown = [disarm(cell.replace(NULL_SIGN, "")) for cell in cells[:width]]
        shown += [""] * (width - len(shown))
        # A reason may begin with a person's name, and that with anything.
        writer.writerow([*shown, line, disarm(" ".join(message.text for message in messages))])
        if buffer.tell() > 60_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
