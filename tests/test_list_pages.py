"""Every page that lists something asks the database as often at 300 rows as at 3."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from psycopg2.extras import DateTimeTZRange

from accounts.models import ApiKey, ImportRow, Member, PeopleImport
from feedback.models import (
    Concern,
    ConcernEntry,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyQuestion,
)
from matching.models import (
    Candidate,
    CriteriaVersion,
    GroupProposal,
    GroupSeat,
    IdleMentor,
    MatchRun,
    PairRule,
    Proposal,
    Unmatched,
)
from mentoring.jobs.models import Job
from mentoring.outbox.models import BouncedAddress, Message
from programs.models import (
    Announcement,
    Answer,
    ChatMessage,
    Enrolment,
    Mentorship,
    Participant,
    Program,
    Question,
    Resource,
    Role,
    SignUpSheet,
)
from sessions.models import ActionItem, Attendance, BusyCalendar, DateOverride, Holiday, Session, TimeOff
from tests.people import inside
from tests.tenancy.cast import Cast, make_cast

# View name → what its address names in the cast, and what stands behind the question mark.
LISTS = {
    "reports:home": ("", ""),
    "accounts:member_list": ("", ""),
    "accounts:settings": ("", ""),
    "accounts:import_upload": ("", ""),
    "accounts:import_preview": ("import", ""),
    "programs:list": ("", ""),
    "programs:detail": ("program", ""),
    "programs:enrolments": ("program", ""),
    "programs:questions": ("program", ""),
    "programs:question_answers": ("program", ""),
    "programs:invite": ("program", ""),
    "programs:import_sign_ups": ("program", ""),
    "programs:goals": ("mentorship", ""),
    "programs:resources": ("program", ""),
    "programs:announcements": ("program", ""),
    "programs:messages": ("mentorship", ""),
    "programs:prepare": ("program", ""),
    "programs:approvals": ("", ""),
    "programs:timeline": ("mentorship", ""),
    "programs:recognition": ("", ""),
    "sessions:journal": ("mentorship", ""),
    "matching:board": ("program", ""),
    "matching:candidates": ("program", ""),
    "matching:move": ("program", ""),
    "matching:groups": ("circle", ""),
    "matching:lanes": ("program", ""),
    "matching:unmatched": ("program", ""),
    "matching:idle": ("program", ""),
    "matching:criteria_versions": ("program", ""),
    "matching:pair_rules": ("program", ""),
    "matching:mentors": ("choosing", ""),
    "matching:wishes": ("choosing", "?choose=row&avoid=row"),
    "sessions:list": ("", "?tab=past"),
    "sessions:groups": ("", ""),
    "sessions:week": ("", ""),
    "sessions:month": ("", ""),
    "sessions:history_csv": ("", ""),
    "sessions:history_ics": ("", ""),
    "sessions:actions": ("mentorship", ""),
    "sessions:days": ("", ""),
    "sessions:holidays": ("", ""),
    "sessions:calendar": ("", ""),
    "feedback:relationships": ("program", "?state=at_risk"),
    "feedback:concerns": ("", ""),
    "feedback:surveys": ("program", ""),
    "feedback:survey": ("survey", ""),
    "feedback:results": ("survey_open", ""),
    "feedback:gains": ("", ""),
    "feedback:concern": ("concern", ""),
    "outbox:list": ("", ""),
    "outbox:told": ("", ""),
    "reports:overview": ("", ""),
    "reports:participation": ("", ""),
    "reports:program_health": ("program", ""),
    "reports:retention": ("", ""),
    "reports:access": ("", ""),
    "reports:downloads": ("", ""),
    "reports:data_quality": ("", ""),
    "reports:program_compare": ("", ""),
    "reports:matching_fairness": ("program", ""),
    "reports:matching_calibration": ("program", ""),
    "api:member-list": ("", ""),
    "api:program-list": ("", ""),
    "api:enrolment-list": ("", ""),
    "api:mentorship-list": ("", ""),
    "api:session-list": ("", ""),
    "api:group-session-list": ("", ""),
}


# What else their addresses name.
MORE = {"matching:candidates": {"mentee": "enrolment"}, "matching:move": {"mentee": "enrolment"}}
MOST_QUERIES = 30
# One person's page beside the whole board of the programme.
OWN_LIMITS = {"matching:candidates": 45, "matching:move": 45}


def add_rows(cast: Cast, start: int, stop: int) -> None:
    """So many more of everything that a page lists."""
    numbers = range(start, stop)
    with inside(cast.organisation):
        program = Program.objects.get(pk=cast.ids["program"])
        owner = Member.objects.get(user=cast.user)
        members = Member.objects.bulk_create(
            Member(given_name=f"Row {n}", email=f"row{n}@x.example", time_zone="Europe/London") for n in numbers
        )
        Program.objects.bulk_create(
            Program(name=f"Row {n}", status=Program.Status.OPEN, launched_at=timezone.now()) for n in numbers
        )
        Question.objects.bulk_create(Question(program=program, text=f"Row {n}?") for n in numbers)
        Announcement.objects.bulk_create(
            Announcement(program=program, title=f"Row {n}", body="x", sent_by=owner) for n in numbers
        )
        ChatMessage.objects.bulk_create(
            ChatMessage(mentorship_id=cast.ids["mentorship"], author=owner, text=f"Row {n}", token=uuid4())
            for n in numbers
        )
        Resource.objects.bulk_create(Resource(program=program, title=f"Row {n}", body="x") for n in numbers)
        BusyCalendar.objects.bulk_create(BusyCalendar(member=owner, name=f"Row {n}") for n in numbers)
        first = timezone.now().date() + timedelta(days=1000)
        DateOverride.objects.bulk_create(DateOverride(member=owner, day=first + timedelta(days=n)) for n in numbers)
        TimeOff.objects.bulk_create(TimeOff(member=owner, first_day=first, last_day=first) for _n in numbers)
        Holiday.objects.bulk_create(Holiday(day=first + timedelta(days=n), name=f"Row {n}") for n in numbers)
        ApiKey.objects.bulk_create(ApiKey(name=f"Row {n}", key_hash=f"row {n}", created_by=owner) for n in numbers)
        SignUpSheet.objects.bulk_create(
            SignUpSheet(program=program, file_name=f"{n}.csv", content=b"", role=Role.MENTEE) for n in numbers
        )
        Message.objects.bulk_create(
            Message(kind="test", subject_ref=f"row:{n}", recipient=f"row{n}@x.example", text="x", status="failed")
            for n in numbers
        )
        Message.objects.bulk_create(
            Message(kind="test", subject_ref=f"told:{n}", recipient=owner.email, subject=f"Row {n}", text="x")
            for n in numbers
        )
        BouncedAddress.objects.bulk_create(BouncedAddress(address=f"row{n}@x.example", reason="550") for n in numbers)
        PeopleImport.objects.bulk_create(PeopleImport(file_name=f"{n}.csv", content=b"") for n in numbers)
        preview = PeopleImport.objects.get(pk=cast.ids["import"])
        ImportRow.objects.bulk_create(
            ImportRow(people_import=preview, line=n + 10, action="same", label=f"Row {n}", cells=[], plan={})
            for n in numbers
        )
        Job.objects.bulk_create(Job(kind="matching.run", subject=f"row:{n}", status=Job.Status.DONE) for n in numbers)
        CriteriaVersion.objects.bulk_create(
            CriteriaVersion(program=program, number=n + 10, made_by=owner, criteria={"weights": {"skills": n}})
            for n in numbers
        )
        Enrolment.objects.bulk_create(
            Enrolment(
                program_id=cast.ids["choosing"], member=member, role=Role.MENTOR, status=Enrolment.Status.ACTIVE,
                capacity=1, free_hours=[[0, 540, 720]],
            )
            for member in members
        )  # fmt: skip
        ActionItem.objects.bulk_create(
            ActionItem(
                mentorship_id=cast.ids["mentorship"], text=f"Row {n}", owner=owner,
                done_at=timezone.now() if n % 2 else None,
            )
            for n in numbers
        )  # fmt: skip
        _add_mentorships(program, owner, members)
        _add_approvals(owner, numbers)
        _add_surveys(cast, program, numbers)
        _add_answers(program, numbers)
        _add_concerns(Concern.objects.get(pk=cast.ids["concern"]), members)
        _add_groups(cast, members)


def _add_approvals(owner: Member, numbers: range) -> None:
    """Of the owner's team, waiting for their yes."""
    program, _is_new = Program.objects.get_or_create(
        name="By managers", defaults={"status": "open", "approver": "manager"}
    )
    team = Member.objects.bulk_create(Member(given_name=f"Team {n}", manager=owner) for n in numbers)
    Enrolment.objects.bulk_create(
        Enrolment(program=program, member=member, role=Role.MENTEE, status=Enrolment.Status.APPLIED) for member in team
    )


