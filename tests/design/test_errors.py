"""Pages for what went wrong: kind, themed, and independent of whatever broke."""

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from mentoring import views


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (views.bad_request, 400, "That request could not be read"),
        (views.permission_denied, 403, "You may not open this"),
        (views.page_not_found, 404, "There is no such page"),
        (views.server_error, 500, "Something broke on our side"),
    ],
)
def test_an_error_page_needs_no_database(view, status, words):
    # Without the `db` mark pytest-django refuses every query.
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = "dark"
    answer = view(request)
    assert answer.status_code == status
    assert f"<h1>{words}</h1>" in answer.content.decode()
    assert 'data-theme="dark"' in answer.content.decode()
    assert 'data-drafts="hold"' in answer.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_is_answered_without_a_query():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = Client().get("/no-such-page/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert len(queries) == 0


@pytest.mark.django_db
def test_a_page_that_was_open_too_long_says_so():
    answer = Client(enforce_csrf_checks=True).post("/styleguide/", {"name": "x"})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


@pytest.mark.parametrize("theme", ['"><script>', "blue", ""])
def test_a_forged_theme_is_ignored(theme):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = theme
    answer = views.page_not_found(request).content.decode()
    assert "data-theme=" not in answer.split("<head>")[0]
    assert "<script>" not in answer
