"""The reports as CSV files: one row for each number, the same numbers as on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from accounts.importing.refused import disarm

from .participation import Participation
from .suppression import Shown

HIDDEN = "hidden"


def participation_csv(participations: Iterable[Participation]) -> str:
    """One row for each group and kind of taking part."""
    header = ["dimension", "group", "measure", "people_to_nearest_5", "count_to_nearest_5", "counted_on"]
    rows = [
        [each.dimension, group.name, measure, _number(shown.people), _number(shown.count), each.as_of.isoformat()]
        for each in participations
        for group in (each.everybody, *each.groups)
        for measure, shown in _measures(group.took_part, group.mentors, group.mentees)
    ]
    return as_file(header, rows)


def _measures(*shown: Shown) -> list[tuple[str, Shown]]:
    return list(zip(("took_part", "mentors", "mentees"), shown, strict=True))


def _number(count: int | None) -> int | str:
    return HIDDEN if count is None else count


def as_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file that Excel reads rightly and takes nothing in it for a formula."""
    buffer = io.StringIO()
    # The mark lets Excel see that this is UTF-8.
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([disarm(each) for each in header])
    # Numbers are ours, and may be negative.
    writer.writerows([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return buffer.getvalue()
