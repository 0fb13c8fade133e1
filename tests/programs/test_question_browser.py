"""Building a questionnaire and answering it in a real browser, on a phone, with and without scripts."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.services import skills_named
from programs import services
from programs.models import Answer, Question
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def org(transactional_db):
    return make_organisation()


@pytest.fixture
def alice(org):
    return make_member(org, "Alice", is_admin=True)


def url(name, *args):
    return reverse(f"programs:{name}", args=["northwind", *args])


def answers_of(org):
    with inside(org):
        return {each.question.text: each.value for each in Answer.objects.select_related("question")}


@pytest.fixture
def questions(org, alice):
    """A programme that asks one question of each kind, two of them only after an answer."""
    program = make_program(alice)
    with inside(org):
        skills_named(["Python", "Public speaking"])
        led = services.add_question(
            program, by=alice, text="Have you led before?", kind="choice", options=["Yes", "No"], required=True
        )
        services.add_question(
            program, by=alice, text="What did you learn?", shown_if=led, shown_if_values=["Yes"], required=True
        )
        services.add_question(
            program, by=alice, text="What should come first?", kind="ranking", visible_to="match",
            options=["Finding my way", "A network across departments", "Tools"], help_text="Your mentor begins there.",
        )  # fmt: skip
        services.add_question(program, by=alice, text="What do you know?", kind="skills", visible_to="everybody")
        services.add_question(program, by=alice, text="When are you at your desk?", kind="hours")
    return program


def test_building_on_a_phone(visitor, org, alice):
    program = make_program(alice)
    page = visitor(width=360, color_scheme="dark", reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(url("questions", program.pk))
    page.get_by_role("main").get_by_role("link", name="Add a question").first.click()
    page.get_by_label("Question", exact=True).fill("Have you led before?")
    page.get_by_label("Kind of answer").select_option("choice")
    page.get_by_label("Options").fill("Yes\nNo")
    assert_accessible(page)
    page.get_by_role("button", name="Save the question").click()
    page.get_by_role("link", name="Add a question").click()
    page.get_by_label("Question", exact=True).fill("What did you learn?")
    page.get_by_role("group", name="Have you led before?").get_by_label("Yes").check()
    page.get_by_label("programme admins and the people they are matched with").check()
    page.evaluate("window.scrollTo(0, 0)")
    assert_accessible(page)
    screenshot(page, "question-form-360-dark")
    page.get_by_role("button", name="Save the question").click()
    expect(page.get_by_text("Asked only of those who answer “Yes” to “Have you led before?”.")).to_be_visible()
    page.get_by_role("button", name="Move up: What did you learn?").click()
    expect(page.get_by_text("so it has to come after it")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "question-list-360-dark")
    with inside(org):
        child = Question.objects.get(text="What did you learn?")
        assert (child.shown_if.text, child.shown_if_values, child.visible_to) == (
            "Have you led before?",
            ["Yes"],
            "match",
        )
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_label("What did you learn?")).to_be_hidden()
    page.get_by_label("Yes").check()
    expect(page.get_by_label("What did you learn?")).to_be_visible()
    assert_accessible(page)


def test_questions_are_dragged(page, org, alice, questions):
    sign_in(page, alice.user)
    page.goto(url("questions", questions.pk))
    screenshot(page, "question-list-1280")
    rows = page.locator("[data-sortable] > li")
    rows.nth(4).drag_to(rows.nth(0))
    expect(rows.nth(0)).to_contain_text("When are you at your desk?")
    with inside(org):
        assert Question.objects.asked().first().text == "When are you at your desk?"


def test_answering_on_a_phone(visitor, org, questions):
    page = visitor(width=360, reduced_motion="reduce")
    sign_in(page, make_member(org, "Bob").user)
    page.goto(url("join", questions.pk) + "?role=mentee")
    page.get_by_label("What would you like to learn?").fill("Writing")
    learnt = page.get_by_label("What did you learn?")
    expect(learnt).to_be_hidden()
    page.get_by_label("Yes").check()
    expect(learnt).to_be_visible()
    learnt.fill("To listen")
    # By the keyboard alone.
    page.get_by_role("button", name="Move up: Tools").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move up: Tools")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ranking li > span:first-of-type")).to_have_text(
        ["Tools", "Finding my way", "A network across departments"]
    )
    page.get_by_label("Place of A network across departments").select_option("2")
    expect(page.get_by_label("Place of Finding my way")).to_have_value("3")
    page.get_by_label("Skill 1", exact=True).fill("public speaking")
    page.get_by_label("How well, skill 1").select_option("3")
    desk = page.get_by_role("group", name="When are you at your desk?")
    desk.get_by_label("Friday, 8 to 10 o’clock").check()
    page.evaluate("window.scrollTo(0, 0)")
    screenshot(page, "question-answering-360")
    assert_accessible(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Thank you, you have signed up.")).to_be_visible()
    assert answers_of(org) == {
        "Have you led before?": "Yes",
        "What did you learn?": "To listen",
        "What should come first?": ["Tools", "A network across departments", "Finding my way"],
        "What do you know?": [["Public speaking", 3]],
        "When are you at your desk?": [[4, 480, 600]],
    }
    page.goto(url("join", questions.pk))
    expect(page.get_by_label("Place of Tools")).to_have_value("1")
    page.get_by_label("No", exact=True).check()
    expect(page.get_by_label("What did you learn?")).to_be_hidden()
    page.get_by_role("button", name="Save your answers").click()
    expect(page.get_by_text("Your answers are saved.")).to_be_visible()
    assert "What did you learn?" not in answers_of(org)


def test_answering_without_scripts(visitor, org, questions):
    page = visitor(width=360, color_scheme="dark", java_script_enabled=False)
    sign_in(page, make_member(org, "Bob").user)
    page.goto(url("join", questions.pk) + "?role=mentee")
    page.get_by_label("What would you like to learn?").fill("Writing")
    expect(page.get_by_text("Only if you answered “Yes” to “Have you led before?”.")).to_be_visible()
    expect(page.get_by_role("button", name="Move up: Tools")).to_be_hidden()
    page.get_by_label("Yes").check()
    page.get_by_label("Place of Tools").select_option("1")
    page.get_by_role("button", name="Sign up").click()
    # What is asked after a yes must be answered, and an order is whole or not there.
    expect(page.get_by_text("“Finding my way” has no place yet. Give each a place, or none.")).to_have_count(2)
    screenshot(page, "question-errors-360-dark")
    page.get_by_label("Place of Finding my way").select_option("2")
    page.get_by_label("Place of A network across departments").select_option("3")
    page.get_by_label("What did you learn?").fill("To listen")
    page.get_by_role("button", name="Sign up").click()
    assert answers_of(org) == {
        "Have you led before?": "Yes",
        "What did you learn?": "To listen",
        "What should come first?": ["Tools", "Finding my way", "A network across departments"],
    }
