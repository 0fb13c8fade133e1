"""Every figure on how a programme does, each with its definition, what it was counted of, and when.

One list for the page, the comparison and the files, so that they can't differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from feedback import standing
from feedback.services import averages
from mentoring.charts import Bar, Chart, bars
from programs.emails import invited_addresses
from programs.measures import UNITS, figures_of, plain
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.services.planning import eligible_ids
from sessions.models import Session

from .reach import Reached, reached_by
from .survival import round_count

# Goals are their owners' own, and a mean of answers tells of few: what is counted by others is hidden for readers of
# rounded reports when it stands for fewer people than this.
FEWEST = 5


@dataclass(frozen=True)
class Figure:
    """One number: `value` is None where it may not be told, or can't be yet (`why_not` says which)."""

    key: str
    section: str
    name: str
    definition: str
    value: float | None
    unit: str = ""
    # What it was counted of, in words.
    of: str = ""
    why_not: str = ""

    @property
    def text(self) -> str:
        if self.value is None:
            return self.why_not or _("fewer than 5")
        number = f"{self.value:.1f}".removesuffix(".0")
        return f"{number} {self.unit}".strip() if self.unit != "%" else f"{number}%"


@dataclass(frozen=True)
class Figures:
    """A programme in figures, on one day."""

    program: Program
    as_of: datetime
    is_rounded: bool
    figures: tuple[Figure, ...]
    load: Chart
    drop_off: Chart

    @property
    def sections(self) -> list[tuple[str, list[Figure]]]:
        found: dict[str, list[Figure]] = defaultdict(list)
        for figure in self.figures:
            found[figure.section].append(figure)
        return list(found.items())


class _Book:
    """Collects figures for one reader: exact, or to the nearest five with small ones hidden."""

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact
        self.figures: list[Figure] = []
        self.section = ""

    def told(self, count: int) -> int | None:
        return count if self.exact else round_count(count)

    def count(
        self, key: str, name: str, definition: str, count: int | None, *, of: str = "", why_not: str = ""
    ) -> None:
        value = None if count is None else self.told(count)
        self.figures.append(Figure(key, self.section, name, definition, value, of=of, why_not=why_not))

    def share(self, key: str, name: str, definition: str, part: int, whole: int) -> None:
        """A share; for rounded readers only of parts and rests that could be told themselves."""
        if not whole:
            figure = Figure(key, self.section, name, definition, None, "%", why_not=_("nothing to count yet"))
        elif not self.exact and (part < FEWEST or whole - part < FEWEST):
            figure = Figure(key, self.section, name, definition, None, "%")
        else:
            shown, all_of = (part, whole) if self.exact else (round_count(part) or 0, round_count(whole) or 1)
            of = _("%(part)d of %(n)d") % {"part": shown, "n": all_of}
            figure = Figure(key, self.section, name, definition, min(100, round(100 * shown / all_of)), "%", of=of)
        self.figures.append(figure)

    def mean(self, key: str, name: str, definition: str, total: float, n: int, unit: str = "") -> None:
        if not n:
            figure = Figure(key, self.section, name, definition, None, unit, why_not=_("nothing to count yet"))
        elif not self.exact and n < FEWEST:
            figure = Figure(key, self.section, name, definition, None, unit)
        else:
            of = _("n = %(n)d") % {"n": n if self.exact else round_count(n) or 0}
            figure = Figure(key, self.section, name, definition, round(total / n, 1), unit, of=of)
        self.figures.append(figure)


def figures_for(program: Program, *, exact: bool, reached: Reached | None = None) -> Figures:
    """Read every figure of a programme; unless `exact`, as those read them who see groups only."""
    now = timezone.now()
    book = _Book(exact=exact)
    reached = reached or reached_by(program)
    book.section = _("How far people get")
    _funnel(book, program, reached)
    book.section = _("How often they meet")
    _rhythm(book, program)
    book.section = _("How many each mentor has")
    loads = _load(book, program)
    book.section = _("What people think")
    _thought(book, program)
    book.section = _("Where people leave")
    drop_off = _drop_off(book, reached)
    book.section = _("What it is for")
    _objectives(book, program)
    return Figures(
        program=program,
        as_of=now,
        is_rounded=not exact,
        figures=tuple(book.figures),
        load=bars(
            [Bar(label, book.told(count)) for label, count in loads] if any(n for _l, n in loads) else [],
            title=_("How many mentees each mentor has"),
            description=_("Mentors who are enrolled today, by how many people they mentor now."),
            label=_("Mentees now"),
            value_label=_("Mentors"),
            hidden=_("fewer than 5"),
            empty=_("Nobody is enrolled as a mentor."),
            id="load",
        ),
        drop_off=bars(
            [Bar(label, book.told(count)) for _key, label, _text, count in drop_off]
            if any(count for *_rest, count in drop_off)
            else [],
            title=_("Where people leave"),
            description=_("People who were given a place and are not in it any more, by how far they had come."),
            label=_("They left"),
            value_label=_("People"),
            hidden=_("fewer than 5"),
            empty=_("Nobody has left."),
            id="drop-off",
        ),
    )


