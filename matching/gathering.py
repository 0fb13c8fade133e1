"""Reads a programme's people into the arrays that the scorer works on, in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import floor, isfinite, nan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Member, Skill, Spell
from mentoring.tenancy.clock import today
from mentoring.tenancy.scope import current_organisation_id
from programs.models import Answer, Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Question, Role
from programs.services import seeking
from programs.services.resources import untrained

from .criteria import CHARACTERISTIC, QUESTION, TEXT_KINDS, criteria_of, questions_of, rules_of, stored, way_of
from .models import Avoidance, Declaration, PairRule, Proposal, StatedChoice
from .scoring import TRAITS, UNKNOWN, Blocker, People, Scorer, Wish, all_stems, key_of, stems, weekly_slots

TAKING_PLACES = (Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE)
WISHES: dict[str, Wish] = {
    Enrolment.Preference.OTHER_DEPARTMENT: Wish.DIFFERENT_DEPARTMENT,
    Enrolment.Preference.SAME_SITE: Wish.SAME_SITE,
}
# How well a mentor knows a skill; who doesn't say knows it as well as can be.
SKILL_LEVELS: dict[int | None, float] = {1: 0.5, 2: 0.75, 3: 1.0, None: 1.0}
# What people mean by so many hours a month: weekly is four times, every other week twice.
MONTH = timedelta(weeks=4)


@dataclass(frozen=True)
class Places:
    """Mentor's enrolment → places that no mentorship takes.

    capacity   what is really free
    by_people  what would be free if hours a month limited nobody
    paused     of those who are on a break and so have none: what would be free
    """

    capacity: dict[int, int]
    by_people: dict[int, int]
    paused: dict[int, int]


@dataclass(frozen=True, eq=False)
class Gathered:
    """A programme's people, ready to be scored.

    capacity, capacity_by_people, paused  see `Places`
    earlier_pairs  (member, member) who have been paired or offered to each other before, in both orders
    set_aside      (mentee's member, mentor's member) of proposals that were discarded in this programme
    must           (mentee's enrolment, mentor's enrolment) whom an admin wants to be a pair
    must_not       (mentee's member, mentor's member) whom an admin ruled out
    avoided        (member, member) of whom one doesn't want the other; never to be told
    names          "word:…", "interest:…", "question:…" → how it is called on screen
    """

    mentees: People
    mentors: People
    capacity: dict[int, int]
    skills: list[str]
    languages: list[str]
    managers: dict[int, int]
    earlier_pairs: list[tuple[int, int]]
    set_aside: list[tuple[int, int]]
    capacity_by_people: dict[int, int] = field(default_factory=dict)
    paused: dict[int, int] = field(default_factory=dict)
    must: list[tuple[int, int]] = field(default_factory=list)
    must_not: list[tuple[int, int]] = field(default_factory=list)
    avoided: list[tuple[int, int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Row:
    """What rules look at."""

    pk: int
    member: int
    role: str
    languages: tuple[str, ...]
    level: int | None
    site: str
    time_zone: str
    hired_on: date | None


@dataclass(frozen=True)
class _Person(_Row):
    """What scores look at as well."""

    capacity: int
    free_hours: tuple[tuple[int, int, int], ...]
    preference: str
    department: str
    goal: str
    interests: tuple[str, ...]
    style: tuple[float, ...]
    hours_per_month: int | None
    is_paused: bool


def gather(
    program: Program,
    *,
    only: Iterable[int] | None = None,
    also: Collection[int] = (),
    now: datetime | None = None,
) -> Gathered:
    """Read who takes part in a programme: its mentors, and its mentees who wait for one.

    With `only`, these enrolments and nobody else, matched or not, as long as they are enrolled; with `also`, these
    mentees too, although they have a mentor.
    """
    now = now or timezone.now()
    if only is not None:
        enrolments = taking_part(program).filter(pk__in=list(only))
    else:
        enrolments = ready(program).exclude(pk__in=served(program))
        if also:
            enrolments |= taking_part(program).filter(pk__in=list(also))
    rows = list(_persons(enrolments))
    taken = places_taken(program)
    mentors = [row for row in rows if row.role == Role.MENTOR]
    mentees = [
        row for row in rows if row.role == Role.MENTEE and (only is not None or row.pk in also or not taken.get(row.pk))
    ]
    people = _People(program, rows, now=now)
    everybody = [row.member for row in rows]
    members = {row.pk: row.member for row in rows}
    places = _places(program, ((row.pk, row.capacity, row.hours_per_month, row.is_paused) for row in mentors), taken)
    must, must_not = _pair_rules(program)
    return Gathered(
        mentees=people.side(mentees, ranked=True),
        mentors=people.side(mentors, ranked=False),
        capacity=places.capacity,
        capacity_by_people=places.by_people,
        paused=places.paused,
        skills=people.skills,
        languages=people.languages,
        managers=_managers(None if only is None else everybody),
        earlier_pairs=_earlier_pairs([row.member for row in mentees]),
        set_aside=set_aside(program),
        must=[(mentee, mentor) for mentee, mentor in must if mentee in members and mentor in members],
        must_not=[
            (members[mentee], members[mentor]) for mentee, mentor in must_not if mentee in members and mentor in members
        ],
        avoided=_avoided(set(everybody)),
        names=people.names,
    )


def gather_sides(
    program: Program, *, mentees: Iterable[int], mentors: Iterable[int], now: datetime | None = None
) -> Gathered:
    """Read these enrolments as the two sides, whatever role they signed up in; one may be on both.

    Who is in one pool is looked at from both sides, and in a cascade from above and from below. Places are the caller's.
    """
    wanted, giving = set(mentees), set(mentors)
    rows = list(_persons(taking_part(program).filter(pk__in=wanted | giving)))
    people = _People(program, rows, now=now or timezone.now())
    members = {row.pk: row.member for row in rows}
    must, must_not = _pair_rules(program)
    one, other = (
        people.side([row for row in rows if row.pk in side], ranked=side is wanted) for side in (wanted, giving)
    )
    return Gathered(
        mentees=one,
        mentors=other,
        capacity={},
        skills=people.skills,
        languages=people.languages,
        managers=_managers(list(members.values())),
        earlier_pairs=_earlier_pairs(list(members.values())),
        set_aside=set_aside(program),
        must=[pair for pair in must if pair[0] in members and pair[1] in members],
        must_not=_must_not_of(rows, must_not),
        avoided=_avoided(set(members.values())),
        names=people.names,
    )


def blocker_of(program: Program, pairs: Iterable[tuple[int, int]]) -> tuple[People, People, Blocker]:
    """The mentees and the mentors of these pairs, and what the rules say of them: all that scores look at is left unread.

    As with `gather_sides`, by enrolment, whatever role they signed up in. Raises ValueError if the programme's limits make
    no sense.
    """
    rules = rules_of(program)
    sides = [set(side) for side in zip(*pairs, strict=True)] or [set(), set()]
    rows = list(_rows(taking_part(program).filter(pk__in=sides[0] | sides[1])))
    facts = _Facts(rows, now=timezone.now(), with_spells=rules.mentor_min_tenure_months is not None)
    mentees, mentors = (People.of(**facts.columns([row for row in rows if row.pk in side])) for side in sides)
    looks_up = rules.reporting_line or rules.same_team
    everybody = [row.member for row in rows]
    blocker = Blocker(
        mentees,
        mentors,
        rules=rules,
        managers=_managers(everybody) if looks_up else {},
        earlier_pairs=_earlier_pairs(mentees.person_ids.tolist()) if rules.earlier_pairs else (),
        must_not=_must_not_of(rows, _pair_rules(program)[1]),
        avoided=_avoided(set(everybody)),
    )
    return mentees, mentors, blocker


def _must_not_of(rows: Sequence[_Row], must_not: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same by member; peers have no sides, so theirs hold both ways."""
    found = {row.pk: row for row in rows}
    pairs = [(found[one], found[other]) for one, other in must_not if one in found and other in found]
    both = [(other, one) for one, other in pairs if one.role == other.role == Role.PEER]
    return [(one.member, other.member) for one, other in (*pairs, *both)]


