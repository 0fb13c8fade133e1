"""The pages of surveys: for those who make them, and for those who answer."""

from datetime import timedelta

import pytest
from django.urls import reverse

from feedback.models import Survey, SurveyAnswer, SurveyQuestion
from tests.people import inside, make_member, make_organisation

from .surveys import close_survey, enrol, give, invitations, make_program, make_skill, make_survey, open_survey


@pytest.fixture
def program(northwind, olga):
    return make_program(northwind, olga)


@pytest.fixture
def as_olga(client, olga):
    client.force_login(olga.user)
    return client


def at(name, **kwargs):
    return reverse(f"feedback:{name}", kwargs={"org": "northwind", **kwargs})


def surveys(organisation):
    with inside(organisation):
        return list(Survey.objects.values_list("name", "moment", "status", "role", "answer_days").order_by("pk"))


def test_drafts_from_the_format_in_one_click(as_olga, northwind, program):
    page = as_olga.get(at("surveys", pk=program.pk))
    assert "Make the drafts" in page.content.decode()
    assert as_olga.post(at("survey_copy", pk=program.pk)).url == at("surveys", pk=program.pk)
    content = as_olga.get(at("surveys", pk=program.pk)).content.decode()
    assert "3 drafts are made." in content
    assert "Make the drafts" not in content
    assert surveys(northwind) == [
        ("At the start", "start", "draft", "", 14),
        ("Half-way", "middle", "draft", "", 14),
        ("At the end", "end", "draft", "", 14),
    ]


def test_from_nothing_to_open(as_olga, northwind, program, olga):
    enrol(program, mentees=2)
    sent = {"name": "Pulse of May", "moment": "day", "day": "2026-11-22", "role": "mentee", "answer_days": "7"}
    answer = as_olga.post(at("survey_create", pk=program.pk), sent)
    with inside(northwind):
        survey = Survey.objects.get()
    assert answer.url == at("survey", pk=survey.pk)
    question = {"text": "Which room?", "kind": "choice", "options": "Blue\n Red \nBlue"}
    assert as_olga.post(at("survey_question_create", pk=survey.pk), question).url == at("survey", pk=survey.pk)
    with inside(northwind):
        assert list(SurveyQuestion.objects.values_list("text", "options")) == [("Which room?", ["Blue", "Red"])]
    preview = as_olga.get(at("survey_preview", pk=survey.pk)).content.decode()
    assert "Which room?" in preview
    assert 'value="Red"' in preview
    assert "data-once" not in preview.split("<main")[1]
    assert "Open the survey" in as_olga.get(at("survey", pk=survey.pk)).content.decode()
    as_olga.post(at("survey_open", pk=survey.pk))
    content = as_olga.get(at("survey", pk=survey.pk)).content.decode()
    assert "The survey is open. 2 people were asked now." in content
    assert "0 of 2 have answered (0%)." in content
    assert "Move up" not in content
    assert as_olga.post(at("survey_question_create", pk=survey.pk), question).status_code == 422
    assert as_olga.post(at("survey_close", pk=survey.pk)).url == at("results", pk=survey.pk)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"day": ""}, "Choose the day on which it is sent."),
        ({"day": "2026-11-21"}, "This day is over."),
        ({"answer_days": "1"}, "Give people between 3 and 60 days."),
        ({"role": "peer"}, "peer is not one of the available choices"),
    ],
)
def test_a_survey_that_makes_no_sense(as_olga, northwind, program, change, said):
    sent = {"name": "May", "moment": "day", "day": "2026-11-22", "role": "", "answer_days": "7"} | change
    page = as_olga.post(at("survey_create", pk=program.pk), sent)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert surveys(northwind) == []


def test_questions_are_moved_changed_and_removed(as_olga, northwind, program, olga):
    survey = make_survey(program, olga, "scale", "text")
    with inside(northwind):
        first, second = survey.questions.all()
    as_olga.post(at("survey_question_move", pk=second.pk), {"up": "1"})
    as_olga.post(at("survey_question", pk=first.pk), {"text": "Changed?", "kind": "scale"})
    with inside(northwind):
        assert [each.text for each in survey.questions.all()] == ["Question 2?", "Changed?"]
    as_olga.post(at("survey_question_remove", pk=second.pk))
    with inside(northwind):
        assert [each.text for each in survey.questions.all()] == ["Changed?"]
    as_olga.post(at("survey_remove", pk=survey.pk))
    assert surveys(northwind) == []


def test_a_choice_needs_options(as_olga, program, olga):
    survey = make_survey(program, olga)
    page = as_olga.post(
        at("survey_question_create", pk=survey.pk), {"text": "Which?", "kind": "choice", "options": "One"}
    )
    assert page.status_code == 422
    assert "Give between 2 and 20 options" in page.content.decode()
    assert 'value="Which?"' in page.content.decode()


@pytest.fixture
def asked(northwind, program, olga):
    """A survey with every kind of question, and Mia's invitation to it."""
    mia = make_member(northwind, "Mia")
    skill = make_skill(northwind)
    with inside(northwind):
        from programs.models import Enrolment, EnrolmentSkill

        enrolment = Enrolment.objects.create(program=program, member=mia, role="mentee", status="active")
        EnrolmentSkill.objects.create(enrolment=enrolment, skill=skill)
    kinds = ("scale", "nps", ("choice", ["Tea", "Coffee"]), ("choices", ["Mail", "Talks"]), "skills", "text")
    survey = make_survey(program, olga, *kinds)
    with inside(northwind):
        SurveyQuestion.objects.filter(kind="scale").update(required=True)
    open_survey(survey, olga)
    (invitation,) = invitations(survey)
    with inside(northwind):
        names = [f"q{each.pk}" for each in survey.questions.all()]
    names[4] += f"_{skill.pk}"
    return (
        mia,
        invitation,
        dict(zip(("scale", "nps", "choice", "choices", "skills", "text"), names, strict=True)),
        skill,
    )


