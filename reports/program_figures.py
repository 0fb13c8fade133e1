"""Every figure on how a programme does, each with its definition, what it was counted of, and when.

One list for the page, the comparison and the files, so that they can't differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from feedback import standing
from feedback.averaging import score
from feedback.health import AT_RISK, PAUSED, WATCH, Health
from feedback.models import Survey
from feedback.services import Averages, averages_of
from feedback.surveying.gains import Gains, gains_of_each
from feedback.surveying.results import Rate, Results, Told, results_by_program
from mentoring.charts import Bar, Chart, bars
from programs.emails import invited_to
from programs.measures import UNITS, figures_of, plain
from programs.models import Program, Role
from programs.services.planning import eligible_ids

from .reach import Reached, reached_by_each
from .telling import FEWEST, Book, Figure


@dataclass(frozen=True)
class Figures:
    """A programme in figures, on one day."""

    program: Program
    as_of: datetime
    is_rounded: bool
    figures: tuple[Figure, ...]
    reached: Reached
    healths: tuple[Health, ...]
    pulse: Averages | None
    funnel: Chart
    load: Chart
    drop_off: Chart

    @property
    def sections(self) -> list[tuple[str, list[Figure]]]:
        found: dict[str, list[Figure]] = defaultdict(list)
        for figure in self.figures:
            found[figure.section].append(figure)
        return list(found.items())


@dataclass(frozen=True)
class _Read:
    """What was read of one programme."""

    reached: Reached
    eligible: int
    invited: int
    healths: Sequence[Health]
    pulse: Averages | None
    surveys: Sequence[Results]
    gains: Gains


def figures_for(program: Program, *, exact: bool) -> Figures:
    """Read every figure of a programme; unless `exact`, as those read them who see groups only."""
    return figures_for_each([program], exact=exact)[0]


def figures_for_each(programs: Sequence[Program], *, exact: bool, objectives: bool = True) -> list[Figures]:
    """The same of several, in as many queries as of one; what each objective measures takes one or two more."""
    reached = reached_by_each(programs)
    eligible = _eligible(programs)
    invited = invited_to(programs)
    healths = standing.healths_by_program(programs)
    pulses = averages_of(programs)
    surveys = results_by_program(programs)
    gains = gains_of_each(programs)
    if objectives:
        prefetch_related_objects(list(programs), "objectives")
    return [
        _figures(
            program,
            _Read(
                reached=reached[program.pk],
                eligible=eligible[program.pk],
                invited=invited[program.pk],
                healths=healths.get(program.pk, []),
                pulse=pulses.get(program.pk),
                surveys=surveys.get(program.pk, []),
                gains=gains[program.pk],
            ),
            exact=exact,
            objectives=objectives,
        )
        for program in programs
    ]


def _figures(program: Program, read: _Read, *, exact: bool, objectives: bool) -> Figures:
    book = Book(exact=exact)
    book.section = _("How far people get")
    steps = _funnel(book, read)
    book.section = _("How often they meet")
    _rhythm(book, read)
    book.section = _("How many each mentor has")
    loads = _load(book, read.reached)
    book.section = _("What people think")
    _thought(book, read.pulse)
    book.section = _("Surveys")
    _surveyed(book, read.surveys)
    book.section = _("What people gained")
    _gained(book, read.gains)
    book.section = _("Where people leave")
    drop_off = _drop_off(book, read.reached)
    if objectives:
        book.section = _("What it is for")
        _objectives(book, program)
    return Figures(
        program=program,
        as_of=timezone.now(),
        is_rounded=not exact,
        figures=tuple(book.figures),
        reached=read.reached,
        healths=tuple(read.healths),
        pulse=read.pulse,
        funnel=_drawn_funnel(book, steps, any_enrolled=bool(read.reached.enrolled)),
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


def _eligible(programs: Sequence[Program]) -> dict[int, int]:
    """Programme → how many may sign up other than as a mentor; everybody where it has no rules."""
    rules = {
        (program.pk, role): program.eligibility.get(role, {})
        for program in programs
        for role in program.parts
        if role != Role.MENTOR
    }
    hired_within = {f"{program.pk} {Role.MENTEE}": program.hired_within for program in programs}
    if not any(rules.values()) and not any(hired_within.values()):
        return dict.fromkeys((program.pk for program in programs), Member.objects.current().count())
    found: dict[int, set[int]] = defaultdict(set)
    names = {f"{pk} {role}": pk for pk, role in rules}
    asked = {f"{pk} {role}": each for (pk, role), each in rules.items()}
    for name, people in eligible_ids(asked, hired_within=hired_within).items():
        found[names[name]] |= people
    return {program.pk: len(found[program.pk]) for program in programs}


def _funnel(book: Book, read: _Read) -> list[tuple[str, str, int]]:
    reached = read.reached
    steps = (
        ("eligible", _("Eligible"), _("People who work here today and meet the programme’s rules on who may sign up, other than as a mentor."), read.eligible),
        ("invited", _("Invited"), _("Addresses to which the invitation to sign up was sent, in any role."), read.invited),
        ("enrolled", _("Enrolled"), _("People who were given a place other than as a mentor, those who have left it since included."), len(reached.enrolled)),
        ("matched", _("Matched"), _("Of those, who has been in a mentorship that everybody accepted."), len(reached.matched)),
        ("met", _("Met"), _("Of those, who has had a session that everybody confirmed as held."), len(reached.met)),
        ("active", _("Active"), _("People in a mentorship that goes on today."), len(reached.active)),
        ("completed", _("Completed"), _("Of those who met, whose mentorship was closed as completed."), len(reached.completed)),
    )  # fmt: skip
    for key, name, definition, count in steps:
        book.count(key, name, definition, count)
    book.share(
        "matched_share", _("Enrolled people with a match"), _("People who have been matched ÷ people enrolled."),
        len(reached.matched), len(reached.enrolled),
    )  # fmt: skip
    return [(key, name, count) for key, name, _definition, count in steps]


def _drawn_funnel(book: Book, steps: Sequence[tuple[str, str, int]], *, any_enrolled: bool) -> Chart:
    """Each step with its share of the enrolled, worked out from what is told."""
    told = {key: book.told(count) for key, _name, count in steps}
    enrolled = told["enrolled"]
    rows = []
    for key, name, _count in steps:
        count = told[key]
        is_later = key in ("matched", "met", "active", "completed")
        note = f"{min(100, round(100 * count / enrolled))}%" if is_later and count is not None and enrolled else ""
        rows.append(Bar(name, count, note))
    return bars(
        rows if any_enrolled else [],
        title=_("From sign-up to the end"),
        description=_("How many people, other than mentors, got how far in this programme."),
        label=_("Step"),
        value_label=_("People"),
        note_label=_("Share of the enrolled"),
        hidden=_("fewer than 5"),
        empty=_("Nobody is enrolled as a mentee yet."),
        id="funnel",
    )


def _rhythm(book: Book, read: _Read) -> None:
    states = Counter(health.state for health in read.healths)
    signs = Counter(sign.key for health in read.healths for sign in health.signs)
    judged = signs["rhythm_kept"] + signs["rhythm_slow"] + signs["quiet"] + signs["not_met"]
    book.share(
        "rhythm_kept", _("Mentorships that keep the rhythm"),
        _("Of the active ones for which two sessions or more were due: three in four of them were confirmed, and they have not gone quiet."),
        signs["rhythm_kept"], judged,
    )  # fmt: skip
    book.count(
        "at_risk", _("At risk"),
        _("Mentorships that have gone quiet, in which somebody asks for a change, whose offer is about to lapse, or with two things worth a look."),
        states[AT_RISK],
    )  # fmt: skip
    book.count(
        "watch", _("Worth a look"), _("Mentorships with one thing worth a look, such as too few sessions."),
        states[WATCH],
    )  # fmt: skip
    book.count("paused", _("Paused"), _("Mentorships that rest, or whose people do."), states[PAUSED])
    book.mean(
        "sessions", _("Confirmed sessions for each mentorship"),
        _("Sessions that everybody confirmed ÷ mentorships that began, those that ended early included."),
        read.reached.held, read.reached.began,
    )  # fmt: skip


def _load(book: Book, reached: Reached) -> list[tuple[str, int]]:
    loads = [reached.load.get(pk, 0) for pk in reached.places]
    book.count("mentors", _("Mentors"), _("Enrolled as a mentor today."), len(loads))
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
        sum(0 < places <= reached.load.get(pk, 0) for pk, places in reached.places.items()),
    )  # fmt: skip
    by_load = Counter(min(load, 4) for load in loads)
    return [(_("4 or more") if load == 4 else str(load), by_load[load]) for load in range(5)]


def _thought(book: Book, found: Averages | None) -> None:
    for key, name, definition in (
        ("useful", _("How useful was it?"), _("Mean answer after held sessions, from 1 (not at all) to 5 (very much).")),
        ("understood", _("How well do they get on?"), _("Mean answer after held sessions, from 1 (not at all) to 5 (very well).")),
    ):  # fmt: skip
        if found is None:
            why_not = _("shown once five people have answered")
            book.figures.append(Figure(key, book.section, name, definition, None, why_not=why_not))
            continue
        mean = getattr(found, key)
        known = score([mean * found.answers], answers=found.answers, people=found.people, lowest=1, highest=5)
        of = _("%(answers)d answers") % {"answers": found.answers}
        book.figures.append(
            Figure(
                key, book.section, name, definition, round(mean, 1), _("of 5"), of=of,
                bounds=(round(known.lower, 1), round(known.upper, 1)), people=found.people,
            )
        )  # fmt: skip


def _surveyed(book: Book, surveys: Sequence[Results]) -> None:
    """How many have answered each survey and what they said, as its own page tells it; in the order of a mentorship."""
    order = {moment: position for position, moment in enumerate(Survey.Moment.values)}
    seen: Counter[str] = Counter()
    for results in sorted(surveys, key=lambda each: (order[each.survey.moment], each.survey.day or date.min)):
        survey, rate = results.survey, results.rate
        # The same question at the same moment of another programme stands beside this one.
        moment = f"{survey.moment}:{survey.name}" if survey.moment == Survey.Moment.DAY else survey.moment
        seen[moment] += 1
        moment = f"{moment}:{seen[moment]}"
        # A rate tells readers of rounded reports of each of those asked, where they are few.
        is_told = rate is not None and (book.exact or rate.asked >= FEWEST)
        book.figures.append(
            Figure(
                f"survey:{moment}", book.section, _("%(survey)s: response rate") % {"survey": survey.name},
                _("Answers received ÷ people asked."), rate.percent if rate and is_told else None, "%",
                of=_("%(answered)d of %(asked)d asked") % {"answered": rate.answered, "asked": rate.asked}
                if rate and is_told else "",
                bounds=(round(100 * rate.lower), round(100 * rate.upper)) if rate and is_told else None,
                people=rate.asked if rate and is_told else None,
                why_not=_("nobody was asked yet") if rate is None else "",
            )
        )  # fmt: skip
        for told in results.questions:
            book.figures.append(_answered(told, moment, survey.name, book.section, rate if is_told else None))


def _answered(told: Told, moment: str, name: str, section: str, rate: Rate | None) -> Figure:
    key = f"survey:{moment}:{told.question.kind}:{told.question.text}"
    name = f"{name}: {told.question.text}"
    factor, digits, unit = (100, None, _("points")) if told.is_recommending else (1, 1, _("of 5"))
    definition = (
        _("The share of 9 and 10 minus the share of 0 to 6, from −100 to 100.")
        if told.is_recommending
        else _("Mean answer, from 1 to 5.")
    )
    if told.score is None:
        why_not = _("shown once five people have answered")
        return Figure(key, section, name, definition, None, unit, why_not=why_not)
    value, low, high = (round(each * factor, digits) for each in (told.score.value, told.score.lower, told.score.upper))
    return Figure(
        key, section, name, definition, value, unit,
        bounds=(low, high), people=told.score.people, rate=rate.percent if rate else None,
    )  # fmt: skip


def _gained(book: Book, gains: Gains) -> None:
    why_not = _("too few to tell")
    for key, name, definition, gain, factor, unit in (
        ("skill_gain", _("Skills: what has changed"), _("What people said of their skills at the end, from 1 to 5, minus what the same people said at the start."), gains.skills, 1, ""),
        ("goal_gain", _("Goals: how much of the way"), _("Of mentorships that are over: how far goals came between where they began and their target, on average of their owners."), gains.goals, 100, "%"),
    ):  # fmt: skip
        if gain is None:
            book.figures.append(Figure(key, book.section, name, definition, None, unit, why_not=why_not))
            continue
        digits = 1 if factor == 1 else None
        of = _("from %(before).1f to %(after).1f") % {"before": gain.before, "after": gain.after} if factor == 1 else ""
        book.figures.append(
            Figure(
                key, book.section, name, definition, round(gain.gain * factor, digits), unit, of=of,
                bounds=(round(gain.lower * factor, digits), round(gain.upper * factor, digits)), people=gain.people,
                is_change=factor == 1,
            )
        )  # fmt: skip


def _drop_off(book: Book, reached: Reached) -> list[tuple[str, str, str, int]]:
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


def _objectives(book: Book, program: Program) -> None:
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
