"""Tom in New York meets Ines in Sydney around the night in which New York's clocks go forward: 14 March 2027, 07:00 UTC."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from icalendar import Calendar

from mentoring.outbox.models import Message
from sessions import services
from sessions.models import Session
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

ALL_WEEK = [(day, 0, 1440) for day in range(7)]


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2027, 3, 10, 12, tzinfo=UTC), tick=True) as traveller:
        yield traveller


def invitation(organisation, member, kind):
    """What the newest letter of this kind carries, read without a complaint."""
    with inside(organisation):
        letter = Message.objects.filter(recipient=member.email, kind=kind).latest("pk")
    calendar = Calendar.from_ical(letter.attachments[0]["content"])
    (event,) = calendar.walk("VEVENT")
    assert (calendar.errors, event.errors) == ([], [])
    facts = (str(calendar["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt.astimezone(UTC).isoformat())
    return letter.text, facts


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "light"), (360, "dark")])
def test_new_york_meets_sydney(visitor, transactional_db, clock, width, scheme):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Australia/Sydney")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="America/New_York")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, ALL_WEEK, by=ines)
    page = visitor(width=width, color_scheme=scheme)
    sign_in(page, tom.user)

    # The evening before the change: five hours behind UTC, and Sydney eleven ahead.
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.locator('.slots a[href*="2027-03-13T21"]').click()
    page.get_by_text("Saturday 13 March 2027, 16:00 to 17:00 New York time").wait_for()
    page.get_by_text("Sunday 14 March 2027, 08:00 to 09:00 Sydney time").wait_for()
    assert_accessible(page)
    screenshot(page, f"across-confirm-{width}-{scheme}")
    page.get_by_role("button", name="Book this session").click()
    page.get_by_text("Booked. Everyone gets an invitation by e-mail.").wait_for()
    text, facts = invitation(northwind, ines, "session_booked")
    assert facts == ("REQUEST", 0, "2027-03-13T21:00:00+00:00")
    assert "Sunday 14 March 2027, 08:00 to 09:00 Sydney time" in text
    assert "Saturday 13 March 2027, 16:00 to 17:00 New York time" in text

    # Ines answers from her letter, in a browser that is signed in nowhere.
    letter = visitor(width=width, color_scheme=scheme, timezone_id="Australia/Sydney")
    letter.goto("/answer/" + text.split(f"{settings.SITE_URL}/answer/")[1].split()[0])
    letter.get_by_text("Sunday 14 March 2027, 08:00 to 09:00 Sydney time").wait_for()
    assert_accessible(letter)
    screenshot(letter, f"answer-{width}-{scheme}")
    letter.get_by_role("link", name="I can’t come").click()
    letter.get_by_role("button", name="Decline").click()
    letter.get_by_role("heading", name="You have declined").wait_for()
    assert_accessible(letter)
    screenshot(letter, f"declined-{width}-{scheme}")
    page.reload()
    page.get_by_text("Ines Adler has declined").wait_for()
    assert_accessible(page)
    screenshot(page, f"answered-{width}-{scheme}")

    # The day after: the same hour on Tom's clock is an hour earlier on hers.
    page.get_by_role("link", name="Move", exact=True).click()
    page.locator('.slots a[href*="2027-03-14T20"]').click()
    page.get_by_text("Sunday 14 March 2027, 16:00 to 17:00 New York time").wait_for()
    page.get_by_text("Monday 15 March 2027, 07:00 to 08:00 Sydney time").wait_for()
    page.get_by_role("button", name="Move the session here").click()
    page.get_by_text("Moved. Everyone gets the new time by e-mail.").wait_for()
    assert page.get_by_text("Ines Adler has declined").count() == 0
    _text, facts = invitation(northwind, ines, "session_moved")
    assert facts == ("REQUEST", 1, "2027-03-14T20:00:00+00:00")

    # Another one, which is cancelled.
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.locator('.slots a[href*="2027-03-14T22"]').click()
    page.get_by_role("button", name="Book this session").click()
    page.get_by_role("link", name="Cancel session").click()
    page.get_by_role("button", name="Cancel this session").click()
    page.get_by_text("Cancelled. Everyone hears of it by e-mail").wait_for()
    _text, facts = invitation(northwind, ines, "session_cancelled")
    assert facts == ("CANCEL", 1, "2027-03-14T22:00:00+00:00")

    # They have met; both say so.
    with inside(northwind):
        met = Session.objects.get(status="planned")
    page.goto("/o/northwind/sessions/week/?at=2027-03-14")
    page.get_by_text("The clocks change on this day.").wait_for()
    clock.move_to(datetime(2027, 3, 14, 21, 30, tzinfo=UTC))
    for who in (tom, ines):
        side = visitor(width=width, color_scheme=scheme)
        sign_in(side, who.user)
        side.goto(f"/o/northwind/sessions/{met.pk}/log/")
        side.get_by_label("Yes, we met").check()
        side.get_by_role("button", name="Log this session").click()
        side.get_by_text("Thank you.").wait_for()
    with inside(northwind):
        assert Session.objects.held().get().pk == met.pk
