"""A report on who stays, laid beside the earlier ones: what of it is told anew, and what is kept for those to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import Organisation

from .careers import marks_of, place_careers, settle_careers
from .carrying import Earlier, Gone, carry_comparison, settle
from .choices import Choice
from .leavers import Leavers, Report, count_jointly, count_leavers
from .published import Published, mean_stay
from .redrawing import Drawn, may_be_redrawn, redraw
from .retention import UNTIL, Fresh
from .retention_facts import Facts, read_facts
from .retention_rows import BREAKDOWNS, employments_of, exposure_of, joined_of, labels_of, strata_of
from .retention_words import what_is_carried
from .survival import NEVER, Spells, matched_left

# A curve is laid on so many of those told before it.
DRAWN_BESIDE = 3


@dataclass(frozen=True, eq=False)
class Kept:
    """A report as it was kept: what was asked, what was told, who was `known` to have left, as (member, day), and the
    marks of what happened in `careers`; None for what wasn't written down then."""

    choice: Choice
    published: Published
    known: np.ndarray | None = None
    careers: np.ndarray | None = None


def put_beside(fresh: Fresh, choice: Choice, kept: Sequence[Kept] = ()) -> Published:
    """What of a fresh report is told, when the earlier ones are known; and where something is carried, that it is."""
    earlier = [
        Earlier(each.published, same=each.choice.key == choice.key, own=each.choice.counting == choice.counting)
        for each in kept
    ]
    windows = [_window(each) for each in (*(each.published for each in kept), fresh.published)]
    # As if everything had been looked at that any of the reports looks at.
    facts = replace(fresh.facts, covered_from=None, as_of=date.fromordinal(max(last for _first, last in windows)))
    everything = replace(choice, period="all", population="all" if choice.population == "hired" else choice.population)
    spells, kinds, unknown = _as_they_were(fresh.spells, fresh.kinds, [each.known for each in kept])
    rows = exposure_of(facts, spells, kinds, everything)
    hired, labels = spells.hired[rows.spells], labels_of(fresh.facts, spells)
    own = [at for at, each in enumerate(earlier) if each.own] + [len(earlier)]
    leavers = count_leavers(
        begin=hired + rows.entry,
        end=hired + rows.exit - 1,
        event=rows.event,
        exposed=rows.exposed,
        spell=rows.spells,
        labels={name: labels[name][rows.spells] for name in BREAKDOWNS},
        hired=hired,
        windows=[windows[at] for at in own],
        only_hired=choice.population == "hired",
        unknown=unknown[own][:, rows.spells],
    )
    left = rows.event
    gone = Gone(
        day=(hired + rows.exit - 1)[left],
        exposed=rows.exposed[left],
        kind=rows.kinds[left],
        unknown=unknown[:, rows.spells[left]],
    )
    jointly = None
    if len(own) <= len(earlier):
        choices = [*(each.choice for each in kept), choice]
        jointly = _count_jointly(facts, spells, labels, choices, windows, unknown)
    settled = settle(fresh.published, leavers, earlier, gone=gone, jointly=jointly)
    _redraw(settled, fresh, kept, earlier)
    placed = place_careers(facts.careers, fresh.spells)
    now = exposure_of(facts, fresh.spells, fresh.kinds, everything)
    settled |= settle_careers(settled, placed, now, fresh.spells, earlier, [each.careers for each in kept])
    if not choice.counts_everybody:
        _leave_to_the_main_report(settled)
    # Of the curve as it is told by now.
    settled["means"] = mean_stay(settled["curve"])
    return settled | {"notices": [*settled["notices"], *what_is_carried(settled)]}


def _window(published: Published) -> tuple[int | None, int]:
    """The first and the last day that a report looks at; None where it looks at everything before."""
    first = published["covered_from"]
    return date.fromisoformat(first).toordinal() if first else None, date.fromisoformat(published["as_of"]).toordinal()


