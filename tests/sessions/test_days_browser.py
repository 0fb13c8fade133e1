"""Days off, other hours, holidays and rules of booking in a real browser, light and dark, wide and narrow."""

from datetime import timedelta

import pytest
from django.utils import timezone

from programs.models import Enrolment
from sessions import services
from sessions.models import BookingPolicy
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

WEEK = [(day, 540, 720) for day in range(7)]


@pytest.mark.parametrize(
    ("width", "scheme", "script"), [(1280, "light", True), (360, "dark", True), (360, "light", False)]
)
def test_days_and_rules(transactional_db, visitor, width, scheme, script):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", is_admin=True, site="London")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Australia/Sydney")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, WEEK, by=ines)
    page = visitor(width=width, color_scheme=scheme, java_script_enabled=script, reduced_motion="reduce")

    def look(name):
        if script:
            assert_accessible(page)
        screenshot(page, f"{name}-{width}-{scheme}")

    sign_in(page, ines.user)
    page.goto("/o/northwind/sessions/availability/")
    look("availability")
    page.get_by_label("Tuesday, from").first.fill("22:30")
    page.get_by_label("Tuesday, until").first.fill("02:30")
    page.get_by_role("button", name="Save these hours").click()
    page.get_by_text("Your hours are saved.").wait_for()
    page.get_by_text("Ends on Wednesday.").wait_for()
    look("availability-across-midnight")
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    look("slots-across-midnight")
    page.goto("/o/northwind/sessions/availability/")
    page.get_by_role("link", name="Single days and time off").click()
    look("days-empty")
    page.get_by_label("First day").fill("2027-12-24")
    page.get_by_label("Last day").fill("2027-12-20")
    page.get_by_role("button", name="Add time off").click()
    page.get_by_text("The last day must not be before the first.").first.wait_for()
    look("days-wrong")
    page.get_by_label("Last day").fill("2027-12-31")
    page.get_by_role("button", name="Add time off").click()
    page.get_by_text("24 December 2027 to 31 December 2027").first.wait_for()
    page.get_by_label("Day", exact=True).fill("2027-12-15")
    page.get_by_label("Time 1, from").fill("13:00")
    page.get_by_label("Time 1, until").fill("15:30")
    page.get_by_role("button", name="Save this day").click()
    page.get_by_text("13:00–15:30").wait_for()

    page.goto("/o/northwind/sessions/holidays/")
    look("holidays-empty")
    page.get_by_label("Day", exact=True).fill("2027-12-27")
    page.get_by_label("Name").fill("Boxing Day")
    page.get_by_label("Where").select_option("London")
    page.get_by_role("button", name="Add this holiday").click()
    page.get_by_text("Monday 27 December 2027 · London").wait_for()
    look("holidays")
    page.goto("/o/northwind/sessions/availability/days/")
    page.get_by_text("Boxing Day").wait_for()
    look("days")

    page.goto(f"/o/northwind/programmes/{mentorship.program_id}/")
    look("programme")
    page.get_by_role("link", name="Change").first.click()
    look("policy")
    page.get_by_label("Other lengths, in minutes").fill("30, often")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Write up to five whole numbers of minutes").first.wait_for()
    look("policy-wrong")
    page.get_by_label("Other lengths, in minutes").fill("30, 90")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Of 60, 30, 90 minutes").wait_for()

    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.get_by_role("link", name="90 minutes").click()
    look("book")
    with inside(northwind):
        Enrolment.objects.filter(member=ines).update(hours_per_month=0)
        BookingPolicy.objects.update(most_a_week=1)
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.get_by_text("All hours that Ines Adler gives in").wait_for()
    look("book-full")
    with inside(northwind):
        Enrolment.objects.filter(member=ines).update(hours_per_month=None)
        monday = timezone.now() + timedelta(days=7 - timezone.now().weekday())
        free = [slot for slot in services.free_slots(mentorship, by=ines) if slot.starts_at > monday]
        services.book_session(mentorship, starts_at=free[0].starts_at, by=ines)
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.get_by_text("This programme has 1 session a week at most").wait_for()
    look("book-week")

    page.goto("/o/northwind/sessions/availability/days/")
    page.get_by_role("button", name="Remove 24 December 2027 to 31 December 2027").click()
    page.get_by_text("Removed. You can be booked on these days again").wait_for()