def _add_concerns(concern: Concern, members: list[Member]) -> None:
    """Others told to the same contact, and more of what happened with one."""
    Concern.objects.bulk_create(
        Concern(program=concern.program, raised_by=member, contact=concern.contact, status="acknowledged")
        for member in members
    )
    for kind in ("answer", "opened"):
        ConcernEntry.objects.bulk_create(
            ConcernEntry(concern=concern, kind=kind, by=concern.contact) for _member in members
        )


def _add_answers(program: Program, numbers: range) -> None:
    """What more people say to everybody."""
    question = Question.objects.filter(program=program, visible_to=Question.Visibility.EVERYBODY).earliest("pk")
    rows = Enrolment.objects.filter(program=program, member__email__in=[f"row{n}@x.example" for n in numbers])
    Answer.objects.bulk_create(Answer(enrolment=each, question=question, value="Row") for each in rows)


def _add_surveys(cast: Cast, program: Program, numbers: range) -> None:
    """More surveys, questions of one, and people who have answered another."""
    Survey.objects.bulk_create(Survey(program=program, name=f"Row {n}", moment="end") for n in numbers)
    SurveyQuestion.objects.bulk_create(
        SurveyQuestion(survey_id=cast.ids["survey"], text=f"Row {n}?", position=n) for n in numbers
    )
    asked = SurveyQuestion.objects.get(survey=cast.ids["survey_open"])
    rows = Enrolment.objects.filter(program=program, member__email__in=[f"row{n}@x.example" for n in numbers])
    invitations = SurveyInvitation.objects.bulk_create(
        SurveyInvitation(
            survey_id=cast.ids["survey_open"], enrolment=each, closes_at=timezone.now() + timedelta(days=7)
        )
        for each in rows
    )
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(invitation=each, question=asked, value="Row", block=1) for each in invitations
    )


