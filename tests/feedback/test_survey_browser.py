"""From the format's questions to the results, in a real browser."""

import pytest

from feedback.models import Survey
from programs.models import Enrolment, EnrolmentSkill
from tests.browser import assert_accessible, letters_to, link_in, screenshot, sign_in
from tests.people import inside, make_member, make_organisation

from .surveys import close_survey, enrol, give, invitations, make_program, make_skill


@pytest.fixture
def organisation(transactional_db):
    return make_organisation("northwind")


@pytest.mark.parametrize(("width", "color_scheme"), [(1280, "light"), (360, "dark")])
def test_a_survey_from_draft_to_results(visitor, organisation, width, color_scheme):
    look = {"width": width, "color_scheme": color_scheme, "reduced_motion": "reduce"}
    olga = make_member(organisation, "Olga", is_owner=True, is_admin=True)
    mia = make_member(organisation, "Mia")
    from django.utils import timezone

    program = make_program(organisation, olga)
    others = enrol(program, mentors=6, mentees=12)
    with inside(organisation):
        own = Enrolment.objects.create(program=program, member=mia, role="mentee", status=Enrolment.Status.ACTIVE)
    skill = make_skill(organisation)
    with inside(organisation):
        EnrolmentSkill.objects.create(enrolment=own, skill=skill)

    admin = visitor(**look)
    sign_in(admin, olga.user)
    admin.goto(f"/o/northwind/programmes/{program.pk}/surveys/")
    assert_accessible(admin)
    admin.get_by_role("button", name="Make the drafts").click()
    admin.get_by_role("link", name="At the end").wait_for()
    assert_accessible(admin)
    screenshot(admin, f"surveys-{width}-{color_scheme}")

    admin.get_by_role("link", name="At the end").click()
    admin.get_by_role("link", name="Change", exact=True).click()
    admin.get_by_label("Name").fill("How it was")
    admin.get_by_label("When").select_option("day")
    admin.get_by_label("On", exact=False).first.wait_for()
    admin.locator("[name=day]").fill(timezone.localdate(timezone=organisation.zone).isoformat())
    admin.get_by_role("button", name="Save the survey").click()
    admin.get_by_role("heading", name="How it was").wait_for()
    admin.get_by_role("button", name="Move down: How satisfied").click()
    admin.get_by_role("listitem").filter(has_text="How far did you get").first.wait_for()
    assert_accessible(admin)
    screenshot(admin, f"survey-draft-{width}-{color_scheme}")
    admin.get_by_role("link", name="Preview").click()
    admin.get_by_role("heading", name="How it was").wait_for()
    assert_accessible(admin)
    admin.get_by_role("link", name="Back to the survey").click()
    admin.get_by_role("button", name="Open the survey").click()
    admin.get_by_role("button", name="Open it").click()
    admin.get_by_text("19 people were asked now").wait_for()
    assert_accessible(admin)
    screenshot(admin, f"survey-open-{width}-{color_scheme}")

    person = visitor(**look)
    sign_in(person, mia.user)
    person.goto(link_in(letters_to(mia.email, organisation)[-1]))
    person.get_by_role("heading", name="How it was").wait_for()
    assert_accessible(person)
    screenshot(person, f"survey-answer-{width}-{color_scheme}")
    person.get_by_label("What should the next programme keep").fill("The first hour with a cup of tea")
    person.get_by_role("button", name="Send my answers").click()
    person.locator(".error-summary").wait_for()
    assert (
        person.get_by_label("What should the next programme keep").input_value() == "The first hour with a cup of tea"
    )
    person.get_by_role("group", name="How satisfied").get_by_label("4").check()
    person.get_by_role("group", name="How likely").get_by_label("9").check()
    person.get_by_role("button", name="Send my answers").click()
    person.get_by_text("Your answers are in").wait_for()
    # The way back shows what was answered, and sending it again changes nothing.
    person.goto(link_in(letters_to(mia.email, organisation)[-1]))
    person.get_by_role("button", name="Change my answers").click()
    person.get_by_text("Your answers are in").wait_for()

    with inside(organisation):
        survey = Survey.objects.get(name="How it was")
    for number, invitation in enumerate(invitations(survey)[: len(others)]):
        scale, nps = [5, 4, 4, 3, 2][number % 5], [10, 9, 8, 5, 9][number % 5]
        give(survey, invitation, scale, scale, None, nps, f"More of it, please ({number})" if number % 3 == 0 else None)
    admin.goto(f"/o/northwind/surveys/{survey.pk}/results/")
    admin.get_by_text("19 of 19 asked").wait_for()
    assert_accessible(admin)
    screenshot(admin, f"survey-results-open-{width}-{color_scheme}")
    close_survey(survey, olga)
    admin.reload()
    admin.get_by_text("In the order of the alphabet").wait_for()
    assert_accessible(admin)
    screenshot(admin, f"survey-results-{width}-{color_scheme}")
    for path, name in ((f"programmes/{program.pk}/gains/", "program-gains"), ("gains/", "gains")):
        admin.goto(f"/o/northwind/{path}")
        assert_accessible(admin)
        screenshot(admin, f"{name}-{width}-{color_scheme}")
