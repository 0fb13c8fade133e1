"""A real Chromium against the live server, for tests that walk through pages as people do.

    def test_home(page, live_server):
        alice = make_member(make_organisation())
        sign_in(page, alice.user)
        page.goto("/o/northwind/")
        assert_accessible(page)

`page` is one visitor with an empty browser; `visitor()` gives more of them, each with cookies of their own. Addresses may
be relative. A test fails when its pages log an error, throw one, or ask another host for anything. Tests that use these
commit for real, and their tables are emptied afterwards. Without a Chromium on the machine they are skipped.
"""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.account.internal.userkit import user_id_to_str
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Playwright, Response

from accounts.models import Organisation, User
from mentoring.bootstrap import find_browser
from mentoring.outbox.models import AccountMessage, Message
from tests.people import inside

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Spinners never end, nor does what lies in a closed <details>: nobody waits longer than two seconds.
SETTLED = """Promise.race([
    Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity)
        .map((a) => a.finished.catch(() => {}))),
    new Promise((enough) => setTimeout(enough, 2000)),
]).then(() => {})"""
# A page that is being left for another says so, and the next knows nothing of it.
LEAVING = """window.isLeaving = false;
navigation.addEventListener("navigate", (event) => {
    window.isLeaving ||= !event.destination.sameDocument && event.downloadRequest === null;
});"""
# What a click has set going, such as sending its form, has begun once a task of ours has had its turn: where pages have
# no scripts, none ever has.
BEGUN = "'isLeaving' in window && new Promise((done) => setTimeout(() => done(window.isLeaving)))"
ARRIVAL_TRIES = 600
AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the whole run, in which a click or key comes back once the page is there that it leads to."""
    path = find_browser()
    if path is None:
        pytest.skip("There is no Chromium on this machine.")
    chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("click", "press"):
            patch.setattr(Locator, name, _arriving(getattr(Locator, name)))
        yield chromium
    chromium.close()


def _arriving(act: Callable[..., None]) -> Callable[..., None]:
    """Playwright's own comes back before: what follows would look at the old page, or be gone with it."""

    @functools.wraps(act)
    def acting(self: Locator, *args, **kwargs) -> None:
        act(self, *args, **kwargs)
        page, asked = self.page, BEGUN
        for _attempt in range(ARRIVAL_TRIES):
            try:
                if not page.evaluate(asked):
                    break
            except Error:
                # The old page went while it was asked.
                pass
            asked = "window.isLeaving"
            page.wait_for_timeout(50)
        else:
            raise AssertionError(f"{page.url} was left, and no other page came")
        page.wait_for_load_state()

    return acting


@pytest.fixture
def visitor(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Make visitors: `visitor(width=360, color_scheme="dark")`. What their pages complain about fails the test."""
    contexts, complaints = [], []
    # Limits on sign-in count by address, and every test comes from the same one.
    cache.clear()

    def make(*, width: int = 1280, height: int = 900, **options) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, locale="en-GB",
            timezone_id=options.pop("timezone_id", "Europe/London"), **options,
        )  # fmt: skip
        context.set_default_timeout(10_000)
        if options.get("java_script_enabled", True):
            context.add_init_script(LEAVING)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(_complaint(message)))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("response", lambda response: complaints.extend(_missing(response)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server.url, "data:", "blob:", "about:"))
                else complaints.append(f"{page.url} asks {request.url}")
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(visitor: Callable[..., Page]) -> Page:
    """One visitor with an empty browser."""
    return visitor()


def _complaint(message: ConsoleMessage) -> list[str]:
    # Chromium logs every answer from 400 on: a page may be meant to be one, and parts of pages are looked at below.
    if message.type != "error" or message.text.startswith("Failed to load resource: the server responded"):
        return []
    # What a test does with set_offline.
    if "ERR_INTERNET_DISCONNECTED" in message.text or message.text.startswith(("htmx:sendError", "htmx:afterRequest")):
        return []
    return [f"{message.location.get('url', '')}: {message.text}"]


def _missing(response: Response) -> list[str]:
    expected = response.request.resource_type in ("document", "xhr", "fetch")
    return [] if response.ok or response.status < 400 or expected else [f"{response.status} for {response.url}"]


def sign_in(page: Page, user: User) -> None:
    """Sign a user in without the form, as if they had just typed their password."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "domain": "localhost", "path": "/"}]
    )


def assert_accessible(page: Page) -> None:
    """Fail on any violation of WCAG 2.2 AA or good practice that axe finds, and on sideways scrolling."""
    # Colours in mid-transition are nobody's design.
    page.evaluate(SETTLED)
    violations = Axe().run(page, options=AXE).response["violations"]
    found = [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]
    width, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if width > inner:
        found.append(f"the page is {width} px wide on a screen of {inner}")
    assert not found, f"{page.url}\n" + "\n".join(found)


def letters_to(email: str, organisation: Organisation | None = None) -> list:
    """The letters in the outbox to somebody, oldest first: about their sign-in, or an organisation's."""
    if organisation is None:
        return list(AccountMessage.objects.filter(recipient=email))
    with inside(organisation):
        return list(Message.objects.filter(recipient=email))


def link_in(letter) -> str:
    """The first address of our own in a letter, as a path."""
    return re.search(rf"{re.escape(settings.SITE_URL)}(/\S+)", letter.text)[1]


def code_in(letter) -> str:
    """The code that a letter asks to type in."""
    return re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", letter.text, re.M)[1]


def screenshot(page: Page, name: str) -> None:
    """Keep a picture for looking at, in the folder that SCREENSHOTS names; without it, none."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
