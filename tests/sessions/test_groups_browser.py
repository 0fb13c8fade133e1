"""Ines opens a session with two seats; Tom and Pia join, Quin comes too late, Pia leaves, and Quin gets her seat."""

import pytest
from playwright.sync_api import expect

from sessions import services
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.test_groups import enrol

FULL = "This session is full: all seats are taken."


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_two_seats_and_three_who_want_one(transactional_db, visitor, width, scheme):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", job_title="Head of Design")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin", job_title="Designer")
    pia = make_member(northwind, "Pia", family_name="Croft", job_title="Analyst")
    quin = make_member(northwind, "Quin", family_name="Dale")
    program = make_mentorship(ines, tom).program
    enrol(program, pia)
    enrol(program, quin)
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 0, 1440) for day in range(7)], by=ines)

    leader = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
    sign_in(leader, ines.user)
    leader.goto("/o/northwind/sessions/")
    leader.get_by_role("link", name="Group sessions").click()
    assert_accessible(leader)
    screenshot(leader, f"group-none-{width}")
    leader.get_by_role("link", name="Open a group session").first.click()
    assert_accessible(leader)
    screenshot(leader, f"group-slots-{width}")
    leader.locator(".slots a").first.click()
    leader.get_by_label("What it is about").fill("Saying no without losing friends")
    leader.get_by_label("Seats").fill("2")
    assert_accessible(leader)
    screenshot(leader, f"group-open-{width}")
    leader.get_by_role("button", name="Open this session").click()
    expect(leader.get_by_role("heading", name="Group session: Saying no without losing friends")).to_be_visible()
    expect(leader.get_by_text("0 of 2 seats are taken.")).to_be_visible()

    pages = {}
    for member in (tom, pia, quin):
        page = pages[member] = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
        sign_in(page, member.user)
        page.goto("/o/northwind/sessions/")
    assert_accessible(pages[tom])
    screenshot(pages[tom], f"group-card-{width}")
    for member in (tom, pia):
        pages[member].get_by_role("button", name="Join").click()
        expect(pages[member].get_by_text("You have a seat.")).to_be_visible()
    assert_accessible(pages[pia])
    screenshot(pages[pia], f"group-joined-{width}")

    # Quin's page is from before.
    pages[quin].get_by_role("button", name="Join").click()
    expect(pages[quin].get_by_text(FULL)).to_be_visible()
    assert_accessible(pages[quin])
    screenshot(pages[quin], f"group-full-{width}")

    leader.reload()
    expect(leader.get_by_text("2 of 2 seats are taken.")).to_be_visible()
    leader.get_by_label("Seats").fill("1")
    leader.get_by_role("button", name="Change the seats").click()
    expect(leader.get_by_text("2 people have joined, so there can’t be fewer seats than that.").first).to_be_visible()
    assert_accessible(leader)
    screenshot(leader, f"group-seats-{width}")
    leader.goto("/o/northwind/sessions/groups/")
    leader.get_by_role("link", name="Saying no without losing friends").click()
    assert_accessible(leader)
    screenshot(leader, f"group-leader-{width}")

    pages[pia].get_by_role("button", name="Leave this session").click()
    pages[pia].get_by_role("button", name="Leave", exact=True).click()
    expect(pages[pia].get_by_text("You have left the session.")).to_be_visible()
    screenshot(pages[pia], f"group-list-{width}")
    pages[quin].get_by_role("link", name="Group sessions").first.click()
    pages[quin].get_by_role("button", name="Join").click()
    expect(pages[quin].get_by_text("You have a seat.")).to_be_visible()
