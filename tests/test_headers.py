"""What every response carries, and what the log says of it."""

import importlib
import io
import json
import logging
import subprocess
import sys

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from mentoring import logs
from mentoring.settings import base
from tests.people import make_member, make_organisation
from tests.processes import ROOT, environment

pytestmark = pytest.mark.django_db
PAGES = ["/healthz", "/styleguide/", "/dev/mail/", "/accounts/login/", "/no/such/page/"]


@pytest.fixture
def production(settings, monkeypatch):
    """A client of the product as production configures it."""
    configured = importlib.import_module("mentoring.settings.production")
    for name in dir(configured):
        if name.startswith(("SECURE_", "SESSION_", "CSRF_", "X_FRAME_", "CONTENT_SECURITY_POLICY")):
            setattr(settings, name, getattr(configured, name))
    return Client(headers={"X-Forwarded-Proto": "https"})


def directives(response):
    policy = response.headers["Content-Security-Policy"]
    return {name: values.split() for name, _, values in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("page", PAGES)
def test_strict_policy_on_every_page(client, page):
    policy = directives(client.get(page))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert not [value for values in policy.values() for value in values if "unsafe" in value or "*" in value]


@pytest.mark.parametrize("page", PAGES)
def test_headers_that_protect(client, page):
    headers = client.get(page).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_every_response_has_a_number_of_its_own(client):
    first, second = (client.get("/healthz").headers["X-Request-ID"] for _ in range(2))
    assert len(first) == len(second) == 12
    assert first != second


def test_production_insists_on_tls(production):
    insecure = Client().get("/styleguide/")
    assert (insecure.status_code, insecure.headers["Location"]) == (301, "https://testserver/styleguide/")
    assert Client().get("/healthz").status_code == 200, "load balancers ask without TLS"
    response = production.get("/styleguide/")
    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_production_cookies(production):
    make_member(make_organisation(), "Alice")
    cookies = production.get("/accounts/login/").cookies
    token = cookies["__Host-csrftoken"]
    assert (token["secure"], token["httponly"], token["samesite"], token["path"]) == (True, True, "Lax", "/")
    answer = production.post("/accounts/login/", {"login": "alice@northwind.example", "password": "a long password"})
    assert answer.status_code == 302
    session = answer.cookies["__Host-sessionid"]
    assert (session["secure"], session["httponly"], session["samesite"], session["path"]) == (True, True, "Lax", "/")


def test_production_has_no_development_pages():
    asked = subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); from django.urls import resolve; resolve('/dev/mail/')"],
        env=environment(
            DJANGO_SETTINGS_MODULE="mentoring.settings.production", SECRET_KEY="x" * 60, NOTES_KEY="y" * 60
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Resolver404" in asked.stderr


def test_djangos_own_checks_for_production_have_nothing_to_say():
    secret = "".join(chr(33 + each) for each in range(90))
    asked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment(DJANGO_SETTINGS_MODULE="mentoring.settings.production", SECRET_KEY=secret, NOTES_KEY="y" * 60)
        | {"DJANGO_ALLOW_ASYNC_UNSAFE": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr


def fail(request, token):
    raise IntegrityError(
        'duplicate key value violates unique constraint "member_email_once"\n'
        "DETAIL:  Key (organisation_id, email)=(1, Alice Osei <alice@northwind.example>) already exists."
    )


urlpatterns = [
    path("fail/<str:token>/", fail, name="fail"),
    path("fine/<str:token>/", lambda request, token: HttpResponse(str(request.user)), name="fine"),
]
handler500 = "mentoring.views.server_error"


@pytest.fixture
def written():
    """What the product's own handler writes to the log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)


def test_the_log_of_a_request(written, client):
    alice = make_member(make_organisation(), "Alice")
    client.force_login(alice.user)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.conf.settings.ROOT_URLCONF", __name__)
        response = client.get("/fine/secret-token/?email=alice@northwind.example")
    (line,) = (each for each in written() if each["logger"] == "mentoring.requests")
    assert {key: line[key] for key in ("event", "method", "route", "status", "user", "organisation")} == {
        "event": "request",
        "method": "GET",
        "route": "fine",
        "status": 200,
        "user": alice.user.pk,
        "organisation": None,
    }
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert line["ms"] > 0
    text = json.dumps(written()).lower()
    assert not [word for word in ("alice", "osei", "secret-token", "127.0.0.1") if word in text]


def test_the_log_asks_the_database_nothing(client, django_assert_num_queries):
    client.force_login(make_member(make_organisation(), "Alice").user)
    with django_assert_num_queries(0):
        client.get("/healthz")


def test_an_error_is_logged_without_what_people_wrote(written, client, settings):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    assert client.get("/fail/secret-token/").status_code == 500
    (line,) = (each for each in written() if each["level"] == "error")
    assert line["exception"][0]["exc_type"] == "IntegrityError"
    assert line["exception"][0]["exc_value"].endswith("DETAIL:  Key (organisation_id, email)=(…) already exists.")
    text = json.dumps(written(), ensure_ascii=False).lower()
    assert not [word for word in ("alice", "osei") if word in text]
    assert "secret-token" not in text


def test_the_log_goes_through_that_handler():
    assert base.LOGGING["formatters"]["line"] == {"()": "mentoring.logs.formatter"}
    assert base.LOGGING["root"]["handlers"] == ["console"]
    assert base.LOGGING["handlers"]["console"]["formatter"] == "line"
