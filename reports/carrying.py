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

from .disclosure import may_be_told
from .leavers import ALL, OTHERS, Fact, Leavers
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
# So many earlier reports are looked at together with those that count other people as participants, and so many for
# the kinds of leaving.
JOINTLY, KINDS_BESIDE = 20, 12
# A count to the nearest five may be so far off.
ROUNDED = 2
WITHHELD = {
    "code": "withheld",
    "text": "Too few people have left to tell these apart from those of another report: both together would tell of single people.",
}


@dataclass(frozen=True)
class Earlier:
    """A report that was published before; `same` where it answers the same question, so that its figures may be carried,
    and `own` where at least it counts the same people as participants."""

    published: Published
    same: bool = True
    own: bool = True

    @property
    def as_of(self) -> str:
        return str(self.published["as_of"])


@dataclass(frozen=True, eq=False)
class Gone:
    """Everybody who ever left: on which day, whether as a participant, and in which way (1, 2 or 3).

    `unknown` (reports × leavers, the fresh report last) are those of whom a report didn't know that they had left.
    """

    day: NDArray[np.int64]
    exposed: NDArray[np.bool_]
    kind: NDArray[np.int64]
    unknown: NDArray[np.bool_] | None = None

    def inside(self, window: Days, at: int) -> NDArray[np.bool_]:
        """Who left in the days of a report, as far as it knew."""
        found: NDArray[np.bool_] = (self.day >= window[0]) & (self.day <= window[1])
        return found if self.unknown is None else found & ~self.unknown[at]

    def in_one_only(self, one: Days, other: Days, at: int) -> list[NDArray[np.bool_]]:
        """Who left in the days of the fresh report only, and in those of an earlier one only."""
        here, there = self.inside(one, -1), self.inside(other, at)
        return [here & ~there, there & ~here]


