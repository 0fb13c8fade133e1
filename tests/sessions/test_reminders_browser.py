"""Tom chooses his reminders, and stops them from a letter, in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sessions import services
from sessions.models import ReminderChoice
from tests.browser import assert_accessible, letters_to, link_in, screenshot, sign_in
from tests.people import inside
from tests.sessions.conftest import people

pytestmark = pytest.mark.django_db(transaction=True)
SCREENS = [(1280, "light"), (360, "dark")]


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_choosing_and_stopping(visitor, width, scheme):
    cast = people()
    with inside(cast.northwind):
        services.set_weekly_hours(cast.ines, [(day, 0, 1440) for day in range(7)], by=cast.ines)
        start = (timezone.now() + timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
        services.book_session(cast.mentorship, starts_at=start, by=cast.tom, place="Room 4", topic="First steps")
    page = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, cast.tom.user)
    page.goto("/o/northwind/profile/")
    page.get_by_role("link", name="Reminders").click()
    expect(page.get_by_role("checkbox", name="24 hours before")).to_be_checked()
    assert_accessible(page)
    screenshot(page, f"reminders-{width}-{scheme}")
    page.get_by_role("checkbox", name="24 hours before").uncheck()
    page.get_by_role("checkbox", name="2 days before").check()
    page.get_by_role("checkbox", name="Two questions about a session").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds for what is booked already, too.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="2 days before")).to_be_checked()
    waiting = {letter.kind for letter in letters_to(cast.tom.email, cast.northwind) if letter.status == "pending"}
    assert waiting == {"session_booked", "reminder_2d", "reminder_1h"}

    # Somebody else's browser: the letter is all that it takes.
    letter = next(each for each in letters_to(cast.tom.email, cast.northwind) if each.kind == "reminder_2d")
    reader = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
    path = next(line for line in letter.text.splitlines() if "/unsubscribe/" in line).partition("8000")[2]
    assert link_in(letter).startswith("/o/northwind/sessions/")
    reader.goto(path)
    assert_accessible(reader)
    screenshot(reader, f"unsubscribe-{width}-{scheme}")
    reader.get_by_role("button", name="Stop these letters").click()
    expect(reader.get_by_role("heading", name="You get no more of these letters")).to_be_visible()
    assert_accessible(reader)
    screenshot(reader, f"unsubscribed-{width}-{scheme}")
    with inside(cast.northwind):
        assert ReminderChoice.objects.get(member=cast.tom, kind="session").ahead == []
    reader.goto("/unsubscribe/nonsense/")
    screenshot(reader, f"unsubscribe-unknown-{width}-{scheme}")
    inbox = visitor(width=width, color_scheme=scheme)
    inbox.set_content(letter.html)
    screenshot(inbox, f"letter-{width}-{scheme}")
