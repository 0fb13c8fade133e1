"""Every component in a real browser: accessible in every state, and behaving."""

import time

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.browser import assert_accessible, screenshot

pytestmark = pytest.mark.django_db(transaction=True)
STILL = {"reduced_motion": "reduce"}


def test_it_answers_with_errors_as_unprocessable():
    assert Client().get("/styleguide/").status_code == 200
    assert Client().get("/styleguide/?state=errors").status_code == 422
    assert Client().delete("/styleguide/").status_code == 405


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["", "errors", "messages", "running"])
def test_every_state_is_accessible(visitor, width, scheme, state):
    page = visitor(width=width, color_scheme=scheme, **STILL)
    page.goto(f"/styleguide/?state={state}&since={int(time.time())}")
    assert_accessible(page)
    screenshot(page, f"styleguide-{state or 'plain'}-{width}-{scheme}")


def test_every_target_is_large_enough(visitor):
    page = visitor(width=360, **STILL)
    page.goto("/styleguide/")
    # Links inside sentences are exempt (success criterion 2.5.8, "inline").
    small = page.evaluate(
        """[...document.querySelectorAll("a, button, input, select, textarea, summary")]
            .filter((e) => e.checkVisibility() && !e.closest("p") && !e.matches(".sr-only"))
            .filter((e) => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
            .map((e) => e.outerHTML)"""
    )
    assert small == []


def test_the_theme_is_kept_and_painted_first(visitor):
    page = visitor(color_scheme="light", **STILL)
    page.goto("/styleguide/")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light dark"
    page.evaluate("document.querySelector('main').append(document.createElement('hr'))")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": page.url}])
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(15, 22, 20)"


def test_printing_is_light_and_without_navigation(visitor):
    page = visitor(color_scheme="dark", **STILL)
    page.goto("/styleguide/")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".shell-side").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(27, 36, 33)"


def test_the_menu_on_a_small_screen_opens_and_closes_from_the_keyboard(visitor):
    page = visitor(width=360, **STILL)
    page.goto("/styleguide/")
    assert not page.get_by_role("link", name="Sessions", exact=True).is_visible()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    assert page.get_by_role("link", name="Sessions", exact=True).is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Sessions", exact=True).is_visible()


