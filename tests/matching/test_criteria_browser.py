"""Deciding what counts in a real browser: try by keyboard, save, undo, bring back, with and without scripts."""

from playwright.sync_api import expect

from matching import services
from matching.models import CriteriaVersion
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from programs.models import Program
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


def scheme():
    """Theo is proposed Maya, who offers what he wants; Noor offers nothing of it, but works in another department."""
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = make_program(org)
    for name, department, skill in (("Maya", "Legal", "Python"), ("Noor", "Sales", "Gardening")):
        member = make_member(org, name, login=False, level=5, department=department, site="Leeds")
        enrol(program, member, "mentor", skills=[skill], languages=["English"])
    member = make_member(org, "Theo", login=False, level=3, department="Legal", site="Leeds")
    enrol(program, member, "mentee", skills=["Python"], languages=["English"])
    with organisation_scope(org):
        services.run_matching(program.pk, NoProgress())
    return org, alice, program


def weights(org):
    with inside(org):
        criteria = Program.objects.get().criteria
        return criteria["weights"]["skills"], criteria["weights"]["department"], CriteriaVersion.objects.count()


def test_trying_saving_undoing_and_bringing_back(visitor):
    org, alice, program = scheme()
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/criteria/")
    side = page.get_by_role("complementary", name="If you save this")
    expect(side.get_by_text("Everybody keeps the mentor who is proposed now.")).to_be_visible()
    assert_accessible(page)
    skills = page.get_by_role("slider", name="Skills")
    department = page.get_by_role("slider", name="Department")
    skills.focus()
    for _time in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("output[data-of=id_weight_skills]")).to_have_text("0")
    department.press("End")
    expect(side.get_by_text("1 mentee changes")).to_be_visible()
    side.get_by_text("1 mentee changes").click()
    expect(side.get_by_role("listitem")).to_have_text(
        "Theo OseiMaya Osei → would become Noor Osei", use_inner_text=False
    )
    assert_accessible(page)
    screenshot(page, "criteria-tried")
    # Nothing is saved by trying.
    assert weights(org) == (5, 1, 1)
    # What makes no sense is told beside the sliders, and the focus stays where it is.
    department.press("Home")
    for name in ("Level", "Location", "Languages", "Free hours"):
        page.get_by_role("slider", name=name).press("Home")
    expect(side.get_by_role("listitem").filter(has_text="At least one thing must count")).to_be_visible()
    expect(page.get_by_role("slider", name="Free hours")).to_be_focused()
    department.press("End")
    expect(side.get_by_text("1 mentee changes")).to_be_visible()

    page.get_by_role("button", name="Save").click()
    saved = page.get_by_text("Saved as version 2.")
    expect(saved).to_be_visible()
    assert_accessible(page)
    assert weights(org) == (0, 10, 2)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Saved as version 3.")).to_be_visible()
    expect(page.get_by_role("slider", name="Skills")).to_have_value("5")
    assert weights(org) == (5, 1, 3)

    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("brought back version 1")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "criteria-history")
    page.get_by_role("link", name="Preview version 2").click()
    expect(page.get_by_text("Skills 5 → 0")).to_be_visible()
    expect(page.get_by_text("1 mentee changes")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "criteria-preview")
    page.get_by_role("button", name="Bring this version back").click()
    expect(page.get_by_text("Saved as version 4.")).to_be_visible()
    assert weights(org) == (0, 10, 4)


def test_two_admins_at_once_lose_nothing(visitor):
    org, alice, program = scheme()
    bob = make_member(org, "Bob", is_admin=True)
    where = f"/o/northwind/programmes/{program.pk}/matching/criteria/"
    first, second = visitor(), visitor(width=360, color_scheme="dark")
    for page, member in ((first, alice), (second, bob)):
        sign_in(page, member.user)
        page.goto(where)
        page.get_by_role("slider", name="Skills").press("ArrowRight")
    second.get_by_role("slider", name="Department").press("ArrowRight")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Saved as version 2.")).to_be_visible()
    second.get_by_role("button", name="Save").click()
    expect(second.locator("[data-error-summary]")).to_be_focused()
    expect(second.get_by_text("Alice Osei changed what counts while this page was open: Skills 5 → 6.")).to_be_visible()
    expect(second.get_by_role("slider", name="Department")).to_have_value("2")
    assert_accessible(second)
    screenshot(second, "criteria-clash-360-dark")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_text("Saved as version 3.")).to_be_visible()
    assert weights(org) == (6, 2, 3)


def test_trying_without_scripts(visitor):
    org, alice, program = scheme()
    page = visitor(width=360, java_script_enabled=False)
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/criteria/")
    page.get_by_role("slider", name="Skills").press("Home")
    page.get_by_role("slider", name="Department").press("End")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("1 mentee changes")).to_be_visible()
    expect(page.get_by_role("slider", name="Skills")).to_have_value("0")
    assert weights(org) == (5, 1, 1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()


def test_deciding_about_a_pair_from_the_keyboard(visitor):
    org, alice, program = scheme()
    for number in range(9):
        member = make_member(org, f"Extra{number}", login=False, family_name="Zed", level=5)
        enrol(program, member, "mentor")
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/criteria/")
    page.get_by_role("link", name="Pairs decided by hand").click()
    page.get_by_role("radio", name="Theo Osei").check()
    page.get_by_label("Search for a mentor").press_sequentially("noor")
    expect(page.get_by_role("radio", name="Extra0 Zed")).to_have_count(0)
    # Who has been chosen stays chosen while the search goes on.
    expect(page.get_by_role("radio", name="Theo Osei")).to_be_checked()
    page.get_by_role("radio", name="Noor Osei").check()
    page.get_by_role("button", name="They must be paired").press("Enter")
    expect(page.get_by_text("Theo Osei and Noor Osei will be paired by the next run.")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "pair-rules")
    page.get_by_role("radio", name="Theo Osei").check()
    page.get_by_role("radio", name="Maya Osei").check()
    page.get_by_role("button", name="They must be paired").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Theo Osei must be paired with Noor Osei already")
    expect(page.get_by_role("radio", name="Maya Osei")).to_be_checked()
    assert_accessible(page)
    page.get_by_role("button", name="Leave Theo Osei and Noor Osei to the scores again").click()
    expect(page.get_by_text("Theo Osei and Noor Osei are left to the scores again.")).to_be_visible()
