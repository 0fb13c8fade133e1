"""A series as people book, move and cancel it, and as a browser shows it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sessions import services
from sessions.models import Session
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.sessions.conftest import utc

FIRST = {"starts_at": "2026-11-24T09:00Z", "repeat": "weekly", "times": "3", "topic": "Steps"}


@pytest.fixture
def path(cast):
    return f"/o/northwind/sessions/book/{cast.mentorship.pk}/"


@pytest.fixture
def series(path, tom_client, cast):
    tom_client.post(path, FIRST)
    return planned(cast)


def planned(cast):
    with inside(cast.northwind):
        return list(Session.objects.planned().order_by("starts_at"))


def days(sessions):
    return [f"{session.starts_at:%d.%m. %H}" for session in sessions]


def test_the_confirmation_offers_to_repeat(path, tom_client, cast):
    confirm = tom_client.get(path + "?start=2026-11-24T09:00Z").content.decode()
    assert '<select name="repeat"' in confirm
    assert "Every two weeks" in confirm or "every two weeks" in confirm
    answer = tom_client.post(path, FIRST)
    sessions = planned(cast)
    assert (answer.status_code, answer.url) == (302, f"/o/northwind/sessions/{sessions[0].pk}/")
    assert days(sessions) == ["24.11. 09", "01.12. 09", "08.12. 09"]
    page = tom_client.get(answer.url).content.decode()
    assert "3 sessions are booked." in page
    assert "Every week" in page


def test_once_is_still_once(path, tom_client, cast):
    tom_client.post(path, {**FIRST, "repeat": "", "times": "many"})
    [session] = planned(cast)
    assert session.series_id is None


@pytest.mark.parametrize("times", ["", "1", "27", "many"])
def test_a_wrong_number_loses_nothing(path, tom_client, cast, times):
    answer = tom_client.post(path, {**FIRST, "times": times})
    assert answer.status_code == 422
    assert 'value="Steps"' in answer.content.decode()
    assert planned(cast) == []


def test_what_is_not_free_is_listed_first(path, tom_client, cast):
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-12-01T09:00"), by=cast.tom)
    answer = tom_client.post(path, FIRST)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert answer.context["not_free"] == ["Tuesday 1 December 2026, 10:00"]
    assert answer.context["free"] == ["Tuesday 24 November 2026, 10:00", "Tuesday 8 December 2026, 10:00"]
    assert "Book the 2 free ones" in html
    assert len(planned(cast)) == 1
    again = dict(answer.context["hidden"])
    tom_client.post(path, {**again, "skip_taken": "1"})
    assert days(planned(cast)) == ["24.11. 09", "01.12. 09", "08.12. 09"]
    assert [session.topic for session in planned(cast)] == ["Steps", "", "Steps"]


def test_one_or_all_that_follow_move(series, tom_client, cast):
    path = f"/o/northwind/sessions/{series[1].pk}/move/"
    assert (
        "This one and all that follow (2 sessions)"
        in tom_client.get(path + "?start=2026-12-01T10:00Z").content.decode()
    )
    tom_client.post(path, {"starts_at": "2026-12-01T10:00Z", "scope": "one"})
    assert days(planned(cast)) == ["24.11. 09", "01.12. 10", "08.12. 09"]
    tom_client.post(path, {"starts_at": "2026-12-01T11:00Z", "scope": "following"})
    assert days(planned(cast)) == ["24.11. 09", "01.12. 11", "08.12. 11"]


def test_those_that_cannot_move_are_listed(series, tom_client, cast):
    with inside(cast.northwind):
        services.book_session(cast.mentorship, starts_at=utc("2026-12-08T11:00"), by=cast.tom)
    path = f"/o/northwind/sessions/{series[1].pk}/move/"
    answer = tom_client.post(path, {"starts_at": "2026-12-01T11:00Z", "scope": "following"})
    assert answer.status_code == 409
    assert answer.context["not_free"] == ["Tuesday 8 December 2026, 12:00"]
    tom_client.post(path, {**dict(answer.context["hidden"]), "skip_taken": "1"})
    assert days(planned(cast)) == ["24.11. 09", "01.12. 11", "08.12. 09", "08.12. 11"]


def test_one_or_all_that_follow_are_cancelled(series, tom_client, cast):
    path = f"/o/northwind/sessions/{series[1].pk}/cancel/"
    assert "This one and all that follow (2 sessions)" in tom_client.get(path).content.decode()
    tom_client.post(path, {"reason": "Away", "scope": "following"})
    assert days(planned(cast)) == ["24.11. 09"]
    with inside(cast.northwind):
        assert Session.objects.filter(cancel_reason="Away").count() == 2
    last = tom_client.get(f"/o/northwind/sessions/{series[0].pk}/cancel/").content.decode()
    assert "all that follow" not in last


def test_in_a_browser(page, live_server, transactional_db):
    northwind = make_organisation()
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    tom = make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")
    mentorship = make_mentorship(ines, tom)
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 0, 1440) for day in range(7)], by=ines)
        slots = services.free_slots(mentorship, by=tom)
        week_later = slots[0].starts_at + timedelta(days=7)
        services.book_session(mentorship, starts_at=week_later, by=tom)
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/book/{mentorship.pk}/")
    page.locator(".slots a").first.click()
    page.get_by_label("Repeat").select_option("weekly")
    page.get_by_label("How many sessions").fill("3")
    screenshot(page, "series-book")
    assert_accessible(page)
    page.get_by_role("button", name="Book this session").click()
    expect(page.get_by_role("heading", name="Not all of these times are free")).to_be_visible()
    screenshot(page, "series-taken")
    assert_accessible(page)
    page.get_by_role("button", name="Book the 2 free ones").click()
    expect(page.get_by_text("2 sessions are booked.")).to_be_visible()
    page.get_by_role("link", name="Cancel session").click()
    page.get_by_label("This one and all that follow (2 sessions)").check()
    screenshot(page, "series-cancel")
    assert_accessible(page)
