"""100,000 members in 200 organisations, written in bulk: the bench measures pages, not services."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from psycopg2.extras import DateTimeTZRange

from accounts.models import Access, Member, Organisation, Skill, Spell, User
from feedback.models import Pulse
from matching.models import Candidate, MatchRun, Proposal, Unmatched
from mentoring.tenancy.scope import organisation_scope
from programs.criteria import default_criteria
from programs.formats import TRADITIONAL
from programs.models import Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Role
from sessions.models import Attendance, Session, WeeklyHours

from . import life, modes

ORGANISATIONS = 200
MEMBERS = 500
MENTORS = 60
MENTEES = 140
PAIRS = 80
SESSIONS = 8

DEPARTMENTS = ("Engineering", "Sales", "People", "Finance", "Operations", "Marketing", "Clinical", "Legal")
SITES = (("London", "Europe/London"), ("Toronto", "America/Toronto"), ("Sydney", "Australia/Sydney"))
SKILLS = tuple(f"Skill {number}" for number in range(40))


def build(say: Callable[[str], None], *, organisations: int = ORGANISATIONS) -> None:
    """Fill an empty database; what is there already stays, and what it had not then is added."""
    present = {each.slug: each for each in Organisation.objects.filter(slug__startswith="bench-")}
    for number in range(organisations):
        with transaction.atomic():
            add(number, present.get(f"bench-{number}"))
        if number % 20 == 19:
            say(f"{(number + 1) * MEMBERS:,} members")


def add(number: int, organisation: Organisation | None = None) -> Organisation:
    """One more, or what is missing in one that is there."""
    rnd = random.Random(number)  # noqa: S311  (made-up people)
    if organisation is None:
        organisation = Organisation.objects.create(
            name=f"Bench {number}", slug=f"bench-{number}", time_zone="Europe/London"
        )
        with organisation_scope(organisation):
            _fill(organisation, rnd)
    with organisation_scope(organisation):
        if Program.objects.count() == 1:
            members, skills = list(Member.objects.order_by("pk")), list(Skill.objects.order_by("pk"))
            life.add(Program.objects.get(), members, rnd)
            modes.add(members, skills, rnd)
    return organisation


def _fill(organisation: Organisation, rnd: random.Random) -> None:
    members = _members(organisation, rnd)
    skills = Skill.objects.bulk_create(Skill(name=name, key=name.casefold()) for name in SKILLS)
    program = Program.objects.create(
        name="Grow together", status=Program.Status.OPEN, criteria=default_criteria(TRADITIONAL),
        starts_on=date(2026, 1, 5), launched_at=timezone.now(), created_by=members[0],
    )  # fmt: skip
    mentors, mentees = _enrolments(program, members, skills, rnd)
    _matching(program, mentors, mentees)
    _mentorships(program, mentors, mentees, rnd)


def _members(organisation: Organisation, rnd: random.Random) -> list[Member]:
    # The first four sign in: owner and admin, HR, a mentor, a mentee.
    users = User.objects.bulk_create(
        User(email=f"user{n}@{organisation.slug}.example", name=f"User {n}") for n in range(4)
    )
    Access.objects.bulk_create(Access(user=user, organisation=organisation) for user in users)
    members = []
    for n in range(MEMBERS):
        site, zone = rnd.choice(SITES)
        hired = date(2018, 1, 1) + timedelta(days=rnd.randrange(2900))
        left = hired + timedelta(days=rnd.randrange(60, 3000)) if n > 200 and rnd.random() < 0.45 else None
        members.append(
            Member(
                given_name=f"Given{n}",
                family_name=f"Family{rnd.randrange(400)}",
                time_zone=zone,
                site=site,
                email=f"person{n}@{organisation.slug}.example",
                employee_number=str(n),
                level=rnd.randrange(1, 8),
                department=rnd.choice(DEPARTMENTS),
                job_title="Specialist",
                hired_on=hired,
                left_on=left if left and left < date(2026, 11, 1) else None,
                user=users[n] if n < 4 else None,
                is_owner=n == 0,
                is_admin=n == 0,
                is_hr=n == 1,
            )
        )
    Member.objects.bulk_create(members)
    for n, member in enumerate(members[4:], 4):
        member.manager = members[n // 8]
    Member.objects.bulk_update(members[4:], ["manager"], batch_size=500)
    Spell.objects.bulk_create(Spell(member=m, started_on=m.hired_on, ended_on=m.left_on) for m in members if m.hired_on)
    return members


def _enrolments(
    program: Program, members: list[Member], skills: list[Skill], rnd: random.Random
) -> tuple[list[Enrolment], list[Enrolment]]:
    joined = timezone.now() - timedelta(days=200)
    chosen = [members[2], *members[4 : 4 + MENTORS - 1]], [members[3], *members[100 : 100 + MENTEES - 1]]
    enrolments = [
        Enrolment(
            program=program, member=member, role=role, status=Enrolment.Status.ACTIVE, languages=["English"],
            capacity=3 if role == Role.MENTOR else 0, applied_at=joined, joined_at=joined,
            free_hours=[[day, 600, 720] for day in range(5)],
        )
        for role, people in zip((Role.MENTOR, Role.MENTEE), chosen, strict=True)
        for member in people
    ]  # fmt: skip
    Enrolment.objects.bulk_create(enrolments)
    EnrolmentSkill.objects.bulk_create(
        EnrolmentSkill(enrolment=enrolment, skill=skill, rank=rank)
        for enrolment in enrolments
        for rank, skill in enumerate(rnd.sample(skills, 4))
    )
    return enrolments[:MENTORS], enrolments[MENTORS:]


def _matching(program: Program, mentors: list[Enrolment], mentees: list[Enrolment]) -> None:
    waiting = mentees[PAIRS:]
    run = MatchRun.objects.create(
        program=program, criteria=program.criteria, finished_at=timezone.now(), mentees=len(waiting),
        mentors=len(mentors), places=3 * len(mentors), proposed=50, mean_score=0.6, lowest_score=0.3,
    )  # fmt: skip
    Candidate.objects.bulk_create(
        Candidate(run=run, mentee=mentee, mentor=mentors[(n + k) % len(mentors)], rank=k, score=0.9 - k / 40)
        for n, mentee in enumerate(waiting)
        for k in range(20)
    )
    Proposal.objects.bulk_create(
        Proposal(program=program, run=run, mentee=mentee, mentor=mentors[n % len(mentors)], score=0.4 + n / 100)
        for n, mentee in enumerate(waiting[:50])
    )
    Unmatched.objects.bulk_create(
        Unmatched(
            run=run,
            mentee=mentee,
            code="unmatched.full",
            details={"params": {"mentors": 40, "places": 120}},
            reason="All places are taken.",
        )
        for mentee in waiting[50:]
    )


def _mentorships(program: Program, mentors: list[Enrolment], mentees: list[Enrolment], rnd: random.Random) -> None:
    began = timezone.now() - timedelta(days=150)
    pairs = [(mentors[n % len(mentors)], mentees[n]) for n in range(PAIRS)]
    mentorships = Mentorship.objects.bulk_create(
        Mentorship(program=program, status=Mentorship.Status.ACTIVE, score=0.7, started_at=began) for _pair in pairs
    )
    Participant.objects.bulk_create(
        Participant(
            mentorship=mentorship, enrolment=enrolment, role=enrolment.role, response=Participant.Response.ACCEPTED
        )
        for mentorship, pair in zip(mentorships, pairs, strict=True)
        for enrolment in pair
    )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(member=mentor.member, weekday=day, start_minute=540, end_minute=1020)
        for mentor in mentors
        for day in range(5)
    )
    sessions, attendances = [], []
    for n, (mentorship, pair) in enumerate(zip(mentorships, pairs, strict=True)):
        for k in range(SESSIONS + 1):
            # Each pair in a slot of its own; the last one is still to come.
            starts_at = _slot(n, k)
            is_held = k < SESSIONS
            session = Session(
                mentorship=mentorship, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30),
                zone_name="Europe/London", status=Session.Status.HELD if is_held else Session.Status.PLANNED,
                length=timedelta(minutes=30) if is_held else None,
            )  # fmt: skip
            sessions.append(session)
            attendances += [
                Attendance(
                    session=session, member=enrolment.member, report=Attendance.Report.HELD if is_held else "",
                    during=DateTimeTZRange(session.starts_at, session.ends_at),
                )
                for enrolment in pair
            ]  # fmt: skip
    Session.objects.bulk_create(sessions)
    Attendance.objects.bulk_create(attendances)
    Pulse.objects.bulk_create(
        Pulse(session=attendance.session, member=attendance.member, useful=rnd.randrange(2, 6), understood=4)
        for attendance in attendances
        if attendance.report
    )


def _slot(pair: int, number: int) -> datetime:
    today = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0)
    return today + timedelta(days=3 - 14 * (SESSIONS - number), minutes=40 * (pair // MENTORS) + 0)