def taking_part(program: Program) -> Any:
    """The enrolments that count for matching: enrolled, and still working here."""
    return seeking.taking_part([program])


def ready(program: Program) -> Any:
    """Those who count and may be matched: where training is required, they have finished it."""
    waiting = untrained(program)
    return (
        taking_part(program).exclude(pk__in=waiting.values("pk")) if program.training_required else taking_part(program)
    )


def places_taken(program: Program) -> dict[int, int]:
    """Enrolment → how many mentorships it is in that are offered or active."""
    taken = Participant.objects.present().filter(
        mentorship__program=program, mentorship__status__in=TAKING_PLACES, mentorship__round__isnull=True
    )
    return dict(taken.values("enrolment_id").annotate(count=Count("id")).values_list("enrolment_id", "count"))


def free_places(program: Program) -> Places:
    """The places of everybody who takes part as a mentor; what `Gathered` says of them, without the rest."""
    mentors = taking_part(program).mentors().values_list("pk", "capacity", "hours_per_month", "paused_at")
    rows = ((pk, capacity, hours, paused_at is not None) for pk, capacity, hours, paused_at in mentors)
    return _places(program, rows, places_taken(program))


def _places(program: Program, mentors: Iterable[tuple[int, int, int | None, bool]], taken: Mapping[int, int]) -> Places:
    hours_count = bool(stored(program)["rules"]["hours_capacity"])
    places = Places({}, {}, {})
    for pk, people, hours, is_paused in mentors:
        free = max(0, people - taken.get(pk, 0))
        real = max(0, room(program, people, hours, hours_count=hours_count) - taken.get(pk, 0))
        places.capacity[pk] = 0 if is_paused else real
        places.by_people[pk] = 0 if is_paused else free
        if is_paused:
            places.paused[pk] = real
    return places


