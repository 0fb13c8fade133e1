"""How long people stay: an organisation's facts, worked out into what may be published of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation, PeopleImport, Spell
from programs.models import Enrolment, Participant, Program, Role
from sessions.models import Attendance, Session

from .careers import (
    Careers,
    Placed,
    compare_careers,
    marks_of,
    place_careers,
    publish_rates,
    read_careers,
    settle_careers,
)
from .carrying import Earlier, Gone, carry_comparison, settle
from .choices import EXPOSURES, Choice
from .leavers import Leavers, Report, count_jointly, count_leavers
from .models import ReportSettings, Snapshot
from .published import Published, Twin, publish_study
from .redrawing import Drawn, may_be_redrawn, redraw
from .retention_words import day_in_words
from .survival import (
    INVOLUNTARY,
    NEVER,
    OTHER,
    VOLUNTARY,
    ExposureRows,
    Happenings,
    MatchedStay,
    Spells,
    Study,
    combine_strata,
    continue_spells,
    exposure_rows,
    matched_left,
    standard_measures,
    study,
    verdict,
)

# An older export is worth a word.
FRESH = timedelta(days=45)
# How far the curves go on after joining.
UNTIL = 3 * 365
# A curve is laid on so many of those told before it.
DRAWN_BESIDE = 3
BREAKDOWNS = ("department", "level", "site", "hire_year")
YEARS_APART = 10
# Bands within which people are compared with each other.
LEVELS_IN_BAND, YEARS_IN_BAND = 3, 3

# Read from left to right: "involuntary" holds "voluntary".
REASONS = (
    (INVOLUNTARY, ("involuntar", "dismiss", "redundan", "terminat", "laid off", "layoff", "fired", "conduct", "performance")),
    (OTHER, ("retire", "death", "died", "deceased", "end of contract", "contract end", "fixed term", "transfer", "seconded")),
    (VOLUNTARY, ("resign", "voluntar", "quit", "notice given", "own wish", "own request", "left for", "personal", "career")),
)  # fmt: skip

# A place of somebody: who, in which programme, in which role, on which day.
Place = tuple[int, int, str, int]


@dataclass(frozen=True)
class Facts:
    """What is read from the database, once."""

    spells: list[tuple[int, date, date | None, str]]
    members: dict[int, dict[str, Any]]
    places: dict[str, list[Place]]
    signed_up: int
    as_of: date
    imported_on: date | None
    covered_from: date | None
    floor: int
    careers: Careers = field(default_factory=Careers)
    # Up to which year of hiring people are one group, as the first report had it; None before there is one.
    oldest_year: int | None = None


def kind_of(reason: str) -> int:
    """Whether somebody chose to leave, had to, or neither, by the words of the people data; 0 when it doesn't say."""
    words = reason.lower()
    if not words.strip():
        return 0
    return next((kind for kind, beginnings in REASONS if any(each in words for each in beginnings)), OTHER)


def settings_of() -> ReportSettings:
    """Those of the organisation in scope, or what holds until somebody has set some."""
    return ReportSettings.objects.first() or ReportSettings()


def last_import(organisation: Organisation) -> date | None:
    """The day of the last import of people data, by the organisation's clock."""
    imported_at = PeopleImport.objects.done().of_people().aggregate(at=Max("applied_at"))["at"]
    return imported_at.astimezone(organisation.zone).date() if imported_at else None


def read_facts(organisation: Organisation, choice: Choice) -> Facts:
    """Everything that the study of a choice is made of, as it is known today."""
    chosen = settings_of()
    imported_on = last_import(organisation)
    # Who has left since the last export isn't known to have left, so the clock stops on its day.
    as_of = min(choice.last_day, imported_on) if imported_on else choice.last_day
    spells = list(Spell.objects.order_by().values_list("member_id", "started_on", "ended_on", "end_reason"))
    members = {
        pk: {"department": department, "level": level, "site": site}
        for pk, department, level, site in Member.objects.order_by().values_list("pk", "department", "level", "site")
    }
    return Facts(
        spells=spells,
        members=members,
        places=_places(organisation, choice),
        signed_up=Enrolment.objects.filter(_chosen(choice)).values("member_id").distinct().count(),
        as_of=as_of,
        imported_on=imported_on,
        covered_from=chosen.covered_from,
        floor=chosen.smallest_group,
        careers=read_careers(organisation),
        oldest_year=_first_oldest_year(),
    )


