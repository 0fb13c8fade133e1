"""Access to mentoring as CSV, XLSX and PDF: the published figures and nothing else, with what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation

from .access import last_day_of, title_of
from .access_counts import Published
from .exports_tables import Cell, Document
from .grouping import DIMENSIONS
from .models import Snapshot

HIDDEN = "hidden"


def document_of(organisation: Organisation, snapshot: Snapshot) -> Document:
    """One row for each number; for paper, one table for each breakdown."""
    published = snapshot.published
    day = date_format(last_day_of(published), "j F Y")
    return Document(
        title=title_of(published),
        organisation=organisation.name,
        as_of=snapshot.made_at.astimezone(organisation.zone),
        header=[_("Breakdown"), _("Group"), _("Measure"), _("Unit"), _("Value"), _("Counted at the end of")],
        rows=list(_rows(published)),
        definitions=list(definitions_of(published)),
        notes=[_("counted at the end of %(day)s") % {"day": day}, *caveats_of(published)],
        tables=_tables(published),
    )


def definitions_of(published: Published) -> Iterator[tuple[str, str]]:
    """What each number counts."""
    yield _("Could be mentored"), _eligible(published)
    yield (
        _("Signed up"),
        _("Of those, who had signed up to be mentored and was given a place by then, whatever became of it. Who only mentors is not counted."),
    )  # fmt: skip
    yield (
        _("Matched"),
        _("Of those who signed up, who had been in a mentorship that everybody in it accepted. In the report on all programmes, in any of them."),
    )  # fmt: skip
    yield (
        _("Wait"),
        _("Days from the sign-up to the first match, after which half of those who signed up were matched (the median). Who still waits counts as waiting, and who left as waiting until then. Told where at least %(n)d signed up.")
        % {"n": 2 * published["floor"]},
    )  # fmt: skip
    yield (
        _("Rounded and hidden"),
        _("Counts are to the nearest five, and shares are worked out from those. What tells of fewer than %(floor)d people is hidden, and so is what would give it away; that all or none did is hidden too.")
        % {"floor": published["floor"]},
    )  # fmt: skip
    yield (
        _("Groups"),
        _("Departments, levels and sites are those of the day on which the report was made; the length of service is that at the end of the month."),
    )  # fmt: skip
    if published["declared"]:
        yield (
            _("What people declared"),
            _("Only who signed up was asked, and only who agreed to be counted is counted, until they take it back. Numbers move only when the lots of %(floor)d people have changed, so that nobody’s answer can be told from a change.")
            % {"floor": published["floor"]},
        )  # fmt: skip


def _eligible(published: Published) -> str:
    if published["program"] and published["has_rules"]:
        return _("Everybody employed that day who meets the programme’s rules for who may be mentored, or was let in all the same.")  # fmt: skip
    return _("Everybody employed that day.")


def caveats_of(published: Published) -> Iterator[str]:
    yield _(
        "A difference between groups may be chance, above all in small ones. It is a reason to look, not a verdict."
    )
    if day := since(published["everybody"]):
        yield _(
            "The figures on everybody are as of %(day)s: since then too few have signed up or been matched to show it without telling of single people."
        ) % {"day": date_format(day, "j F Y")}
    if any(since(row) for rows in published["breakdowns"].values() for row in rows):
        yield _(
            "Groups with a month beside them are as of that month: since then too few of them have signed up or been matched to show it without telling of single people."
        )


def since(row: Published) -> date | None:
    """Until which day the figures of a row are told, where that is before the end of the month."""
    return date.fromisoformat(row["as_of"]) if "as_of" in row and not row["hidden"] else None


def breakdowns_of(published: Published) -> Iterator[tuple[str, str, list[Published]]]:
    """Each as (key, name, rows), those that people declared at the end."""
    for name, rows in published["breakdowns"].items():
        yield name, str(DIMENSIONS[name]), rows
    for each in published["declared"]:
        yield f"said-{each['key']}", each["label"], each["rows"]


def _rows(published: Published) -> Iterator[list[Cell]]:
    day = published["as_of"]
    for name, group, row in [
        (_("Everybody"), _("Everybody"), published["everybody"]),
        *((name, row["group"], row) for _key, name, rows in breakdowns_of(published) for row in rows),
    ]:
        told = since(row)
        for measure, unit, value in _numbers(row):
            yield [name, group, measure, unit, value, told.isoformat() if told else day]


def _numbers(row: Published) -> Iterator[tuple[str, str, Cell]]:
    people, percent = _("people, to the nearest five"), _("percent")
    if "people" in row:
        yield _("Could be mentored"), people, _told(row["people"])
    yield _("Signed up"), people, _told(row["enrolled"])
    if "enrolled_percent" in row:
        yield _("Signed up, of those who could be mentored"), percent, _told(row["enrolled_percent"])
    yield _("Matched"), people, _told(row["matched"])
    yield _("Matched, of those who signed up"), percent, _told(row["matched_percent"])
    yield _("Wait"), _("days"), _("most still wait") if row["most_wait"] else _told(row["wait_days"])


def _tables(published: Published) -> dict[str, tuple[list[str], list[list[str]]]]:
    found = {}
    for key, name, rows in breakdowns_of(published):
        said = key.startswith("said-")
        header = [name, *([] if said else [_("Could be mentored")]), _("Signed up"), _("Matched"), _("Wait in days")]
        everybody = [] if said else [published["everybody"] | {"group": _("Everybody")}]
        if rows:
            found[name] = (header, [_line(row, said) for row in [*everybody, *rows]])
    return found


def _line(row: Any, said: bool) -> list[str]:
    def with_share(name: str) -> str:
        share = row.get(f"{name}_percent")
        return str(_told(row[name])) + ("" if share is None else f" ({share}%)")

    wait = _("most still wait") if row["most_wait"] else str(_told(row["wait_days"]))
    day = since(row)
    return [
        _("%(group)s, as of %(month)s") % {"group": row["group"], "month": date_format(day, "F Y")}
        if day
        else row["group"],
        *([] if said else [str(_told(row["people"]))]),
        with_share("enrolled"),
        with_share("matched"),
        wait,
    ]


def _told(value: int | None) -> int | str:
    return HIDDEN if value is None else value