def room(program: Program, people: int, hours_per_month: int | None, *, hours_count: bool) -> int:
    """How many mentees a mentor can take, who said how many, and how many hours a month they have."""
    by_hours = mentees_in(program, hours_per_month) if hours_count else None
    return people if by_hours is None else min(people, by_hours)


def room_of(mentor: Enrolment, program: Program) -> int:
    """How many mentees one mentor of the programme can take."""
    hours_count = bool(stored(program)["rules"]["hours_capacity"])
    return room(program, mentor.capacity, mentor.hours_per_month, hours_count=hours_count)


def mentees_in(program: Program, hours_per_month: int | None) -> int | None:
    """How many mentees so many hours a month are enough for; None is no limit."""
    each = program.session_length * (MONTH / program.rhythm) if program.rhythm else timedelta()
    if hours_per_month is None or not each:
        return None
    # A second's grace for what doesn't divide evenly.
    return floor((timedelta(hours=hours_per_month) + timedelta(seconds=1)) / each)


def mentees_without_mentor(program: Program) -> Any:
    """Enrolments of mentees who have no mentor, and no offer of one: an admin may give them one."""
    taken = Participant.objects.present().filter(
        mentorship__program=program,
        mentorship__status__in=TAKING_PLACES,
        mentorship__round__isnull=True,
        role=Role.MENTEE,
    )
    return taking_part(program).mentees().exclude(pk__in=taken.values("enrolment_id"))


def waiting_mentees(program: Program) -> Any:
    """Those of them who wait for one: not who came to a good end with theirs, unless an admin proposes another."""
    return mentees_without_mentor(program).exclude(pk__in=served(program))


def served(program: Program) -> Any:
    """Mentees whose mentorship here is completed since they last signed up, and for whom no admin has found another."""
    done = seeking.served([program]).filter(mentorship__round__isnull=True, role=Role.MENTEE)
    found = Proposal.objects.filter(Q(by_hand=True) | Q(locked=True), program=program, status=Proposal.Status.DRAFT)
    return done.exclude(enrolment_id__in=found.values("mentee_id")).values("enrolment_id")


def set_aside(program: Program) -> list[tuple[int, int]]:
    """(mentee's member, mentor's member) whose proposal an admin discarded."""
    discarded = Proposal.objects.filter(program=program, status=Proposal.Status.DISCARDED)
    return list(discarded.values_list("mentee__member_id", "mentor__member_id").distinct())


