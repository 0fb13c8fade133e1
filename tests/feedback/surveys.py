"""Surveys of Northwind's programme and the people who answer them."""

from datetime import UTC, datetime, timedelta

from accounts.models import Skill
from feedback.models import Survey, SurveyInvitation, SurveyQuestion
from feedback.surveying import answering, building, sending
from feedback.surveying.results import results_of
from programs.models import Enrolment, EnrolmentSkill, Program
from tests.people import inside, make_member

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.date()


def make_program(organisation, by, **fields):
    with inside(organisation):
        fields.setdefault("status", Program.Status.RUNNING)
        return Program.objects.create(name="Growing together", created_by=by, launched_at=NOON, **fields)


def enrol(program, *, mentors=0, mentees=0, skill=None, first=1):
    """So many of each, called Mentor1, Mentee1, … or as of another number; returns their enrolments, mentors first."""
    found = []
    for role, count in (("mentor", mentors), ("mentee", mentees)):
        for number in range(first, first + count):
            member = make_member(program.organisation, f"{role.title()}{number}", login=False)
            with inside(program.organisation):
                enrolment = Enrolment.objects.create(
                    program=program,
                    member=member,
                    role=role,
                    status=Enrolment.Status.ACTIVE,
                    joined_at=NOON,
                    capacity=5,
                )
                if skill is not None:
                    EnrolmentSkill.objects.create(enrolment=enrolment, skill=skill)
                found.append(enrolment)
    return found


def make_skill(organisation, name="Python"):
    with inside(organisation):
        return Skill.objects.create(name=name, key=name.casefold())


def make_survey(program, by, *questions, **fields):
    """A draft; each of the questions is a kind, or (kind, options)."""
    fields.setdefault("moment", Survey.Moment.DAY)
    fields.setdefault("name", "How it goes")
    if fields["moment"] == Survey.Moment.DAY:
        fields.setdefault("day", TODAY)
    with inside(program.organisation):
        survey = building.create_survey(program, by=by, **fields)
        for number, kind in enumerate(questions):
            kind, options = kind if isinstance(kind, tuple) else (kind, [])
            building.add_question(survey, by=by, text=f"Question {number + 1}?", kind=kind, options=options)
    return survey


def open_survey(survey, by):
    with inside(survey.organisation):
        return building.open_survey(survey, by=by)


def close_survey(survey, by=None):
    with inside(survey.organisation):
        answering.close_survey(survey, by=by)


def invitations(survey):
    with inside(survey.organisation):
        return list(
            SurveyInvitation.objects.filter(survey=survey).select_related("enrolment__member", "survey").order_by("pk")
        )


def give(survey, invitation, *values):
    """Answer the questions in their order; None leaves one out."""
    with inside(survey.organisation):
        questions = list(SurveyQuestion.objects.filter(survey=survey))
        answers = {question.pk: value for question, value in zip(questions, values, strict=True)}
        answering.answer_survey(
            SurveyInvitation.objects.get(pk=invitation.pk), answers=answers, by=invitation.enrolment.member
        )


def results(survey):
    with inside(survey.organisation):
        return results_of(Survey.objects.select_related("program").get(pk=survey.pk))


def night(organisation, *, days=0):
    """What the organisation's night does on a later day; the clock is the test's to move."""
    with inside(organisation):
        return sending.send_due(on=TODAY + timedelta(days=days)), sending.remind()
