"""The description of the API, and the page that shows it."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from mentoring.api.views import description
from tests.browser import sign_in
from tests.people import make_member, make_organisation

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document():
    import json

    return json.loads(description())


def operations(document):
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_description_is_valid_and_without_warnings():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_endpoint_is_described_whole(document):
    found = operations(document)
    assert len(found) == 44
    for name, operation in found:
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["responses"]) >= {"401", "429"}, name
        assert {"session": []} in operation["security"], name
        assert ("{org}" in name) == ({"key": []} in operation["security"]), name
        assert ("{org}" in name) == ("404" in operation["responses"]), name
        for parameter in operation.get("parameters", []):
            assert parameter["name"] == "id" or parameter["description"], (name, parameter["name"])
    assert document["components"]["securitySchemes"].keys() == {"key", "session"}


def test_nothing_in_it_has_a_made_up_name(document):
    names = document["components"]["schemas"]
    assert {"ProgramStatus", "EnrolmentStatus", "MentorshipStatus", "SessionStatus", "Role"} <= names.keys()
    assert [name for name in names if re.search(r"[0-9a-f]{3}Enum|\d", name)] == []


def test_no_endpoint_takes_or_gives_notes_on_sessions(document):
    for name, schema in document["components"]["schemas"].items():
        if name != "Enrolment" and not name.startswith("SignUp"):
            assert not [field for field in schema.get("properties", {}) if "note" in field], name


def test_the_description_is_for_everybody(client):
    answer = client.get("/api/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["info"]["title"] == "Mentoring"
    assert client.post("/api/schema/").status_code == 405


def test_the_page_shows_every_endpoint_and_tries_one(page):
    olga = make_member(make_organisation(), "Olga", is_owner=True)
    sign_in(page, olga.user)
    page.goto("/api/docs/")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == 44
    members = page.locator("#operations-Members-members_create")
    members.locator(".opblock-summary-control").click()
    members.get_by_role("button", name="Try it out").click()
    members.get_by_placeholder("org").fill("northwind")
    members.locator("textarea").fill('{"given_name": "Eve"}')
    members.get_by_role("button", name="Execute").click()
    # The page sends the token against forged requests along.
    answer = members.locator(".live-responses-table .response .response-col_status").first
    answer.wait_for()
    assert answer.inner_text().startswith("201")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_asks_nobody_else(visitor, db, width):
    page = visitor(width=width, color_scheme="dark")
    page.goto("/api/docs/")
    page.wait_for_selector(".opblock")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')")
