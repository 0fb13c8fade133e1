"""What the bench opens is there: a page that was moved would otherwise be noticed at the next measuring only."""

from __future__ import annotations

from django.urls import resolve, reverse

from mentoring.bench import organisation, pages


def test_every_page_that_is_measured_has_an_address():
    for _who, view, shown, _query in (*organisation.PAGES.values(), *pages.PAGES.values()):
        address = reverse(view, kwargs={"org": "northwind"} | ({"pk": 1} if shown else {}))
        assert resolve(address).view_name == view


def test_all_that_people_do_in_a_year_of_mentoring_is_measured():
    measured = {view for _who, view, _shown, _query in organisation.PAGES.values()}
    assert measured >= {
        "programs:plan", "programs:detail", "programs:goals", "programs:agreement", "programs:timeline",
        "programs:messages", "programs:resources", "programs:announcements", "programs:recognition",
        "matching:groups", "matching:board", "matching:mentors", "sessions:journal", "sessions:list", "sessions:book",
        "feedback:surveys", "feedback:results", "feedback:gains", "feedback:relationships", "feedback:concerns",
        "feedback:concern", "outbox:told", "reports:home", "reports:retention", "reports:program_health",
        "reports:program_compare", "reports:access",
    }  # fmt: skip