def settle(
    fresh: Published,
    leavers: Leavers,
    earlier: Sequence[Earlier] = (),
    *,
    gone: Gone | None = None,
    jointly: Leavers | None = None,
) -> Published:
    """Put a fresh report beside the earlier ones.

    In `leavers` the windows of those that count the same participants come before its own, in `jointly` those of all.
    Without `gone`, how people left isn't looked at.
    """
    floor, own = fresh["floor"], [each for each in earlier if each.own]
    others = _Others(jointly, earlier, floor) if jointly is not None and len(own) < len(earlier) else None
    told = [fact for at, each in enumerate(own) for fact in _facts(leavers, at, each.published)]
    everybody = np.ones(len(leavers.left), bool)
    compared = [at for at, each in enumerate(own) if _compares(each.published)]
    settled = dict(fresh)
    if _compares(fresh) and not (
        all(_moved(leavers, everybody, at, floor) for at in compared) and (others is None or others.may_compare())
    ):
        carry_comparison(settled, own)
    rows_told: dict[tuple[str, str], list[int]] = {}
    for at, each in enumerate(own):
        for breakdown, row in _told_rows(each.published):
            rows_told.setdefault((breakdown, row["group"]), []).append(at)

    def may_change(fact: Fact) -> bool:
        cells = leavers.inside(fact.breakdown, fact.group)
        return cells is not None and all(
            _moved(leavers, cells, at, floor) for at in rows_told.get((fact.breakdown, fact.group), ())
        )

    new = [fact for fact in _facts(leavers, len(own), settled) if fact.breakdown == ALL or may_change(fact)]
    kept = {(fact.breakdown, fact.group) for fact in may_be_told(leavers, told, new)}
    if others is not None:
        kept = others.may_tell(settled, kept)
    if settled["naive"] is not None and "comparison" not in settled["carried"] and (ALL, ALL) not in kept:
        settled["naive"] = None
    settled["groups"] = {
        breakdown: [
            row if row["hidden"] or (breakdown, row["group"]) in kept else _carried_row(breakdown, row, own, fresh)
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


class _Others:
    """The earlier reports that count other people as participants, beside all the others and a fresh one."""

    def __init__(self, leavers: Leavers, reports: Sequence[Earlier], floor: int) -> None:
        self.leavers, self.reports, self.floor = leavers, reports, floor
        self.strange = [at for at, each in enumerate(reports) if not each.own]

    def may_compare(self) -> bool:
        """Whether the comparison tells of no few whom another counts otherwise, nor of few who left since."""
        everybody = np.ones(len(self.leavers.left), bool)
        return all(
            self._are_apart(everybody, at) and self._differ_by_many(at)
            for at in self.strange
            if _compares(self.reports[at].published)
        )

    def may_tell(self, settled: Published, kept: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which groups of those kept may be told beside every other report."""
        rows: dict[tuple[str, str], list[int]] = {}
        for at in self.strange:
            for breakdown, row in _told_rows(self.reports[at].published):
                rows.setdefault((breakdown, row["group"]), []).append(at)
        now, beside = len(self.reports), range(max(0, len(self.reports) - JOINTLY), len(self.reports))
        fresh = []
        for fact in _facts(self.leavers, now, settled, jointly=True):
            group = fact.breakdown, fact.group
            cells = self.leavers.inside(*group)
            if group in kept and cells is not None and all(self._are_apart(cells, at) for at in rows.get(group, ())):
                fresh.append(fact._replace(window=len(beside)))
        told = [
            fact._replace(window=at - beside.start)
            for at in beside
            for fact in _facts(self.leavers, at, self.reports[at].published, jointly=True)
        ]
        found = may_be_told(self.leavers.of([*beside, now]), told, fresh)
        return {(fact.breakdown, fact.group) for fact in found}

    def _are_apart(self, cells: NDArray[np.bool_], at: int) -> bool:
        """Whether nobody, or enough, left in one window only, and as much of who counts otherwise in both."""
        otherwise = self.leavers.counted_otherwise(cells, len(self.reports), at)
        return _moved(self.leavers, cells, at, self.floor) and all(not 0 < left < self.floor for left in otherwise)

    def _differ_by_many(self, at: int) -> bool:
        """Whether the participants of both are the same, or enough are those of one only."""
        people = self.leavers.people[:, -1].sum(axis=0)
        ours, theirs = self.leavers.parts[-1][0], self.leavers.parts[at][0]
        return all(not 0 < people[only].sum() < self.floor for only in (ours & ~theirs, theirs & ~ours))


def _settle_kinds(settled: Published, gone: Gone, earlier: Sequence[Earlier]) -> None:
    """How participants and others left is told anew where enough left in each way, or nobody did."""
    if settled["kinds"] is None or "comparison" in settled["carried"]:
        return
    told = [
        at
        for at, each in enumerate(earlier)
        if each.own
        and each.published["kinds"] is not None
        and "as_of" not in each.published["kinds"]
        and "comparison" not in each.published.get("carried", {})
    ]
    if not (_kinds_moved(settled, gone, earlier, told) and _kinds_may_be_told(settled, gone, earlier, told)):
        last = _last(earlier, settled["as_of"])
        known = last.published["kinds"] if last else None
        settled["kinds"] = known and known | {"as_of": known.get("as_of", last and _compared_on(last))}


def _kinds_moved(settled: Published, gone: Gone, earlier: Sequence[Earlier], told: Sequence[int]) -> bool:
    shown = _kinds_shown(settled)
    for at in told:
        for left in gone.in_one_only(_window(settled), _window(earlier[at].published), at):
            for arm in (gone.exposed, ~gone.exposed):
                numbers = [(left & arm & (gone.kind == kind)).sum() for kind in shown]
                rest = [(left & arm & (gone.kind != kind)).sum() for kind in shown]
                if any(0 < number < settled["floor"] for number in (*numbers, *rest)):
                    return False
    return True


def _kinds_may_be_told(settled: Published, gone: Gone, earlier: Sequence[Earlier], told: Sequence[int]) -> bool:
    """Whether nothing small follows from all that was told of kinds, even if a share told its number exactly."""
    known = [*told[-KINDS_BESIDE:], -1]
    reports = [settled if at < 0 else earlier[at].published for at in known]
    inside = np.array([gone.inside(_window(each), at) for at, each in zip(known, reports, strict=True)])
    anywhere = inside.any(axis=0)
    # A part is an arm and a kind; each is asked for by itself.
    part = (np.where(gone.exposed, 0, len(KINDS)) + gone.kind - 1)[anywhere]
    parts = 2 * len(KINDS)
    windows, span = np.unique(inside[:, anywhere], axis=1, return_inverse=True)
    left = np.zeros((1, windows.shape[1], parts), np.int64)
    np.add.at(left[0], (span.reshape(-1), part), 1)
    # That somebody stayed tells nothing of how they would have left.
    people = np.einsum("cso,ws->cwo", left, windows.astype(np.int64)) + len(gone.day)
    arms = np.broadcast_to(np.eye(parts, dtype=bool), (len(known), parts, parts))
    leavers = Leavers(left, people, windows, {ALL: np.zeros(1, np.int64)}, {ALL: (ALL,)}, np.array(arms))
    facts = []
    for at, each in enumerate(reports):
        counts = left[0][windows[at]].sum(axis=0)
        shown = [kind - 1 + arm * len(KINDS) for kind in _kinds_shown(each) for arm in (0, 1)]
        if shown:
            more = tuple((one, int(counts[one]), int(counts[one])) for one in shown)
            facts.append(Fact(ALL, ALL, at, 0, len(gone.day), more=more))
    new = [fact for fact in facts if fact.window == len(known) - 1]
    return may_be_told(leavers, [fact for fact in facts if fact not in new], new) == new


def _kinds_shown(published: Published) -> list[int]:
    return [KINDS.index(row["kind"]) + 1 for row in published["kinds"]["rows"] if not row["hidden"]]


def _settled_measure(row: Published, fresh: Published, gone: Gone, earlier: Sequence[Earlier]) -> Published:
    """Who leaves is known, but not who chose to."""
    if "value" not in row:
        return row
    carried: Published = {}
    ours = _measured_window(fresh)
    for at, each in sorted(enumerate(earlier), key=lambda one: one[1].as_of):
        found: Published = next((one for one in each.published["measures"] if one["code"] == row["code"]), {})
        if "value" not in found:
            continue
        if each.same and each.as_of <= fresh["as_of"]:
            carried = found | {"as_of": found.get("as_of", each.as_of)}
        if "as_of" in found:
            continue
        for left in gone.in_one_only(ours, _measured_window(each.published), at):
            chose = left & (gone.kind == VOLUNTARY)
            if any(0 < number.sum() < fresh["floor"] for number in (chose, left & ~chose)):
                row = {"why_not": WITHHELD["text"]}
    if "why_not" in row:
        plain = next(one for one in fresh["measures"] if one["code"] == "voluntary_turnover")
        return carried or {name: plain[name] for name in MEASURE} | row
    return row


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


def _facts(leavers: Leavers, window: int, published: Published, *, jointly: bool = False) -> list[Fact]:
    """What a report says of how many left, as somebody understands it who knows how it is made; `jointly`, who doesn't
    know how many were left out of it."""
    found: list[Fact | None] = []
    naive = published["naive"]
    if naive is not None and "comparison" not in published.get("carried", {}):
        left = naive["participants"]["left"], naive["others"]["left"]
        bounds = published["floor"], published["floor"], jointly
        found.append(_fact(leavers, window, ALL, ALL, left, *bounds))
    for breakdown, row in _told_rows(published):
        left = row["participants_left"], row["others_left"]
        bounds = LEAVERS_FLOOR, published["floor"], jointly
        found.append(_fact(leavers, window, breakdown, row["group"], left, *bounds))
    return [fact for fact in found if fact is not None]


def _fact(
    leavers: Leavers,
    window: int,
    breakdown: str,
    group: str,
    left: tuple[int, int],
    least: int,
    floor: int,
    jointly: bool,
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
    # What the people data says by now may be something else than it was then.
    if jointly:
        both = min(fewest, arms[1][1]), max(most, arms[1][1])
        return Fact(breakdown, group, window, min(low, arms[0][1]), max(high, arms[0][1]), ((OTHERS, *both),))
    low, high = max(low, altogether - most), min(high, altogether - fewest)
    return Fact(breakdown, group, window, min(low, arms[0][1]), max(high, arms[0][1]))


def carry_comparison(settled: Published, earlier: Sequence[Earlier]) -> None:
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
