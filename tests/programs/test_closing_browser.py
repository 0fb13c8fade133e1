"""From the goal to the certificate in a real browser, and what anybody sees who checks it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from programs.models import Certificate
from programs.services import agreements, goals
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.programs.scheme import make_program, meet

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.now().date()


def url(name, *args):
    return reverse(f"programs:{name}", args=["northwind", *args])


@pytest.fixture
def scene(transactional_db):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    maya, theo = make_member(org, "Maya"), make_member(org, "Theo")
    mentorship = make_mentorship(
        maya, theo, program=make_program(alice), planned_end=TODAY + timedelta(days=7),
        started_at=timezone.now() - timedelta(days=180),
    )  # fmt: skip
    meet(mentorship)
    with inside(org):
        terms = agreements.Terms("Speak to the board without notes", "Every two weeks", "All of it", "Any time")
        agreements.write_agreement(mentorship, terms, after=0, by=maya)
        goal = goals.add_goal(
            mentorship,
            goals.Wanted("Speak to the board myself", "talks given without notes", TODAY + timedelta(days=5),
                         why="My next role needs it.", baseline=Decimal(0), target=Decimal(4), unit="talks"),
            owner=theo, milestones=["Watch one", "Rehearse with Maya", "Give the first"], by=theo,
        )  # fmt: skip
        goal.made_at = timezone.now() - timedelta(days=60)
        goal.save()
        for days, value in ((40, 1), (20, 2)):
            progress = goals.note_progress(goal, value=Decimal(value), note=f"Talk number {value}", by=theo)
            progress.at = timezone.now() - timedelta(days=days)
            progress.save()
    return {"org": org, "alice": alice, "maya": maya, "theo": theo, "mentorship": mentorship, "goal": goal}


def test_from_the_goal_to_the_certificate(visitor, scene):
    mentorship, goal = scene["mentorship"], scene["goal"]
    theo = visitor(reduced_motion="reduce")
    sign_in(theo, scene["theo"].user)
    theo.goto(url("mentorship", mentorship.pk))
    assert_accessible(theo)
    screenshot(theo, "close-mentorship")
    theo.get_by_role("link", name="Read and answer").click()
    assert_accessible(theo)
    screenshot(theo, "close-agreement")
    theo.get_by_role("button", name="I accept it").click()
    expect(theo.get_by_text("Everybody has accepted it.")).to_be_visible()

    theo.goto(url("goal", goal.pk))
    theo.get_by_label("Where it stands now").fill("3")
    theo.get_by_label("What happened").fill("The board asked questions")
    theo.get_by_role("button", name="Note it").click()
    expect(theo.get_by_text("75%").first).to_be_visible()
    theo.get_by_role("button", name="Done: Watch one").click()
    expect(theo.get_by_text("1 of 3 steps done")).to_be_visible()
    assert_accessible(theo)
    screenshot(theo, "close-goal")

    theo.goto(url("mentorship", mentorship.pk))
    theo.get_by_role("link", name="Look back", exact=True).click()
    theo.get_by_label("What went well").fill("We met every two weeks")
    theo.get_by_label("A word of thanks").fill("You listened first")
    theo.get_by_label("How far, from 0 to 10?").fill("8")
    theo.get_by_role("button", name="Save the look back").click()
    expect(theo.get_by_text("Say how it ended as well.").first).to_be_visible()
    expect(theo.get_by_label("A word of thanks")).to_have_value("You listened first")
    assert_accessible(theo)
    theo.get_by_label("How did it end?").select_option("reached")
    theo.get_by_role("button", name="Save the look back").click()
    expect(theo.get_by_text("Thank you for looking back.")).to_be_visible()
    screenshot(theo, "close-look-back")
    theo.get_by_role("link", name="Complete the mentorship").click()
    theo.get_by_role("button", name="Yes, complete it").click()
    expect(theo.get_by_role("heading", name="Your certificate")).to_be_visible()
    assert_accessible(theo)
    screenshot(theo, "close-certificate")

    with inside(scene["org"]):
        certificate = Certificate.objects.get(member=scene["theo"])
    answer = theo.request.get(url("certificate", certificate.pk))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")

    anybody = visitor(width=360)
    anybody.goto(reverse("certificate", args=[certificate.code]))
    expect(anybody.get_by_role("heading", name="This certificate is valid")).to_be_visible()
    expect(anybody.get_by_text("Theo Osei")).to_be_visible()
    assert_accessible(anybody)
    screenshot(anybody, "close-check-360")

    theo.goto(url("timeline", mentorship.pk))
    assert_accessible(theo)
    screenshot(theo, "close-timeline")
    theo.goto(url("recognition"))
    assert_accessible(theo)
    screenshot(theo, "close-recognition")


def test_on_a_small_dark_screen(visitor, scene):
    mentorship, goal = scene["mentorship"], scene["goal"]
    maya = visitor(width=360, color_scheme="dark", reduced_motion="reduce")
    sign_in(maya, scene["maya"].user)
    for name, pk in [
        ("mentorship", mentorship.pk), ("goals", mentorship.pk), ("goal", goal.pk), ("goal_create", mentorship.pk),
        ("agreement", mentorship.pk), ("agreement_edit", mentorship.pk), ("closing", mentorship.pk),
        ("timeline", mentorship.pk), ("mentorship_pause", mentorship.pk), ("mentorship_extend", mentorship.pk),
    ]:  # fmt: skip
        maya.goto(url(name, pk))
        assert_accessible(maya)
        screenshot(maya, f"dark-360-{name}")
    maya.goto(reverse("sessions:journal", args=["northwind", mentorship.pk]))
    maya.get_by_label("What you want to keep").fill("He needs silence more than advice")
    maya.get_by_role("button", name="Write it down").click()
    expect(maya.get_by_text("He needs silence more than advice")).to_be_visible()
    assert_accessible(maya)
    screenshot(maya, "dark-360-journal")