def _first_oldest_year() -> int | None:
    """It stays what it once was: should the oldest group take in another year each January, what was told of it last and
    what is told then could be taken from each other."""
    told = Snapshot.objects.filter(published__has_key="oldest_year").order_by("pk")
    found: int | None = told.values_list("published__oldest_year", flat=True).first()
    return found


def _oldest_year(facts: Facts) -> int:
    return facts.as_of.year - YEARS_APART if facts.oldest_year is None else facts.oldest_year


def _chosen(choice: Choice, path: str = "program_id") -> Q:
    return Q(**{f"{path}__in": choice.programs}) if choice.programs else Q()


def _places(organisation: Organisation, choice: Choice) -> dict[str, list[Place]]:
    """When people reached each step, in any programme."""

    def day(at: datetime | None) -> int:
        assert at is not None
        return at.astimezone(organisation.zone).toordinal()

    placed = Enrolment.objects.filter(joined_at__isnull=False).order_by()
    matched = Participant.objects.filter(
        response=Participant.Response.ACCEPTED, mentorship__started_at__isnull=False
    ).order_by()  # fmt: skip
    met = (
        Attendance.objects.filter(
            session__in=Session.objects.filter(Session.CONFIRMED), session__mentorship__isnull=False
        )
        .exclude(report=Attendance.Report.MISSED)
        .order_by()
    )
    role_of = {
        (member, program): role
        for member, program, role in Enrolment.objects.order_by().values_list("member_id", "program_id", "role")
    }
    return {
        "place": [
            (member, program, role, day(at))
            for member, program, role, at in placed.values_list("member_id", "program_id", "role", "joined_at")
        ],
        "matched": [
            # Who joins a group that meets already begins with the answer.
            (member, program, role, max(day(started), day(answered or started)))
            for member, program, role, started, answered in matched.values_list(
                "enrolment__member_id", "mentorship__program_id", "role", "mentorship__started_at", "responded_at"
            )
        ],
        "met": [
            (member, program, role_of.get((member, program), ""), day(at))
            for member, program, at in met.values_list(
                "member_id", "session__mentorship__program_id", "session__starts_at"
            )
        ],
    }


@dataclass(frozen=True, eq=False)
class Fresh:
    """A report as it is by itself, and who left, to put it beside the earlier ones."""

    published: Published
    facts: Facts
    spells: Spells
    kinds: np.ndarray
    stay: MatchedStay | None = None


def work_out(choice: Choice, facts: Facts, *, step: Callable[[int, str], None] = lambda _done, _note: None) -> Fresh:
    """The figures of a choice as this month by itself may tell them. `step` is told how many of four are done."""
    step(1, _("Putting each person’s time together"))
    spells, kinds = _employments(facts)
    rows = exposure_of(facts, spells, kinds, choice)
    labels = _labels(facts, spells)
    strata = _strata(labels, rows)
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
        twins=twins_of(rows, groups, floor=facts.floor),
        floor=facts.floor,
    )
    _say_why_nothing(published, found)
    published |= {
        "month": f"{choice.month:%Y-%m}",
        "as_of": facts.as_of.isoformat(),
        "imported_on": facts.imported_on.isoformat() if facts.imported_on else None,
        "covered_from": covered.isoformat() if (covered := _covered_from(facts, choice)) else None,
        "measures_from": first.isoformat(),
        "oldest_year": _oldest_year(facts),
        "rates": publish_rates(rates, floor=facts.floor),
        "notices": _notices(facts, choice),
    }
    stay = found.headline if isinstance(found.headline, MatchedStay) and published["headline"] else None
    return Fresh(published, facts, spells, kinds, stay)


