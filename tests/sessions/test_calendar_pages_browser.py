"""The week and the month in a real browser: wide, narrow, dark and on paper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sessions import services
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "light"), (360, "dark")])
def test_week_and_month(visitor, transactional_db, width, scheme):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/London")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 0, 1440) for day in range(7)], by=ines)
        services.book_session(
            mentorship, starts_at=services.free_slots(mentorship, by=tom)[3].starts_at, by=tom, topic="First steps"
        )
        off = services.book_session(mentorship, starts_at=services.free_slots(mentorship, by=tom)[9].starts_at, by=tom)
        services.cancel_session(off, by=tom)
        before = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
        services.record_session(mentorship, starts_at=before, length=timedelta(hours=1), by=ines)
    page = visitor(width=width, color_scheme=scheme)
    sign_in(page, tom.user)
    page.goto("/o/northwind/sessions/")
    assert_accessible(page)
    page.get_by_role("link", name="Past").click()
    page.get_by_role("link", name="Download for a spreadsheet (CSV)").wait_for()
    assert_accessible(page)
    screenshot(page, f"list-{width}-{scheme}")
    page.get_by_role("link", name="Week", exact=True).click()
    page.get_by_role("link", name="Later").wait_for()
    assert_accessible(page)
    screenshot(page, f"week-{width}-{scheme}")
    page.get_by_role("link", name="Later").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions/week/?at=*")
    screenshot(page, f"week-after-{width}-{scheme}")
    page.get_by_role("link", name="Today", exact=True).click()
    page.get_by_role("link", name="Month", exact=True).click()
    page.get_by_role("heading", name="Day by day").wait_for()
    assert_accessible(page)
    screenshot(page, f"month-{width}-{scheme}")
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Later").is_visible()
    assert page.get_by_role("heading", name="Day by day").is_visible()
    screenshot(page, f"month-print-{width}-{scheme}")
