"""How long people stay: an organisation's facts, worked out into what a report by itself may tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from programs.models import Role

from .careers import Placed, compare_careers, place_careers, publish_rates
from .choices import EXPOSURES, Choice
from .notices import notices_of
from .published import Published, Twin, publish_study
from .retention_facts import Facts
from .retention_rows import BREAKDOWNS, covered_from, employments_of, exposure_of, labels_of, strata_of
from .survival import (
    NEVER,
    ExposureRows,
    Happenings,
    MatchedStay,
    Spells,
    Study,
    standard_measures,
    study,
    verdict,
)

# How far the curves go on after joining.
UNTIL = 3 * 365


@dataclass(frozen=True, eq=False)
class Fresh:
    """A report as it is by itself, and what it is made of, to put it beside the earlier ones."""

    published: Published
    facts: Facts
    spells: Spells
    kinds: np.ndarray
    stay: MatchedStay | None = None


def work_out(choice: Choice, facts: Facts, *, step: Callable[[int, str], None] = lambda _done, _note: None) -> Fresh:
    """The figures of a choice as this month by itself may tell them. `step` is told how many of four are done."""
    step(1, _("Putting each person’s time together"))
    spells, kinds = employments_of(facts)
    rows = exposure_of(facts, spells, kinds, choice)
    labels = labels_of(facts, spells)
    strata = strata_of(facts, spells, rows)
    step(2, _("Comparing participants with colleagues like them"))
    groups = {name: labels[name][rows.spells] for name in BREAKDOWNS}
    found = study(rows, strata=strata, groups=groups, until=UNTIL)
    placed = place_careers(facts.careers, spells)
    measures, first = _measures(facts, spells, kinds, placed)
    rates = compare_careers(placed, rows, spells, strata=strata, floor=facts.floor)
    step(3, _("Hiding what would tell of a few"))
    published = publish_study(
        found,
        measures=measures,
        funnel=_funnel(facts, choice),
        people=(len(np.unique(rows.person[rows.exposed])), len(np.unique(rows.person))),
        twins=_twins(rows, groups, floor=facts.floor),
        floor=facts.floor,
    )
    _say_why_nothing(published, found)
    covered = covered_from(facts, choice)
    published |= {
        "month": f"{choice.month:%Y-%m}",
        "as_of": facts.as_of.isoformat(),
        "imported_on": facts.imported_on.isoformat() if facts.imported_on else None,
        "covered_from": covered.isoformat() if covered else None,
        "measures_from": first.isoformat(),
        "oldest_year": facts.oldest_year,
        "rates": publish_rates(rates, floor=facts.floor),
        "notices": notices_of(facts, covered_from=covered),
    }
    stay = found.headline if isinstance(found.headline, MatchedStay) and published["headline"] else None
    return Fresh(published, facts, spells, kinds, stay)


def _measures(facts: Facts, spells: Spells, kinds: np.ndarray, placed: Placed) -> tuple[Any, date]:
    """The standard measures of the last twelve months, as far as leavers are recorded; and the first day of those."""
    first = facts.as_of - timedelta(days=364)
    covered = facts.covered_from
    mentee: dict[int, int] = {}
    mentor: dict[int, int] = {}
    for member, _program, role, day in facts.places["place"]:
        since = mentor if role == Role.MENTOR else mentee
        since[member] = min(day, since.get(member, NEVER))
    everybody = sorted(mentee.keys() | mentor.keys())
    happenings = Happenings(
        mentee_since=np.array([mentee.get(member, NEVER) for member in everybody], dtype=np.int64),
        mentor_since=np.array([mentor.get(member, NEVER) for member in everybody], dtype=np.int64),
        **placed.happenings(spells),
    )
    measured = standard_measures(
        spells,
        first=first.toordinal(),
        last=facts.as_of.toordinal(),
        kind=kinds if kinds.any() else None,
        happenings=happenings,
        covered_from=covered.toordinal() if covered else None,
    )
    return measured, min(max(first, covered or first), facts.as_of)


def _funnel(facts: Facts, choice: Choice) -> list[tuple[str, int]]:
    """How many people got how far by the end of the period, in the programmes that were chosen."""
    last = facts.as_of.toordinal()
    steps = []
    reached: set[int] | None = None
    for name in EXPOSURES:
        people = {
            member
            for member, program, _role, day in facts.places[name]
            if day <= last and (not choice.programs or program in choice.programs)
        }
        reached = people if reached is None else reached & people
        steps.append((name, len(reached)))
    return steps


def _twins(rows: ExposureRows, groups: dict[str, np.ndarray], *, floor: int) -> list[Twin]:
    """Pairs of groups of two breakdowns that differ by fewer than `floor` people: one would tell of the other."""
    found: list[Twin] = []
    _spells, first = np.unique(rows.spells, return_index=True)
    for one, other in combinations(groups, 2):
        names, codes = np.unique(groups[one][first], return_inverse=True)
        others, other_codes = np.unique(groups[other][first], return_inverse=True)
        table = np.zeros((len(names), len(others)), dtype=np.int64)
        np.add.at(table, (codes, other_codes), 1)
        apart = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :] - 2 * table
        found += [
            ((one, str(names[row])), (other, str(others[column])))
            for row, column in zip(*np.nonzero((apart < floor) & (table > 0)), strict=True)
        ]
    return found


def _say_why_nothing(published: Published, found: Study) -> None:
    """Where there is nobody to compare, say that rather than that there are too few."""
    said = verdict(found.curves)
    if said.code in ("nobody", "no_participants", "no_others"):
        published["verdict"] = {"code": said.code, "text": said.text}
        published["evidence"] = "not_enough"
