"""Watching and cancelling a job."""

import pytest
from django.urls import reverse

from mentoring.jobs.models import Job
from mentoring.jobs.services import _take_up, run_job, start_job
from tests.jobs import handlers  # noqa: F401  (registers the jobs of tests)
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def organisation():
    return make_organisation()


@pytest.fixture
def admin(organisation):
    return make_member(organisation, "Alice", is_admin=True)


@pytest.fixture
def job(organisation):
    with inside(organisation):
        return start_job("tests.count", subject="test:1", to=3)


@pytest.fixture
def address(client, admin, organisation, job):
    client.force_login(admin.user)
    return reverse("jobs:detail", args=[organisation.slug, job.pk])


def running(organisation, job, **fields):
    with inside(organisation):
        _take_up(job.pk)
        Job.objects.filter(pk=job.pk).update(**fields)


def test_waiting(client, address):
    html = client.get(address).content.decode()
    assert "Counting" in html
    assert "Waiting to start" in html
    assert f'hx-get="{address}"' in html
    assert "every 1s" in html


def test_running(client, address, organisation, job):
    running(organisation, job, done=2, total=3, note="Counting <2>")
    html = client.get(address).content.decode()
    assert "2 of 3" in html
    assert "Counting &lt;2&gt;" in html
    assert f"{address}cancel/?next=" in html


def test_the_fragment_is_what_is_swapped_in(client, address, organisation, job):
    running(organisation, job, done=2, total=3)
    html = client.get(address, headers=HTMX).content.decode()
    assert "<html" not in html
    assert f'id="job-{job.pk}-live"' in html
    assert "data-running" in html


def test_done(client, address, organisation, job):
    with inside(organisation):
        run_job(job.pk)
    response = client.get(address, headers=HTMX)
    assert "data-running" not in response.content.decode(), "so that the page reloads"
    assert "no-store" in response.headers["Cache-Control"]
    html = client.get(address + "?next=/o/northwind/people/").content.decode()
    assert "Counted to 3." in html
    assert 'href="/o/northwind/people/"' in html
    assert "/cancel/" not in html


def test_failed(client, address, organisation, job):
    running(organisation, job, status="failed", error="There is nobody to match.")
    assert "There is nobody to match." in client.get(address).content.decode()


def test_where_to_go_afterwards_is_never_elsewhere(client, address, organisation, job):
    with inside(organisation):
        run_job(job.pk)
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert "evil" not in client.get(address, {"next": elsewhere}).content.decode().split("<main")[1]
        assert "alert(1)" not in client.get(address, {"next": elsewhere}).content.decode()


def test_cancelling_what_waits(client, address, organisation, job):
    response = client.post(address + "cancel/")
    assert (response.status_code, response.headers["Location"]) == (302, address)
    with inside(organisation):
        assert Job.objects.get().status == "cancelled"


def test_cancelling_what_runs_and_going_back(client, address, organisation, job):
    running(organisation, job)
    response = client.post(address + "cancel/?next=/o/northwind/people/")
    assert response.headers["Location"] == "/o/northwind/people/"
    with inside(organisation):
        assert Job.objects.get().cancel_requested
    html = client.get(address).content.decode()
    assert "Stopping after the step in hand" in html
    assert f"{address}cancel/" not in html


def test_who_may_watch(client, organisation, address):
    for role, status in (("is_owner", 200), ("is_admin", 200), ("is_hr", 200), ("is_nobody", 403)):
        member = make_member(organisation, role.title(), **({role: True} if role != "is_nobody" else {}))
        client.force_login(member.user)
        assert client.get(address).status_code == status, role
        assert client.get(address, headers=HTMX).status_code == status, role
    assert client.post(address + "cancel/").status_code == 403
    with inside(organisation):
        assert Job.objects.get().status == "queued"


def test_hr_watches_and_stops_nothing(client, organisation, address):
    client.force_login(make_member(organisation, "Hanna", is_hr=True).user)
    for headers in ({}, HTMX):
        assert f"{address}cancel/" not in client.get(address, headers=headers).content.decode()
    assert client.post(address + "cancel/").status_code == 403
    with inside(organisation):
        assert Job.objects.get().status == "queued"


def test_a_stranger_finds_nothing(client, address, organisation, job):
    south = make_organisation("southwind")
    bob = make_member(south, "Bob", is_owner=True)
    client.force_login(bob.user)
    for tried in (address, reverse("jobs:detail", args=["southwind", job.pk])):
        assert client.get(tried).status_code == 404
        assert client.post(tried + "cancel/").status_code == 404
    with inside(organisation):
        assert Job.objects.get().status == "queued"


def test_a_visitor_is_asked_to_sign_in(client, address):
    client.logout()
    assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_wrong_methods(client, address):
    assert client.post(address).status_code == 405
    assert client.get(address + "cancel/").status_code == 405


def test_a_form_from_elsewhere_cancels_nothing(client, admin, address, organisation):
    client.handler.enforce_csrf_checks = True
    assert client.post(address + "cancel/").status_code == 403
    with inside(organisation):
        assert Job.objects.get().status == "queued"
