"""One's own calendar in a real browser: an address is made and copied, a calendar added and removed, a link kept."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from sessions import services
from sessions.models import BusyCalendar, CalendarSettings
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation


@pytest.mark.parametrize(
    ("width", "scheme", "script"), [(1280, "light", True), (360, "dark", True), (360, "light", False)]
)
def test_ones_own_calendar(transactional_db, visitor, width, scheme, script):
    northwind = make_organisation()
    tom = make_member(northwind, "Tom", family_name="Brandt")
    with inside(northwind):
        for name, problem in (("Family", ""), ("Work, all of it, since I came here", "status")):
            calendar = services.add_calendar(tom, address=f"https://x.example/{len(name)}", name=name, by=tom)
            now = timezone.now()
            calendar.fetched_at, calendar.problem = now - timedelta(hours=2), problem
            calendar.save()
    page = visitor(width=width, color_scheme=scheme, java_script_enabled=script, reduced_motion="reduce")
    sign_in(page, tom.user)
    page.goto("/o/northwind/sessions/availability/")
    page.get_by_role("link", name="Your calendar").click()
    if script:
        assert_accessible(page)
    screenshot(page, f"calendar-{width}-{scheme}")

    page.get_by_role("button", name=re.compile("Make an address.*Your sessions")).click()
    address = page.get_by_label("Your new address").input_value()
    assert f"/calendar/{address.split('/')[-1]}" in address
    if script:
        assert_accessible(page)
    screenshot(page, f"calendar-made-{width}-{scheme}")

    page.get_by_label("ICS address").fill("http://x.example/")
    page.get_by_label("Name").fill("Choir")
    page.get_by_role("button", name="Add this calendar").click()
    page.get_by_text("Its address must begin with https:// all the way.").first.wait_for()
    if script:
        assert_accessible(page)
    screenshot(page, f"calendar-wrong-{width}-{scheme}")
    page.get_by_label("ICS address").fill("https://x.example/choir.ics")
    page.get_by_role("button", name="Add this calendar").click()
    page.get_by_text("Added. It is being read now").wait_for()

    page.get_by_role("button", name="Remove Choir").click()
    if script:
        page.get_by_role("dialog").locator("[data-yes]").click()
    page.get_by_text("Removed, with everything that was read from it.").wait_for()

    page.get_by_label("Your own meeting link").fill("https://whereby.com/tom")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. It is proposed").wait_for()
    with inside(northwind):
        own = CalendarSettings.objects.get(member=tom)
        assert own.meeting_link == "https://whereby.com/tom"
        assert own.feed_made_at > datetime(2026, 1, 1, tzinfo=UTC)
        assert sorted(BusyCalendar.objects.values_list("name", flat=True)) == [
            "Family",
            "Work, all of it, since I came here",
        ]
