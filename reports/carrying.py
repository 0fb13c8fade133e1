"""What of a fresh report may be told beside the earlier ones, and what stays as it was told last.

One who leaves between two reports would change what is shown of a small group. A figure is told anew only where nobody
has left since it was told, or enough participants and enough others have; and only if no small number can be worked out
from everything that was told, this included. Otherwise it is carried from the report before, with its day. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .disclosure import ALL, Fact, Leavers, may_be_told
from .survival import KINDS, LEAVERS_FLOOR, VOLUNTARY

Published = dict[str, Any]
# The first and the last day that a report looks at.
Days = tuple[int, int]
# What stands or is carried together: everything that compares participants with others, and the counts beside it.
COMPARISON = (
    "verdict", "evidence", "people", "headline", "matched", "curve", "naive", "ratio", "ratio_plain", "landmarks",
    "kinds", "funnel",
)  # fmt: skip
# What of a measure isn't a figure.
MEASURE = ("code", "name", "definition", "formula", "unit")
# A count to the nearest five may be so far off.
ROUNDED = 2
WITHHELD = {
    "code": "withheld",
    "text": "Too few people have left to tell these apart from those of another report: both together would tell of single people.",
}


@dataclass(frozen=True)
class Earlier:
    """A report that was published before; `same` where it answers the same question, so that its figures may be carried."""

    published: Published
    same: bool = True

    @property
    def as_of(self) -> str:
        return str(self.published["as_of"])


@dataclass(frozen=True, eq=False)
class Gone:
    """Everybody who ever left: on which day, whether as a participant, and in which way (1, 2 or 3)."""

    day: NDArray[np.int64]
    exposed: NDArray[np.bool_]
    kind: NDArray[np.int64]


def settle(
    fresh: Published, leavers: Leavers, earlier: Sequence[Earlier] = (), *, gone: Gone | None = None
) -> Published:
    """Put a fresh report beside the earlier ones, the windows of which come before its own in `leavers`.

    Without `gone`, how people left isn't looked at.
    """
    floor, now = fresh["floor"], len(earlier)
    told = [fact for at, each in enumerate(earlier) for fact in _facts(leavers, at, each.published)]
    everybody = np.ones(len(leavers.left), bool)
    compared = [at for at, each in enumerate(earlier) if _compares(each.published)]
    settled = dict(fresh)
    if _compares(fresh) and not all(_moved(leavers, everybody, at, floor) for at in compared):
        _carry_comparison(settled, earlier)
    rows_told: dict[tuple[str, str], list[int]] = {}
    for at, each in enumerate(earlier):
        for breakdown, row in _told_rows(each.published):
            rows_told.setdefault((breakdown, row["group"]), []).append(at)

    def may_change(fact: Fact) -> bool:
        cells = leavers.inside(fact.breakdown, fact.group)
        return cells is not None and all(
            _moved(leavers, cells, at, floor) for at in rows_told.get((fact.breakdown, fact.group), ())
        )

    new = [fact for fact in _facts(leavers, now, settled) if fact.breakdown == ALL or may_change(fact)]
    kept = {(fact.breakdown, fact.group) for fact in may_be_told(leavers, told, new)}
    if settled["naive"] is not None and "comparison" not in settled["carried"] and (ALL, ALL) not in kept:
        settled["naive"] = None
    settled["groups"] = {
        breakdown: [
            row if row["hidden"] or (breakdown, row["group"]) in kept else _carried_row(breakdown, row, earlier, fresh)
            for row in rows
        ]
        for breakdown, rows in fresh["groups"].items()
    }
    if gone is not None:
        _settle_kinds(settled, gone, earlier)
        settled["measures"] = [
            _settled_measure(row, fresh, gone, earlier) if row["code"] == "voluntary_turnover" else row
            for row in fresh["measures"]
        ]
    return settled


def _settle_kinds(settled: Published, gone: Gone, earlier: Sequence[Earlier]) -> None:
    """How participants and others left is told anew where enough left in each way, or nobody did."""
    if settled["kinds"] is None or "comparison" in settled["carried"]:
        return
    shown = [KINDS.index(row["kind"]) + 1 for row in settled["kinds"]["rows"] if not row["hidden"]]
    for each in earlier:
        kinds = each.published["kinds"]
        if kinds is None or "as_of" in kinds or "comparison" in each.published.get("carried", {}):
            continue
        for left in _left_in_one_only(gone, _window(settled), _window(each.published)):
            for arm in (gone.exposed, ~gone.exposed):
                told = [(left & arm & (gone.kind == kind)).sum() for kind in shown]
                rest = [(left & arm & (gone.kind != kind)).sum() for kind in shown]
                if any(0 < number < settled["floor"] for number in (*told, *rest)):
                    last = _last(earlier, settled["as_of"])
                    known = last.published["kinds"] if last else None
                    settled["kinds"] = known and known | {"as_of": known.get("as_of", last and _compared_on(last))}
                    return


def _settled_measure(row: Published, fresh: Published, gone: Gone, earlier: Sequence[Earlier]) -> Published:
    """Who leaves is known, but not who chose to."""
    if "value" not in row:
        return row
    carried: Published = {}
    ours = _measured_window(fresh)
    for each in sorted(earlier, key=lambda one: one.as_of):
        found: Published = next((one for one in each.published["measures"] if one["code"] == row["code"]), {})
        if "value" not in found:
            continue
        if each.same and each.as_of <= fresh["as_of"]:
            carried = found | {"as_of": found.get("as_of", each.as_of)}
        if "as_of" in found:
            continue
        for left in _left_in_one_only(gone, ours, _measured_window(each.published)):
            chose = left & (gone.kind == VOLUNTARY)
            if any(0 < number.sum() < fresh["floor"] for number in (chose, left & ~chose)):
                row = {"why_not": WITHHELD["text"]}
    if "why_not" in row:
        plain = next(one for one in fresh["measures"] if one["code"] == "voluntary_turnover")
        return carried or {name: plain[name] for name in MEASURE} | row
    return row


def _left_in_one_only(gone: Gone, one: Days, other: Days) -> list[NDArray[np.bool_]]:
    here, there = ((gone.day >= first) & (gone.day <= last) for first, last in (one, other))
    return [here & ~there, there & ~here]


def _window(published: Published) -> Days:
    return _day(published.get("covered_from")), _day(published["as_of"])


def _measured_window(published: Published) -> Days:
    return _day(published.get("measures_from")), _day(published["as_of"])


def _day(text: str | None) -> int:
    return date.fromisoformat(text).toordinal() if text else 0


def _moved(leavers: Leavers, cells: NDArray[np.bool_], at: int, floor: int) -> bool:
    """Whether nobody, or enough of both arms, left in one of two windows only: those of an earlier report and now."""
    return all(sum(left) == 0 or min(left) >= floor for left in leavers.apart(cells, at, len(leavers.windows) - 1))


def _compares(published: Published) -> bool:
    """Whether a report tells anything new of participants beside others."""
    if "comparison" in published.get("carried", {}) or published["verdict"]["code"] == WITHHELD["code"]:
        return False
    return bool(
        published["headline"]
        or published["naive"]
        or published["kinds"]
        or any("percent" in (published[name] or {}) for name in ("ratio", "ratio_plain"))
        or any("difference" in row for row in published["landmarks"])
    )


def _told_rows(published: Published) -> list[tuple[str, Any]]:
    return [
        (breakdown, row)
        for breakdown, rows in published["groups"].items()
        for row in rows
        if not row["hidden"] and "as_of" not in row
    ]


def _facts(leavers: Leavers, window: int, published: Published) -> list[Fact]:
    """What a report says of how many left, as somebody understands it who knows how it is made."""
    found: list[Fact | None] = []
    naive = published["naive"]
    if naive is not None and "comparison" not in published.get("carried", {}):
        left = naive["participants"]["left"], naive["others"]["left"]
        found.append(_fact(leavers, window, ALL, ALL, left, least=published["floor"], floor=published["floor"]))
    for breakdown, row in _told_rows(published):
        left = row["participants_left"], row["others_left"]
        found.append(
            _fact(leavers, window, breakdown, row["group"], left, least=LEAVERS_FLOOR, floor=published["floor"])
        )
    return [fact for fact in found if fact is not None]


def _fact(
    leavers: Leavers, window: int, breakdown: str, group: str, left: tuple[int, int], *, least: int, floor: int
) -> Fact | None:
    cells = leavers.inside(breakdown, group)
    if cells is None:
        # The group has another name by now.
        return None
    arms = leavers.count(cells, window)
    altogether = arms[0][1] + arms[1][1]
    (low, high), (fewest, most) = (
        (max(least, number - ROUNDED), min(people - floor, number + ROUNDED))
        for (people, _left), number in zip(arms, left, strict=True)
    )
    low, high = max(low, altogether - most), min(high, altogether - fewest)
    # What the people data says by now may be something else than it was then.
    return Fact(breakdown, group, window, min(low, arms[0][1]), max(high, arms[0][1]))


def _carry_comparison(settled: Published, earlier: Sequence[Earlier]) -> None:
    last = _last(earlier, settled["as_of"])
    if last is None or last.published["verdict"]["code"] == WITHHELD["code"]:
        settled |= {"verdict": WITHHELD, "evidence": "not_enough", "headline": None, "matched": None, "curve": []}
        settled |= {"naive": None, "ratio": {"why_not": WITHHELD["text"]}, "ratio_plain": {"why_not": WITHHELD["text"]}}
        settled |= {"landmarks": [], "kinds": None, "rates": []}
        settled["carried"] = {}
        return
    settled |= {name: last.published[name] for name in COMPARISON}
    settled["rates"] = last.published.get("rates", [])
    settled["carried"] = {"comparison": _compared_on(last)}


def _compared_on(report: Earlier) -> str:
    """Until which day the comparison of a report looks."""
    return str(report.published.get("carried", {}).get("comparison", report.as_of))


def _carried_row(breakdown: str, row: Published, earlier: Sequence[Earlier], fresh: Published) -> Published:
    """The row as it was told last; hidden where it never was."""
    last = _last(earlier, fresh["as_of"])
    rows = last.published["groups"].get(breakdown, ()) if last else ()
    for found in rows:
        if last and found["group"] == row["group"] and not found["hidden"]:
            return found | {"as_of": found.get("as_of", last.as_of)}
    return {name: row[name] for name in ("group", "participants", "others")} | {"hidden": True}


def _last(earlier: Sequence[Earlier], as_of: str) -> Earlier | None:
    """The newest report on the same question that looks no further than a day."""
    same = [each for each in earlier if each.same and each.as_of <= as_of]
    return max(same, key=lambda each: each.as_of) if same else None


def carried_from(published: Published) -> set[str]:
    """The days as of which something in a report was told before it."""
    parts = [row for rows in published["groups"].values() for row in rows]
    parts += [*published["measures"], *published.get("rates", ()), published["kinds"] or {}]
    return {*published.get("carried", {}).values(), *(part["as_of"] for part in parts if part.get("as_of"))}
