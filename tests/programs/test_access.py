"""Who may open which page, and by which method."""

from pathlib import Path

import pytest

from programs import services
from programs.services import planning, staging
from tests.people import inside, make_member
from tests.programs.scheme import make_pair, make_program, sign_up

# name: what its address needs, and the methods it knows
FOR_ADMINS = {
    "start": ("", "GET POST"),
    "wizard": ("draft", "GET POST"),
    "discard": ("draft", "GET POST"),
    "edit": ("program", "GET POST"),
    "copy": ("program", "POST"),
    "template_create": ("program", "GET POST"),
    "template": ("template", "GET POST"),
    "template_remove": ("template", "POST"),
    "nominate": ("board", "GET POST"),
    "plan": ("program", "GET"),
    "readiness": ("program", "GET POST"),
    "eligibility": ("program", "GET POST"),
    "supply": ("program", "GET"),
    "pause": ("program", "POST"),
    "objective_create": ("program", "GET POST"),
    "objective": ("objective", "GET POST"),
    "objective_move": ("objective", "POST"),
    "objective_remove": ("objective", "POST"),
    "objective_review": ("objective", "GET POST"),
    "stage_create": ("program", "GET POST"),
    "stage": ("stage", "GET POST"),
    "stage_move": ("stage", "POST"),
    "stage_begin": ("stage", "POST"),
    "stage_remove": ("stage", "POST"),
    "enrolment_add": ("program", "GET POST"),
    "approval": ("enrolment", "GET POST"),
    "sign_up": ("program", "POST"),
    "close": ("program", "GET POST"),
    "enrolments": ("program", "GET"),
    "approve": ("program", "POST"),
    "enrolment": ("enrolment", "GET POST"),
    "enrolment_decline": ("enrolment", "GET POST"),
    "enrolment_remove": ("enrolment", "GET POST"),
    "questions": ("program", "GET"),
    "question_create": ("program", "GET POST"),
    "question_preview": ("program", "GET"),
    "question_edit": ("question", "GET POST"),
    "question_move": ("question", "POST"),
    "question_retire": ("question", "POST"),
    "invite": ("program", "GET POST"),
    "import_sign_ups": ("program", "GET POST"),
    "sheet": ("sheet", "GET POST"),
    "sheet_columns": ("sheet", "GET POST"),
    "sheet_refused": ("sheet", "GET"),
}
FOR_EVERYBODY = {"list": ("", "GET"), "detail": ("program", "GET"), "join": ("program", "GET POST")}
FOR_THE_PAIR = {
    "mentorship": ("mentorship", "GET"),
    "respond": ("mentorship", "GET POST"),
    "mentorship_end": ("mentorship", "GET POST"),
    "mentorship_complete": ("mentorship", "GET POST"),
    "mentorship_change": ("mentorship", "GET POST"),
}


@pytest.fixture
def things(org, alice, program):
    draft = make_program(alice, launched=False)
    enrolment = sign_up(program, make_member(org, "Ann"))
    mentorship = make_pair(program, alice)
    with inside(org):
        objective = planning.add_objective(program, by=alice, text="Stay")
        stage = staging.stages_of(program)[1]
        question = services.add_question(program, by=alice, text="Why now?")
        sheet = services.upload_sheet(program, name="x.csv", content=b"Email\nann@northwind.example\n", by=alice)
        template = services.save_template(program, name="As usual", by=alice)
    return {
        "": [],
        "template": [template.pk],
        "board": [make_program(alice, format="board").pk],
        "draft": [draft.pk],
        "program": [program.pk],
        "enrolment": [enrolment.pk],
        "objective": [objective.pk],
        "stage": [stage.pk],
        "question": [question.pk],
        "sheet": [sheet.pk],
        "mentorship": [mentorship.pk],
    }


def address(url, name, needs, things):
    return url(name, *things[needs], *(["objective"] if name == "wizard" else []))


@pytest.mark.parametrize("name", FOR_ADMINS)
def test_a_page_for_programme_admins(name, url, things, sign_in, alice, bob, sam):
    needs, methods = FOR_ADMINS[name]
    where = address(url, name, needs, things)
    method = methods.split()[0].lower()
    assert getattr(sign_in(bob), method)(where).status_code == 403
    assert getattr(sign_in(sam), method)(where).status_code == 404
    assert getattr(sign_in(alice), method)(where).status_code in (200, 302)
    assert sign_in(alice).delete(where).status_code == 405


@pytest.mark.parametrize("name", FOR_EVERYBODY)
def test_a_page_for_everybody_here(name, url, things, sign_in, bob, sam):
    where = address(url, name, FOR_EVERYBODY[name][0], things)
    assert sign_in(bob).get(where).status_code == 200
    assert sign_in(sam).get(where).status_code == 404
    assert sign_in(bob).delete(where).status_code == 405


@pytest.mark.parametrize("name", FOR_THE_PAIR)
def test_a_page_for_the_two_of_a_mentorship(name, url, things, sign_in, bob, sam):
    where = address(url, name, FOR_THE_PAIR[name][0], things)
    for other in (bob, sam):
        assert sign_in(other).get(where).status_code == 404
    assert sign_in(bob).delete(where).status_code == 405


def test_no_page_is_forgotten():
    from programs.urls import urlpatterns

    names = {each.name for each in urlpatterns}
    assert {*FOR_ADMINS, *FOR_EVERYBODY, *FOR_THE_PAIR} <= names
    # The others say who may open them in the tests of their own subject, one of them by its path.
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert {name for name in names if f'"{name}"' not in tests} <= {"mentorship_again"}


def test_a_visitor_is_asked_to_sign_in(client, url, program):
    answer = client.get(url("detail", program.pk))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")


def test_a_draft_is_for_admins(url, things, sign_in, bob):
    assert sign_in(bob).get(url("detail", *things["draft"])).status_code == 404
    assert sign_in(bob).get(url("join", *things["draft"])).status_code == 404


def test_an_admin_sees_a_mentorship_but_does_not_answer_it(url, things, sign_in, alice):
    assert sign_in(alice).get(url("mentorship", *things["mentorship"])).status_code == 200
    assert sign_in(alice).post(url("respond", *things["mentorship"]), {"answer": "yes"}).status_code == 404
