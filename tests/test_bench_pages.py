"""What the bench opens is there: a page that was moved would otherwise be noticed at the next measuring only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import resolve, reverse

from mentoring.bench import crowd, organisation, pages
from mentoring.bench.organisation import MOST_QUERIES


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


def test_it_is_measured_over_many_organisations_too():
    measured = {view for _who, view, _shown, _query in pages.PAGES.values()}
    assert measured >= {
        "programs:plan", "programs:supply", "programs:detail", "programs:goals", "programs:agreement",
        "programs:timeline", "programs:messages", "programs:closing", "programs:resources", "programs:announcements",
        "programs:recognition", "matching:groups", "matching:board", "matching:lanes", "feedback:relationships",
        "feedback:surveys", "feedback:results", "feedback:gains", "reports:program_compare",
    }  # fmt: skip
    groups = {shown for _who, view, shown, _query in pages.PAGES.values() if view == "matching:groups"}
    assert groups == {"circle", "peer", "speed", "cascade", "network", "board"}


@pytest.fixture
def place(db):
    made = crowd.add(0)
    return made, *pages.shown_of(made)


def test_pages_of_the_crowd_show_what_is_in_it_and_ask_little(place):
    made, ids, users = place
    clients = [Client() for _user in users]
    for client, user in zip(clients, users, strict=True):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    wrong = []
    for name, (who, view, shown, query) in pages.PAGES.items():
        url = reverse(view, kwargs={"org": made.slug} | ({"pk": ids[shown]} if shown else {})) + query
        status, asked = pages.asked_by(clients[who], url)
        if asked > MOST_QUERIES:
            # Some things are looked up once for each process, or once a day.
            status, asked = pages.asked_by(clients[who], url)
        if status != 200 or asked > MOST_QUERIES:
            wrong.append((name, status, asked))
    assert wrong == []
    # Once more, it adds nothing.
    assert crowd.add(0, made) == made
    assert pages.shown_of(made)[0] == ids
