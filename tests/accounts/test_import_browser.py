"""An import from the list of people to the last page, in a real browser, with a real worker."""

import re
from pathlib import Path

import pytest
from celery import current_app
from playwright.sync_api import expect

from accounts.models import Member
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation
from tests.processes import process

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def worker():
    current_app.control.purge()
    command = ("-m", "celery", "-A", "mentoring", "worker", "--concurrency", "1", "--loglevel", "error")
    with process(*command) as started:
        yield started
    current_app.control.purge()


def test_a_whole_import(visitor, worker):
    north = make_organisation("northwind")
    alice = make_member(north, "Alice", is_admin=True)
    page = visitor(reduced_motion="reduce")
    sign_in(page, alice.user)

    page.goto("/o/northwind/people/")
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Upload an HR export")).to_be_visible()
    assert_accessible(page)

    page.get_by_label("HR export").set_input_files(DATA / "signups_mentors.csv")
    page.get_by_role("button", name="Upload and check the columns").click()
    expect(page.get_by_role("heading", name="Check the columns")).to_be_visible()
    page.get_by_role("button", name="Throw away").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("was thrown away. Nobody was changed.")).to_be_visible()

    page.get_by_label("HR export").set_input_files(DATA / "people_bamboo.csv")
    page.get_by_role("button", name="Upload and check the columns").click()
    expect(page.get_by_label("“Supervisor EID” holds")).to_have_value("manager_number")
    assert_accessible(page)
    page.get_by_role("button", name="Show what would happen").click()

    # The page follows the worker by itself.
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible(timeout=60_000)
    assert_accessible(page)
    page.get_by_role("link", name="New 1,200").click()
    expect(page.get_by_text("1 to 50 of 1200")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Create 1,200 people").click()
    expect(page.get_by_role("heading", name="1,200 people created.")).to_be_visible(timeout=60_000)
    assert_accessible(page)
    with inside(north):
        assert Member.objects.count() == 1201

    page.go_back()
    page.goto("/o/northwind/people/import/")
    page.get_by_label("HR export").set_input_files(DATA / "people_bamboo.csv")
    page.get_by_role("button", name="Upload and check the columns").click()
    page.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_text("every row says what is known already")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name=re.compile("Create|Change"))).to_have_count(0)


def test_pictures(visitor, worker):
    """Every page fits a telephone, in the dark as well."""
    north = make_organisation("northwind")
    alice = make_member(north, "Alice", is_admin=True)
    pages = {
        how: visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
        for how, width, scheme in (("wide", 1280, "light"), ("phone", 360, "dark"))
    }
    first = pages["wide"]
    for each in pages.values():
        sign_in(each, alice.user)

    def look(name):
        for how, each in pages.items():
            if each is not first:
                each.goto(first.url)
            assert_accessible(each)
            screenshot(each, f"import-{name}-{how}")

    first.goto("/o/northwind/people/import/")
    first.get_by_label("HR export").set_input_files(DATA / "people_messy.csv")
    look("upload")
    first.get_by_role("button", name="Upload and check the columns").click()
    first.get_by_text("The first rows, as they are in the file").click()
    look("columns")
    first.get_by_role("button", name="Show what would happen").click()
    expect(first.get_by_role("heading", name="What would happen")).to_be_visible(timeout=60_000)
    look("preview")
    first.get_by_role("link", name="With a note").click()
    look("preview-notes")
    first.get_by_role("button", name="Create 44 people, change 1").click()
    expect(first.get_by_text("44 people created, 1 changed.")).to_be_visible(timeout=60_000)
    look("result")
    first.goto("/o/northwind/people/import/")
    look("imports")