def _funnel(book: _Book, program: Program, reached: Reached) -> None:
    roles = [role for role in program.parts if role != Role.MENTOR]
    rules = {role: program.eligibility.get(role, {}) for role in roles}
    if any(rules.values()):
        eligible = len(set().union(*eligible_ids(rules).values()))
    else:
        eligible = Member.objects.current().count()
    for key, name, definition, count in (
        ("eligible", _("Eligible"), _("People who work here today and meet the programme’s rules on who may sign up, other than as a mentor."), eligible),
        ("invited", _("Invited"), _("Addresses to which the invitation to sign up was sent, in any role."), len(invited_addresses(program))),
        ("enrolled", _("Enrolled"), _("People who were given a place other than as a mentor, those who have left it since included."), len(reached.enrolled)),
        ("matched", _("Matched"), _("Of those, who has been in a mentorship that everybody accepted."), len(reached.matched)),
        ("met", _("Met"), _("Of those, who has had a session that everybody confirmed as held."), len(reached.met)),
        ("active", _("Active"), _("People in a mentorship that goes on today."), len(reached.active)),
        ("completed", _("Completed"), _("Of those who met, whose mentorship was closed as completed."), len(reached.completed)),
    ):  # fmt: skip
        book.count(key, name, definition, count)
    book.share(
        "matched_share", _("Enrolled people with a match"), _("People who have been matched ÷ people enrolled."),
        len(reached.matched), len(reached.enrolled),
    )  # fmt: skip


def _rhythm(book: _Book, program: Program) -> None:
    counts = standing.counts_of([program]).get(program.pk, dict.fromkeys(standing.STATES, 0))
    healths = standing.healths_of([program])
    signs = Counter(sign.key for health in healths.values() for sign in health.signs)
    judged = signs["rhythm_kept"] + signs["rhythm_slow"] + signs["quiet"] + signs["not_met"]
    book.share(
        "rhythm_kept", _("Mentorships that keep the rhythm"),
        _("Of the active ones for which two sessions or more were due: three in four of them were confirmed, and they have not gone quiet."),
        signs["rhythm_kept"], judged,
    )  # fmt: skip
    book.count(
        "at_risk", _("At risk"),
        _("Mentorships that have gone quiet, in which somebody asks for a change, whose offer is about to lapse, or with two things worth a look."),
        counts["at_risk"],
    )  # fmt: skip
    book.count(
        "watch", _("Worth a look"), _("Mentorships with one thing worth a look, such as too few sessions."),
        counts["watch"],
    )  # fmt: skip
    book.count("paused", _("Paused"), _("Mentorships that rest, or whose people do."), counts["paused"])
    began = Mentorship.objects.filter(program=program, started_at__isnull=False).count()
    held = Session.objects.held().filter(mentorship__program=program).count()
    book.mean(
        "sessions", _("Confirmed sessions for each mentorship"),
        _("Sessions that everybody confirmed ÷ mentorships that began, those that ended early included."), held, began,
    )  # fmt: skip


