"""One object of every kind that an address can name, the same in each of two organisations.

Every name and text of an organisation carries its `mark`, so that a page which shows somebody else's row gives itself away.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from psycopg2.extras import DateTimeTZRange

from accounts import imports
from accounts import services as accounts
from accounts.models import ApiKey, Erasure, JobChange, Member, Organisation, Skill, User
from feedback import concerns
from feedback.models import (
    Concern,
    Help,
    Pulse,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyQuestion,
)
from matching.models import (
    Avoidance,
    BoardChange,
    Candidate,
    CriteriaVersion,
    GroupProposal,
    GroupSeat,
    IdleMentor,
    MatchRun,
    MentorRequest,
    PairRule,
    Proposal,
    StatedChoice,
    Unmatched,
)
from mentoring.files import checking
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.outbox.models import BouncedAddress, DigestChoice, Message
from programs.criteria import default_criteria
from programs.formats import TRADITIONAL
from programs.models import (
    Agreement,
    AgreementAcceptance,
    Announcement,
    Answer,
    Certificate,
    ChatAttachment,
    ChatMessage,
    ChatRead,
    ClosingReview,
    Enrolment,
    EnrolmentSkill,
    Goal,
    GoalProgress,
    LastEdit,
    Mentorship,
    MentorshipEvent,
    Milestone,
    Objective,
    Participant,
    Program,
    ProgramTemplate,
    Question,
    Resource,
    ResourceRead,
    Role,
    SentForm,
    SignUpSheet,
    Stage,
)
from programs.services import certificates
from programs.services.taking_part import parts_of
from reports import snapshots
from reports.access import access_snapshot
from reports.choices import Choice, last_full_month
from reports.models import ReportRecipient
from sessions import services
from sessions.models import (
    ActionItem,
    AgendaPoint,
    AgendaTemplate,
    AnsweredRequest,
    Attendance,
    BoardBrief,
    BookingPolicy,
    BusyTime,
    DateOverride,
    Holiday,
    ReminderChoice,
    Session,
    TimeOff,
    WeeklyHours,
)
from sessions.sealing import seal
from sessions.services import write_note
from sessions.services.journal import write_entry
from tests.people import inside, make_member, make_organisation

# The smallest that there is.
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@dataclass
class Cast:
    organisation: Organisation
    mark: str
    # Owner, programme admin, HR analyst and mentee in one, so that every page has something to show.
    user: User
    ids: dict[str, int] = field(default_factory=dict)


def make_cast(slug: str, mark: str) -> Cast:
    organisation = make_organisation(slug, name=f"{mark} Ltd")
    owner = make_member(
        organisation, "Olivia", family_name=mark, is_owner=True, is_admin=True, is_hr=True, department=f"{mark} Sales",
        job_title=mark, site=f"{mark} Town", level=3,
    )  # fmt: skip
    # The user's own name stands in every page's frame, so it carries no mark.
    User.objects.filter(pk=owner.user_id).update(name="Olivia Osei")
    mentor = make_member(organisation, "Max", family_name=mark, department=f"{mark} Sales", level=6)
    colleague = make_member(organisation, "Carl", login=False, family_name=mark, level=2)
    left = make_member(organisation, "Lena", login=False, family_name=mark, left_on=date(2024, 1, 31))
    cast = Cast(organisation, mark, owner.user)
    with inside(organisation):
        _fill(cast, owner, mentor, colleague, left)
    return cast


def _fill(cast: Cast, owner: Member, mentor: Member, colleague: Member, left: Member) -> None:
    now, mark, ids = timezone.now(), cast.mark, cast.ids
    ids |= {"owner": owner.pk, "member": colleague.pk, "left": left.pk}
    ids["api_key"] = ApiKey.objects.create(name=mark, prefix="mk_", key_hash=f"{mark:x<64}", created_by=owner).pk
    skill = Skill.objects.create(name=f"{mark} skill", key=f"{mark} skill".casefold())
    sheet = (
        f"Name,E-mail,Hire Date\nAda {mark},ada@{mark}.example,2021-03-01\nNobody,not an address,2021-03-01\n".encode()
    )
    ids["upload"] = imports.upload(name=f"{mark}.csv", content=sheet, by=owner).pk
    planned = imports.upload(name=f"{mark}.csv", content=sheet, by=owner)
    imports.plan_import(planned, NoProgress())
    ids["import"] = planned.pk
    Erasure.objects.create(member=left, by=owner, request=mark)
    ids["job_change"] = JobChange.objects.create(
        member=colleague, kind=JobChange.Kind.PROMOTION, effective_on=date(2024, 3, 1), department_after=f"{mark} Sales"
    ).pk

    program = _program(mark, owner, status=Program.Status.OPEN)
    ids["program"] = program.pk
    ids["draft"] = _program(mark, owner, status=Program.Status.DRAFT, wizard_step="who").pk
    ids["template"] = ProgramTemplate.objects.create(name=mark, format="traditional", made_by=owner).pk
    ids["shadow_board"] = _program(mark, owner, status=Program.Status.OPEN, format="board").pk
    Objective.objects.create(program=program, text=mark, position=0)
    ids["objective"] = Objective.objects.create(program=program, text=mark, own_measure=mark, position=1).pk
    ids["stage"] = Stage.objects.create(program=program, key="meeting", name=mark, begun_at=now).pk
    file = checking.check_file(SimpleUploadedFile(f"{mark}.txt", mark.encode()))
    resource = Resource.objects.create(program=program, title=mark, kind="file", body=mark, file=file)
    ids["resource"] = resource.pk
    ResourceRead.objects.create(resource=resource, member=mentor)
    question = Question.objects.create(program=program, text=f"{mark}?", visible_to=Question.Visibility.EVERYBODY)
    ids["question"] = question.pk
    ids["sheet"] = SignUpSheet.objects.create(
        program=program, file_name=f"{mark}.csv", role=Role.MENTEE, uploaded_by=owner,
        content=b"Email Address,What would you like to learn?\nada@x.example,Python\n",
    ).pk  # fmt: skip
    one = _enrolment(program, mentor, Role.MENTOR, mark, capacity=5)
    other = _enrolment(program, owner, Role.MENTEE, mark)
    waiting = _enrolment(program, colleague, Role.MENTEE, mark)
    ids |= {"enrolment": waiting.pk, "mentor": one.pk}
    EnrolmentSkill.objects.create(enrolment=one, skill=skill)
    EnrolmentSkill.objects.create(enrolment=waiting, skill=skill)
    Answer.objects.create(enrolment=waiting, question=question, value=mark)
    late = make_member(cast.organisation, "Lou", login=False, family_name=mark, email=f"lou@{mark}.example".lower())
    ids["applied"] = _enrolment(program, late, Role.MENTEE, mark, status=Enrolment.Status.APPLIED).pk

    ids["mentorship"] = _mentorship(program, one, other, Mentorship.Status.ACTIVE, mark).pk
    second = _program(mark, owner, status=Program.Status.OPEN)
    offered = _mentorship(
        second, _enrolment(second, mentor, Role.MENTOR, mark, capacity=5), _enrolment(second, owner, Role.MENTEE, mark),
        Mentorship.Status.OFFERED, mark,
    )  # fmt: skip
    ids["offered"] = offered.pk

    run = MatchRun.objects.create(program=program, finished_at=now, mentees=2, mentors=1, places=5, proposed=1)
    Candidate.objects.create(run=run, mentee=waiting, mentor=one, rank=0, score=0.5)
    Unmatched.objects.create(run=run, mentee=waiting, code="unmatched.no_mentors", reason=mark)
    IdleMentor.objects.create(
        run=run, mentor=one, free=4,
        details={"code": "offering.none", "params": {"skill": mark}, "parts": [], "free": 4},
    )  # fmt: skip
    ids["proposal"] = Proposal.objects.create(program=program, run=run, mentee=waiting, mentor=one, score=0.5).pk

    CriteriaVersion.objects.create(program=program, number=1, criteria=program.criteria, made_by=owner)
    ids["pair_rule"] = PairRule.objects.create(
        program=program, mentee=waiting, mentor=one, kind=PairRule.Kind.MUST, made_by=owner
    ).pk

    choosing = _program(mark, owner, status=Program.Status.OPEN, pairing=Program.Pairing.CHOICE)
    mona = make_member(
        cast.organisation, "Mona", login=False, family_name=mark, email=f"mona@{mark}.example".lower(), level=5
    )
    asking, asked = _enrolment(choosing, owner, Role.MENTEE, mark), _enrolment(choosing, mona, Role.MENTOR, mark)
    made = MentorRequest.objects.create(
        program=choosing, mentee=asking, mentor=asked, note=mark, expires_at=now + timedelta(days=7)
    )
    StatedChoice.objects.create(enrolment=asking, chosen=asked, rank=1)
    Avoidance.objects.create(member=owner, avoided=colleague)
    ids |= {"choosing": choosing.pk, "asked": asked.pk, "request": made.pk}

    _groups(owner, mentor, colleague, ids, mark)

    ids["change"] = BoardChange.objects.create(program=program, by=owner, text=mark).pk

    mentorship = Mentorship.objects.get(pk=ids["mentorship"])
    members = (owner, mentor)
    ids["upcoming"] = _session(mentorship, members, now + timedelta(days=3), Session.Status.PLANNED, mark).pk
    ids["past"] = _session(mentorship, members, now - timedelta(days=3), Session.Status.PLANNED, mark).pk
    group = Session.objects.create(
        program=program, led_by=mentor, seats=3, topic=mark, place=mark, zone_name="Europe/London",
        starts_at=now + timedelta(days=4), ends_at=now + timedelta(days=4, hours=1),
    )  # fmt: skip
    Attendance.objects.create(session=group, member=mentor, during=DateTimeTZRange(group.starts_at, group.ends_at))
    ids["group"] = group.pk
    held = _session(mentorship, members, now - timedelta(days=9), Session.Status.HELD, mark)
    ids["held"] = held.pk
    write_note(held, visibility="shared", body=f"{mark} shared", by=mentor)
    write_note(held, visibility="private", body=f"{mark} private", by=owner)
    ids["action"] = ActionItem.objects.create(
        mentorship=mentorship, session=held, text=mark, owner=owner, due_on=now.date() - timedelta(days=2)
    ).pk
    ids["journal_entry"] = write_entry(mentorship, text=f"{mark} journal", by=owner).pk
    _along_the_way(mentorship, owner, mentor, ids, mark)
    AgendaPoint.objects.create(session_id=ids["upcoming"], text=mark)
    AgendaTemplate.objects.create(program=program, stage="first", points=[mark], preparation=mark)
    Pulse.objects.create(session=held, member=mentor, useful=4, understood=4)
    survey = Survey.objects.create(program=program, name=mark, day=now.date() + timedelta(days=7), made_by=owner)
    ids["survey"] = survey.pk
    ids["survey_question"] = SurveyQuestion.objects.create(survey=survey, text=f"{mark}?").pk
    opened = Survey.objects.create(program=program, name=mark, day=now.date(), status=Survey.Status.OPEN, opened_at=now)
    invited = SurveyInvitation.objects.create(survey=opened, enrolment=other, closes_at=now + timedelta(days=7))
    SurveyAnswer.objects.create(
        invitation=invited,
        question=SurveyQuestion.objects.create(survey=opened, text=f"{mark}?", kind="text"),
        value=mark,
    )
    ids |= {"survey_open": opened.pk, "invited": invited.pk}
    concern = Concern.objects.create(
        program=program, mentorship=mentorship, raised_by=mentor, contact=owner, sealed=b""
    )
    concern.sealed = seal(mark, bound_to=concerns.place(concern))
    concern.save()
    concerns.answer(concern, text=mark, by=owner)
    # One that the owner looks after, being no part of it.
    helped = make_member(cast.organisation, "Kit", login=False, family_name=mark, email=f"kit@{mark}.example".lower())
    unattended = _mentorship(
        program, one, _enrolment(program, helped, Role.MENTEE, mark), Mentorship.Status.ACTIVE, mark
    )
    Mentorship.objects.filter(pk=unattended.pk).update(check_since=now, check_reason=mark)
    Help.objects.create(mentorship=unattended, kind="nudge", note=mark, by=owner)
    ids |= {"concern": concern.pk, "unattended": unattended.pk}
    for member in members:
        for day in range(7):
            WeeklyHours.objects.create(member=member, weekday=day, start_minute=0, end_minute=1440)
    ids["job"] = Job.objects.create(kind="matching.run", subject=mark, params={"program_id": program.pk}).pk
    Message.objects.create(kind="test", subject_ref="x:1", recipient="a@x.example", subject=mark, text=mark)
    ids["letter"] = Message.objects.create(
        kind="test", subject_ref="x:2", recipient=f"{mark}@x.example", subject=mark, text=mark, status="failed",
        outcome=mark, expires_at=now + timedelta(days=3),
    ).pk  # fmt: skip
    ids["told"] = Message.objects.create(
        kind="test",
        subject_ref="x:3",
        recipient=owner.email,
        subject=mark,
        text=mark,
        path=f"/o/{cast.organisation.slug}/",
    ).pk
    DigestChoice.objects.create(address=mentor.email, time_zone="Europe/London")
    BouncedAddress.objects.create(address=colleague.email, reason=mark)
    _reports(owner, ids, mark)
    ReminderChoice.objects.create(member=owner, kind="session", ahead=[60])
    ids["day"] = DateOverride.objects.create(
        member=owner, day=now.date() + timedelta(days=300), windows=[[540, 600]]
    ).pk
    ids["time_off"] = TimeOff.objects.create(
        member=owner, first_day=now.date() + timedelta(days=301), last_day=now.date() + timedelta(days=302)
    ).pk
    ids["holiday"] = Holiday.objects.create(day=now.date() + timedelta(days=303), name=mark, site="").pk
    BookingPolicy.objects.create(program=program)
    LastEdit.objects.create(form=f"Form {mark}", member=owner, token=f"{mark:x<32}")
    SentForm.objects.create(member=owner, key=f"{mark:x<64}", location=f"/o/{mark}/")
    AnsweredRequest.objects.create(member=owner, key=mark, asked="x", status=201, answer={"topic": mark})
    services.make_feed(owner, kind=services.FULL, by=owner)
    services.set_meeting_link(owner, link=f"https://meet.google.com/{mark}", by=owner)
    read = services.add_calendar(owner, address=f"https://calendar.example/{mark}.ics", name=mark, by=owner)
    ids["calendar"] = read.pk
    BusyTime.objects.create(
        calendar=read, member=owner, starts_at=now + timedelta(days=5), ends_at=now + timedelta(days=5, hours=1)
    )


def _groups(owner: Member, mentor: Member, colleague: Member, ids: dict[str, int], mark: str) -> None:
    """A circle that runs, and one that is suggested."""
    program = _program(mark, owner, status=Program.Status.OPEN, format="circle")
    one, other = (
        _enrolment(program, mentor, Role.MENTOR, mark, capacity=6),
        _enrolment(program, owner, Role.MENTEE, mark),
    )
    third = _enrolment(program, colleague, Role.MENTEE, mark)
    mentorship = _mentorship(program, one, other, Mentorship.Status.ACTIVE, mark)
    Mentorship.objects.filter(pk=mentorship.pk).update(name=mark)
    Participant.objects.create(
        mentorship=mentorship, enrolment=third, role=Role.MENTEE, response=Participant.Response.ACCEPTED
    )
    run = MatchRun.objects.create(program=program, finished_at=timezone.now(), mentees=2, mentors=1, proposed=1)
    group = GroupProposal.objects.create(program=program, run=run, name=mark, score=0.5)
    GroupSeat.objects.create(group=group, enrolment=third, role=Role.MENTEE, score=0.5)
    ids |= {"circle": program.pk, "suggested": group.pk, "running": mentorship.pk, "in_circle": third.pk}
    shadow = Program.objects.get(pk=ids["shadow_board"])
    board = _mentorship(
        shadow, _enrolment(shadow, mentor, Role.MENTOR, mark), _enrolment(shadow, owner, Role.MENTEE, mark),
        Mentorship.Status.ACTIVE, mark,
    )  # fmt: skip
    met = _session(board, (owner, mentor), timezone.now() - timedelta(days=20), Session.Status.HELD, mark)
    BoardBrief.objects.create(session=met, brief=mark, recommendation=mark, response=mark)
    ids |= {"board": board.pk, "board_meeting": met.pk}


def _along_the_way(mentorship: Mentorship, owner: Member, mentor: Member, ids: dict[str, int], mark: str) -> None:
    """What the people of a mentorship have agreed on, and want to reach."""
    goal = Goal.objects.create(mentorship=mentorship, owner=owner, text=mark, measure=mark, baseline=0, target=4)
    ids["goal"] = goal.pk
    ids["milestone"] = Milestone.objects.create(goal=goal, text=mark).pk
    GoalProgress.objects.create(goal=goal, by=mentor, value=2, note=mark)
    message = ChatMessage.objects.create(mentorship=mentorship, author=mentor, text=f"{mark} message", token=uuid4())
    file = checking.check_file(SimpleUploadedFile(f"{mark}.txt", mark.encode()))
    ids["message_file"] = ChatAttachment.objects.create(message=message, file=file).pk
    ChatRead.objects.create(mentorship=mentorship, member=mentor, read_until=timezone.now())
    ids["announcement"] = Announcement.objects.create(
        program=mentorship.program, title=mark, body=mark, sent_by=owner
    ).pk
    agreement = Agreement.objects.create(
        mentorship=mentorship, aims=mark, rhythm=mark, confidentiality=mark, ending=mark, written_by=mentor
    )
    AgreementAcceptance.objects.create(agreement=agreement, member=mentor)
    MentorshipEvent.objects.create(mentorship=mentorship, kind=MentorshipEvent.Kind.EXTENDED, by=mentor)
    done = Mentorship.objects.create(
        program=_program(mark, owner, status=Program.Status.CLOSED), status=Mentorship.Status.COMPLETED,
        started_at=timezone.now() - timedelta(days=90), ended_at=timezone.now() - timedelta(days=1),
        lessons=mark, check_reason=mark, check_since=timezone.now(),
    )  # fmt: skip
    for member, role in ((owner, Role.MENTEE), (mentor, Role.MENTOR)):
        enrolment = _enrolment(done.program, member, role, mark)
        Participant.objects.create(
            mentorship=done, enrolment=enrolment, role=role, response=Participant.Response.ACCEPTED
        )
    ClosingReview.objects.create(mentorship=done, member=mentor, went_well=mark, otherwise=mark, thanks=mark)
    # Between the hours of other sessions on the same days.
    _session(done, (owner, mentor), done.started_at + timedelta(hours=12), Session.Status.HELD, mark)
    certificates.issue(done, parts_of(done))
    ids |= {"completed": done.pk, "certificate": Certificate.objects.get(member=owner).pk}
    accounts.set_logo(SimpleUploadedFile(f"{mark}.png", PICTURE), by=owner)


def _reports(owner: Member, ids: dict[str, int], mark: str) -> None:
    """A report that is there and was taken away, and one that is being worked out."""
    today = timezone.now().date()
    snapshot = snapshots.make_snapshot(owner.organisation, Choice(last_full_month(today)), NoProgress())
    snapshots.log_download(snapshot, format="csv", purpose=mark, by=owner)
    ReportRecipient.objects.create(member=owner)
    ids |= {
        "access": access_snapshot(owner.organisation, last_full_month(today), None).pk,
        "snapshot": snapshot.pk,
        "report_job": Job.objects.create(kind=snapshots.KIND, subject=mark, params={}).pk,
    }


def _program(mark: str, by: Member, **fields: Any) -> Program:
    return Program.objects.create(
        name=f"{mark} programme", objective=mark, criteria=default_criteria(TRADITIONAL), created_by=by,
        launched_at=timezone.now(), **fields,
    )  # fmt: skip


def _enrolment(program: Program, member: Member, role: str, mark: str, **fields: Any) -> Enrolment:
    fields.setdefault("status", Enrolment.Status.ACTIVE)
    return Enrolment.objects.create(
        program=program, member=member, role=role, languages=["English"], goal=mark, joined_at=timezone.now(), **fields
    )


def _mentorship(program: Program, one: Enrolment, other: Enrolment, status: str, mark: str) -> Mentorship:
    mentorship = Mentorship.objects.create(
        program=program, status=status, reasons=[mark],
        started_at=timezone.now() - timedelta(days=30) if status == Mentorship.Status.ACTIVE else None,
    )  # fmt: skip
    # What runs has everybody's yes.
    said = Participant.Response.ACCEPTED if status == Mentorship.Status.ACTIVE else Participant.Response.PENDING
    for enrolment in (one, other):
        Participant.objects.create(mentorship=mentorship, enrolment=enrolment, role=enrolment.role, response=said)
    return mentorship


def _session(mentorship: Mentorship, members: Any, starts_at: Any, status: str, mark: str) -> Session:
    session = Session.objects.create(
        mentorship=mentorship, status=status, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
        zone_name="Europe/London", topic=mark, place=mark,
    )  # fmt: skip
    for member in members:
        Attendance.objects.create(
            session=session, member=member, during=DateTimeTZRange(session.starts_at, session.ends_at),
            report=Attendance.Report.HELD if status == Session.Status.HELD else "",
        )  # fmt: skip
    return session
