"""The reports as CSV files: one row for each number, the same numbers as on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from accounts.importing.refused import disarm

from .participation import Participation
from .retention import Retention
from .suppression import Shown

HIDDEN = "hidden"


def retention_csv(retention: Retention) -> str:
    """One row for each group and length of service."""
    header = [
        "group", "months_of_service", "percent_still_employed", "interval_95_lower", "interval_95_upper",
        "number_at_risk_to_nearest_5", "people_data_until",
    ]  # fmt: skip
    rows = [
        [
            group, f"{point.months:g}", estimate.percent, estimate.lower, estimate.upper,
            HIDDEN if estimate.at_risk is None else estimate.at_risk, retention.as_of.isoformat(),
        ]
        for point in retention.points
        for group, estimate in (("participants", point.participants), ("others", point.others))
    ]  # fmt: skip
    return _file(header, rows)


def participation_csv(participations: Iterable[Participation]) -> str:
    """One row for each group and kind of taking part."""
    header = ["dimension", "group", "measure", "people_to_nearest_5", "count_to_nearest_5", "counted_on"]
    rows = [
        [each.dimension, group.name, measure, _number(shown.people), _number(shown.count), each.as_of.isoformat()]
        for each in participations
        for group in (each.everybody, *each.groups)
        for measure, shown in _measures(group.took_part, group.mentors, group.mentees)
    ]
    return _file(header, rows)


def _measures(*shown: Shown) -> list[tuple[str, Shown]]:
    return list(zip(("took_part", "mentors", "mentees"), shown, strict=True))


def _number(count: int | None) -> int | str:
    return HIDDEN if count is None else count


def _file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    # The mark lets Excel see that this is UTF-8.
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([disarm(str(cell)) for cell in row] for row in rows)
    return buffer.getvalue()
