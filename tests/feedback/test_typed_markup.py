"""What somebody types stays text on every page: labels, hints, options, intros, names and answers."""

import pytest
from django.urls import reverse

from feedback.models import Survey, SurveyQuestion
from programs.models import Question
from tests.people import inside, make_member

from .surveys import close_survey, enrol, give, invitations, make_program, open_survey

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HARMLESS = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;"


def assert_is_text(client, name, **kwargs):
    content = client.get(reverse(name, kwargs={"org": "northwind", **kwargs})).content.decode()
    assert HARMLESS in content, name
    assert "<img src=x" not in content, name
    assert "<script>alert" not in content, name


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga, status="open")


@pytest.fixture
def survey(northwind, olga, program):
    with inside(northwind):
        survey = Survey.objects.create(program=program, name=EVIL[:100], intro=EVIL, day="2026-11-22", made_by=olga)
        for position, (kind, options) in enumerate(
            [("text", []), ("scale", []), ("choice", [EVIL, "No"]), ("choices", [EVIL, "No"]), ("nps", [])]
        ):
            SurveyQuestion.objects.create(
                survey=survey, text=EVIL, help_text=EVIL, kind=kind, options=options, position=position
            )
    return survey


def test_of_surveys(client, northwind, olga, program, survey):
    enrol(program, mentees=10)
    tom = make_member(northwind, "Tomasz")
    with inside(northwind):
        program.enrolments.create(member=tom, role="mentee", status="active")
    client.force_login(olga.user)
    assert_is_text(client, "feedback:survey", pk=survey.pk)
    assert_is_text(client, "feedback:survey_preview", pk=survey.pk)
    assert_is_text(client, "feedback:survey_edit", pk=survey.pk)
    assert_is_text(client, "feedback:surveys", pk=program.pk)
    with inside(northwind):
        question = survey.questions.first()
    assert_is_text(client, "feedback:survey_question", pk=question.pk)
    open_survey(survey, olga)
    for each in invitations(survey)[:10]:
        give(survey, each, EVIL, 4, EVIL, [EVIL], 9)
    close_survey(survey, olga)
    # The words that were written, too.
    assert_is_text(client, "feedback:results", pk=survey.pk)
    assert_is_text(client, "feedback:program_gains", pk=program.pk)
    assert_is_text(client, "reports:program_health", pk=program.pk)


def test_of_a_survey_that_is_answered(client, northwind, olga, program, survey):
    tom = make_member(northwind, "Tomasz")
    with inside(northwind):
        program.enrolments.create(member=tom, role="mentee", status="active")
    open_survey(survey, olga)
    client.force_login(tom.user)
    assert_is_text(client, "feedback:survey_answer", pk=invitations(survey)[0].pk)


@pytest.mark.parametrize("kind", ["text", "choice", "choices", "scale", "ranking", "skills", "hours"])
def test_of_a_questionnaire(client, northwind, olga, program, kind):
    with inside(northwind):
        first = Question.objects.create(program=program, text="Do you travel?", kind="choice", options=["Yes", "No"])
        Question.objects.create(
            program=program, text=EVIL, help_text=EVIL, kind=kind, options=[EVIL, "No"], shown_if=first,
            shown_if_values=["Yes"],
        )  # fmt: skip
        Question.objects.create(program=program, text=EVIL, help_text=EVIL, kind=kind, options=[EVIL, "No"])
    client.force_login(olga.user)
    assert_is_text(client, "programs:questions", pk=program.pk)
    assert_is_text(client, "programs:question_preview", pk=program.pk)
    client.force_login(make_member(northwind, "Tomasz").user)
    content = client.get(f"/o/northwind/programmes/{program.pk}/sign-up/?role=mentee").content.decode()
    assert HARMLESS in content
    assert "<img src=x" not in content
    # What we write ourselves is markup still.
    assert 'data-shown-if="question_' in content
