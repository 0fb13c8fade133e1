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
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship, Program
from sessions.models import Session

from .figures import Figures

P95_BUDGET = 150.0
REQUESTS = 60

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
    "enrolments": (0, "programs:enrolments", "program", ""),
    "sign-up": (1, "programs:join", "program", ""),
    "mentorship": (3, "programs:mentorship", "mentorship", ""),
    "board": (0, "matching:board", "program", ""),
    "unmatched": (0, "matching:unmatched", "program", ""),
    "sessions": (2, "sessions:list", "", ""),
    "session": (3, "sessions:detail", "session", ""),
    "availability": (2, "sessions:availability", "", ""),
    "book a session": (3, "sessions:book", "mentorship", ""),
    "reports": (1, "reports:overview", "", ""),
    "participation": (1, "reports:participation", "", ""),
    "retention": (1, "reports:retention", "", ""),
    "programme health": (0, "reports:program_health", "program", ""),
    "API, members": (0, "api:member-list", "", ""),
    "API, sessions": (0, "api:session-list", "", ""),
}


def measure(folder: Path) -> Figures:
    """p50 and p95 in milliseconds and the number of queries of each page, over 60 organisations after a warm-up."""
    figures = Figures("pages", "milliseconds; queries", folder, budgets={"p95": P95_BUDGET})
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
        with CaptureQueriesContext(connection) as queries:
            clients[0][0].get(clients[0][1])
        figures.add(name, p50=statistics.median(times), p95=statistics.quantiles(times, n=20)[-1], queries=len(queries))
    return figures


def _places() -> Iterator[tuple[Organisation, dict[str, Any], list[User]]]:
    for organisation in Organisation.objects.filter(slug__startswith="bench-").order_by("pk")[: REQUESTS + 3]:
        with organisation_scope(organisation), transaction.atomic():
            users = [m.user for m in Member.objects.with_login().select_related("user").order_by("pk") if m.user]
            mentee = users[3]
            mentorship = Mentorship.objects.filter(participants__enrolment__member__user=mentee).first()
            session = Session.objects.filter(mentorship=mentorship).first()
            ids = {
                "member": Member.objects.filter(user=mentee).values_list("pk", flat=True).get(),
                "program": Program.objects.values_list("pk", flat=True).first(),
                "mentorship": mentorship and mentorship.pk,
                "session": session and session.pk,
            }
        yield organisation, ids, users