def _add_groups(cast: Cast, members: list[Member]) -> None:
    """A suggested circle and a running one for each third of them; the others wait."""
    program = Program.objects.get(pk=cast.ids["circle"])
    people = Enrolment.objects.bulk_create(
        Enrolment(program=program, member=member, role=Role.MENTEE, status=Enrolment.Status.ACTIVE)
        for member in members
    )
    for enrolment in people[0::3]:
        group = GroupProposal.objects.create(program=program, name="Row")
        GroupSeat.objects.create(group=group, enrolment=enrolment, role=Role.MENTEE)
    for enrolment in people[1::3]:
        running = Mentorship.objects.create(program=program, status=Mentorship.Status.ACTIVE, name="Row")
        Participant.objects.create(mentorship=running, enrolment=enrolment, role=Role.MENTEE)


def _add_mentorships(program: Program, owner: Member, members: list[Member]) -> None:
    mentor = Enrolment.objects.filter(program=program, role=Role.MENTOR).earliest("pk")
    run = MatchRun.objects.filter(program=program).latest("pk")
    mentees = Enrolment.objects.bulk_create(
        Enrolment(program=program, member=member, role=Role.MENTEE, status=Enrolment.Status.ACTIVE)
        for member in members
    )
    # A third each are proposed, unmatched, and in a mentorship.
    proposed, unmatched, matched = mentees[0::3], mentees[1::3], mentees[2::3]
    Proposal.objects.bulk_create(
        Proposal(program=program, run=run, mentee=mentee, mentor=mentor, score=0.5) for mentee in proposed
    )
    PairRule.objects.bulk_create(
        PairRule(program=program, mentee=mentee, mentor=mentor, kind=PairRule.Kind.MUST_NOT, made_by=owner)
        for mentee in mentees
    )
    Candidate.objects.bulk_create(
        Candidate(run=run, mentee=mentee, mentor=mentor, rank=0, score=0.5) for mentee in mentees
    )
    Unmatched.objects.bulk_create(
        Unmatched(run=run, mentee=mentee, code="unmatched.no_mentors", reason="No mentors.") for mentee in unmatched
    )
    helpers = Member.objects.bulk_create(
        Member(given_name=f"Helper {member.pk}", email=f"helper{member.pk}@x.example") for member in members
    )
    idle = Enrolment.objects.bulk_create(
        Enrolment(program=program, member=member, role=Role.MENTOR, status=Enrolment.Status.ACTIVE, capacity=2)
        for member in helpers
    )
    IdleMentor.objects.bulk_create(IdleMentor(run=run, mentor=each, free=2) for each in idle)
    mentorships = Mentorship.objects.bulk_create(
        Mentorship(program=program, status=Mentorship.Status.ACTIVE, started_at=timezone.now()) for _mentee in matched
    )
    Participant.objects.bulk_create(
        Participant(mentorship=mentorship, enrolment=enrolment, role=enrolment.role)
        for mentorship, mentee in zip(mentorships, matched, strict=True)
        for enrolment in (mentor, mentee)
    )
    first = timezone.now() - timedelta(days=20 + Session.objects.count())
    sessions = Session.objects.bulk_create(
        Session(
            mentorship_id=Mentorship.objects.earliest("pk").pk, status=Session.Status.HELD, zone_name="Europe/London",
            starts_at=first - timedelta(days=n), ends_at=first - timedelta(days=n) + timedelta(hours=1),
        )
        for n in range(len(members))
    )  # fmt: skip
    ahead = timezone.now() + timedelta(days=20 + Session.objects.with_seats().count())
    sessions += Session.objects.bulk_create(
        Session(
            program_id=program.pk, led_by=mentor.member, seats=5, topic="More", zone_name="Europe/London",
            starts_at=ahead + timedelta(days=n), ends_at=ahead + timedelta(days=n, hours=1),
        )
        for n in range(len(members))
    )  # fmt: skip
    Attendance.objects.bulk_create(
        Attendance(
            session=session, member=member, during=DateTimeTZRange(session.starts_at, session.ends_at), report="held"
        )
        for session in sessions
        for member in (owner, mentor.member)
    )


def count_queries(cast: Cast) -> dict[str, int]:
    client = Client()
    client.force_login(cast.user)
    counts = {}
    for name, (shown, query) in LISTS.items():
        kwargs = {"org": cast.organisation.slug} | ({"pk": cast.ids[shown]} if shown else {})
        kwargs |= {key: cast.ids[named] for key, named in MORE.get(name, {}).items()}
        url = reverse(name, kwargs=kwargs) + query
        # What is kept in the cache is worked out by the first.
        assert client.get(url).status_code == 200, url
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts[name] = len(queries)
    return counts


@pytest.mark.django_db
def test_lists_cost_the_same_at_3_rows_and_at_300():
    cast = make_cast("northwind", "Aurelian")
    add_rows(cast, 0, 3)
    few = count_queries(cast)
    add_rows(cast, 3, 300)
    many = count_queries(cast)
    assert {name: (few[name], many[name]) for name in LISTS if few[name] != many[name]} == {}
    assert {name: count for name, count in many.items() if count > OWN_LIMITS.get(name, MOST_QUERIES)} == {}