@dataclass(frozen=True, eq=False)
class Kept:
    """A report as it was kept: what was asked, what was told, and who was known to have left, as (member, day)."""

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
    windows = [_window(each.published) for each in (*earlier, Earlier(fresh.published))]
    # As if everything had been looked at that any of the reports looks at.
    facts = replace(fresh.facts, covered_from=None, as_of=date.fromordinal(max(last for _first, last in windows)))
    everything = replace(choice, period="all", population="all" if choice.population == "hired" else choice.population)
    spells, kinds, unknown = _as_they_were(fresh.spells, fresh.kinds, [each.known for each in kept])
    rows = exposure_of(facts, spells, kinds, everything)
    hired, labels = spells.hired[rows.spells], _labels(fresh.facts, spells)
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
    return settled | {"notices": [*settled["notices"], *_what_is_carried(settled)]}


def who_left(fresh: Fresh) -> np.ndarray:
    """Who is known to have left, as (member, last day), to be kept with the report."""
    left = fresh.spells.left < NEVER
    return np.stack([fresh.spells.person[left], fresh.spells.left[left]], axis=1)


def what_happened(fresh: Fresh) -> np.ndarray:
    """Marks of the promotions, moves and absences that are known, to be kept with the report."""
    return marks_of(place_careers(fresh.facts.careers, fresh.spells), fresh.spells)


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
    joined = {counting: _joined(facts, spells, each) for counting, each in ways.items()}
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
    left = matched_left(rows, strata=_strata(_labels(fresh.facts, spells), rows), until=UNTIL)
    anew = "curve" not in published["carried"]
    return Drawn(left, frozenset(float(point["months"]) for point in published["curve"] if anew))


def _strata(labels: dict[str, np.ndarray], rows: ExposureRows) -> np.ndarray:
    return combine_strata(*(labels[name][rows.spells] for name in ("department", "level_band", "year_band")))


def _window(published: Published) -> tuple[int | None, int]:
    first = published["covered_from"]
    return date.fromisoformat(first).toordinal() if first else None, date.fromisoformat(published["as_of"]).toordinal()