def _load(book: _Book, program: Program) -> list[tuple[str, int]]:
    mentors = dict(
        Enrolment.objects.filter(program=program).mentors().active().order_by().values_list("pk", "capacity")
    )
    taken = dict(
        Participant.objects.present()
        .filter(enrolment__in=mentors, mentorship__status=Mentorship.Status.ACTIVE, mentorship__round__isnull=True)
        .order_by()
        .values_list("enrolment_id")
        .annotate(n=Count("pk"))
    )
    loads = [taken.get(pk, 0) for pk in mentors]
    book.count("mentors", _("Mentors"), _("Enrolled as a mentor today."), len(mentors))
    book.mean(
        "load", _("Mentorships for each mentor"), _("Active mentorships of mentors ÷ mentors enrolled today."),
        sum(loads), len(loads),
    )  # fmt: skip
    book.count(
        "idle_mentors", _("Mentors without anybody"), _("Enrolled as a mentor today, and in no active mentorship."),
        sum(load == 0 for load in loads),
    )  # fmt: skip
    book.count(
        "full_mentors", _("Mentors without a free place"), _("Those with as many mentorships as they offered places."),
        sum(0 < capacity <= taken.get(pk, 0) for pk, capacity in mentors.items()),
    )  # fmt: skip
    by_load = Counter(min(load, 4) for load in loads)
    return [(_("4 or more") if load == 4 else str(load), by_load[load]) for load in range(5)]


def _thought(book: _Book, program: Program) -> None:
    found = averages(program)
    for key, name, definition in (
        ("useful", _("How useful was it?"), _("Mean answer after held sessions, from 1 (not at all) to 5 (very much).")),
        ("understood", _("How well do they get on?"), _("Mean answer after held sessions, from 1 (not at all) to 5 (very well).")),
    ):  # fmt: skip
        if found is None:
            why_not = _("shown once five people have answered")
            book.figures.append(Figure(key, book.section, name, definition, None, why_not=why_not))
        else:
            of = _("%(answers)d answers by %(people)d people") % {"answers": found.answers, "people": found.people}
            value = round(getattr(found, key), 1)
            book.figures.append(Figure(key, book.section, name, definition, value, _("of 5"), of=of))


def _drop_off(book: _Book, reached: Reached) -> list[tuple[str, str, str, int]]:
    """Everybody who is out, once: by the furthest that they had come."""
    out = (reached.gone | reached.over) - reached.active - reached.completed
    before = out - reached.offered
    refused = (out & reached.offered) - reached.matched
    unmet = (out & reached.matched) - reached.met
    after = out & reached.met
    found = [
        ("left_waiting", _("before anybody was found"), _("They gave their place back before they were offered a mentorship."), len(before)),
        ("left_offered", _("after an offer"), _("They were offered a mentorship that never began, and left."), len(refused)),
        ("left_unmet", _("before the first session"), _("Their mentorship began and ended, or they left, without a session that was confirmed."), len(unmet)),
        ("left_met", _("after some sessions"), _("They had met, and it ended early, or they left."), len(after)),
    ]  # fmt: skip
    for key, name, definition, count in found:
        book.count(key, _("Left %(when)s") % {"when": name}, definition, count)
    return found


def _objectives(book: _Book, program: Program) -> None:
    objectives = list(program.objectives.all())
    counted: dict[str, Any] = figures_of(program, objectives) if book.exact else {}
    for each in objectives:
        figure = counted.get(each.measure)
        unit = UNITS.get(each.measure, "").strip()
        aim = _("aim: %(target)s%(unit)s") % {"target": plain(each.target), "unit": UNITS.get(each.measure, "")}
        definition = each.own_measure if each.measure == "own" else str(each.get_measure_display())
        value = each.result if each.measure == "own" else figure.value if figure else None
        of = "; ".join(filter(None, [figure.basis if figure else "", aim if each.target is not None else ""]))
        why_not = _("nothing to count yet") if book.exact else _("shown to those who run programmes")
        book.figures.append(
            Figure(
                f"objective_{each.pk}", book.section, each.text, definition, None if value is None else float(value),
                unit, of=of, why_not=why_not,
            )
        )  # fmt: skip


def side_by_side(compared: Sequence[Figures]) -> list[tuple[str, list[tuple[Figure, list[Figure | None]]]]]:
    """Section → each figure once, with that of every programme; objectives are each programme's own and stay out."""
    found: dict[str, list[tuple[Figure, list[Figure | None]]]] = defaultdict(list)
    seen: dict[str, Figure] = {}
    for each in compared:
        for figure in each.figures:
            if not figure.key.startswith("objective_"):
                seen.setdefault(figure.key, figure)
    tables = [{figure.key: figure for figure in each.figures} for each in compared]
    for key, figure in seen.items():
        found[figure.section].append((figure, [table.get(key) for table in tables]))
    return list(found.items())