def test_the_first_stop_skips_to_the_content(page):
    page.goto("/styleguide/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_arrow_keys_walk_a_menu_and_escape_gives_the_focus_back(visitor):
    page = visitor(**STILL)
    page.goto("/styleguide/")
    summary = page.locator("summary", has_text="More")
    summary.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Edit"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Close the programme"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent.trim()") == "More"
    assert not page.locator(".menu-list", has_text="Close the programme").first.is_visible()


def test_an_error_gets_the_focus_and_leads_to_its_field(page):
    page.goto("/styleguide/?state=errors")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.locator("[data-error-summary] a", has_text="Format").click()
    assert page.evaluate("document.activeElement.id") == "id_kind_0"


def test_nothing_typed_is_lost_on_a_reload_and_it_can_be_discarded(page):
    page.goto("/styleguide/")
    page.get_by_label("Name of the programme").fill("Women in engineering")
    page.get_by_label("German").check()
    page.reload()
    assert page.get_by_label("Name of the programme").input_value() == "Women in engineering"
    assert page.get_by_label("German").is_checked()
    page.get_by_role("button", name="Start afresh").click()
    assert page.get_by_label("Name of the programme").input_value() == ""
    page.reload()
    assert page.get_by_label("Name of the programme").input_value() == ""


def test_what_was_typed_is_forgotten_once_it_was_accepted(page):
    page.goto("/styleguide/")
    page.get_by_label("Name of the programme").fill("Circle")
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.locator("[data-error-summary]").wait_for()
    assert page.get_by_label("Name of the programme").input_value() == "Circle"
    drafts = "Object.keys(sessionStorage).filter((key) => key.startsWith('draft:')).length"
    assert page.evaluate(drafts) == 1

    page.get_by_label("Contact e-mail").fill("ada@example.org")
    page.get_by_label("First day").fill("2027-02-01")
    page.get_by_label("Hours a month").fill("4")
    page.get_by_label("Site").select_option("ber")
    page.get_by_label("Traditional one-to-one").check()
    page.get_by_label("I have read the mentoring agreement").check()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.get_by_text("The programme Circle is open.").wait_for()
    assert page.evaluate(drafts) == 0
    assert page.get_by_label("Name of the programme").input_value() == ""


def test_a_form_is_sent_once(page):
    page.goto("/styleguide/")
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    # An empty answer leaves the page where it is, as a slow one would.
    page.route(
        "**/styleguide/",
        lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.continue_(),
    )
    button = page.get_by_role("button", name="Continue", exact=True).last
    # Our click() would wait for the page that it leads to.
    button.dispatch_event("click")
    page.locator("form[data-sent]").wait_for()
    page.evaluate("document.querySelector('form[data-sent]').requestSubmit()")
    page.wait_for_timeout(200)
    assert len(sent) == 1
    assert button.get_attribute("aria-disabled") == "true"


def test_a_destructive_act_is_asked_about_first(visitor):
    page = visitor(**STILL)
    page.goto(f"/styleguide/?state=running&since={int(time.time())}")
    page.get_by_role("button", name="Cancel", exact=True).first.click()
    dialog = page.locator("#confirm")
    assert dialog.get_by_text("Cancel the scoring? Nothing is changed by it.").is_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_be_visible()
    assert "state=running" in page.url
    page.get_by_role("button", name="Cancel", exact=True).first.click()
    dialog.get_by_role("button", name="Continue").click()
    page.get_by_text("The job was cancelled.").wait_for()


def test_a_job_moves_by_itself_and_ends_on_the_finished_page(visitor):
    page = visitor(**STILL)
    page.goto(f"/styleguide/?state=running&since={int(time.time()) - 8}")
    amount = page.locator("#job-live .progress-head span")
    expect(amount).not_to_have_text(amount.inner_text())
    assert page.locator("[data-running]").count() == 1
    page.get_by_text("Finished: Scoring pairs").wait_for()
    assert page.locator("[data-running]").count() == 0


def test_a_dialog_opens_and_gives_the_focus_back(visitor):
    page = visitor(**STILL)
    page.goto("/styleguide/")
    page.get_by_role("button", name="Open a dialog").click()
    assert page.get_by_role("dialog", name="Move this session?").is_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Move this session?")).not_to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Open a dialog"


def test_a_message_can_be_dismissed(visitor):
    page = visitor(**STILL)
    page.goto("/styleguide/?state=messages")
    assert page.locator("#messages .alert").count() == 3
    page.locator("#messages .alert").first.get_by_role("button", name="Dismiss").click()
    assert page.locator("#messages .alert").count() == 2


def swap(page, address: str) -> None:
    page.evaluate(
        f"htmx.ajax('GET', '{address}', {{target: '#form', select: '#form', swap: 'outerHTML'}}).catch(() => {{}})"
    )


def test_errors_that_come_as_a_fragment_get_the_focus(page):
    page.goto("/styleguide/")
    swap(page, "/styleguide/?state=errors")
    expect(page.locator("#form [data-error-summary]")).to_be_focused()


def test_an_answer_that_cannot_be_shown_becomes_a_toast(browser, live_server):
    # Not `page`: htmx logs the failure as an error, which is what happens here.
    page = browser.new_page(base_url=live_server.url)
    page.goto("/styleguide/")
    swap(page, "/no-such-page/")
    expect(page.get_by_text("That did not work. Nothing was changed; please try again.")).to_be_visible()
    assert page.get_by_label("Name of the programme").is_visible()
    page.locator("#toasts").get_by_role("button", name="Dismiss").click()
    assert page.locator("#toasts .alert").count() == 0
    page.close()


def test_what_was_typed_survives_a_sign_in_page(page):
    page.goto("/styleguide/")
    page.get_by_label("Name of the programme").fill("Circle")
    page.route(
        "**/styleguide/",
        lambda route: (
            route.fulfill(status=302, headers={"Location": "/no-such-page/"})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.get_by_role("heading", name="There is no such page").wait_for()
    page.goto("/styleguide/")
    assert page.get_by_label("Name of the programme").input_value() == "Circle"
