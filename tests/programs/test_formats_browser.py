"""From a format or a template to a launched programme in a real browser, wide and narrow, light and dark."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from programs.models import Enrolment, Program
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


def look(page, name):
    # What is half under the bar at the top would count as too small to hit.
    page.evaluate("window.scrollTo(0, 0)")
    assert_accessible(page)
    screenshot(page, name)


def test_circles_from_the_format_to_the_launch_and_a_member_of_one(visitor, org, alice):
    page = visitor(width=1280)
    sign_in(page, alice.user)
    page.goto(url("start"))
    look(page, "start-1280-light")
    page.get_by_role("button", name="Use Group (circle)").click()
    page.get_by_label("Reach many people with few mentors").check()
    page.get_by_label("Name of the programme").fill("Circles")
    look(page, "objective-1280-light")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_label("Group (circle)")).to_be_checked()
    look(page, "format-1280-light")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Fewest members of a group").fill("4")
    page.get_by_label("Each sign-up has to be approved").uncheck()
    look(page, "who-circle-1280-light")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_text("4 to 6")).to_be_visible()
    look(page, "check-circle-1280-light")
    page.get_by_role("button", name="Launch the programme").click()
    expect(page.get_by_text("“Circles” is open for sign-up.")).to_be_visible()
    look(page, "detail-circle-1280-light")
    with inside(org):
        program = Program.objects.get()
        assert (program.format, program.group_min, program.group_max) == ("circle", 4, 6)
        bob = make_member(org, "Bob")

    phone = visitor(width=360, color_scheme="dark")
    sign_in(phone, bob.user)
    phone.goto(url("join", program.pk))
    look(phone, "join-circle-360-dark")
    phone.get_by_role("link", name="Sign up as a circle member").click()
    phone.locator("[name=skills][hidden]").wait_for(state="attached")
    phone.get_by_label("What should your circle be about?").fill("Leading")
    phone.get_by_role("button", name="Sign up").click()
    expect(phone.get_by_text("Circle member", exact=True)).to_be_visible()
    look(phone, "detail-member-360-dark")
    with inside(org):
        assert Enrolment.objects.get().role == "mentee"


def test_an_event_of_one_pool_on_a_phone_in_the_dark(visitor, org, alice):
    page = visitor(width=360, color_scheme="dark")
    sign_in(page, alice.user)
    page.goto(url("start"))
    look(page, "start-360-dark")
    page.get_by_role("button", name="Use Speed mentoring").click()
    page.locator("summary", has_text="more objectives").click()
    look(page, "objective-360-dark")
    page.get_by_label("Open doors at a conference or on a training day").check()
    page.get_by_label("Name of the programme").fill("Thursday rounds")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_label("Speed mentoring")).to_be_checked()
    look(page, "format-360-dark")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Everybody meets everybody").check()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    look(page, "who-speed-error-360-dark")
    page.get_by_label("When the first round begins").fill("2031-05-08T14:00")
    page.get_by_label("Rooms or tables").fill("North\nSouth")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_text("North, South")).to_be_visible()
    look(page, "check-speed-360-dark")
    page.get_by_role("button", name="Launch the programme").click()
    look(page, "detail-speed-360-dark")
    with inside(org):
        program = Program.objects.get()
        assert (program.format_settings["starts_at"], list(program.parts)) == ("2031-05-08T13:00:00+00:00", ["peer"])


def test_templates_are_kept_and_used_and_people_nominated(visitor, org, alice):
    program = make_program(alice, format="board", name="Young board", objective="Prepare people")
    page = visitor(width=360)
    sign_in(page, alice.user)
    page.goto(url("detail", program.pk))
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Save as a template").click()
    page.get_by_label("Name of the template").fill("Board of the year")
    look(page, "template-create-360-light")
    page.get_by_role("button", name="Save the template").click()
    page.get_by_role("link", name="Nominate somebody").click()
    look(page, "nominate-360-light")
    bob = make_member(org, "Bob")
    page.get_by_label("E-mail address of the person").fill(bob.email)
    page.get_by_label("Why this person?").fill("Asks what nobody asks")
    page.get_by_role("button", name="Nominate").click()
    expect(page.get_by_text("Bob Osei is nominated, and has been told.")).to_be_visible()
    page.goto(url("start"))
    look(page, "start-own-360-light")
    page.get_by_role("button", name="Use Board of the year").click()
    page.get_by_label("Name of the programme").fill("Board of 2031")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="Check your answers", level=1)).to_be_visible()
    look(page, "check-board-360-light")
