"""Programmes of Northwind in formats that are no plain pairs: circles, peers, an event and a shadow board."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from accounts.models import Member
from matching import services as matching
from matching.models import GroupProposal, Proposal
from mentoring.jobs.progress import NoProgress
from programs import services as programs
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.services import planning
from sessions.models import Attendance
from sessions.services import SlotTaken, boards, log_session, record_session

from . import words

if TYPE_CHECKING:
    from .northwind import Northwind

TOPICS = ("Leading a team", "Public speaking", "Career planning", "Networking", "Inclusive leadership", "Strategy")


def build(demo: Northwind) -> None:
    working = [member for member in demo.people if demo.works(member, demo.today)]
    senior = [member for member in working if (member.level or 0) >= 5]
    junior = [member for member in working if (member.level or 0) <= 4]
    circles(demo, senior, junior)
    peers(demo, junior)
    event(demo, senior, junior)
    board(demo, senior, junior)
    chain(demo, working)
    network(demo, senior, junior)
    for name, most in (("Circles of the autumn", 3), ("Peers of one year", 6), ("Passing it on", 4), ("Ask around", 4)):
        _met(demo, Program.objects.get(name=name), most=most)


def circles(demo: Northwind, senior: list[Member], junior: list[Member]) -> None:
    """Five circles that run, with a few people who wait for the next."""
    program = _launched(demo, "circle", "Circles of the autumn", weeks_ago=8, needs_approval=False)
    for member in demo.sample(senior, 6):
        _enrol(demo, program, member, Role.MENTOR, capacity=6)
    for member in demo.sample(junior, 33):
        _enrol(demo, program, member, Role.MENTEE)
    _arrange(demo, program, of_ten=9)


def peers(demo: Northwind, junior: list[Member]) -> None:
    """An odd number, so that three are together somewhere."""
    program = _launched(demo, "peer", "Peers of one year", weeks_ago=4, needs_approval=False)
    for member in demo.sample(junior, 31):
        _enrol(demo, program, member, Role.PEER)
    _arrange(demo, program, of_ten=7)


def event(demo: Northwind, senior: list[Member], junior: list[Member]) -> None:
    """In three weeks, with a timetable that an admin has still to publish."""
    day = demo.today + timedelta(days=21)
    # On a Wednesday.
    day += timedelta(days=(2 - day.weekday()) % 7)
    starts_at = datetime.combine(day, time(14), demo.admin.organisation.zone)
    program = _launched(
        demo, "speed", "Speed mentoring day", weeks_ago=2, needs_approval=False,
        starts_on=starts_at.date(),
        format_settings={
            "starts_at": starts_at.isoformat(), "rounds": 6, "round_minutes": 10, "break_minutes": 2,
            "rooms": [f"Table {number}" for number in range(1, 11)],
        },
    )  # fmt: skip
    for member in demo.sample(senior, 8):
        _enrol(demo, program, member, Role.MENTOR)
    for member in demo.sample(junior, 10):
        _enrol(demo, program, member, Role.MENTEE)
    matching.arrange(program.pk, NoProgress())


def board(demo: Northwind, senior: list[Member], junior: list[Member]) -> None:
    """A board that has met once and has given its first advice; for the next, some nominations wait for an answer."""
    program = _launched(demo, "board", "Young voices board", weeks_ago=3)
    for member in demo.sample(senior, 3):
        _enrol(demo, program, member, Role.MENTOR)
    pool = demo.sample(junior, 26)
    for member in pool[:20]:
        _enrol(demo, program, member, Role.MENTEE)
    for member in pool[20:]:
        if member.manager is not None and not member.manager.has_left:
            programs.nominate(
                program, member, role=Role.MENTEE, reason="Asks the questions that others think.", by=member.manager
            )
    _arrange(demo, program, of_ten=10)
    panel = Mentorship.objects.filter(program=program).order_by("pk").first()
    if panel is None:
        return
    people = [part.enrolment.member for part in panel.participants.select_related("enrolment__member").order_by("pk")]
    starts_at = datetime.combine(demo.today - timedelta(days=6), time(10), demo.admin.zone)
    met = record_session(
        panel, starts_at=starts_at, length=timedelta(minutes=90), by=people[0], topic="How we take in new colleagues"
    )
    boards.write_brief(met, values=words.BRIEF, seen="", by=demo.admin)


def chain(demo: Northwind, working: list[Member]) -> None:
    """Some thirty people of all levels, each mentoring somebody below."""
    program = _launched(demo, "cascade", "Passing it on", weeks_ago=6, needs_approval=False)
    for lowest, highest, count in ((7, 20, 3), (5, 6, 5), (3, 4, 9), (1, 2, 13)):
        tier = [member for member in working if lowest <= (member.level or 0) <= highest]
        for member in demo.sample(tier, count):
            _enrol(demo, program, member, Role.PEER, capacity=2)
    _arrange_pairs(demo, program)


def network(demo: Northwind, senior: list[Member], junior: list[Member]) -> None:
    """Somebody to ask for each topic; half of the mentees have several."""
    program = _launched(demo, "network", "Ask around", weeks_ago=5, needs_approval=False)
    for member in demo.sample(senior, 8):
        _enrol(demo, program, member, Role.MENTOR, capacity=5)
    for member in demo.sample(junior, 10):
        _enrol(demo, program, member, Role.MENTEE)
    _arrange_pairs(demo, program)


def _launched(demo: Northwind, format: str, name: str, *, weeks_ago: int, **fields: object) -> Program:
    program = programs.start_draft(format=format, by=demo.admin)
    fields.setdefault("starts_on", demo.today - timedelta(weeks=weeks_ago))
    programs.save_draft(program, by=demo.admin, name=name, objective=str(program.kind.objectives[0]), **fields)
    planning.answer_readiness(
        program, answers={"sponsor": "yes", "safeguarding": "yes"}, sponsor=demo.owner,
        safeguarding_contact=Member.objects.get(email="hr@northwind.example"), by=demo.admin,
    )  # fmt: skip
    return programs.launch(program, by=demo.admin, at=demo.at(demo.today - timedelta(weeks=weeks_ago + 2)))


def _enrol(demo: Northwind, program: Program, member: Member, role: str, *, capacity: int | None = None) -> Enrolment:
    return programs.enrol(
        program, member, role=role, by=demo.admin, skills=demo.sample(TOPICS, 3), languages=["English"],
        free_hours=[[2, 9 * 60, 11 * 60], [3, 14 * 60, 16 * 60]], capacity=capacity,
        at=demo.at(demo.today - timedelta(weeks=3)),
    )  # fmt: skip


def _arrange(demo: Northwind, program: Program, *, of_ten: int) -> None:
    """Matched and published; so many of ten groups have said yes, and the others have still to answer."""
    matching.arrange(program.pk, NoProgress())
    groups = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    matching.publish_groups(program, groups=list(groups), by=demo.admin)
    for number, mentorship in enumerate(Mentorship.objects.filter(program=program).order_by("pk")):
        if number % 10 >= of_ten:
            continue
        people = Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member")
        for participant in people.order_by("pk"):
            programs.accept(participant, by=participant.enrolment.member, at=demo.at(demo.today - timedelta(days=10)))


def _arrange_pairs(demo: Northwind, program: Program) -> None:
    """Matched and published; four of five pairs have said yes."""
    matching.arrange(program.pk, NoProgress())
    proposals = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    matching.publish(program, proposals=list(proposals.order_by("pk")), by=demo.admin)
    for number, mentorship in enumerate(Mentorship.objects.filter(program=program).order_by("pk")):
        if number % 5 == 4:
            continue
        for participant in Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member"):
            programs.accept(participant, by=participant.enrolment.member, at=demo.at(demo.today - timedelta(days=20)))


def _met(demo: Northwind, program: Program, *, most: int) -> None:
    """Some have met once: one says so, and the others confirm it."""
    for number, mentorship in enumerate(Mentorship.objects.filter(program=program).active().order_by("pk")[:most]):
        found = mentorship.participants.select_related("enrolment__member").order_by("pk")
        one, *others = (participant.enrolment.member for participant in found)
        day = demo.today - timedelta(days=2 + number % 5)
        starts_at = datetime.combine(day, time(13 + number % 3), demo.admin.zone)
        length = program.session_length
        try:
            session = record_session(mentorship, starts_at=starts_at, length=length, by=one, at=starts_at + 2 * length)
        except SlotTaken:
            continue
        for member in others:
            session = log_session(
                session, report=Attendance.Report.HELD, length=length, by=member, at=starts_at + 3 * length
            )
