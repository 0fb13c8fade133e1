"""Preparing and logging a session as people do it: the agenda from the keyboard, a log on a bad connection."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from programs.models import Enrolment
from sessions import services
from sessions.models import AgendaPoint, Note, Session
from sessions.services import actions, agendas
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_mentorship, make_organisation

HOUR = timedelta(hours=1)


@pytest.fixture
def northwind(transactional_db):
    return make_organisation()


@pytest.fixture
def ines(northwind):
    ines = make_member(northwind, "Ines", family_name="Adler", time_zone="Europe/London")
    with inside(northwind):
        services.set_weekly_hours(ines, [(day, 0, 1440) for day in range(7)], by=ines)
    return ines


@pytest.fixture
def tom(northwind):
    return make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")


@pytest.fixture
def mentorship(ines, tom):
    return make_mentorship(ines, tom)


@pytest.fixture
def past(northwind, mentorship, tom, ines):
    """A meeting of yesterday that Ines has written down."""
    with inside(northwind):
        Enrolment.objects.filter(member=tom).update(goal="Lead a project of my own by the summer.")
        return services.record_session(
            mentorship,
            starts_at=timezone.now() - timedelta(days=1),
            length=HOUR,
            by=ines,
            shared_note="Read chapter two.",
        )


@pytest.fixture
def booked(northwind, mentorship, tom):
    with inside(northwind):
        slot = services.free_slots(mentorship, by=tom)[0]
        session = services.book_session(mentorship, starts_at=slot.starts_at, by=tom, topic="First steps")
        actions.add_action(
            mentorship,
            text="Ask Mira about the course",
            owner=tom,
            due_on=timezone.now().date(),
            by=tom,
            session=session,
        )
        return session


def drafts(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_nothing_typed_is_lost_when_the_connection_drops_and_the_browser_closes(
    visitor, northwind, past, tom, width, scheme
):
    path = f"/o/northwind/sessions/{past.pk}/log/"
    page = visitor(width=width, color_scheme=scheme)
    sign_in(page, tom.user)
    page.goto(path)
    assert_accessible(page)
    screenshot(page, f"log-{width}")
    page.get_by_label("Private note").press_sequentially("I was nervous")
    expect(page.get_by_text("Kept at")).to_be_visible()
    assert drafts(page) == []
    page.context.set_offline(True)
    page.get_by_label("Private note").press_sequentially(" at first.")
    expect(page.get_by_text("No connection: what you type is kept in this browser")).to_be_visible()
    screenshot(page, f"log-offline-{width}")
    # Closed, what belongs to the tab is gone; what is left is on the disk.
    left = page.context.storage_state()
    page.context.close()

    again = visitor(width=width, color_scheme=scheme, storage_state=left)
    sign_in(again, tom.user)
    again.goto(path)
    expect(again.get_by_label("Private note")).to_have_value("I was nervous at first.")
    expect(again.get_by_text("Kept at")).to_be_visible()
    assert_accessible(again)
    screenshot(again, f"log-again-{width}")
    assert drafts(again) == []
    with inside(northwind):
        assert services.draft(past, by=tom) == {"private_note": "I was nervous at first."}
    # On another machine the server has it.
    elsewhere = visitor()
    sign_in(elsewhere, tom.user)
    elsewhere.goto(path)
    expect(elsewhere.get_by_label("Private note")).to_have_value("I was nervous at first.")
    elsewhere.get_by_text("did not send is here again").wait_for()
    elsewhere.get_by_label("Yes, we met").check()
    elsewhere.get_by_role("button", name="Log this session").click()
    elsewhere.get_by_text("Everyone agrees, so this session is settled.").wait_for()
    with inside(northwind):
        assert Session.objects.get().status == "held"
        assert services.own_notes(past, by=tom) == {"private": "I was nervous at first."}
        assert not Note.objects.drafts().exists()


def test_back_online_it_is_sent_on_by_itself(visitor, northwind, past, tom):
    page = visitor()
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/{past.pk}/")
    page.context.set_offline(True)
    page.get_by_label("Shared note").fill("Read chapter three.")
    page.get_by_text("No connection").first.wait_for()
    page.context.set_offline(False)
    expect(page.get_by_text("Kept at")).to_be_visible()
    with inside(northwind):
        assert services.draft(past, by=tom) == {"shared_note": "Read chapter three."}


def test_what_is_thrown_away_does_not_come_back(visitor, northwind, past, tom):
    page = visitor()
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/{past.pk}/log/")
    page.get_by_label("Private note").fill("Nonsense")
    page.get_by_text("Kept at").wait_for()
    page.reload()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_label("Private note")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Private note")).to_have_value("")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")])
def test_an_agenda_is_arranged_from_the_keyboard(visitor, northwind, booked, tom, width, scheme):
    page = visitor(width=width, color_scheme=scheme)
    sign_in(page, tom.user)
    page.goto(f"/o/northwind/sessions/{booked.pk}/")
    assert_accessible(page)
    page.get_by_label("Another point").focus()
    page.keyboard.type("Holidays")
    page.keyboard.press("Enter")
    up = page.get_by_role("button", name="Move up: Holidays")
    up.wait_for()
    expect(page.get_by_label("Another point")).to_be_focused()
    up.focus()
    for position in (4, 3):
        page.keyboard.press("Enter")
        expect(page.locator("#agenda ol > li").nth(position)).to_contain_text("Holidays")
        expect(up).to_be_focused()
    done = page.get_by_role("button", name="Talked about: Holidays")
    done.focus()
    page.keyboard.press("Enter")
    expect(done).to_have_attribute("aria-pressed", "true")
    expect(done).to_be_focused()
    assert_accessible(page)
    screenshot(page, f"session-{width}-{scheme}")
    with inside(northwind):
        point = AgendaPoint.objects.get(text="Holidays")
        assert (point.position, point.done_at is not None) == (3, True)


def test_two_people_change_one_point_at_once(visitor, northwind, booked, tom, ines):
    path = f"/o/northwind/sessions/{booked.pk}/"
    mine, theirs = visitor(), visitor()
    for page, member in ((mine, tom), (theirs, ines)):
        sign_in(page, member.user)
        page.goto(path)
    for page, text in ((theirs, "Boundaries"), (mine, "What stays here")):
        page.locator("#agenda summary").last.click()
        page.locator("#agenda ol input[type=text]").last.fill(text)
        page.locator("#agenda ol").get_by_role("button", name="Save").last.click()
        page.get_by_role("button", name=f"Talked about: {text}").wait_for()
    mine.get_by_text("Somebody had changed this point to “Boundaries” meanwhile; now yours stands.").wait_for()
    assert_accessible(mine)
    screenshot(mine, "agenda-meanwhile")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_pages_around_it(visitor, northwind, booked, tom, mentorship, width, scheme):
    olga = make_member(northwind, "Olga", is_owner=True, is_admin=True)
    page = visitor(width=width, color_scheme=scheme)
    for member, name, path in (
        (tom, "actions", f"sessions/actions/{mentorship.pk}/"),
        (tom, "mentorship", f"mentorships/{mentorship.pk}/"),
        (olga, "agendas", f"sessions/agendas/{mentorship.program_id}/"),
        (olga, "programme", f"programmes/{mentorship.program_id}/"),
    ):
        sign_in(page, member.user)
        page.goto(f"/o/northwind/{path}")
        assert_accessible(page)
        screenshot(page, f"{name}-{width}")


def test_what_the_other_changes_comes_in_but_not_over_what_is_being_typed(visitor, northwind, booked, tom, ines):
    path = f"/o/northwind/sessions/{booked.pk}/"
    page = visitor()
    sign_in(page, tom.user)
    page.goto(path)

    def look():
        """As the page does every ten seconds, and on coming back to it."""
        with page.expect_event("requestfinished", lambda request: "agenda/?seen=" in request.url):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.get_by_label("Another point").fill("Half a sentence")
    with inside(northwind):
        point = agendas.add_point(booked, text="Holidays", by=ines)
    look()
    page.get_by_role("button", name="Talked about: Holidays").wait_for()
    page.get_by_text("Somebody else has just changed the agenda.").wait_for()
    expect(page.get_by_label("Another point")).to_have_value("Half a sentence")
    expect(page.get_by_label("Another point")).to_be_focused()
    # Nor is it lost by what one does oneself.
    page.get_by_role("button", name="Talked about: Holidays").click()
    expect(page.get_by_role("button", name="Talked about: Holidays")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Another point")).to_have_value("Half a sentence")
    # Typed into a point that the other changes meanwhile: it stays, and the clash is told with saving.
    page.locator("#agenda summary").last.click()
    page.locator("#agenda ol input[type=text]").last.fill("Summer")
    with inside(northwind):
        agendas.change_point(booked, point.pk, text="Winter", was="Holidays", by=ines)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    expect(page.locator("#agenda ol input[type=text]").last).to_have_value("Summer")
    page.locator("#agenda ol").get_by_role("button", name="Save").last.click()
    page.get_by_text("Somebody had changed this point to “Winter” meanwhile; now yours stands.").wait_for()
    assert_accessible(page)
    screenshot(page, "agenda-live")
