"""Mentees choose, in a real browser: find, filter, ask, answer a question, be accepted; and say what they wish."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from matching import services
from matching.models import Avoidance, Declaration, MentorRequest, StatedChoice
from programs.criteria import default_criteria
from programs.formats import FORMATS
from programs.models import Enrolment
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation

ASKED = {
    "key": "k1", "label": "Gender", "options": ["Woman", "Man", "Other"], "want": "same", "weight": 2,
    "why": "Several women asked for a woman as their mentor.",
}  # fmt: skip


class Town:
    """Theo in London looks for a mentor; Maya is in Lisbon, Noor in Tokyo, Omar is full and Pia pauses."""

    def __init__(self, **fields):
        self.org = make_organisation()
        self.program = make_program(
            self.org, name="Find your mentor", pairing="choice", requests_at_once=2,
            criteria={**default_criteria(FORMATS["traditional"]), "characteristics": [ASKED]}, **fields,
        )  # fmt: skip
        for name, title, zone, more in (
            ("Maya", "Head of Analytics", "Europe/Lisbon", {"capacity": 2, "skills": ["Python", "Data storytelling"]}),
            ("Noor", "Principal Engineer", "Asia/Tokyo", {"capacity": 1, "skills": ["Python", "Systems design"]}),
            ("Omar", "Sales Director", "Europe/London", {"capacity": 0, "skills": ["Negotiation", "Python"]}),
            ("Pia", "General Counsel", "Europe/Berlin", {"capacity": 3, "skills": ["Presenting"]}),
        ):
            member = make_member(
                self.org,
                name,
                level=6,
                job_title=title,
                department=f"{title.split()[-1]}s",
                site="Leeds",
                time_zone=zone,
            )
            enrolment = enrol(
                self.program, member, "mentor", languages=["English"], interests=["Cycling", "Jazz"],
                free_hours=[[0, 540, 720], [2, 840, 1020]], **more,
            )  # fmt: skip
            setattr(self, name.lower(), enrolment)
        self.theo = enrol(
            self.program, make_member(self.org, "Theo", level=3, department="Legal", job_title="Analyst"), "mentee",
            skills=["Python", "Negotiation"], languages=["English"], goal="Automate our monthly reports",
            free_hours=[[0, 600, 720], [2, 840, 960]],
        )  # fmt: skip
        with inside(self.org):
            services.pause(self.pia, by=self.pia.member)

    def url(self, rest=""):
        return f"/o/northwind/programmes/{self.program.pk}/{rest}"


@pytest.fixture
def town(transactional_db):
    return Town()


def test_from_looking_for_a_mentor_to_having_one(visitor, town):
    page = visitor(reduced_motion="reduce")
    sign_in(page, town.theo.member.user)
    page.goto("/o/northwind/")
    page.get_by_role("link", name="Look at the mentors").first.click()
    expect(page.get_by_role("heading", name="Find a mentor")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="4 mentors")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "choice-mentors")
    page.get_by_label("Can help with").select_option("Negotiation")
    expect(page.get_by_role("status").filter(has_text="1 mentor")).to_be_visible()
    expect(page.get_by_text("full: requests wait")).to_be_visible()
    page.get_by_label("Only with a free place").check()
    expect(page.get_by_role("heading", name="Nobody fits all of that")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Show all mentors").click()
    page.get_by_role("searchbox", name="Name").fill("noor")
    expect(page.get_by_role("status").filter(has_text="1 mentor")).to_be_visible()
    expect(page.get_by_text("(Tokyo time)")).to_be_visible()

    # Noor first, as a second choice; then Maya.
    for name, note in (("Noor", "Could you help me with Python?"), ("Maya", "I'd like to automate our reports.")):
        page.goto(town.url("mentors/"))
        page.get_by_role("link", name=f"Look closer {name} Osei").click()
        assert_accessible(page)
        screenshot(page, f"choice-mentor-{name.lower()}")
        page.get_by_label("A few words to the mentor").fill(note)
        page.get_by_role("button", name=f"Ask {name} Osei").click()
        expect(page.get_by_text(f"Asked. {name} Osei gets a letter")).to_be_visible()
    assert_accessible(page)

    maya = visitor(reduced_motion="reduce")
    sign_in(maya, town.maya.member.user)
    maya.goto("/o/northwind/")
    maya.goto(town.url())
    maya.get_by_role("link", name="Look and answer").first.click()
    expect(maya.get_by_role("heading", name="Requests")).to_be_visible()
    expect(maya.get_by_text("2 of 2 places free")).to_be_visible()
    assert_accessible(maya)
    screenshot(maya, "choice-requests")
    maya.get_by_role("link", name="Look and answer Theo Osei").click()
    assert_accessible(maya)
    screenshot(maya, "choice-request-mentor")
    maya.get_by_text("Ask something first").click()
    maya.get_by_label("What would you like to know?").fill("What have you tried so far?")
    assert_accessible(maya)
    maya.get_by_role("button", name="Send the question").click()
    expect(maya.get_by_text("Your question is on its way to Theo Osei.")).to_be_visible()

    page.goto("/o/northwind/")
    page.get_by_role("link", name="Answer", exact=True).first.click()
    expect(page.get_by_text("What have you tried so far?")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "choice-request-mentee")
    page.get_by_label("Your answer").fill("Two courses, and a script that half works.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is on its way to Maya Osei.")).to_be_visible()

    maya.reload()
    expect(maya.get_by_text("Two courses, and a script that half works.")).to_be_visible()
    maya.get_by_role("button", name="Yes, gladly").click()
    expect(maya.get_by_text("Your mentorship with Theo Osei begins now.")).to_be_visible()

    noor = visitor(reduced_motion="reduce")
    sign_in(noor, town.noor.member.user)
    noor.goto(town.url("requests/"))
    expect(noor.get_by_role("heading", name="No request waits for you")).to_be_visible()
    noor.get_by_text("Earlier requests").click()
    expect(noor.get_by_text("no longer needed")).to_be_visible()
    assert_accessible(noor)
    page.goto(town.url("mentors/"))
    expect(page.get_by_role("heading", name="You have a mentor")).to_be_visible()
    assert_accessible(page)


def press(page, name, *, role="button", key="Enter", exact=False):
    """Reach something with the keyboard alone and press it."""
    target = page.get_by_role(role, name=name, exact=exact).first
    for _step in range(150):
        if target.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"No way to {name} by the keyboard.")
    page.keyboard.press(key)


def test_asking_and_withdrawing_by_the_keyboard_alone(visitor, town):
    page = visitor(reduced_motion="reduce")
    sign_in(page, town.theo.member.user)
    page.goto(town.url("mentors/"))
    press(page, "Look closer Maya Osei", role="link")
    expect(page.get_by_role("heading", name="Maya Osei")).to_be_visible()
    press(page, "Ask Maya Osei")
    expect(page.get_by_text("Asked. Maya Osei gets a letter")).to_be_visible()
    press(page, "Withdraw this request")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    press(page, "Withdraw", exact=True)
    expect(page.get_by_text("Withdrawn. You can ask somebody else now.")).to_be_visible()
    with inside(town.org):
        assert MentorRequest.objects.get().status == "withdrawn"


def test_wishes_are_said_and_taken_back(visitor, town):
    page = visitor(reduced_motion="reduce")
    sign_in(page, town.theo.member.user)
    page.goto(town.url())
    page.get_by_role("link", name="Open your wishes").click()
    assert_accessible(page)
    page.get_by_label("Search mentors by name").fill("o")
    page.get_by_label("Search mentors by name").press("Enter")
    page.get_by_role("button", name="Add Maya Osei").press("Enter")
    page.get_by_label("Search mentors by name").fill("noor")
    page.get_by_label("Search mentors by name").press("Enter")
    page.get_by_role("button", name="Add Noor Osei").press("Enter")
    page.get_by_role("button", name="Up Noor Osei").press("Enter")
    expect(page.get_by_text("1. Noor Osei")).to_be_visible()
    page.get_by_label("Search colleagues by name").fill("omar")
    page.get_by_label("Search colleagues by name").press("Enter")
    page.get_by_role("button", name="Not this person Omar Osei").press("Enter")
    expect(page.get_by_text("Kept. You two will not be paired, and nobody is told why.")).to_be_visible()
    page.get_by_text("Answer the ten statements").click()
    page.get_by_role("button", name="Save the working style").click()
    expect(page.get_by_role("group", name="Please check what you entered")).to_be_visible()
    assert_accessible(page)
    for number, value in enumerate("5142514342"):
        page.locator(f"#id_item_{number}").select_option(value)
    page.get_by_role("button", name="Save the working style").click()
    expect(page.get_by_role("button", name="Delete my working style")).to_be_visible()
    page.get_by_label("Gender").select_option("Woman")
    page.get_by_role("button", name="Declare Gender").click()
    expect(page.get_by_text("Without your consent nothing is kept.").first).to_be_visible()
    page.get_by_label("I agree that this is kept").check()
    page.get_by_label("Gender").select_option("Woman")
    page.get_by_role("button", name="Declare Gender").click()
    expect(page.get_by_role("button", name="Withdraw and delete Gender")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "wishes")
    with inside(town.org):
        assert list(StatedChoice.objects.values_list("chosen_id", flat=True)) == [town.noor.pk, town.maya.pk]
        assert Avoidance.objects.get().avoided_id == town.omar.member_id
        assert Declaration.objects.get().value == "Woman"
        assert Enrolment.objects.get(pk=town.theo.pk).working_style == [4.5, 3.5, 5, 4.5, 4]
    page.get_by_role("button", name="Withdraw and delete Gender").press("Enter")
    expect(page.get_by_text("Withdrawn, and deleted at once.")).to_be_visible()
    with inside(town.org):
        assert not Declaration.objects.exists()
    # Omar isn't there any more, and nothing says why.
    page.goto(town.url("mentors/"))
    expect(page.get_by_role("status").filter(has_text="3 mentors")).to_be_visible()
    assert transaction.get_autocommit()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light"), (360, "dark")])
def test_every_page_holds_on_small_screens_and_in_the_dark(visitor, town, width, scheme):
    with inside(town.org):
        made = services.ask_mentor(town.theo, town.maya, note="I'd like to automate our reports.", by=town.theo.member)
    for who, paths in (
        (town.theo, ["mentors/", f"mentors/{town.noor.pk}/", "wishes/", ""]),
        (town.maya, ["requests/", "wishes/", ""]),
    ):
        page = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
        sign_in(page, who.member.user)
        for path in paths:
            page.goto(town.url(path))
            assert_accessible(page)
            name = f"{who.role}-{path.strip('/').replace('/', '-') or 'programme'}"
            screenshot(page, f"choice-{name}-{width}-{scheme}")
        page.goto(f"/o/northwind/requests/{made.pk}/")
        assert_accessible(page)
        screenshot(page, f"choice-{who.role}-request-{width}-{scheme}")
