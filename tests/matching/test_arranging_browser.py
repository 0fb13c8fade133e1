"""Who is with whom, as an admin sees, changes and publishes it in a real browser: one walk for each way of arranging."""

import threading

import pytest
from django.db import connection
from playwright.sync_api import expect

from matching.models import GroupProposal
from programs.models import Mentorship
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.arranging.cast import run
from tests.matching.arranging.test_arranging import board, circle, event, mentee, mentor, peer, scheme
from tests.people import inside, make_member, make_organisation


def arranged(program):
    def act():
        run(program)
        connection.close()

    # Beside Playwright's loop, in which Django refuses to query.
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def link(level):
    return ("peer", {"capacity": 2}, {"level": level, "department": "Sales", "site": "Berlin"})


MADE = {
    "pool": lambda org: scheme(org, "peer", {name: peer("Python") for name in ("Ann", "Ben", "Cem", "Dot", "Eva")}),
    "circles": lambda org: circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6)),
    "tiers": lambda org: scheme(
        org, "cascade", {name: link(level) for name, level in zip("TUVWXYZ", (8, 6, 5, 4, 3, 2, 1), strict=True)}
    ),
    "topics": lambda org: scheme(
        org,
        "network",
        {
            "Pia": mentee("Python", "Sales", "Chess"),
            "Quin": mentee("Python", "Writing"),
            "Maya": mentor("Python", "Sales", capacity=3),
            "Sam": mentor("Sales", "Writing", capacity=2),
        },
    ),
    "panel": lambda org: board(org, executives=2, boards=1, size=6),
    "rotation": lambda org: event(org, mentees="PQR", mentors="MN"),
}
SEEN = {
    "pool": "Cem Osei, Dot Osei",
    "circles": "Circle of Maya Osei",
    "tiers": "Who mentors whom",
    "topics": "asks Maya Osei",
    "panel": "How Board 1 is composed",
    "rotation": "Event sheet",
}


@pytest.mark.parametrize("key", sorted(MADE))
def test_what_is_suggested_is_read_on_every_screen(visitor, key):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program, _who = MADE[key](org)
    arranged(program)
    for width, colours in ((1280, "light"), (360, "dark")):
        page = visitor(width=width, color_scheme=colours, reduced_motion="reduce")
        sign_in(page, alice.user)
        page.goto(f"/o/{org.slug}/programmes/{program.pk}/matching/groups/")
        expect(page.get_by_text(SEEN[key]).filter(visible=True).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
        screenshot(page, f"groups-{key}-{width}")
    if key == "rotation":
        page.emulate_media(media="print")
        screenshot(page, "groups-rotation-print")


def test_a_person_is_moved_to_another_circle_and_all_are_published(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program, _who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    arranged(program)
    with inside(org):
        one, other = GroupProposal.objects.order_by("name")
        moved = one.seats.filter(role="mentee").first().enrolment
        name, source, target = moved.member.name, one.pk, other.pk
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(f"/o/{org.slug}/programmes/{program.pk}/matching/groups/")
    page.locator(f"#g{source}").get_by_text("Change").click()
    page.locator(f"#g{source}").get_by_label("Who", exact=True).select_option(label=name)
    page.locator(f"#g{source}").get_by_role("button", name="Move").click()
    expect(page.get_by_text(f"Moved {name}. Both groups are locked.")).to_be_visible()
    expect(page.locator(f"#g{target} [data-seat]", has_text=name)).to_be_visible()
    page.get_by_role("button", name="Publish all").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published 2 groups.")).to_be_visible()
    screenshot(page, "groups-published")
    with inside(org):
        assert Mentorship.objects.count() == 2


def test_a_person_is_dragged_to_another_circle(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program, _who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    arranged(program)
    with inside(org):
        one, other = GroupProposal.objects.order_by("name")
        moved = one.seats.filter(role="mentee").first().enrolment
        name, source, target = moved.member.name, one.pk, other.pk
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)
    page.goto(f"/o/{org.slug}/programmes/{program.pk}/matching/groups/")
    page.locator(f"#g{source} [data-seat]", has_text=name).drag_to(page.locator(f"#g{target} h3"))
    expect(page.get_by_text(f"Moved {name}. Both groups are locked.")).to_be_visible()