def _pair_rules(program: Program) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(mentee, mentor) enrolments who must be a pair, and who must not."""
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in PairRule.Kind.values}
    rules = PairRule.objects.filter(program=program).order_by("pk")
    for kind, mentee, mentor in rules.values_list("kind", "mentee_id", "mentor_id"):
        found[kind].append((mentee, mentor))
    return found[PairRule.Kind.MUST], found[PairRule.Kind.MUST_NOT]


def _avoided(members: set[int]) -> list[tuple[int, int]]:
    found = Avoidance.objects.order_by("pk").values_list("member_id", "avoided_id")
    return [(member, avoided) for member, avoided in found if member in members and avoided in members]


_RULED_BY = (
    "pk", "member_id", "role", "languages", "member__languages", "member__level", "member__site", "member__time_zone",
    "member__hired_on",
)  # fmt: skip


def _rows(enrolments: Any) -> Iterator[_Row]:
    for found in enrolments.order_by("pk").values_list(*_RULED_BY):
        yield _Row(**_ruled_by(*found))


def _persons(enrolments: Any) -> Iterator[_Person]:
    found = enrolments.order_by("pk").values_list(
        *_RULED_BY, "capacity", "free_hours", "preference", "member__department", "goal", "interests", "working_style",
        "hours_per_month", "paused_at",
    )  # fmt: skip
    for *facts, capacity, hours, preference, department, goal, interests, style, hours_per_month, paused_at in found:
        yield _Person(
            **_ruled_by(*facts),
            capacity=capacity,
            free_hours=tuple((day, start, end) for day, start, end in hours or ()),
            preference=preference,
            department=department.strip().casefold(),
            goal=goal,
            interests=tuple(interests or ()),
            style=_style(style),
            hours_per_month=hours_per_month,
            is_paused=paused_at is not None,
        )


def _ruled_by(
    pk: int,
    member: int,
    role: str,
    languages: Sequence[str] | None,
    spoken: Sequence[str] | None,
    level: int | None,
    site: str,
    time_zone: str,
    hired_on: date | None,
) -> dict[str, Any]:
    return {
        "pk": pk,
        "member": member,
        "role": role,
        # What somebody chose for this programme; else what is known of them.
        "languages": tuple(languages or spoken or ()),
        "level": level,
        "site": site.strip().casefold(),
        "time_zone": time_zone,
        "hired_on": hired_on,
    }


def _style(answers: Any) -> tuple[float, ...]:
    """Five numbers; NaN where the form was not filled in."""
    whole = isinstance(answers, list) and len(answers) == TRAITS
    if whole and all(isinstance(each, int | float) and isfinite(each) and 1 <= each <= 5 for each in answers):
        return tuple(answers)
    return (nan,) * TRAITS


class _Facts:
    """Turns what rules look at into arrays; both sides share their lists of languages and places."""

    def __init__(self, rows: Sequence[_Row], *, now: datetime, with_spells: bool) -> None:
        self._now = now
        self._today = today()
        self._with_tenure = with_spells
        self._sites = _numbered(row.site for row in rows)
        spoken = {name.casefold(): name for row in rows for name in row.languages}
        self.languages = [spoken[key] for key in sorted(spoken)]
        self._language_at = {key: at for at, key in enumerate(sorted(spoken))}
        self._offsets: dict[str, float] = {}
        self._spells: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
        if with_spells:
            spells = Spell.objects.filter(member_id__in={row.member for row in rows})
            for member, started_on, ended_on in spells.values_list("member_id", "started_on", "ended_on"):
                self._spells[member].append((started_on, ended_on))

    def columns(self, rows: Sequence[_Row]) -> dict[str, Any]:
        """What `People.of` takes; nobody's tenure is known where spells were not read."""
        languages = np.zeros((len(rows), len(self.languages)), dtype=np.bool_)
        for at, row in enumerate(rows):
            languages[at, [self._language_at[name.casefold()] for name in row.languages]] = True
        return {
            "ids": [row.pk for row in rows],
            "person_ids": [row.member for row in rows],
            "level": [_known(row.level) for row in rows],
            "site": [self._sites.get(row.site, UNKNOWN) for row in rows],
            "languages": languages,
            "utc_offset": [self.offset(row.time_zone) for row in rows],
            "tenure": [self._tenure(row) for row in rows] if self._with_tenure else None,
        }

    def offset(self, zone: str) -> float:
        """Minutes east of UTC at present."""
        if zone not in self._offsets:
            away = self._now.astimezone(ZoneInfo(zone)).utcoffset()
            self._offsets[zone] = away.total_seconds() / 60 if away is not None else 0.0
        return self._offsets[zone]

    def _tenure(self, row: _Row) -> float:
        """Years of employment in whole months, breaks not counted; NaN where it isn't known."""
        spells = self._spells.get(row.member) or ([(row.hired_on, None)] if row.hired_on else [])
        if not spells:
            return nan
        return (
            sum(
                _months(start, min(self._today, end + timedelta(days=1)) if end else self._today)
                for start, end in spells
            )
            / 12
        )


