"""Booking, moving and cancelling as people do it, in a real browser; nothing here needs a script."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sessions import services
from sessions.models import Session
from tests.browser import assert_accessible, letters_to, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

ALL_WEEK = [(day, 0, 1440) for day in range(7)]


@pytest.fixture
def northwind(transactional_db):
    return make_organisation()


@pytest.fixture
def ines(northwind):
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    with inside(northwind):
        services.set_weekly_hours(ines, ALL_WEEK, by=ines)
    return ines


@pytest.fixture
def tom(northwind):
    return make_member(northwind, "Tom", family_name="Brandt", time_zone="Asia/Tokyo")


@pytest.mark.parametrize(("width", "scheme", "script"), [(1280, "light", True), (360, "dark", False)])
def test_a_session_is_booked_in_two_clicks_then_moved_and_cancelled(
    visitor, northwind, ines, tom, width, scheme, script
):
    mentorship = make_mentorship(ines, tom)
    page = visitor(width=width, color_scheme=scheme, java_script_enabled=script)
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    if script:
        assert_accessible(page)
    page.locator(".slots a").first.click()
    page.get_by_role("button", name="Book this session").click()
    page.get_by_text("Booked. Everyone gets an invitation by e-mail.").wait_for()
    with inside(northwind):
        booked = Session.objects.get()
    assert "session_booked" in {letter.kind for letter in letters_to(ines.email, northwind)}

    page.get_by_role("link", name="Move", exact=True).click()
    page.locator(".slots a").nth(1).click()
    page.get_by_role("button", name="Move the session here").click()
    page.get_by_text("Moved. Everyone gets the new time by e-mail.").wait_for()
    with inside(northwind):
        assert Session.objects.get().starts_at > booked.starts_at

    page.get_by_role("link", name="Cancel session").click()
    page.get_by_label("Reason").fill("I am ill.")
    page.get_by_role("button", name="Cancel this session").click()
    page.get_by_text("Cancelled. Everyone hears of it by e-mail").wait_for()
    with inside(northwind):
        assert Session.objects.get().status == "cancelled"


def test_whoever_comes_second_books_the_next_time_with_one_click_more(page, northwind, ines, tom):
    mentorship = make_mentorship(ines, tom)
    rival = make_member(northwind, "Rita")
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.locator(".slots a").first.click()
    page.get_by_label("What it is about").fill("My first question")
    with inside(northwind):
        other = make_mentorship(ines, rival)
        slot = services.free_slots(mentorship, by=tom)[0]
        services.book_session(other, starts_at=slot.starts_at, by=rival)
    page.get_by_role("button", name="Book this session").click()
    page.get_by_text("This time is no longer free.").wait_for()
    assert_accessible(page)
    page.locator(".slots button").first.click()
    page.get_by_text("Booked. Everyone gets an invitation by e-mail.").wait_for()
    with inside(northwind):
        assert Session.objects.filter(topic="My first question").count() == 1


def test_a_note_half_typed_survives_going_away(page, northwind, ines, tom):
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        yesterday = (timezone.now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        session = services.record_session(mentorship, starts_at=yesterday, length=timedelta(hours=1), by=ines)
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/{session.pk}/log/")
    assert_accessible(page)
    page.get_by_label("Yes, we met").check()
    page.get_by_label("Private note").fill("Ask about the course.")
    page.goto("/o/northwind/sessions/")
    page.goto(f"/o/northwind/sessions/{session.pk}/log/")
    assert page.get_by_label("Private note").input_value() == "Ask about the course."
    page.get_by_role("button", name="Log this session").click()
    page.get_by_text("Everyone agrees, so this session is settled.").wait_for()
    assert page.get_by_label("Private note").input_value() == "Ask about the course."


def test_hours_are_given_without_a_script(visitor, northwind, ines):
    page = visitor(width=360, java_script_enabled=False)
    sign_in(page, ines.user)
    page.goto("/o/northwind/sessions/availability/")
    page.get_by_label("Saturday, from").first.fill("10:30")
    page.get_by_label("Saturday, until").first.fill("12:00")
    page.get_by_text("Another time on Saturday").click()
    page.get_by_label("Saturday, from").nth(1).fill("14:00")
    page.get_by_label("Saturday, until").nth(1).fill("15:00")
    page.get_by_role("button", name="Save these hours").click()
    page.get_by_text("Your hours are saved.").wait_for()
    with inside(northwind):
        saved = ines.weekly_hours.filter(weekday=5).values_list("start_minute", "end_minute")
        assert list(saved) == [(630, 720), (840, 900)]
