"""The questionnaire: add, change, reorder, retire."""

import pytest

from programs import services
from programs.models import Question
from tests.people import inside, make_member
from tests.programs.scheme import sign_up

QUESTION = {
    "text": "Why now?", "help_text": "", "kind": "text", "audience": "both", "options": "", "visible_to": "admins",
}  # fmt: skip


@pytest.fixture
def admin(sign_in, alice):
    return sign_in(alice)


@pytest.fixture
def three(org, alice, program):
    with inside(org):
        return [services.add_question(program, by=alice, text=text) for text in ("One", "Two", "Three")]


def asked(org):
    with inside(org):
        return [each.text for each in Question.objects.filter(retired_at=None)]


def test_adding_a_question(admin, url, org, program):
    answer = admin.post(
        url("question_create", program.pk), QUESTION | {"kind": "choice", "options": "Yes\n No \n\nYes"}
    )
    assert answer.url == url("questions", program.pk)
    with inside(org):
        question = Question.objects.get()
        assert (question.text, question.kind, question.options, question.position) == (
            "Why now?",
            "choice",
            ["Yes", "No"],
            0,
        )
    assert "Who can see the answers: programme admins" in admin.get(url("questions", program.pk)).content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"text": ""}, "This field is required."),
        ({"kind": "choice", "options": "Only one"}, "Give between 2 and 30 options"),
        ({"kind": "essay"}, "Select a valid choice."),
    ],
)
def test_bad_input(admin, url, org, program, data, sentence):
    answer = admin.post(url("question_create", program.pk), QUESTION | data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert asked(org) == []


def test_reordering(admin, url, org, three):
    admin.post(url("question_move", three[2].pk), {"up": "1"})
    assert asked(org) == ["One", "Three", "Two"]
    admin.post(url("question_move", three[0].pk))
    assert asked(org) == ["Three", "One", "Two"]
    admin.post(url("question_move", three[2].pk), {"up": "1"})
    assert asked(org) == ["Three", "One", "Two"]


def test_changing_what_nobody_has_answered_changes_it(admin, url, org, three):
    admin.post(url("question_edit", three[0].pk), QUESTION | {"text": "Eins"})
    assert asked(org) == ["Eins", "Two", "Three"]
    with inside(org):
        assert Question.objects.get(pk=three[0].pk).text == "Eins"


def test_changing_what_was_answered_asks_it_anew_and_keeps_the_answers(admin, url, org, bob, program, three):
    enrolment = sign_up(program, bob, answers={three[1].pk: "Because"})
    assert "1 person has answered already." in admin.get(url("question_edit", three[1].pk)).content.decode()
    admin.post(url("question_edit", three[1].pk), QUESTION | {"text": "Zwei"})
    assert asked(org) == ["One", "Zwei", "Three"]
    with inside(org):
        assert [(each.question.text, each.value) for each in enrolment.answers.all()] == [("Two", "Because")]


def test_retiring_keeps_answers_and_deletes_what_has_none(admin, url, org, program, three):
    sign_up(program, make_member(org, "Ann"), answers={three[0].pk: "Because"})
    for question in three[:2]:
        admin.post(url("question_retire", question.pk))
    assert asked(org) == ["Three"]
    with inside(org):
        assert [each.text for each in Question.objects.all()] == ["One", "Three"]
    assert admin.get(url("question_edit", three[0].pk)).status_code == 404


def test_nothing_is_added_to_a_closed_programme(admin, url, org, alice, program, three):
    with inside(org):
        services.close_program(program, by=alice)
    assert admin.get(url("question_create", program.pk)).status_code == 404
    assert admin.post(url("question_retire", three[0].pk)).status_code == 404
    assert "Add a question" not in admin.get(url("questions", program.pk)).content.decode()
