"""Promotions, moves and absence: what the people data tells of them, for everybody and for participants beside others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Max, Min
from numpy.typing import NDArray

from accounts.models import JobChange, Member, Organisation, PeopleImport

from .carrying import Earlier
from .published import Published, count
from .survival import (
    DEFINITIONS,
    LEAVERS_FLOOR,
    ExposureRows,
    Measure,
    RateComparison,
    Spells,
    TooFewEvents,
    absence_within,
    explain,
    followed_between,
    matched_rates,
    spell_at,
    spread_over,
    whole_percent,
)
from .survival.measures import NOT_TOLD

# Days absent are told for so many days at a time.
ABSENCE_WINDOW = 365
# What a people import must tell so that nobody's promotion or move goes unseen from then on.
SEEN_FROM = ["level", "department"]
RATES = ("promotion_rate", "internal_moves", "absence_days")
# Who counts for each, in the past tense.
DONE = {"promotion_rate": "were promoted", "internal_moves": "moved", "absence_days": "were absent"}
PER = {"per_100_years": 100, "days_per_year": 1}
WITHHELD_TEXT = (
    "Too few have happened to tell this apart from another report: both together would tell of single people."
)
MOVES = (JobChange.Kind.MOVE, JobChange.Kind.LOCATION)
Days = NDArray[np.int64]


@dataclass(frozen=True)
class Careers:
    """What is read from the database: changes as (member, kind, day), absences as (member, last day, days absent).

    `known` is the first and the last day of which changes are known; None when none are.
    """

    changes: Sequence[tuple[int, str, int]] = ()
    known: tuple[int, int] | None = None
    absences: Sequence[tuple[int, int, float]] = ()


@dataclass(frozen=True, eq=False)
class Placed:
    """Careers laid beside the spells of employment; `spell` is a position in them.

    `promotions` and `moves` are (spell, day); `absences` are (spell, first day, last day, days absent).
    """

    promotions: tuple[Days, Days] | None = None
    moves: tuple[Days, Days] | None = None
    known: tuple[int, int] | None = None
    absences: tuple[Days, Days, Days, NDArray[np.float64]] | None = None

    def happenings(self, spells: Spells) -> dict[str, Any]:
        """What the standard measures ask of it."""

        def whose(changes: tuple[Days, Days] | None) -> Any:
            return changes and (spells.person[changes[0]], changes[1])

        return {
            "promotions": whose(self.promotions),
            "moves": whose(self.moves),
            "changes_known": self.known,
            "absences": self.absences and self.absences[1:],
        }


def read_careers(organisation: Organisation) -> Careers:
    """Everything that is known of promotions, moves and absence."""
    changes = [
        (member, kind, on.toordinal())
        for member, kind, on in JobChange.objects.order_by().values_list("member_id", "kind", "effective_on")
    ]
    absences = [
        (member, until.toordinal(), float(days))
        for member, until, days in Member.objects.filter(absence_days__isnull=False)
        .order_by()
        .values_list("pk", "absence_until", "absence_days")
        if until is not None and days is not None
    ]
    known = known_changes(organisation)
    return Careers(changes, known and (known[0].toordinal(), known[1].toordinal()), absences)


def known_changes(organisation: Organisation) -> tuple[date, date] | None:
    """The first and the last day of which promotions and moves are known: from the first one on record to the last
    import that would have told of one."""
    told = JobChange.objects.aggregate(first=Min("effective_on"), since=Min("found_since"), last=Max("effective_on"))
    if told["first"] is None:
        return None
    done = PeopleImport.objects.done()
    imports = [
        done.filter(holds=PeopleImport.Holds.JOB_CHANGES).aggregate(at=Max("applied_at"))["at"],
        done.of_people().filter(settings__columns__contains=SEEN_FROM).aggregate(at=Max("applied_at"))["at"],
    ]
    last = max([told["last"], *(at.astimezone(organisation.zone).date() for at in imports if at)])
    first = min(told["first"], told["since"] + timedelta(days=1)) if told["since"] else told["first"]
    return first, last


def place_careers(careers: Careers, spells: Spells) -> Placed:
    """Find the employment in which each thing happened. What falls outside any is left out."""
    by_kind = {"promotions": (JobChange.Kind.PROMOTION,), "moves": MOVES}
    found: dict[str, Any] = {}
    for name, kinds in by_kind.items():
        chosen = [(member, day) for member, kind, day in careers.changes if kind in kinds]
        if not chosen:
            found[name] = None
            continue
        people, days = np.array(chosen, np.int64).T
        at = spell_at(spells, person=people, day=days)
        found[name] = at[at >= 0], days[at >= 0]
    return Placed(**found, known=careers.known, absences=_place_absences(careers, spells))


def _place_absences(careers: Careers, spells: Spells) -> Any:
    if not careers.absences or not len(spells.person):
        return None
    people = np.array([member for member, _until, _days in careers.absences], np.int64)
    until = np.array([day for _member, day, _days in careers.absences], np.int64)
    days = np.array([number for _member, _until, number in careers.absences])
    # Who has left since: the year ends with the last day of work, wherever in it that is.
    starts = np.searchsorted(spells.person, people, "left"), np.searchsorted(spells.person, people, "right")
    at = np.full(len(people), -1, np.int64)
    for back in range(int((starts[1] - starts[0]).max(initial=0))):
        candidate = starts[1] - 1 - back
        fits = (at < 0) & (candidate >= starts[0]) & (spells.hired[np.maximum(candidate, 0)] <= until)
        at = np.where(fits, candidate, at)
    keep = at >= 0
    at, until, days = at[keep], until[keep], days[keep]
    last = np.minimum(until, spells.left[at])
    first = np.maximum(until - ABSENCE_WINDOW + 1, spells.hired[at])
    sound = first <= last
    return at[sound], first[sound], last[sound], days[sound]


def compare_careers(
    placed: Placed, rows: ExposureRows, spells: Spells, *, strata: NDArray[Any], floor: int
) -> dict[str, RateComparison | TooFewEvents | None]:
    """Promotions, moves and days absent per year of participants, beside others like them. None is not told."""
    least, hired = max(floor, LEAVERS_FLOOR), spells.hired[rows.spells]
    found: dict[str, RateComparison | TooFewEvents | None] = dict.fromkeys(RATES)
    if placed.known:
        followed, kept = followed_between(rows, hired=hired, first=placed.known[0], last=placed.known[1])
        for code, changes in (("promotion_rate", placed.promotions), ("internal_moves", placed.moves)):
            if changes is not None:
                spell, on = changes
                day = on - spells.hired[spell] + 1
                found[code] = matched_rates(followed, spell=spell, day=day, strata=strata[kept], floor=least)
    if placed.absences is not None:
        spell, first, last, days = placed.absences
        told, kept, amounts = absence_within(rows, hired=hired, spell=spell, first=first, last=last, days=days)
        at, tenure, amount = spread_over(told, amounts)
        found["absence_days"] = matched_rates(
            told, spell=at, day=tenure, amount=amount, strata=strata[kept], floor=least
        )
    return found


def publish_rates(found: dict[str, RateComparison | TooFewEvents | None], *, floor: int) -> list[Published]:
    """What may be said of each comparison: both arms or neither, from numbers to the nearest five."""
    return [
        {"code": each.code, "name": each.name, "unit": each.unit, **_published(found.get(each.code), each, floor)}
        for each in (DEFINITIONS[code] for code in RATES)
    ]


def _published(rate: RateComparison | TooFewEvents | None, measure: Measure, floor: int) -> Published:
    if rate is None:
        return {"why_not": NOT_TOLD}
    if isinstance(rate, TooFewEvents):
        return {"why_not": explain(rate, done=DONE[measure.code]).text}
    years = count(round(rate.years[0]), floor)
    ours, theirs = (count(round(each * rate.years[0]), floor) for each in (rate.participants, rate.others))
    other_years = count(round(rate.years[1]), floor)
    if not (years and other_years and ours and theirs):
        return {"why_not": f"Hidden: it would tell of fewer than {floor} people."}
    per = PER[measure.unit]
    return {
        "participants": {"value": round(ours / years * per, 1), "years": years},
        "others": {"value": round(theirs / years * per, 1), "years": other_years},
        "percent": whole_percent(rate.ratio),
        "lower": whole_percent(rate.lower),
        "upper": whole_percent(rate.upper),
    }


@dataclass(frozen=True, eq=False)
class Happened:
    """One kind of happening: whose it was, on which day, whether as a participant, and a mark by which it is known again."""

    person: Days
    day: Days
    exposed: NDArray[np.bool_]
    mark: Days


def marks_of(placed: Placed, spells: Spells) -> NDArray[np.int64]:
    """What is known by now, as (position in RATES, mark), to be kept with a report: from a mark nobody learns what
    happened, but what is entered or changed later is told from it."""
    pairs = [
        np.stack([np.full(len(marks), RATES.index(code)), marks], axis=1)
        for code, (_at, _day, marks) in _happenings(placed, spells).items()
    ]
    return np.concatenate([np.zeros((0, 2), np.int64), *pairs]).astype(np.int64)


def _happenings(placed: Placed, spells: Spells) -> dict[str, tuple[Days, Days, Days]]:
    """The spell, the day and the mark of each."""
    found = {}
    for code, changes in (("promotion_rate", placed.promotions), ("internal_moves", placed.moves)):
        if changes is not None:
            at, day = changes
            found[code] = at, day, _marks(code, spells.person[at].tolist(), day.tolist())
    if placed.absences is not None:
        at, _first, day, amount = placed.absences
        marks = _marks("absence_days", spells.person[at].tolist(), day.tolist(), amount.tolist())
        found["absence_days"] = at, day, marks
    return found


def _marks(code: str, *columns: Iterable[Any]) -> Days:
    key = settings.SECRET_KEY.encode()[:64]
    digests = (
        hashlib.blake2b(f"{code} {each}".encode(), key=key, digest_size=8).digest()
        for each in zip(*columns, strict=True)
    )
    return np.frombuffer(b"".join(digests), "<i8").astype(np.int64)


def settle_careers(
    settled: Published,
    placed: Placed,
    rows: ExposureRows,
    spells: Spells,
    earlier: Sequence[Earlier],
    known: Sequence[NDArray[np.int64] | None] = (),
) -> Published:
    """Measures and comparisons that may be told beside the earlier reports; the others as they were told last.

    Told anew is what nobody, or at least `floor` people of each state, did in one of two reports only: because of their
    time, or because it was entered, changed or taken back since. `known` are the marks of each earlier report.
    """
    joined = np.full(int(rows.spells.max(initial=-1)) + 1, np.iinfo(np.int64).max, np.int64)
    joined[rows.spells[rows.exposed]] = rows.entry[rows.exposed]
    events = {}
    for code, (at, day, mark) in _happenings(placed, spells).items():
        inside = at < len(joined)
        spell, on = at[inside], day[inside]
        exposed = on - spells.hired[spell] + 1 > joined[spell]
        events[code] = Happened(spells.person[spell], on, exposed, mark[inside])
    floor = settled["floor"]
    marks = dict(zip(map(id, earlier), known or [None] * len(earlier), strict=True))

    def tells_of_few(code: str, each: Earlier, begins: str, *, by_arm: bool) -> bool:
        if code not in events:
            return False
        told, knew = events[code], marks[id(each)]
        # Days absent are those of a year, and replaced from year to year: what is in one report only was entered since.
        here = there = np.ones(len(told.day), bool)
        if code != "absence_days":
            windows = _window(settled, begins), _window(each.published, begins)
            here, there = ((told.day >= first) & (told.day <= last) for first, last in windows)
        gone = 0
        if knew is not None:
            was = knew[knew[:, 0] == RATES.index(code), 1]
            there = there & np.isin(told.mark, was)
            gone = int((~np.isin(was, told.mark)).sum())
        arms = (told.exposed, ~told.exposed) if by_arm else (np.ones(len(here), bool),)
        only = (here & ~there, there & ~here)
        changed = [len(np.unique(told.person[each_only & arm])) for each_only in only for arm in arms]
        return 0 < gone < floor or any(0 < number < floor for number in changed)

    def settle(row: Published, part: str, begins: str) -> Published:
        if "why_not" in row or row["code"] not in RATES:
            return row
        carried: Published = {}
        hides = False
        for each in sorted(earlier, key=lambda one: one.as_of):
            known: Published = next((one for one in each.published.get(part, ()) if one["code"] == row["code"]), {})
            if not known or "why_not" in known:
                continue
            if each.same and each.as_of <= settled["as_of"]:
                carried = known | {"as_of": known.get("as_of", each.as_of)}
            if "as_of" not in known:
                hides |= tells_of_few(row["code"], each, begins, by_arm=part == "rates")
        if not hides:
            return row
        plain = {name: row[name] for name in ("code", "name", "definition", "formula", "unit") if name in row}
        return carried or plain | {"why_not": WITHHELD_TEXT}

    return {
        "measures": [settle(row, "measures", "measures_from") for row in settled["measures"]],
        "rates": [settle(row, "rates", "covered_from") for row in settled["rates"]],
    }


def _window(published: Published, begins: str) -> tuple[int, int]:
    first = published.get(begins)
    return date.fromisoformat(first).toordinal() if first else 0, date.fromisoformat(published["as_of"]).toordinal()
