"""The reports as CSV files: one row for each number, the same numbers as on the page."""

from __future__ import annotations

from collections.abc import Iterable

from mentoring.spreadsheets import csv_file

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
    return csv_file(header, rows)


def _measures(*shown: Shown) -> list[tuple[str, Shown]]:
    return list(zip(("took_part", "mentors", "mentees"), shown, strict=True))


def _number(count: int | None) -> int | str:
    return HIDDEN if count is None else count