class _People:
    """Turns rows into the arrays of one side; both sides share their lists of skills, languages and places."""

    def __init__(self, program: Program, rows: Sequence[_Person], *, now: datetime) -> None:
        self._facts = _Facts(rows, now=now, with_spells=True)
        self.languages = self._facts.languages
        self._language = settings.LANGUAGE_CODE[:2]
        self._words: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._departments = _numbered(row.department for row in rows)
        self._chosen: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        found = EnrolmentSkill.objects.filter(enrolment_id__in=[row.pk for row in rows]).order_by("rank", "id")
        for enrolment, skill, level in found.values_list("enrolment_id", "skill_id", "level"):
            self._chosen[enrolment].append((skill, level))
        names = dict(
            Skill.objects.filter(pk__in={skill for chosen in self._chosen.values() for skill, _level in chosen})
            .order_by("key")
            .values_list("pk", "name")
        )
        self.skills = list(names.values())
        self._skill_at = {skill: at for at, skill in enumerate(names)}
        self._weeks: dict[tuple[Any, float], Any] = {}
        self._choices: dict[int, dict[int, int]] = defaultdict(dict)
        choices = StatedChoice.objects.filter(enrolment__program=program).order_by("enrolment_id", "rank")
        for enrolment, chosen, rank in choices.values_list("enrolment_id", "chosen_id", "rank"):
            self._choices[enrolment][chosen] = rank
        self._answers = self._read_answers(program)

    @property
    def names(self) -> dict[str, str]:
        """How words, interests and questions are called on screen; whole once both sides are made."""
        return {**self._names, **{f"word:{stem}": word for stem, word in self._words.items()}}

    def side(self, rows: Sequence[_Person], *, ranked: bool) -> People:
        """Mentees rank their skills, the first being the most important; mentors simply offer theirs."""
        skills = np.zeros((len(rows), len(self.skills)), dtype=np.float32)
        for at, row in enumerate(rows):
            chosen = self._chosen.get(row.pk, [])
            for place, (skill, level) in enumerate(chosen):
                skills[at, self._skill_at[skill]] = len(chosen) - place if ranked else SKILL_LEVELS[level]
        return People.of(
            **self._facts.columns(rows),
            skills=skills,
            department=[self._departments.get(row.department, UNKNOWN) for row in rows],
            free=np.array([self._week(row.free_hours, self._facts.offset(row.time_zone)) for row in rows])
            if rows
            else None,
            wish=[WISHES.get(row.preference, Wish.NONE) for row in rows],
            style=np.array([row.style for row in rows]) if rows else None,
            goals=[self._goal(row, with_skills=not ranked) for row in rows],
            interests=[self._interests(row) for row in rows],
            choices=[self._choices.get(row.pk, {}) for row in rows],
            answers={
                code: [answers.get(row.pk, frozenset()) for row in rows] for code, answers in self._answers.items()
            },
        )

    def _read_answers(self, program: Program) -> dict[str, dict[int, frozenset[str]]]:
        """Code of a question or characteristic that counts → enrolment → what was answered."""
        criteria = stored(program)
        questions = questions_of(program, criteria)
        found: dict[str, dict[int, frozenset[str]]] = {f"{QUESTION}{pk}": {} for pk in questions}
        self._names.update({f"{QUESTION}{pk}": question.text for pk, question in questions.items()})
        if questions:
            compare = {each["question"]: each.get("compare", "") for each in criteria["questions"]}
            # Who answered an earlier version, and not this one, is taken at that word as long as it is of the same kind.
            standing = {old: pk for pk, question in questions.items() for old in question.earlier} | {
                pk: pk for pk in questions
            }
            answers = Answer.objects.filter(question_id__in=standing, enrolment__program=program)
            given = answers.order_by("question__version", "question_id")
            for pk, kind, enrolment, value in given.values_list(
                "question_id", "question__kind", "enrolment_id", "value"
            ):
                question = questions[standing[pk]]
                if kind == question.kind:
                    said = self._answer(question, value, compare[question.pk])
                    found[f"{QUESTION}{question.pk}"][enrolment] = said
        keys = [each["key"] for each in criteria["characteristics"]]
        found.update({f"{CHARACTERISTIC}{key}": {} for key in keys})
        if keys:
            declared = Declaration.objects.filter(enrolment__program=program, key__in=keys)
            for key, enrolment, value in declared.values_list("key", "enrolment_id", "value"):
                found[f"{CHARACTERISTIC}{key}"][enrolment] = frozenset({value})
        return found

    def _answer(self, question: Question, value: Any, compare: str) -> frozenset[str]:
        if question.kind in TEXT_KINDS:
            return frozenset(stems(str(value or ""), language=self._language))
        if question.kind == Question.Kind.RANKING and isinstance(value, list):
            if way_of(question, compare) != "close":
                return frozenset(map(str, value[:1]))
            return frozenset(f"{one}\n{other}" for at, one in enumerate(value) for other in value[at + 1 :])
        if question.kind == Question.Kind.SKILLS and isinstance(value, list):
            return frozenset(str(each[0]).casefold() for each in value if isinstance(each, list) and each)
        several = value if isinstance(value, list) else [value]
        return frozenset(str(each) for each in several if each not in (None, ""))

    def _goal(self, row: _Person, *, with_skills: bool) -> frozenset[str]:
        names = [self.skills[self._skill_at[skill]] for skill, _level in self._chosen.get(row.pk, [])]
        found = all_stems([row.goal, *(names if with_skills else [])], language=self._language)
        for stem, word in found.items():
            self._words.setdefault(stem, word)
        return frozenset(found)

    def _interests(self, row: _Person) -> frozenset[str]:
        keys = set()
        for name in row.interests:
            key = key_of(name, language=self._language)
            self._names.setdefault(f"interest:{key}", name.strip())
            keys.add(key)
        return frozenset(keys - {""})

    def _week(self, windows: tuple[tuple[int, int, int], ...], offset: float) -> Any:
        # Many people give the same hours, most of them none at all.
        if (windows, offset) not in self._weeks:
            self._weeks[windows, offset] = weekly_slots(windows, utc_offset=offset)
        return self._weeks[windows, offset]


