"""The plan of a programme in a real browser: every page at both widths and in both colours, and the live count."""

from datetime import timedelta

import pytest

from mentoring.tenancy.clock import today
from programs.models import Program
from programs.services import planning
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program, sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(live_server):
    return make_member(make_organisation(), "Alice", is_admin=True, department="People")


@pytest.fixture
def program(alice):
    org = alice.organisation
    program = make_program(
        alice, approver="manager", mentee_places=4, objective="Help leaders understand new technology",
        starts_on=today() + timedelta(days=20), ends_on=today() + timedelta(days=300),
    )  # fmt: skip
    make_pair(program, alice)
    sign_up(
        program,
        make_member(org, "Wyn", department="IT", site="Leeds"),
        role="mentor",
        by=alice,
        skills=["Welsh"],
        capacity=1,
    )
    for name, skills in (("Ann", ["Python", "French"]), ("Ben", ["Python"]), ("Cleo", ["Presenting"])):
        sign_up(program, make_member(org, name, department="Sales"), by=alice, skills=skills)
    mona = make_member(org, "Mona", family_name="Manager")
    for name in ("Dan", "Eve"):
        sign_up(program, make_member(org, name, manager=mona))
    with inside(org):
        planning.add_objective(program, text="Everybody finds a mentor", measure="matched", target=90, by=alice)
        planning.add_objective(
            program, text="Fewer resignations in the first year", own_measure="Resignations, from the HR system",
            baseline=12, target=8, by=alice,
        )  # fmt: skip
        planning.answer_readiness(
            program, answers={"sponsor": "yes", "time": "partly", "people": "no", "budget": "yes"}, sponsor=mona,
            safeguarding_contact=None, by=alice,
        )  # fmt: skip
        planning.set_eligibility(
            program, rules={"mentee": {"departments": ["Sales", "IT"], "months": [None, 240]}}, by=alice
        )
        return Program.objects.get(pk=program.pk)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_of_the_plan(visitor, alice, program, width, scheme):
    page = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, alice.user)
    here = f"/o/northwind/programmes/{program.pk}/"
    with inside(alice.organisation):
        objective = program.objectives.get(text="Everybody finds a mentor")
        stage = program.stages.get(key="review")
        own = program.enrolments.get(member__given_name="Dan")
    pages = {
        "detail": here, "plan": f"{here}plan/", "readiness": f"{here}readiness/", "eligibility": f"{here}eligibility/",
        "supply": f"{here}supply/", "add": f"{here}people/add/", "people": f"{here}people/?status=applied",
        "edit": f"{here}edit/", "close": f"{here}close/", "objective": f"/o/northwind/objectives/{objective.pk}/",
        "review": f"/o/northwind/objectives/{objective.pk}/review/", "stage": f"/o/northwind/stages/{stage.pk}/",
        "approval": f"/o/northwind/enrolments/{own.pk}/approval/",
    }  # fmt: skip
    for name, where in pages.items():
        assert page.goto(where).status == 200
        assert_accessible(page)
        screenshot(page, f"plan-{name}-{width}-{scheme}")


def test_the_count_comes_in_while_one_types(visitor, alice, program):
    page = visitor()
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/eligibility/")
    assert "Mentors: 10 of 10 people" in page.locator("#counts").inner_text()
    page.fill("#id_mentor-level_from", "7")
    page.keyboard.press("Tab")
    page.get_by_text("Mentors: 0 of 10 people").wait_for()
    page.get_by_role("button", name="Remove: Sales").click()
    page.get_by_text("Mentees: 1 of 10 people").wait_for()


def test_pausing_says_so_and_goes_on(visitor, alice, program):
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Pause the programme").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    page.get_by_text("This programme was paused").wait_for()
    assert_accessible(page)
    screenshot(page, "plan-paused")
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_text("The programme goes on.").wait_for()
