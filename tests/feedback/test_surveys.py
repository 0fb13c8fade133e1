"""Making surveys, answering them, and when answers enter the results."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from feedback.models import Survey, SurveyAnswer, SurveyInvitation, SurveyQuestion
from feedback.services import FeedbackProblem
from feedback.surveying import answering, building
from tests.people import inside

from .surveys import TODAY, close_survey, enrol, give, invitations, make_program, make_survey, open_survey, results


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga)


def test_the_formats_questions_become_drafts_once(northwind, program, olga):
    with inside(northwind):
        made = building.copy_from_format(program, by=olga)
        assert [(each.moment, each.status, each.questions.count()) for each in made] == [
            ("start", "draft", 4),
            ("middle", "draft", 4),
            ("end", "draft", 5),
        ]
        assert building.copy_from_format(program, by=olga) == []
        assert building.missing_moments(program) == []
        assert [each.kind for each in made[2].questions.all()] == ["scale", "scale", "skills", "nps", "text"]


def test_a_draft_is_changed_and_an_open_survey_is_not(northwind, program, olga):
    survey = make_survey(program, olga, "scale", "text")
    with inside(northwind):
        first, second = survey.questions.all()
        building.move_question(second, up=True, by=olga)
        assert [each.text for each in survey.questions.all()] == ["Question 2?", "Question 1?"]
        building.change_question(first, by=olga, text="How is it?")
        building.remove_question(second, by=olga)
        assert [each.text for each in survey.questions.all()] == ["How is it?"]
        building.open_survey(survey, by=olga)
        for change in (
            lambda: building.add_question(survey, by=olga, text="More?"),
            lambda: building.change_question(first, by=olga, text="Else?"),
            lambda: building.move_question(first, up=True, by=olga),
            lambda: building.remove_question(first, by=olga),
            lambda: building.change_survey(survey, by=olga, name="Else"),
            lambda: building.remove_survey(survey, by=olga),
            lambda: building.open_survey(survey, by=olga),
        ):
            with pytest.raises(FeedbackProblem, match="stays as it is"):
                change()
        assert SurveyQuestion.objects.get().text == "How is it?"


def test_what_can_not_be_opened(northwind, program, olga):
    with pytest.raises(FeedbackProblem, match="Add a question"):
        open_survey(make_survey(program, olga), olga)
    with pytest.raises(FeedbackProblem, match="day on which it is sent is over"):
        open_survey(make_survey(program, olga, "scale", day=TODAY - timedelta(days=1)), olga)
    with pytest.raises(FeedbackProblem, match="Choose the day"):
        open_survey(make_survey(program, olga, "scale", day=None), olga)


def test_answers_can_be_changed_until_they_count(northwind, program, olga):
    enrol(program, mentors=5)
    survey = make_survey(program, olga, "scale", "text")
    assert open_survey(survey, olga) == 5
    asked = invitations(survey)
    give(survey, asked[0], 2, "Too little time")
    give(survey, asked[0], 4, "")
    with inside(northwind):
        assert list(SurveyAnswer.objects.values_list("value", flat=True)) == [4]
        assert SurveyInvitation.objects.get(pk=asked[0].pk).counted_at is None
    for each in asked[1:]:
        give(survey, each, 3, None)
    with inside(northwind):
        assert SurveyInvitation.objects.filter(counted_at__isnull=False).count() == 5
    with pytest.raises(FeedbackProblem, match="can’t be changed any more"):
        give(survey, asked[0], 1, None)
    # (4 + 3 + 3 + 3 + 3) / 5
    assert results(survey).questions[0].score.value == pytest.approx(3.2)


def test_sent_twice_counts_once(northwind, program, olga):
    enrol(program, mentors=1)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    (asked,) = invitations(survey)
    give(survey, asked, 5)
    give(survey, asked, 5)
    with inside(northwind):
        assert SurveyAnswer.objects.count() == 1
    assert (results(survey).rate.answered, results(survey).rate.asked) == (1, 1)


def test_only_whoever_was_asked_answers_and_only_while_it_is_open(northwind, program, olga, clock):
    enrol(program, mentors=2)
    survey = make_survey(program, olga, "scale", answer_days=14)
    open_survey(survey, olga)
    first, second = invitations(survey)
    with inside(northwind), pytest.raises(PermissionDenied):
        answering.answer_survey(first, answers={}, by=olga)
    give(survey, first, 3)
    clock.shift(timedelta(days=15))
    with pytest.raises(FeedbackProblem, match="closed by now"):
        give(survey, second, 3)


def test_a_closed_survey_takes_no_answers(northwind, program, olga):
    enrol(program, mentors=1)
    survey = make_survey(program, olga, "scale")
    open_survey(survey, olga)
    close_survey(survey, olga)
    with pytest.raises(FeedbackProblem, match="closed by now"):
        give(survey, invitations(survey)[0], 3)
    with pytest.raises(FeedbackProblem, match="Only an open survey"):
        close_survey(survey, olga)
    with inside(northwind):
        assert Survey.objects.get().status == "closed"
