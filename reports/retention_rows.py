"""Employments and days at risk, their groups and their strata: what is read, in the arrays that are computed with."""

from __future__ import annotations

from datetime import date

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import JobChange
from programs.models import Role

from .choices import Choice
from .reasons import kind_of
from .retention_facts import Facts, Place
from .survival import (
    NEVER,
    ExposureRows,
    Spells,
    combine_strata,
    continue_spells,
    exposure_rows,
)

BREAKDOWNS = ("department", "level", "site", "hire_year")
# Bands within which people are compared with each other.
LEVELS_IN_BAND, YEARS_IN_BAND = 3, 3
# More than there are, so that a person and a day make one number.
DAYS = date.max.toordinal() + 1


def employments_of(facts: Facts) -> tuple[Spells, np.ndarray]:
    """Spells of employment, and of each in which way it ended."""
    spells = continue_spells(
        person=[member for member, _start, _end, _reason in facts.spells],
        hired=[start.toordinal() for _member, start, _end, _reason in facts.spells],
        left=[end.toordinal() if end else None for _member, _start, end, _reason in facts.spells],
    )
    reasons = np.array([kind_of(reason) for *_rest, reason in facts.spells], dtype=np.int64)
    return spells, reasons[spells.last]


def covered_from(facts: Facts, choice: Choice) -> date | None:
    """From which day on anything is looked at: of the period, and since leavers are recorded."""
    found = [day for day in (facts.covered_from, choice.first_day) if day is not None]
    return min(max(found), facts.as_of) if found else None


def exposure_of(facts: Facts, spells: Spells, kinds: np.ndarray, choice: Choice) -> ExposureRows:
    """Rows for the choice. Who began in another programme, or role, is followed until then and counts as left out."""
    covered = covered_from(facts, choice)
    joined, outside = joined_of(facts, spells, choice)
    rows = exposure_rows(
        hired=spells.hired,
        left=spells.left,
        joined=joined,
        as_of=facts.as_of.toordinal(),
        covered_from=covered.toordinal() if covered else None,
        kind=kinds,
        person=spells.person,
    )
    keep = ~(rows.exposed & outside[rows.spells])
    if choice.population == "hired" and covered is not None:
        keep &= spells.hired[rows.spells] >= covered.toordinal()
    return rows.where(keep)


def joined_of(facts: Facts, spells: Spells, choice: Choice) -> tuple[np.ndarray, np.ndarray]:
    """Of each employment, on which day its person first took part in any programme, and whether the choice leaves that
    out."""
    first: dict[int, Place] = {}
    for place in sorted(facts.places[choice.exposure], key=lambda each: (each[3], each[1])):
        first.setdefault(place[0], place)
    roles = {"mentees": (Role.MENTEE, Role.PEER), "mentors": (Role.MENTOR,)}.get(choice.population)
    outside = {
        member
        for member, (_member, program, role, _day) in first.items()
        if (choice.programs and program not in choice.programs) or (roles and role not in roles)
    }
    people = spells.person.tolist()
    joined = np.array([first[member][3] if member in first else NEVER for member in people], np.int64)
    return joined, np.array([member in outside for member in people], bool)


def labels_of(facts: Facts, spells: Spells) -> dict[str, np.ndarray]:
    """What groups are made of, for each employment: as it is today, or was last."""
    unknown = _("Not recorded")
    members = [facts.members[member] for member in spells.person.tolist()]
    years = [date.fromordinal(day).year for day in spells.hired.tolist()]
    return {
        "department": np.array([each["department"] or unknown for each in members], dtype=object).astype(str),
        "site": np.array([each["site"] or unknown for each in members], dtype=object).astype(str),
        "level": np.array(
            [_("Level %(level)02d") % {"level": each["level"]} if each["level"] else unknown for each in members],
            dtype=object,
        ).astype(str),
        "hire_year": np.array(
            [
                str(year) if year > facts.oldest_year else _("%(year)d or earlier") % {"year": facts.oldest_year}
                for year in years
            ],
            dtype=object,
        ).astype(str),
    }


def strata_of(facts: Facts, spells: Spells, rows: ExposureRows) -> np.ndarray:
    """Of each row, among whom its person is compared: by department and level when following began, as far as job changes
    tell them, and by year of hiring. Both of somebody's rows are of one stratum.

    Those of today may follow from having taken part, and from having stayed: among people who have risen as far, those
    who rise faster would seem to leave sooner.
    """
    since = np.full(len(spells.hired), NEVER, np.int64)
    np.minimum.at(since, rows.spells, spells.hired[rows.spells] + rows.entry)
    years = np.array([date.fromordinal(day).year for day in spells.hired.tolist()], np.int64)
    by_spell = _departments_on(facts, spells, since), _level_bands_on(facts, spells, since), years // YEARS_IN_BAND
    return combine_strata(*(each[rows.spells] for each in by_spell))


def _level_bands_on(facts: Facts, spells: Spells, since: np.ndarray) -> np.ndarray:
    """The band of each person's level on a day: that of today without the promotions that came later; 0 if unknown."""
    promotions = [
        member * DAYS + day for member, kind, day in facts.careers.changes if kind == JobChange.Kind.PROMOTION
    ]
    keys = np.sort(np.array(promotions, np.int64))
    later = np.searchsorted(keys, (spells.person + 1) * DAYS) - np.searchsorted(
        keys, spells.person * DAYS + np.minimum(since, DAYS - 1), "right"
    )
    today = np.array([facts.members[member]["level"] or 0 for member in spells.person.tolist()], np.int64)
    level = np.where(today > 0, np.maximum(today - later, 1), 0)
    return (level + LEVELS_IN_BAND - 1) // LEVELS_IN_BAND


def _departments_on(facts: Facts, spells: Spells, since: np.ndarray) -> np.ndarray:
    """The department of each person on a day. Who moved later is where the move before led to; where none is on record,
    or that department is no more, as today."""
    found = np.array([facts.members[member]["department"] or "" for member in spells.person.tolist()], object)
    there = set(found.tolist())
    moved = np.isin(spells.person, [member for member, _day, _department in facts.moves])
    by_member: dict[int, list[tuple[int, str]]] = {}
    for member, day, department in facts.moves:
        by_member.setdefault(member, []).append((day, department))
    for at in np.flatnonzero(moved).tolist():
        moves = by_member[int(spells.person[at])]
        before = [department for day, department in moves if day <= since[at]]
        if len(before) < len(moves) and before and before[-1] in there:
            found[at] = before[-1]
    return found.astype(str)
