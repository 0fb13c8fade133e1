"""Launching, signing up and answering in a real browser, with and without scripts."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from programs.models import Enrolment, Program
from tests.browser import assert_accessible, sign_in
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def org(transactional_db):
    return make_organisation()


@pytest.fixture
def alice(org):
    return make_member(org, "Alice", is_admin=True)


def url(name, *args):
    return reverse(f"programs:{name}", args=["northwind", *args])


def test_the_wizard_from_the_keyboard_with_nothing_lost_on_the_way(page, org, alice):
    sign_in(page, alice.user)
    page.goto(url("list"))
    assert_accessible(page)
    page.get_by_role("link", name="Launch the first one").click()
    page.get_by_role("button", name="Begin").click()

    page.get_by_label("Keep people we would hate to lose").check()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("link", name="Name of the programme").click()
    page.keyboard.type("Stay and grow")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Traditional one-to-one")).to_be_checked()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Places for mentees").fill("12")
    # Typed and not sent: it is there again after a look at another step.
    page.get_by_role("link", name="Back").click()
    page.go_back()
    expect(page.get_by_label("Places for mentees")).to_have_value("12")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("slider", name="Department").press("ArrowRight")
    expect(page.locator("output[data-of=id_weight_department]")).to_have_text("2")
    page.goto(url("list"))
    page.get_by_role("link", name="Go on with Stay and grow").click()
    expect(page.get_by_role("slider", name="Department")).to_have_value("2")
    page.get_by_role("button", name="Save and continue").click()

    expect(page.get_by_role("heading", name="Check your answers", level=1)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Change who and when").click()
    page.get_by_label("Places for mentees").fill("14")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Launch the programme").click()
    expect(page.get_by_text("“Stay and grow” is open for sign-up.")).to_be_visible()
    assert_accessible(page)
    with inside(org):
        program = Program.objects.get()
        assert (program.mentee_places, program.criteria["weights"]["department"]) == (14, 2)


def test_skills_become_tokens_that_keep_their_order(page, org, alice):
    program = make_program(alice)
    sign_in(page, make_member(org, "Bob").user)
    page.goto(url("join", program.pk))
    page.get_by_role("link", name="Sign up as a mentee").click()
    # The script has taken the plain field's place, and its label.
    page.locator("[name=skills][hidden]").wait_for(state="attached")
    skills = page.get_by_label("What would you like to learn?")
    skills.fill("Python")
    skills.press("Enter")
    skills.press_sequentially("Writing,Speaking,python,")
    tokens = page.locator(".tokens li > span")
    expect(tokens).to_have_text(["Python", "Writing", "Speaking"])
    page.get_by_role("button", name="Move forward: Speaking").click()
    page.get_by_role("button", name="Remove: Python").click()
    expect(tokens).to_have_text(["Speaking", "Writing"])
    # Left in the field without a comma, it counts all the same.
    skills.fill("Listening")
    page.get_by_label("Tuesday, 10 to 12 o’clock").check()
    assert_accessible(page)
    page.reload()
    expect(tokens).to_have_text(["Speaking", "Writing", "Listening"])
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Thank you, you have signed up.")).to_be_visible()
    with inside(org):
        enrolment = Enrolment.objects.get()
        assert [each.skill.name for each in enrolment.skills.all()] == ["Speaking", "Writing", "Listening"]
        assert enrolment.free_hours == [[1, 600, 720]]


def test_signing_up_on_a_phone_without_scripts(visitor, org, alice):
    program = make_program(alice)
    page = visitor(width=360, color_scheme="dark", java_script_enabled=False)
    sign_in(page, make_member(org, "Bob").user)
    page.goto(url("join", program.pk) + "?role=mentor")
    page.get_by_label("What can you help with?").fill("Python, Writing")
    page.get_by_label("Monday, 8 to 10 o’clock").check()
    page.get_by_role("button", name="Sign up").click()
    with inside(org):
        enrolment = Enrolment.objects.get()
        assert (enrolment.role, enrolment.capacity, enrolment.free_hours) == ("mentor", 2, [[0, 480, 600]])


def test_answering_an_offer_on_a_phone(visitor, org, alice):
    program = make_program(alice)
    offer = make_pair(program, alice, reasons=["Offers Python, which you want"])
    with inside(org):
        maya, theo = (offer.participants.get(role=role).enrolment.member for role in ("mentor", "mentee"))
    page = visitor(width=360)
    sign_in(page, maya.user)
    page.goto(url("respond", offer.pk))
    assert_accessible(page)
    page.get_by_role("button", name="Yes, gladly").click()
    expect(page.get_by_text("has said yes", exact=True)).to_be_visible()
    other = visitor(width=360, color_scheme="dark")
    sign_in(other, theo.user)
    other.goto(url("respond", offer.pk))
    other.get_by_text("No, not this time").click()
    assert_accessible(other)
    other.get_by_label("Reason").fill("Not now")
    other.get_by_role("button", name="Decline this match").click()
    expect(other.get_by_text("We go on looking for somebody who suits you.")).to_be_visible()
    assert_accessible(other)