def values(organisation):
    with inside(organisation):
        return list(SurveyAnswer.objects.order_by("question__position").values_list("value", flat=True))


def test_everything_is_answered_and_changed(client, northwind, asked):
    mia, invitation, names, skill = asked
    client.force_login(mia.user)
    address = at("survey_answer", pk=invitation.pk)
    page = client.get(address).content.decode()
    assert page.count("nobody. Only numbers of five people or more are shown.") == 5
    assert page.count("programme admins and HR, without your name, once five people have written something.") == 1
    assert "Question 5? Python" in page
    sent = {
        names["scale"]: "4", names["nps"]: "0", names["choice"]: "Tea", names["choices"]: ["Mail", "Talks"],
        names["skills"]: "2", names["text"]: "More time",
    }  # fmt: skip
    assert client.post(address, sent).url == "/o/northwind/"
    assert values(northwind) == [4, 0, "Tea", ["Mail", "Talks"], {str(skill.pk): 2}, "More time"]
    again = client.get(address).content.decode()
    assert "Change my answers" in again
    assert "More time" in again
    assert again.count(" checked") == 6
    client.post(address, {names["scale"]: "5"})
    assert values(northwind) == [5]


def test_a_mistake_loses_nothing(client, northwind, asked):
    mia, invitation, names, _skill = asked
    client.force_login(mia.user)
    page = client.post(at("survey_answer", pk=invitation.pk), {names["text"]: "Much to say", names["nps"]: "11"})
    content = page.content.decode()
    assert page.status_code == 422
    assert "error-summary" in content
    assert "Choose one: Question 1?" in content
    assert "Much to say" in content
    assert values(northwind) == []


def test_after_an_expired_login_one_comes_back(client, asked):
    mia, invitation, _names, _skill = asked
    address = at("survey_answer", pk=invitation.pk)
    assert client.get(address).url == f"/accounts/login/?next={address}"
    # What was typed is kept in the browser, by this name.
    client.force_login(mia.user)
    assert f'data-keep="survey-answer-{invitation.pk}"' in client.get(address).content.decode()


def test_what_counts_or_is_closed_is_only_shown(client, northwind, asked, clock):
    mia, invitation, names, _skill = asked
    client.force_login(mia.user)
    address = at("survey_answer", pk=invitation.pk)
    clock.shift(timedelta(days=20))
    client.force_login(mia.user)
    assert "The survey takes no more answers." in client.get(address).content.decode()
    page = client.post(address, {names["scale"]: "4"})
    assert page.status_code == 422
    assert "This survey is closed by now." in page.content.decode()
    assert values(northwind) == []


def test_nobody_else_answers_or_makes(client, northwind, program, olga, asked, tom):
    _mia, invitation, names, _skill = asked
    survey = invitation.survey
    for member in (olga, tom):
        client.force_login(member.user)
        assert client.get(at("survey_answer", pk=invitation.pk)).status_code == 404
        assert client.post(at("survey_answer", pk=invitation.pk), {names["scale"]: "4"}).status_code == 404
    pages = [
        at("surveys", pk=program.pk), at("survey_create", pk=program.pk), at("survey", pk=survey.pk),
        at("survey_preview", pk=survey.pk), at("results", pk=survey.pk), at("results_csv", pk=survey.pk),
        at("program_gains", pk=program.pk), at("gains"),
    ]  # fmt: skip
    assert [client.get(page).status_code for page in pages] == [403] * len(pages)
    for name in ("survey_open", "survey_close", "survey_remove"):
        assert client.post(at(name, pk=survey.pk)).status_code == 403
        assert client.get(at(name, pk=survey.pk)).status_code == 405
    mallory = make_member(make_organisation("initech"), "Mallory", is_admin=True)
    client.force_login(mallory.user)
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    inside_own = [page.replace("northwind", "initech") for page in pages[:-1]]
    assert [client.get(page).status_code for page in inside_own] == [404] * len(inside_own)


def test_hr_reads_results_but_makes_no_surveys(client, northwind, program, olga):
    hanna = make_member(northwind, "Hanna", is_hr=True)
    enrol(program, mentees=5)
    survey = make_survey(program, olga, "scale", "text", "nps")
    open_survey(survey, olga)
    for number, each in enumerate(invitations(survey)):
        give(survey, each, 4, f"<b>{each.enrolment.member.given_name}</b>", [10, 9, 9, 7, 2][number])
    close_survey(survey)
    client.force_login(hanna.user)
    content = client.get(at("results", pk=survey.pk)).content.decode()
    assert "(2.3 to 4.8, n = 5)" in content
    assert "&lt;b&gt;Mentee1&lt;/b&gt;" in content
    file = client.get(at("results_csv", pk=survey.pk))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert "Question 1?,everybody,mean_1_to_5,4.0,2.34,4.79,5,2026-11-22" in file.content.decode()
    assert client.get(at("gains")).status_code == 200
    gains = client.get(at("program_gains", pk=program.pk)).content.decode()
    # Three of five would recommend it, one would not; Wilson's bounds of 0.7 among 5.
    assert "(−40 to 85, n = 5)" in gains
    assert at("gains") in gains
    assert client.get(at("surveys", pk=program.pk)).status_code == 403


def test_home_and_the_programme_say_that_a_survey_waits(client, asked, program):
    mia, invitation, _names, _skill = asked
    client.force_login(mia.user)
    for page in ("/o/northwind/", f"/o/northwind/programmes/{program.pk}/"):
        assert at("survey_answer", pk=invitation.pk) in client.get(page).content.decode()