def _months(start: date, end: date) -> int:
    """Whole months from one day to another; none if there are fewer."""
    return max(0, (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day))


def _known(level: int | None) -> float:
    return nan if level is None else level


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """Name → a number; an empty name has none."""
    return {name: at for at, name in enumerate(sorted(set(names) - {""}))}


def _managers(members: Sequence[int] | None) -> dict[int, int]:
    """Member → their manager: of everyone, or of these members and whoever is above them."""
    if members is None:
        return dict(Member.objects.filter(manager__isnull=False).values_list("pk", "manager_id"))
    # UNION leaves out what has been found already, so that a circle ends.
    lines = """
        WITH RECURSIVE line (id, manager_id) AS (
            SELECT id, manager_id FROM accounts_member WHERE organisation_id = %s AND id = ANY(%s)
            UNION
            SELECT above.id, above.manager_id FROM accounts_member above
            JOIN line ON above.id = line.manager_id WHERE above.organisation_id = %s
        )
        SELECT id, manager_id FROM line WHERE manager_id IS NOT NULL
    """
    organisation = current_organisation_id()
    with connection.cursor() as cursor:
        cursor.execute(lines, [organisation, list(members), organisation])
        return dict(cursor.fetchall())


def _earlier_pairs(mentees: Sequence[int]) -> list[tuple[int, int]]:
    """Those who have been in one mentorship, whichever way round, however it went and in whatever programme.

    Two mentees of one circle are no pair, and nor are two who met for minutes at an event.
    """
    found = Participant.objects.filter(
        Q(role=Role.MENTEE, mentorship__participants__role=Role.MENTOR)
        | Q(role=Role.MENTOR, mentorship__participants__role=Role.MENTEE)
        | Q(role=Role.PEER, mentorship__participants__role=Role.PEER),
        enrolment__member_id__in=mentees,
        mentorship__round__isnull=True,
    )
    return list(found.values_list("enrolment__member_id", "mentorship__participants__enrolment__member_id").distinct())


def scorer_of(program: Program, gathered: Gathered) -> Scorer:
    """Raises ValueError if the programme's weights or limits make no sense."""
    return Scorer(
        gathered.mentees,
        gathered.mentors,
        criteria=criteria_of(program),
        rules=rules_of(program),
        managers=gathered.managers,
        earlier_pairs=gathered.earlier_pairs,
        set_aside=gathered.set_aside,
        must_not=gathered.must_not,
        avoided=gathered.avoided,
    )
