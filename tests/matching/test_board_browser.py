"""An admin's way over the board in a real browser: match, look, lock, choose another mentor, swap, publish."""

import threading

from playwright.sync_api import expect

from matching.models import Proposal
from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


def work(org):
    """What a worker would do with the job that waits, in this process."""
    with inside(org):
        job = Job.objects.unfinished().get()

    def run():
        from django.db import connection

        with organisation_scope(org):
            run_job(job.pk)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_an_admin_matches_a_programme(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = make_program(org)
    for name, capacity in (("Maya", 1), ("Noor", 1), ("Omar", 2)):
        member = make_member(org, name, login=False, level=5, department="Sales", site="Leeds")
        enrol(program, member, "mentor", capacity=capacity, skills=["Python"], languages=["English"])
    for name in ("Theo", "Uma", "Vera"):
        member = make_member(org, name, login=False, level=3, department="Legal", site="Leeds")
        enrol(program, member, "mentee", skills=["Python", "Law"], languages=["English"])
    page = visitor()
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/")
    expect(page.get_by_role("heading", name="Not matched yet")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="Match now").click()
    expect(page.get_by_text("Waiting to start")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    assert_accessible(page)
    work(org)
    # The page notices by itself.
    expect(page.get_by_text("3 of 3 mentees are proposed a mentor.")).to_be_visible()
    rows = page.locator("li.card")
    expect(rows).to_have_count(3)
    assert_accessible(page)

    page.get_by_role("button", name="Lock Theo Osei with Maya Osei").press("Enter")
    expect(page.get_by_text("Locked. It stays as it is when matching runs again.")).to_be_visible()
    rows.filter(has_text="Theo Osei").get_by_text("All 8 reasons").click()
    expect(
        rows.filter(has_text="Theo Osei").get_by_text("Offers 1 of the 2 skills wanted: Python").last
    ).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Change the mentor of Theo Osei").click()
    assert_accessible(page)
    screenshot(page, "matching-candidates")
    page.get_by_role("button", name="Choose Omar Osei").click()
    expect(page.get_by_text("Theo Osei is now proposed Omar Osei. The pair is locked.")).to_be_visible()

    page.get_by_role("checkbox", name="Choose Theo Osei with Omar Osei").check()
    page.get_by_role("checkbox", name="Choose Uma Osei with Noor Osei").check()
    page.get_by_role("button", name="Swap the two chosen").click()
    expect(page.get_by_text("Theo Osei now has Noor Osei, and Uma Osei has Omar Osei.")).to_be_visible()

    page.get_by_role("searchbox", name="Mentor").fill("noor")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Discard Theo Osei with Noor Osei").click()
    expect(page.get_by_text("Discard Noor Osei for Theo Osei?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/")

    page.get_by_role("button", name="Publish all 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published 3 pairs.")).to_be_visible()
    expect(page.get_by_role("heading", name="All published")).to_be_visible()
    assert_accessible(page)
    with inside(org):
        assert Mentorship.objects.offered().count() == 3
        assert not Proposal.objects.filter(status="draft").exists()


def test_a_run_is_cancelled_from_the_board(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = make_program(org)
    enrol(program, make_member(org, "Maya", login=False), "mentor")
    enrol(program, make_member(org, "Theo", login=False), "mentee")
    page = visitor(width=360, color_scheme="dark")
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/")
    page.get_by_role("button", name="Match now").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled before it began.")).to_be_visible()
    assert_accessible(page)
    with inside(org):
        assert Job.objects.get().status == "cancelled"


def test_the_board_works_without_scripts(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = make_program(org)
    enrol(program, make_member(org, "Maya", login=False, level=5), "mentor")
    enrol(program, make_member(org, "Theo", login=False, level=3), "mentee")
    page = visitor(java_script_enabled=False)
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/")
    page.get_by_role("button", name="Match now").click()
    work(org)
    page.get_by_role("link", name="Refresh to see how far it is").click()
    page.goto(f"/o/northwind/programmes/{program.pk}/matching/")
    page.get_by_role("checkbox", name="Choose Theo Osei with Maya Osei").check()
    page.get_by_role("button", name="Publish the chosen").click()
    expect(page.get_by_text("Published 1 pair.")).to_be_visible()