def _what_is_carried(published: Published) -> list[str]:
    """What is older than the rest, in sentences."""
    found = []
    if day := published["carried"].get("comparison"):
        found.append(
            _("The comparison and the counts are as of %(day)s: since then too little has changed to show them without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    elif published["kinds"] and (day := published["kinds"].get("as_of")):
        found.append(
            _("The kinds of leaving are as of %(day)s: since then too few have left in each way to show them without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    if day := published["carried"].get("curve"):
        found.append(
            _("The curves are as of %(day)s: since then too few have left between their points to draw them anew without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    if any("as_of" in row for rows in published["groups"].values() for row in rows):
        found.append(
            _("Groups with a month beside them are as of that month: since then too little has changed in them to show it without telling of single people.")
        )  # fmt: skip
    for part, sentence in (
        ("measures", _("%(measure)s is as of %(day)s: since then too little has changed to show it without telling of single people.")),
        ("rates", _("%(measure)s of participants beside others is as of %(day)s: since then too little has changed to show it without telling of single people.")),
    ):  # fmt: skip
        told = [(row["name"], row["as_of"]) for row in published[part] if "as_of" in row]
        found += [sentence % {"measure": name, "day": day_in_words(day)} for name, day in told]
    return found


def _say_why_nothing(published: Published, found: Study) -> None:
    """Where there is nobody to compare, say that rather than that there are too few."""
    said = verdict(found.curves)
    if said.code in ("nobody", "no_participants", "no_others"):
        published["verdict"] = {"code": said.code, "text": said.text}
        published["evidence"] = "not_enough"


def _covered_from(facts: Facts, choice: Choice) -> date | None:
    found = [day for day in (facts.covered_from, choice.first_day) if day is not None]
    return min(max(found), facts.as_of) if found else None


def _employments(facts: Facts) -> tuple[Spells, np.ndarray]:
    spells = continue_spells(
        person=[member for member, _start, _end, _reason in facts.spells],
        hired=[start.toordinal() for _member, start, _end, _reason in facts.spells],
        left=[end.toordinal() if end else None for _member, _start, end, _reason in facts.spells],
    )
    reasons = np.array([kind_of(reason) for *_rest, reason in facts.spells], dtype=np.int64)
    return spells, reasons[spells.last]


def exposure_of(facts: Facts, spells: Spells, kinds: np.ndarray, choice: Choice) -> ExposureRows:
    """Rows for the choice. Who began in another programme, or role, is followed until then and counts as left out."""
    covered = _covered_from(facts, choice)
    joined, outside = _joined(facts, spells, choice)
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


def _joined(facts: Facts, spells: Spells, choice: Choice) -> tuple[np.ndarray, np.ndarray]:
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


def _labels(facts: Facts, spells: Spells) -> dict[str, np.ndarray]:
    """What groups and strata are made of, for each employment: as it is today, or was last."""
    unknown = _("Not recorded")
    members = [facts.members[member] for member in spells.person.tolist()]
    years = [date.fromordinal(day).year for day in spells.hired.tolist()]
    oldest = _oldest_year(facts)
    return {
        "department": np.array([each["department"] or unknown for each in members], dtype=object).astype(str),
        "site": np.array([each["site"] or unknown for each in members], dtype=object).astype(str),
        "level": np.array(
            [_("Level %(level)02d") % {"level": each["level"]} if each["level"] else unknown for each in members],
            dtype=object,
        ).astype(str),
        "hire_year": np.array(
            [str(year) if year > oldest else _("%(year)d or earlier") % {"year": oldest} for year in years],
            dtype=object,
        ).astype(str),
        "level_band": np.array([((each["level"] or 0) + LEVELS_IN_BAND - 1) // LEVELS_IN_BAND for each in members]),
        "year_band": np.array([year // YEARS_IN_BAND for year in years]),
    }


def twins_of(rows: ExposureRows, groups: dict[str, np.ndarray], *, floor: int) -> list[Twin]:
    """Pairs of groups of two breakdowns that differ by fewer than `floor` people: one would tell of the other."""
    found: list[Twin] = []
    people, first = np.unique(rows.spells, return_index=True)
    del people
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


def _measures(facts: Facts, spells: Spells, kinds: np.ndarray, placed: Placed) -> tuple[Any, date]:
    """The standard measures of the last twelve months."""
    first = facts.as_of - timedelta(days=364)
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
    )
    return measured, first


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


def _notices(facts: Facts, choice: Choice) -> list[str]:
    found = []
    ends = [end for _member, _start, end, _reason in facts.spells if end is not None and end <= facts.as_of]
    if facts.spells and not ends:
        found.append(
            _("There are no leavers in the people data: has the export left them out? Without them, nothing can be said about who stays.")
        )  # fmt: skip
    return found


def tells_of_few(organisation: Organisation, choice: Choice) -> bool:
    """Whether the choice leaves out so few participants that it would tell of them beside the report on all."""
    everybody = Choice(choice.month, choice.period, choice.exposure)
    if choice.key == everybody.key:
        return False
    facts = read_facts(organisation, choice)
    spells, kinds = _employments(facts)
    chosen, all_of_them = (
        np.unique(rows.person[rows.exposed])
        for rows in (exposure_of(facts, spells, kinds, each) for each in (choice, everybody))
    )
    apart = len(np.setxor1d(chosen, all_of_them))
    return 0 < apart < facts.floor


def programs_to_choose() -> Any:
    return Program.objects.launched().order_by("-launched_at", "-pk")
