"""A programme of each format of the crowd's organisations that is no plain pairs, running and with suggestions beside."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from accounts.models import Member, Skill
from matching.models import GroupProposal, GroupSeat, MatchRun, Proposal, Unmatched
from programs.criteria import default_criteria
from programs.formats import FORMATS, tier_of
from programs.models import Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Role

Seated = list[tuple[Enrolment, str]]

CIRCLES, IN_A_CIRCLE, SUGGESTED_CIRCLES = 12, 6, 5
PEERS = 81
TABLES, ROUNDS = 20, 6
CHAIN = 60
NETWORKERS, ASKING, TOPICS_EACH = 20, 40, 2
BOARD, APPLICANTS = 8, 40


def add(members: Sequence[Member], skills: Sequence[Skill], rnd: random.Random) -> None:
    """All of them, for an organisation in whose scope this is called."""
    staying = [member for member in members[4:] if member.left_on is None]
    for fill in (_circles, _peers, _event, _chain, _network, _board):
        made: Callable[[Sequence[Member], Sequence[Skill], random.Random, Member], None] = fill
        made(staying, skills, rnd, members[0])


def _circles(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    program, run = _program("circle", "Circles", by, group_min=5, group_max=6)
    mentors = _enrol(program, people[: CIRCLES + SUGGESTED_CIRCLES], Role.MENTOR, skills, rnd, capacity=IN_A_CIRCLE)
    seats = CIRCLES * IN_A_CIRCLE + SUGGESTED_CIRCLES * (IN_A_CIRCLE - 1)
    mentees = _enrol(program, people[100 : 100 + seats + 10], Role.MENTEE, skills, rnd)
    groups = [_led(mentors[n], mentees[n * IN_A_CIRCLE : (n + 1) * IN_A_CIRCLE]) for n in range(CIRCLES)]
    _run(program, groups, names=[f"Circle {n + 1}" for n in range(CIRCLES)])
    rest = mentees[CIRCLES * IN_A_CIRCLE : seats]
    _suggest(program, run, [_led(mentors[CIRCLES + n], rest[n::SUGGESTED_CIRCLES]) for n in range(SUGGESTED_CIRCLES)])
    _leave(run, mentees[seats:])


def _peers(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    program, run = _program("peer", "Peers", by)
    pool = _enrol(program, people[:PEERS], Role.PEER, skills, rnd)
    pairs = [
        [(one, Role.PEER.value), (other, Role.PEER.value)] for one, other in zip(pool[::2], pool[1::2], strict=False)
    ]
    half = len(pairs) // 2
    _run(program, pairs[:half])
    _suggest(program, run, pairs[half:])
    _leave(run, pool[2 * len(pairs) :])


def _event(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    starts_at = (timezone.now() + timedelta(days=20)).replace(hour=13, minute=0, second=0, microsecond=0)
    rooms = [f"Table {n + 1}" for n in range(TABLES)]
    settings = {"starts_at": starts_at.isoformat(), "rounds": ROUNDS, "round_minutes": 10, "rooms": rooms}
    program, run = _program("speed", "Meet them all", by, format_settings=settings)
    mentors = _enrol(program, people[:TABLES], Role.MENTOR, skills, rnd)
    mentees = _enrol(program, people[50 : 50 + TABLES + 2], Role.MENTEE, skills, rnd)
    for number in range(ROUNDS):
        meetings = [_led(mentors[n], [mentees[(n + number) % len(mentees)]]) for n in range(TABLES)]
        _suggest(program, run, meetings, round=number, places=rooms)


def _chain(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    program, run = _program("cascade", "Passing it on", by)
    pool = _enrol(program, people[:CHAIN], Role.PEER, skills, rnd, capacity=2)
    tiers: list[list[Enrolment]] = [[] for _tier in program.tiers or ()]
    for each in pool:
        number = tier_of(each.member.level, program.tiers or ())
        if number is not None:
            tiers[number].append(each)
    pairs: list[tuple[Enrolment, Enrolment, int]] = []
    drafts: list[tuple[Enrolment, Enrolment, int]] = []
    for number, (above, below) in enumerate(pairwise(tiers)):
        for n, mentee in enumerate(below[: 2 * len(above)]):
            (drafts if n % 4 == 3 else pairs).append((above[n // 2], mentee, number))
        _leave(run, below[2 * len(above) :])
    _run(program, [_led(mentor, [mentee]) for mentor, mentee, _tier in pairs], tiers=[each[2] for each in pairs])
    Proposal.objects.bulk_create(
        Proposal(program=program, run=run, mentor=mentor, mentee=mentee, tier=tier, score=0.5)
        for mentor, mentee, tier in drafts
    )


def _network(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    program, run = _program("network", "Ask around", by)
    mentors = _enrol(program, people[:NETWORKERS], Role.MENTOR, skills, rnd, capacity=5)
    mentees = _enrol(program, people[60 : 60 + ASKING], Role.MENTEE, skills, rnd)
    wishes = [
        (mentee, mentors[(n + 7 * k) % NETWORKERS], skills[(n + k) % len(skills)])
        for n, mentee in enumerate(mentees)
        for k in range(TOPICS_EACH)
    ]
    kept = len(wishes) * 3 // 4
    _run(program, [_led(mentor, [mentee]) for mentee, mentor, _topic in wishes[:kept]], topics=[w[2] for w in wishes])
    Proposal.objects.bulk_create(
        Proposal(program=program, run=run, mentee=mentee, mentor=mentor, topic=topic, score=0.6)
        for mentee, mentor, topic in wishes[kept:]
    )


def _board(people: Sequence[Member], skills: Sequence[Skill], rnd: random.Random, by: Member) -> None:
    program, run = _program("board", "Shadow board", by, format_settings={"boards": 2, "size": BOARD})
    executives = _enrol(program, people[:4], Role.MENTOR, skills, rnd)
    pool = _enrol(program, people[60 : 60 + APPLICANTS], Role.MENTEE, skills, rnd)
    boards = [
        [(each, Role.MENTOR.value) for each in executives[2 * n : 2 * n + 2]]
        + [(each, Role.MENTEE.value) for each in pool[n * BOARD : (n + 1) * BOARD]]
        for n in range(2)
    ]
    _run(program, boards[:1], names=["Board 1"])
    _suggest(program, run, boards[1:])
    _leave(run, pool[2 * BOARD :])


def _program(format: str, name: str, by: Member, **fields: Any) -> tuple[Program, MatchRun]:
    now = timezone.now()
    program = Program.objects.create(
        name=name, format=format, status=Program.Status.RUNNING, criteria=default_criteria(FORMATS[format]),
        starts_on=(now - timedelta(days=60)).date(), launched_at=now, created_by=by, **fields,
    )  # fmt: skip
    return program, MatchRun.objects.create(program=program, criteria=program.criteria, finished_at=now)


def _enrol(
    program: Program,
    people: Iterable[Member],
    role: str,
    skills: Sequence[Skill],
    rnd: random.Random,
    *,
    capacity: int = 0,
) -> list[Enrolment]:
    joined = timezone.now() - timedelta(days=60)
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            program=program, member=member, role=role, status=Enrolment.Status.ACTIVE, languages=["English"],
            capacity=capacity, applied_at=joined, joined_at=joined, free_hours=[[2, 540, 660]],
        )
        for member in people
    )  # fmt: skip
    EnrolmentSkill.objects.bulk_create(
        EnrolmentSkill(enrolment=enrolment, skill=skill, rank=rank)
        for enrolment in enrolments
        for rank, skill in enumerate(rnd.sample(skills, 3))
    )
    return enrolments


def _led(mentor: Enrolment, mentees: Iterable[Enrolment]) -> Seated:
    return [(mentor, Role.MENTOR.value), *((mentee, Role.MENTEE.value) for mentee in mentees)]


def _run(
    program: Program,
    groups: Sequence[Seated],
    *,
    names: Sequence[str] = (),
    tiers: Sequence[int] = (),
    topics: Sequence[Skill] = (),
) -> None:
    """Mentorships to which everybody has said yes."""
    began = timezone.now() - timedelta(days=50)
    mentorships = Mentorship.objects.bulk_create(
        Mentorship(
            program=program, status=Mentorship.Status.ACTIVE, score=0.6, started_at=began,
            name=names[n] if names else "", tier=tiers[n] if tiers else None, topic=topics[n] if topics else None,
        )
        for n in range(len(groups))
    )  # fmt: skip
    Participant.objects.bulk_create(
        Participant(mentorship=mentorship, enrolment=each, role=role, response=Participant.Response.ACCEPTED)
        for mentorship, seats in zip(mentorships, groups, strict=True)
        for each, role in seats
    )


def _suggest(
    program: Program,
    run: MatchRun,
    groups: Sequence[Seated],
    *,
    round: int | None = None,
    places: Sequence[str] = (),
) -> None:
    made = GroupProposal.objects.bulk_create(
        GroupProposal(program=program, run=run, score=0.5, round=round, place=places[n] if places else "")
        for n in range(len(groups))
    )
    GroupSeat.objects.bulk_create(
        GroupSeat(group=group, enrolment=each, role=role, score=0.5)
        for group, seats in zip(made, groups, strict=True)
        for each, role in seats
    )


def _leave(run: MatchRun, people: Iterable[Enrolment]) -> None:
    Unmatched.objects.bulk_create(
        Unmatched(run=run, mentee=each, code="unmatched.full", reason="All places are taken.") for each in people
    )
