"""Suggested and running groups as their pages show them: cards, tiers, a timetable, a board's composition, a network."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member, Skill
from programs.formats import tier_of
from programs.models import Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Role
from programs.services import fewest_of, most_of, present

from ..arranging.rotation import Event, event_of
from ..arranging.tiers import tiers_of
from ..gathering import places_taken, taking_part
from ..models import GroupProposal, GroupSeat, MatchRun, Proposal, Unmatched
from ..services import people_without_group, token_of, why_not
from ..services.attention import forbidden_now
from ..services.problems import Forbidden
from .people import about, told_apart
from .proposals import token


@dataclass(frozen=True)
class Person:
    """Somebody in a group, in their part."""

    enrolment: int
    name: str
    detail: str
    role: str
    role_name: str
    score: float | None = None
    # Of a running group: how they have answered.
    response: str = ""

    @property
    def leads(self) -> bool:
        return self.role == Role.MENTOR


@dataclass(frozen=True)
class Card:
    """A suggested or a running group."""

    pk: int
    name: str
    people: list[Person]
    score: float | None
    room: int | None
    fewest: int | None
    group: GroupProposal | None = None
    token: str = ""
    mentorship: Mentorship | None = None
    # Of a suggestion to join a group that runs already: who is in it.
    joins: list[str] = field(default_factory=list)
    # Of a suggestion: which rule forbids it by now, in a sentence.
    forbidden: str = ""

    @property
    def locked(self) -> bool:
        return self.group is not None and self.group.locked

    @property
    def others(self) -> int:
        return sum(not person.leads for person in self.people)

    @property
    def label(self) -> str:
        return self.name or ", ".join(person.name for person in self.people) or _("Empty group")

    @property
    def too_few(self) -> int:
        """How many are missing to the fewest that the programme wants."""
        return max(0, (self.fewest or 0) - self.others)

    @property
    def is_full(self) -> bool:
        return self.room is not None and self.room <= 0


def group_cards(program: Program) -> list[Card]:
    """What is suggested, with everybody in it."""
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT).select_related("mentorship")
    found = drafts.prefetch_related(
        Prefetch("seats", GroupSeat.objects.select_related("enrolment__member")),
        Prefetch("mentorship__participants", Participant.objects.select_related("enrolment__member")),
    ).order_by("name", "id")
    names = program.kind.role_names
    forbidden = why_not(program, found)
    cards = []
    for group in found:
        people = [
            Person(
                seat.enrolment_id,
                seat.enrolment.member.name,
                about(seat.enrolment.member),
                seat.role,
                str(names.get(seat.role, seat.role)),
                seat.score,
            )
            for seat in group.seats.all()
        ]
        why = forbidden.get(group.pk, "")
        cards.append(_card(program, people, group=group, joins=group.mentorship, forbidden=why))
    return cards


def running_groups(program: Program) -> list[Card]:
    """Mentorships of groups that are offered or run, with the answers."""
    found = (
        Mentorship.objects.filter(program=program)
        .taking_places()
        .filter(round__isnull=True)
        .prefetch_related(Prefetch("participants", Participant.objects.select_related("enrolment__member")))
        .order_by("name", "id")
    )
    names = program.kind.role_names
    return [
        _card(
            program,
            [
                Person(
                    part.enrolment_id,
                    part.enrolment.member.name,
                    about(part.enrolment.member),
                    part.role,
                    str(names.get(part.role, part.get_role_display())),
                    response=part.response,
                )
                for part in present(mentorship.participants.all())
            ],
            mentorship=mentorship,
        )
        for mentorship in found
    ]


def _card(
    program: Program,
    people: list[Person],
    *,
    group: GroupProposal | None = None,
    mentorship: Mentorship | None = None,
    joins: Mentorship | None = None,
    forbidden: str = "",
) -> Card:
    most = most_of(program) or (3 if any(person.role == Role.PEER for person in people) else None)
    people = sorted(people, key=lambda person: (not person.leads, person.name))
    of: Any = group or mentorship
    here = sorted(present(joins.participants.all()), key=lambda part: part.role != Role.MENTOR) if joins else []
    taken = sum(part.role != Role.MENTOR for part in here)
    return Card(
        pk=of.pk,
        name=of.name,
        people=people,
        score=of.score,
        room=None if most is None else most - taken - sum(not person.leads for person in people),
        fewest=None if joins else fewest_of(program),
        joins=[part.enrolment.member.name for part in here],
        group=group,
        token=token_of(group) if group else "",
        mentorship=mentorship,
        forbidden=forbidden,
    )


@dataclass(frozen=True)
class Waiting:
    """Somebody without a group, and why."""

    enrolment: int
    name: str
    detail: str
    role: str
    role_name: str
    reason: str


def waiting_people(program: Program, run: MatchRun | None) -> list[Waiting]:
    """Who is free and in nothing that is suggested, and what the last run says of it."""
    why = dict(Unmatched.objects.filter(run=run).values_list("mentee_id", "reason")) if run else {}
    names = program.kind.role_names
    return [
        Waiting(
            each.pk,
            each.member.name,
            about(each.member),
            each.role,
            str(names.get(each.role, each.get_role_display())),
            why.get(each.pk)
            or (_("Signed up, or free again, since it last ran.") if run else _("Nothing has been suggested yet.")),
        )
        for each in people_without_group(program)
    ]


def left_people(run: MatchRun | None) -> list[Waiting]:
    """For whom the last run found nothing, or not all that they asked for."""
    found = Unmatched.objects.filter(run=run).select_related("mentee__member") if run else []
    return [
        Waiting(each.mentee_id, each.mentee.member.name, about(each.mentee.member), each.mentee.role, "", each.reason)
        for each in found
    ]


@dataclass(frozen=True)
class PairRow:
    """A suggested or running pair of a cascade or a network."""

    mentee: Member
    mentor: Member
    mentee_pk: int
    mentor_pk: int
    score: float | None
    topic: str
    tier: int | None
    proposal: Proposal | None = None
    token: str = ""
    mentorship: Mentorship | None = None
    forbidden: str = ""


def pair_rows(program: Program) -> list[PairRow]:
    """Pairs that run or are offered, and those that are suggested."""
    found = []
    running = Mentorship.objects.filter(program=program).taking_places().select_related("topic")
    for mentorship in running.prefetch_related("participants__enrolment__member"):
        parts: dict[str, Participant] = {part.role: part for part in present(mentorship.participants.all())}
        if Role.MENTOR in parts and Role.MENTEE in parts:
            one, other = parts[Role.MENTEE].enrolment, parts[Role.MENTOR].enrolment
            topic = mentorship.topic.name if mentorship.topic else ""
            found.append(
                PairRow(
                    one.member, other.member, one.pk, other.pk, mentorship.score, topic, mentorship.tier,
                    mentorship=mentorship,
                )
            )  # fmt: skip
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    suggested = list(drafts.select_related("mentee__member", "mentor__member", "topic"))
    forbidden = forbidden_now(program, [(each.mentee_id, each.mentor_id) for each in suggested])
    for each in suggested:
        topic = each.topic.name if each.topic else ""
        rule = forbidden.get((each.mentee_id, each.mentor_id))
        names = {"mentee": each.mentee.member.name, "mentor": each.mentor.member.name}
        found.append(
            PairRow(
                each.mentee.member, each.mentor.member, each.mentee_id, each.mentor_id, each.score, topic, each.tier,
                proposal=each, token=token(each), forbidden="" if rule is None else str(Forbidden(rule, **names)),
            )
        )  # fmt: skip
    return sorted(found, key=lambda row: (row.tier or 0, row.mentor.name, row.topic, row.mentee.name))


@dataclass
class Branch:
    """Somebody of a cascade with those whom they mentor."""

    name: str
    detail: str
    pair: PairRow | None = None
    below: list[Branch] = field(default_factory=list)
    # Of somebody at the top who mentors nobody.
    note: str = ""


@dataclass(frozen=True)
class Tier:
    number: int
    levels: str
    people: int
    mentored: int


def cascade(program: Program, rows: Sequence[PairRow]) -> tuple[list[Branch], list[Tier]]:
    """The trees from the top, and how each tier stands."""
    by_mentor: dict[int, list[PairRow]] = defaultdict(list)
    for row in rows:
        by_mentor[row.mentor_pk].append(row)
    mentored = {row.mentee_pk for row in rows}

    def branch(pk: int, member: Member, pair: PairRow | None, seen: frozenset[int]) -> Branch:
        below = [
            branch(row.mentee_pk, row.mentee, row, seen | {pk})
            for row in by_mentor.get(pk, [])
            if row.mentee_pk not in seen
        ]
        return Branch(member.name, about(member), pair, below)

    bounds = tiers_of(program)
    numbers: Counter[int] = Counter()
    with_mentor: Counter[int] = Counter()
    trees = [
        branch(pk, member, None, frozenset())
        for pk, member in {row.mentor_pk: row.mentor for row in rows if row.mentor_pk not in mentored}.items()
    ]
    for each in taking_part(program).select_related("member"):
        number = _tier_of(each, bounds)
        if number is not None:
            numbers[number] += 1
            with_mentor[number] += each.pk in mentored
        if number == 0 and rows and each.pk not in by_mentor:
            trees.append(Branch(each.member.name, about(each.member), note=_without_mentees(program, each)))
    trees.sort(key=lambda tree: tree.name)
    tiers = [
        Tier(at + 1, f"{low}–{high}" if low != high else str(low), numbers[at], with_mentor[at])
        for at, (low, high) in enumerate(bounds)
    ]
    return trees, tiers


def _tier_of(enrolment: Enrolment, bounds: Iterable[Iterable[int]]) -> int | None:
    return enrolment.tier if enrolment.tier is not None else tier_of(enrolment.member.level, bounds)


def _without_mentees(program: Program, enrolment: Enrolment) -> str:
    if enrolment.paused_at is not None:
        return _("mentors nobody, on a break")
    places = enrolment.capacity or program.default_capacity
    return ngettext("mentors nobody, %(n)d place free", "mentors nobody, %(n)d places free", places) % {"n": places}


def left_in_cascade(program: Program, run: MatchRun | None, rows: Sequence[PairRow]) -> list[Waiting]:
    """Whom the last run found no mentor for, and below the top whoever it did not look at and who is in no pair."""
    mentored = {row.mentee_pk for row in rows}
    found = [each for each in left_people(run) if each.enrolment not in mentored]
    known = mentored | {row.mentor_pk for row in rows} | {each.enrolment for each in found}
    if rows or run:
        bounds = tiers_of(program)
        people = (
            taking_part(program).select_related("member").order_by("member__family_name", "member__given_name", "pk")
        )
        found += [
            Waiting(
                each.pk,
                each.member.name,
                about(each.member),
                each.role,
                "",
                _("On a break.") if each.paused_at else _("Signed up, or free again, since it last ran."),
            )
            for each in people
            if each.pk not in known and _tier_of(each, bounds) != 0
        ]
    return found


@dataclass(frozen=True)
class Meeting:
    names: tuple[str, str]
    score: float | None
    card: GroupProposal | None
    token: str = ""
    mentorship: Mentorship | None = None
    forbidden: str = ""


@dataclass(frozen=True)
class Round:
    number: int
    begins: datetime | None
    ends: datetime | None
    # Each room with who meets in it; None where it stays empty.
    seats: list[tuple[str, Meeting | None]]
    sitting_out: list[str]


@dataclass(frozen=True)
class Timetable:
    event: Event
    # Those in which somebody meets, and those that the event has besides.
    rooms: list[str]
    spare: list[str]
    rounds: list[Round]
    # What somebody is called → (round, when, room, with whom), for the sheet of each; namesakes have one each.
    sheets: list[tuple[str, list[tuple[int, datetime | None, str, str]]]]

    @property
    def meetings(self) -> int:
        return sum(each is not None for round_ in self.rounds for _room, each in round_.seats)


def timetable(program: Program) -> Timetable:
    """What is suggested and what is published of the event, by round and room."""
    event = event_of(program)
    found: dict[tuple[int, str], Meeting] = {}
    busy: dict[int, set[int]] = defaultdict(set)
    sheets: dict[int, list[tuple[int, datetime | None, str, str]]] = defaultdict(list)
    here = list(taking_part(program).filter(paused_at__isnull=True).select_related("member"))
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT, round__isnull=False)
    suggested = [
        (group, sorted(group.seats.all(), key=lambda seat: seat.role != Role.MENTOR))
        for group in drafts.prefetch_related("seats__enrolment__member")
    ]
    held = Mentorship.objects.active().filter(program=program, round__isnull=False)
    if event.starts_at:
        held = held.filter(meets_at__gte=event.starts_at)
    published = [
        (mentorship, sorted(mentorship.participants.all(), key=lambda part: part.role != Role.MENTOR))
        for mentorship in held.prefetch_related("participants__enrolment__member")
    ]
    meeting = [each for _group, seats in suggested for each in seats]
    meeting += [each for _mentorship, parts in published for each in parts]
    called = told_apart(
        {each.pk: each.member for each in here} | {each.enrolment_id: each.enrolment.member for each in meeting}
    )

    def put(number: int, place: str, people: list[int], **fields: Any) -> None:
        if len(people) < 2:
            return
        while (number, place) in found:
            place = f"{place} +"
        one, other = people[:2]
        found[number, place] = Meeting(names=(called[one], called[other]), **fields)
        busy[number] |= set(people)
        for pk, with_whom in ((one, other), (other, one)):
            sheets[pk].append((number + 1, event.begins(number), place, called[with_whom]))

    forbidden = why_not(program, [group for group, _seats in suggested])
    for group, seats in suggested:
        people = [seat.enrolment_id for seat in seats]
        why = forbidden.get(group.pk, "")
        put(group.round or 0, group.place, people, score=group.score, card=group, token=token_of(group), forbidden=why)
    for mentorship, parts in published:
        people = [part.enrolment_id for part in parts]
        put(mentorship.round, mentorship.meets_where, people, score=mentorship.score, card=None, mentorship=mentorship)
    used = {place for _number, place in found}
    rooms = [room for room in event.rooms if room in used] + sorted(used - set(event.rooms), key=_by_number)
    rounds = [
        Round(
            number + 1,
            event.begins(number),
            event.ends(number),
            [(room, found.get((number, room))) for room in rooms],
            sorted(called[each.pk] for each in here if each.pk not in busy[number]) if found else [],
        )
        for number in range(event.rounds)
    ]
    spare = [room for room in event.rooms if room not in used]
    return Timetable(event, rooms, spare, rounds, sorted((called[pk], sorted(rows)) for pk, rows in sheets.items()))


def _by_number(place: str) -> tuple[int, str]:
    digits = "".join(each for each in place if each.isdigit())
    return (int(digits) if digits else 0, place)


@dataclass(frozen=True)
class Share:
    """How much of a board, and of all who applied, has one value of a trait; in percent."""

    value: str
    members: int
    here: int
    pool: int


@dataclass(frozen=True)
class Composition:
    card: Card
    traits: list[tuple[str, list[Share]]]


def compositions(program: Program, cards: Iterable[Card]) -> list[Composition]:
    """Each board against all who applied, by department, location and level."""
    pool = list(taking_part(program).mentees().select_related("member"))
    by_pk = {each.pk: each.member for each in pool}
    found = []
    for card in cards:
        members = [by_pk[person.enrolment] for person in card.people if not person.leads and person.enrolment in by_pk]
        traits = []
        for label, read in (
            (_("Department"), lambda member: member.department),
            (_("Location"), lambda member: member.site),
            (_("Level"), lambda member: "" if member.level is None else str(member.level)),
        ):
            here, everybody = Counter(map(read, members)), Counter(map(read, by_pk.values()))
            shares = [
                Share(
                    value or _("not known"),
                    here[value],
                    round(100 * here[value] / len(members)) if members else 0,
                    round(100 * count / len(by_pk)) if by_pk else 0,
                )
                for value, count in sorted(everybody.items(), key=lambda each: (-each[1], each[0]))
            ]
            traits.append((label, shares))
        found.append(Composition(card, traits))
    return found


@dataclass(frozen=True)
class TopicRow:
    """A topic: who is asked about it, by whom, and who still waits."""

    name: str
    mentors: list[tuple[str, int, int]]
    pairs: list[PairRow]
    unserved: list[str]


def network(program: Program, rows: Sequence[PairRow]) -> list[TopicRow]:
    """Every topic that somebody asks for or offers."""
    taken = places_taken(program)
    offers: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    wants: dict[int, list[tuple[int, str]]] = defaultdict(list)
    served = {(row.mentee_pk, row.topic) for row in rows}
    skills = EnrolmentSkill.objects.filter(enrolment__in=taking_part(program)).select_related("enrolment__member")
    for each in skills.order_by("enrolment__member__family_name", "enrolment__member__given_name", "id"):
        member = each.enrolment.member
        if each.enrolment.role == Role.MENTOR:
            offers[each.skill_id].append((member.name, taken.get(each.enrolment_id, 0), each.enrolment.capacity))
        else:
            wants[each.skill_id].append((each.enrolment_id, member.name))
    names = dict(Skill.objects.filter(pk__in={*offers, *wants}).values_list("pk", "name"))
    return [
        TopicRow(
            name,
            offers[pk],
            [row for row in rows if row.topic == name],
            [person for enrolment, person in wants[pk] if (enrolment, name) not in served],
        )
        for pk, name in sorted(names.items(), key=lambda each: each[1].casefold())
    ]


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    running: bool


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    name: str
    anchor: str


@dataclass(frozen=True)
class Map:
    """A drawing of the network: mentees on the left, topics in the middle, mentors on the right."""

    width: int
    height: int
    dots: list[Dot]
    lines: list[Line]


def drawn(rows: Sequence[PairRow]) -> Map | None:
    """Who asks whom about what, as lines; None when nobody does."""
    if not rows:
        return None
    # Namesakes stay two: a person is their enrolment, a topic its name.
    columns: list[dict[Any, str]] = [
        {row.mentee_pk: row.mentee.name for row in rows},
        {row.topic: row.topic for row in rows},
        {row.mentor_pk: row.mentor.name for row in rows},
    ]
    step, width = 28, 720
    height = max(map(len, columns)) * step + step
    x = (190.0, 360.0, 530.0)
    at: list[dict[Any, float]] = []
    for names in columns:
        gap = height / (len(names) + 1)
        inner = [key for _name, key in sorted((name.casefold(), key) for key, name in names.items())]
        at.append({key: round(gap * (number + 1), 1) for number, key in enumerate(inner)})
    places = ((x[0] - 8, "end"), (x[1], "middle"), (x[2] + 8, "start"))
    dots = [
        Dot(left, y + 4, names[key], anchor)
        for names, heights, (left, anchor) in zip(columns, at, places, strict=True)
        for key, y in heights.items()
    ]
    lines = []
    for row in rows:
        middle, runs = at[1][row.topic], row.mentorship is not None
        half = 4 * len(row.topic) + 6
        lines.append(Line(x[0], at[0][row.mentee_pk], x[1] - half, middle, runs))
        lines.append(Line(x[1] + half, middle, x[2], at[2][row.mentor_pk], runs))
    return Map(width, int(height), dots, lines)
