"""How long the server takes for each page, over many organisations, with everything but the network."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member, Organisation, User
from feedback.models import Survey
from mentoring.tenancy.scope import organisation_scope
from programs.models import Goal, Mentorship, Program
from sessions.models import Session

from .figures import Figures
from .organisation import MOST_QUERIES

P95_BUDGET = 150.0
REQUESTS = 60
# Inside a test, a transaction is a savepoint.
UNASKED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")

# Who opens which page (by number among those who sign in), and which object of each organisation it shows.
PAGES: dict[str, tuple[int, str, str, str]] = {
    "home, admin": (0, "reports:home", "", ""),
    "home, HR": (1, "reports:home", "", ""),
    "home, mentor": (2, "reports:home", "", ""),
    "home, mentee": (3, "reports:home", "", ""),
    "people": (0, "accounts:member_list", "", ""),
    "people, search": (0, "accounts:member_list", "", "?q=family12"),
    "person": (0, "accounts:member_detail", "member", ""),
    "settings": (0, "accounts:settings", "", ""),
    "programmes": (0, "programs:list", "", ""),
    "programme": (0, "programs:detail", "program", ""),
    "plan": (0, "programs:plan", "program", ""),
    "readiness": (0, "programs:readiness", "program", ""),
    "supply of mentors": (0, "programs:supply", "program", ""),
    "enrolments": (0, "programs:enrolments", "program", ""),
    "sign-up": (1, "programs:join", "program", ""),
    "mentorship": (3, "programs:mentorship", "mentorship", ""),
    "goals": (3, "programs:goals", "mentorship", ""),
    "goal": (3, "programs:goal", "goal", ""),
    "agreement": (3, "programs:agreement", "mentorship", ""),
    "timeline": (3, "programs:timeline", "mentorship", ""),
    "messages": (3, "programs:messages", "mentorship", ""),
    "look back": (3, "programs:closing", "mentorship", ""),
    "journal": (3, "sessions:journal", "mentorship", ""),
    "actions": (3, "sessions:actions", "mentorship", ""),
    "resources": (0, "programs:resources", "program", ""),
    "prepare": (3, "programs:prepare", "program", ""),
    "announcements": (0, "programs:announcements", "program", ""),
    "recognition": (3, "programs:recognition", "", ""),
    "board": (0, "matching:board", "program", ""),
    "mentors in lanes": (0, "matching:lanes", "program", ""),
    "unmatched": (0, "matching:unmatched", "program", ""),
    "circles": (0, "matching:groups", "circle", ""),
    "peers": (0, "matching:groups", "peer", ""),
    "timetable": (0, "matching:groups", "speed", ""),
    "tree of a cascade": (0, "matching:groups", "cascade", ""),
    "map of a network": (0, "matching:groups", "network", ""),
    "panel of a shadow board": (0, "matching:groups", "board", ""),
    "programme of circles": (0, "programs:detail", "circle", ""),
    "supply of a network": (0, "programs:supply", "network", ""),
    "sessions": (2, "sessions:list", "", ""),
    "session": (3, "sessions:detail", "session", ""),
    "availability": (2, "sessions:availability", "", ""),
    "book a session": (3, "sessions:book", "mentorship", ""),
    "relationships": (0, "feedback:relationships", "program", ""),
    "surveys": (0, "feedback:surveys", "program", ""),
    "survey results": (0, "feedback:results", "survey", ""),
    "gains": (1, "feedback:gains", "", ""),
    "notifications": (3, "outbox:told", "", ""),
    "reports": (1, "reports:overview", "", ""),
    "participation": (1, "reports:participation", "", ""),
    "retention": (1, "reports:retention", "", ""),
    "programme health": (0, "reports:program_health", "program", ""),
    "comparison": (0, "reports:program_compare", "", ""),
    "API, members": (0, "api:member-list", "", ""),
    "API, sessions": (0, "api:session-list", "", ""),
}


def measure(folder: Path) -> Figures:
    """p50 and p95 in milliseconds and the number of queries of each page, over 60 organisations after a warm-up."""
    figures = Figures("pages", "milliseconds; queries", folder, budgets={"p95": P95_BUDGET, "queries": MOST_QUERIES})
    places = list(_places())
    for name, (who, view, shown, query) in PAGES.items():
        clients = []
        for organisation, ids, users in places:
            client = Client(SERVER_NAME="localhost")
            client.force_login(users[who])
            kwargs = {"org": organisation.slug} | ({"pk": ids[shown]} if shown else {})
            clients.append((client, reverse(view, kwargs=kwargs) + query))
        for client, url in clients[:3]:
            response = client.get(url)
            if response.status_code != 200:
                raise RuntimeError(f"{name}: {url} answered {response.status_code}")
        times = []
        for client, url in clients[3:]:
            began = time.perf_counter()
            client.get(url)
            times.append((time.perf_counter() - began) * 1000)
        figures.add(
            name,
            p50=statistics.median(times), p95=statistics.quantiles(times, n=20)[-1], queries=asked_by(*clients[0])[1],
        )  # fmt: skip
    return figures


def asked_by(client: Client, url: str) -> tuple[int, int]:
    """A page's status, and how many queries it asks; that a transaction begins and ends asks nothing."""
    with CaptureQueriesContext(connection) as queries:
        status = client.get(url).status_code
    return status, sum(not each["sql"].startswith(UNASKED) for each in queries.captured_queries)


def _places() -> Iterator[tuple[Organisation, dict[str, Any], list[User]]]:
    for organisation in Organisation.objects.filter(slug__startswith="bench-").order_by("pk")[: REQUESTS + 3]:
        yield organisation, *shown_of(organisation)


def shown_of(organisation: Organisation) -> tuple[dict[str, Any], list[User]]:
    """The objects that pages show of one, and who signs in."""
    with organisation_scope(organisation), transaction.atomic():
        users = [m.user for m in Member.objects.with_login().select_related("user").order_by("pk") if m.user]
        mentee = users[3]
        mentorship = Mentorship.objects.get(participants__enrolment__member__user=mentee)
        programs = dict(Program.objects.values_list("format", "pk"))
        ids = programs | {
            "member": Member.objects.filter(user=mentee).values_list("pk", flat=True).get(),
            "program": programs["traditional"],
            "mentorship": mentorship.pk,
            "session": Session.objects.filter(mentorship=mentorship).values_list("pk", flat=True)[0],
            "goal": Goal.objects.filter(mentorship=mentorship).values_list("pk", flat=True)[0],
            "survey": Survey.objects.filter(program=mentorship.program_id).values_list("pk", flat=True)[0],
        }
    return ids, users