def _as_they_were(
    spells: Spells, kinds: np.ndarray, known: Sequence[np.ndarray | None]
) -> tuple[Spells, np.ndarray, np.ndarray]:
    """Spells with those that once were known to end otherwise; and of which ends each report, and this one, doesn't know.

    Who was entered late, or is no longer said to have left, is in the counts of some reports only.
    """
    days = [spells.left[spells.left < NEVER], spells.hired, *(each[:, 1] for each in known if each is not None)]
    base = 1 + max(int(each.max(initial=0)) for each in days)
    ends = np.where(spells.left < NEVER, spells.person * base + spells.left, -1)
    told = [None if each is None else each[:, 0] * base + each[:, 1] for each in known]
    lost = np.setdiff1d(np.concatenate([np.zeros(0, np.int64), *(each for each in told if each is not None)]), ends)
    # The employment that had begun by then.
    at = np.searchsorted(spells.person * base + spells.hired, lost, "right") - 1
    found = (at >= 0) & (spells.person[np.maximum(at, 0)] == lost // base) if len(ends) else np.zeros(len(lost), bool)
    lost, at = lost[found], at[found]
    if len(lost):
        left = np.concatenate([spells.left, lost % base])
        spells = Spells(*(np.concatenate([column, column[at]]) for column in spells))._replace(left=left)
        kinds = np.concatenate([kinds, kinds[at]])
    every = np.concatenate([ends, lost])
    unknown = np.zeros((len(known) + 1, len(every)), bool)
    for row, each in enumerate(told):
        if each is None:
            unknown[row, len(ends) :] = True
        else:
            unknown[row] = ~np.isin(every, each)
    unknown[-1, len(ends) :] = True
    return spells, kinds, unknown


def _count_jointly(
    facts: Facts,
    spells: Spells,
    labels: dict[str, np.ndarray],
    choices: Sequence[Choice],
    windows: Sequence[tuple[int | None, int]],
    unknown: np.ndarray,
) -> Leavers:
    """Who left, by what they count as in each of the choices."""
    ways = {each.counting: each for each in choices}
    joined = {counting: joined_of(facts, spells, each) for counting, each in ways.items()}
    at = {counting: position for position, counting in enumerate(ways)}
    return count_jointly(
        hired=spells.hired,
        left=spells.left,
        joined=np.stack([joined[counting][0] for counting in ways]),
        outside=np.stack([joined[counting][1] for counting in ways]),
        labels={name: labels[name] for name in BREAKDOWNS},
        reports=[
            Report(at[each.counting], *window, only_hired=each.population == "hired")
            for each, window in zip(choices, windows, strict=True)
        ],
        unknown=unknown,
    )


def _redraw(settled: Published, fresh: Fresh, kept: Sequence[Kept], earlier: Sequence[Earlier]) -> None:
    """Tell the headline and the curve anew where that says nothing of few beside those told before; or else as they
    stood last."""
    if fresh.stay is None or "comparison" in settled["carried"] or not settled["headline"]:
        return
    told = [
        report
        for report, each in sorted(zip(kept, earlier, strict=True), key=lambda pair: pair[1].as_of)
        if each.own and each.published["curve"] and "comparison" not in each.published["carried"]
    ]
    drawn = [_drawn(each, fresh) for each in told[-DRAWN_BESIDE:]]
    if not may_be_redrawn(fresh.stay, drawn, floor=settled["floor"]):
        carry_comparison(settled, earlier)
        return
    last = max((each for each in earlier if each.same), key=lambda each: each.as_of, default=None)
    curve = last.published["curve"] if last else []
    redrawn = redraw(fresh.stay, drawn, curve, floor=settled["floor"])
    if redrawn is None and last is not None:
        carried = last.published["carried"]
        day = carried.get("curve") or carried.get("comparison") or last.as_of
        redrawn = {"curve": curve, "carried": settled["carried"] | {"curve": day}}
    settled |= redrawn or {}


def _drawn(report: Kept, fresh: Fresh) -> Drawn:
    """How many had left between the points by the day of an earlier report, as far as it knew."""
    published, spells = report.published, fresh.spells
    first = published["covered_from"]
    facts = replace(
        fresh.facts,
        covered_from=date.fromisoformat(first) if first else None,
        as_of=date.fromisoformat(published["as_of"]),
    )
    if report.known is not None:
        known = set(map(tuple, report.known.tolist()))
        knew = [each in known for each in zip(spells.person.tolist(), spells.left.tolist(), strict=True)]
        spells = spells._replace(left=np.where(knew, spells.left, NEVER))
    rows = exposure_of(facts, spells, fresh.kinds, replace(report.choice, period="all"))
    left = matched_left(rows, strata=strata_of(fresh.facts, spells, rows), until=UNTIL)
    anew = "curve" not in published["carried"]
    return Drawn(left, frozenset(float(point["months"]) for point in published["curve"] if anew))


def _leave_to_the_main_report(settled: Published) -> None:
    """Ways of leaving and rates of participants are told for one way of counting them: of two, one could take one from
    the other."""
    settled["kinds"] = None
    why = _("Told in the report on all programmes and roles since people got a place: two reports could be taken from each other.")  # fmt: skip
    settled["rates"] = [
        {name: row[name] for name in ("code", "name", "unit") if name in row} | {"why_not": why}
        for row in settled["rates"]
    ]
    settled["kinds_why"] = why


def who_left(fresh: Fresh) -> np.ndarray:
    """Who is known to have left, as (member, last day), to be kept with the report."""
    left = fresh.spells.left < NEVER
    return np.stack([fresh.spells.person[left], fresh.spells.left[left]], axis=1)


def what_happened(fresh: Fresh) -> np.ndarray:
    """Marks of the promotions, moves and absences that are known, to be kept with the report."""
    return marks_of(place_careers(fresh.facts.careers, fresh.spells), fresh.spells)


def tells_of_few(organisation: Organisation, choice: Choice) -> bool:
    """Whether the choice leaves out so few participants that it would tell of them beside the report on all."""
    everybody = Choice(choice.month, choice.period, choice.exposure)
    if choice.key == everybody.key:
        return False
    facts = read_facts(organisation, choice)
    spells, kinds = employments_of(facts)
    chosen, all_of_them = (
        np.unique(rows.person[rows.exposed])
        for rows in (exposure_of(facts, spells, kinds, each) for each in (choice, everybody))
    )
    apart = len(np.setxor1d(chosen, all_of_them))
    return 0 < apart < facts.floor
