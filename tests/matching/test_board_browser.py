"""An admin's way over the board in a real browser: match, look, lock, choose another mentor, swap, publish."""

import threading

from playwright.sync_api import expect

from matching import services
from matching.models import Proposal
from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship, Participant
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.conftest import Scheme
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
    expect(rows.filter(has_text="Theo Osei").get_by_text("Offers 1 of the 2 skills wanted: Python")).to_be_visible()

    page.get_by_role("link", name="Compare mentors for Theo Osei").click()
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
    expect(page.get_by_text("Discarded. Theo Osei is without a mentor again.")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone: “Discarded Noor Osei for Theo Osei”.")).to_be_visible()
    expect(rows).to_have_count(1)
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


def lanes(visitor, **options):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    scheme = Scheme(org)
    page = visitor(reduced_motion="reduce", **options)
    sign_in(page, alice.user)
    page.goto(f"/o/northwind/programmes/{scheme.program.pk}/matching/mentors/")
    return scheme, page


def test_reassign_swap_and_undo_by_keyboard_alone(visitor):
    scheme, page = lanes(visitor)
    assert_accessible(page)

    page.get_by_role("link", name="Move Theo Osei").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    # The search has the focus; the first choice is a few steps further.
    expect(dialog.get_by_role("searchbox", name="Mentor’s name")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type("omar")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Choose Omar Osei").press("Enter")
    status = page.locator("#messages")
    expect(status).to_contain_text("Theo Osei is now proposed Omar Osei. The pair is locked.")
    expect(dialog).to_be_hidden()
    # Back where one was, though the card now lies elsewhere.
    expect(page.get_by_role("link", name="Move Theo Osei")).to_be_focused()
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]

    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Swap with Uma Osei").press("Enter")
    expect(status).to_contain_text("Swapped. Both pairs are locked.")
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Omar")]
    assert_accessible(page)

    page.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(status).to_contain_text("Undone: “Swapped the mentors of")
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_a_mentee_is_dragged_to_a_free_place_and_onto_another(visitor):
    scheme, page = lanes(visitor)
    card = page.locator(f"#m{scheme.theo.pk}")
    card.drag_to(page.locator(f"[data-drop='{scheme.omar.pk}']").first)
    expect(page.locator("#messages")).to_contain_text("Theo Osei is now proposed Omar Osei.")
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]
    page.locator(f"#m{scheme.uma.pk}").drag_to(page.locator(f"#m{scheme.theo.pk}"))
    expect(page.locator("#messages")).to_contain_text("Swapped. Both pairs are locked.")
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Omar")]


def test_what_somebody_else_has_changed_is_not_dragged(visitor):
    scheme, page = lanes(visitor)
    with inside(scheme.org):
        services.lock(scheme.of(scheme.theo), by=scheme.theo.member)
    page.locator(f"#m{scheme.theo.pk}").drag_to(page.locator(f"[data-drop='{scheme.omar.pk}']").first)
    expect(page.locator("#messages")).to_contain_text("The proposals have changed since you opened that page")
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_lanes_work_without_scripts_and_on_a_phone(visitor):
    scheme, page = lanes(visitor, java_script_enabled=False, width=360)
    page.get_by_role("link", name="Move Theo Osei").click()
    page.get_by_role("button", name="Choose Omar Osei").click()
    expect(page.get_by_text("Theo Osei is now proposed Omar Osei.")).to_be_visible()
    assert page.url.endswith("/matching/mentors/")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone:")).to_be_visible()
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_a_no_brings_the_next_best_to_the_admin(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    scheme = Scheme(org)
    mentee = make_member(org, "Vic", level=2, department="Legal")
    vic = enrol(scheme.program, mentee, "mentee", skills=["Python"])
    with inside(org):
        services.propose_by_hand(vic, scheme.omar, by=alice)
        Proposal.objects.filter(mentee=scheme.theo).delete()
        services.publish(scheme.program, proposals=[Proposal.objects.get(mentee=vic)], by=alice)
        offered = Participant.objects.get(enrolment=vic).mentorship_id
    page = visitor(reduced_motion="reduce")
    sign_in(page, mentee.user)
    page.goto(f"/o/northwind/mentorships/{offered}/answer/")
    expect(page.get_by_text("Please answer by")).to_be_visible()
    assert_accessible(page)
    page.get_by_text("No, not this time").click()
    page.get_by_label("Reason").fill("We share an office")
    page.get_by_role("button", name="Decline this match").click()
    expect(page.get_by_text("Thank you for your answer.")).to_be_visible()

    admin = visitor(reduced_motion="reduce")
    sign_in(admin, alice.user)
    admin.goto(f"/o/northwind/programmes/{scheme.program.pk}/")
    expect(admin.get_by_text("1 match was declined or not answered: the next best is proposed.")).to_be_visible()
    admin.goto(f"/o/northwind/programmes/{scheme.program.pk}/matching/?mentor=maya")
    expect(admin.get_by_role("checkbox", name="Choose Vic Osei with Maya Osei")).to_be_visible()
    assert drafts(scheme.program) == [("Uma", "Noor"), ("Vic", "Maya")]
