"""What a year of mentoring leaves in the crowd's programme of pairs: words, goals, things to read, answers to surveys."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Member
from feedback.models import Help, Survey, SurveyAnswer, SurveyInvitation, SurveyQuestion
from programs.models import (
    Agreement,
    AgreementAcceptance,
    Announcement,
    ChatMessage,
    Enrolment,
    Goal,
    GoalProgress,
    Mentorship,
    MentorshipEvent,
    Milestone,
    Program,
    Resource,
    ResourceRead,
    Role,
)
from sessions.models import ActionItem

MESSAGES, GOALS, MILESTONES, STEPS, ACTIONS = 200, 4, 5, 12, 40
RESOURCES, ANNOUNCEMENTS, SURVEYS, HELPED = 20, 30, 6, 10
TEXT = "We went through the plan and agreed what each of us does until the next time. " * 3


def add(program: Program, members: Sequence[Member], rnd: random.Random) -> None:
    """Most of it in the mentorship of the two who sign in: a page shows one at a time."""
    enrolments = list(Enrolment.objects.filter(program=program).order_by("pk"))
    mentorships = list(Mentorship.objects.filter(program=program).order_by("pk"))
    _between(mentorships[0], members[2], members[3])
    # Everybody has a goal, which reports count.
    Goal.objects.bulk_create(
        Goal(
            mentorship=each, owner=members[3], text="Speak up", measure="Talks",
            baseline=Decimal(0), target=Decimal(3), made_by=members[3],
        )
        for each in mentorships[1:]
    )  # fmt: skip
    _to_read(program, enrolments, by=members[0])
    _surveys(program, enrolments, rnd, by=members[0])
    Help.objects.bulk_create(
        Help(mentorship=each, kind=Help.Kind.NUDGE, by=members[0], at=timezone.now() - timedelta(days=9))
        for each in mentorships[-HELPED:]
    )


def _between(mentorship: Mentorship, mentor: Member, mentee: Member) -> None:
    now = timezone.now()
    ChatMessage.objects.bulk_create(
        ChatMessage(
            mentorship=mentorship, author=(mentor, mentee)[n % 2], text=TEXT,
            sent_at=now - timedelta(hours=6 * (MESSAGES - n)), token=uuid.uuid4(),
        )
        for n in range(MESSAGES)
    )  # fmt: skip
    goals = Goal.objects.bulk_create(
        Goal(
            mentorship=mentorship, owner=mentee, text=f"Goal {n}", why=TEXT, measure="Talks given", unit="talks",
            baseline=Decimal(0), target=Decimal(20), due_on=(now + timedelta(days=30 * n)).date(), made_by=mentee,
        )
        for n in range(GOALS)
    )  # fmt: skip
    Milestone.objects.bulk_create(
        Milestone(goal=goal, text=f"Step {n}", done_at=now if n < 2 else None, position=n)
        for goal in goals
        for n in range(MILESTONES)
    )
    GoalProgress.objects.bulk_create(
        GoalProgress(goal=goal, by=mentee, at=now - timedelta(days=7 * (STEPS - n)), value=Decimal(n), note="One more")
        for goal in goals
        for n in range(STEPS)
    )
    agreement = Agreement.objects.create(
        mentorship=mentorship, aims=TEXT, rhythm="Every two weeks", confidentiality=TEXT, ending=TEXT, written_by=mentor
    )
    AgreementAcceptance.objects.bulk_create(
        AgreementAcceptance(agreement=agreement, member=each) for each in (mentor, mentee)
    )
    MentorshipEvent.objects.bulk_create(
        MentorshipEvent(mentorship=mentorship, kind=kind, at=now - timedelta(days=days), by=mentor, text="A holiday")
        for kind, days in ((MentorshipEvent.Kind.PAUSED, 60), (MentorshipEvent.Kind.RESUMED, 40))
    )
    ActionItem.objects.bulk_create(
        ActionItem(
            mentorship=mentorship, text=f"Do number {n}", owner=(mentor, mentee)[n % 2], made_by=mentee,
            due_on=(now + timedelta(days=n - 20)).date(), done_at=now if n % 3 else None,
        )
        for n in range(ACTIONS)
    )  # fmt: skip


def _to_read(program: Program, enrolments: Sequence[Enrolment], *, by: Member) -> None:
    resources = Resource.objects.bulk_create(
        Resource(program=program, title=f"Reading {n}", body=TEXT, minutes=5, required=n < 4, position=n)
        for n in range(RESOURCES)
    )
    ResourceRead.objects.bulk_create(
        ResourceRead(resource=resource, member_id=enrolment.member_id)
        for resource in resources[:4]
        for enrolment in enrolments[::2]
    )
    Announcement.objects.bulk_create(
        Announcement(
            program=program, title=f"News {n}", body=TEXT, sent_by=by, recipients=len(enrolments),
            sent_at=timezone.now() - timedelta(days=7 * n),
        )
        for n in range(ANNOUNCEMENTS)
    )  # fmt: skip


def _surveys(program: Program, enrolments: Sequence[Enrolment], rnd: random.Random, *, by: Member) -> None:
    """Closed ones, which nearly everybody has answered, in blocks of ten of one role."""
    now = timezone.now()
    kinds = SurveyQuestion.Kind
    for number in range(SURVEYS):
        opened_at = now - timedelta(days=30 * (SURVEYS - number))
        survey = Survey.objects.create(
            program=program, name=f"Survey {number}", moment=Survey.Moment.DAY, day=opened_at.date(), made_by=by,
            status=Survey.Status.CLOSED, opened_at=opened_at, closed_at=opened_at + timedelta(days=14),
        )  # fmt: skip
        questions = SurveyQuestion.objects.bulk_create(
            SurveyQuestion(survey=survey, text=f"Question {n}", kind=kind, options=options, position=n)
            for n, (kind, options) in enumerate(
                ((kinds.SCALE, []), (kinds.RECOMMEND, []), (kinds.CHOICE, ["Tea", "Coffee"]), (kinds.TEXT, []))
            )
        )
        invitations = SurveyInvitation.objects.bulk_create(
            SurveyInvitation(
                survey=survey, enrolment=each, sent_at=opened_at, closes_at=opened_at + timedelta(days=14),
                answered_at=opened_at + timedelta(days=2) if n % 10 else None,
                counted_at=opened_at + timedelta(days=14) if n % 10 else None,
            )
            for n, each in enumerate(enrolments)
        )  # fmt: skip
        SurveyAnswer.objects.bulk_create(_answers(questions, invitations, rnd))


def _answers(
    questions: Sequence[SurveyQuestion], invitations: Sequence[SurveyInvitation], rnd: random.Random
) -> Iterator[SurveyAnswer]:
    given: Counter[str] = Counter()
    for invitation in invitations:
        if invitation.answered_at is None:
            continue
        role = invitation.enrolment.role
        # So many of each role that no block is small.
        block = 2 * min(given[role] // 10, 4 if role == Role.MENTOR else 11) + (role == Role.MENTEE) + 1
        given[role] += 1
        for question, value in zip(
            questions, (rnd.randrange(1, 6), rnd.randrange(3, 11), rnd.choice(["Tea", "Coffee"]), TEXT), strict=True
        ):
            yield SurveyAnswer(invitation=invitation, question=question, value=value, block=block, block_role=role)
