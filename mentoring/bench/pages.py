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

# Who opens which page; the names in braces are looked up in each organisation.
PAGES = {
    "home, admin": (0, "reports:home", {}),
    "home, HR": (1, "reports:home", {}),
    "home, mentor": (2, "reports:home", {}),
    "home, mentee": (3, "reports:home", {}),
    "people": (0, "accounts:member_list", {}),
    "people, search": (0, "accounts:member_list", {}, "?q=family12"),
    "person": (0, "accounts:member_detail", {"pk": "member"}),
    "settings": (0, "accounts:settings", {}),
    "programmes": (0, "programs:list", {}),
    "programme": (0, "programs:detail", {"pk": "program"}),
    "enrolments": (0, "programs:enrolments", {"pk": "program"}),
    "sign-up": (1, "programs:join", {"pk": "program"}),
    "mentorship": (3, "programs:mentorship", {"pk": "mentorship"}),
    "board": (0, "matching:board", {"pk": "program"}),
    "unmatched": (0, "matching:unmatched", {"pk": "program"}),
    "sessions": (2, "sessions:list", {}),
    "session": (3, "sessions:detail", {"pk": "session"}),
    "availability": (2, "sessions:availability", {}),
    "book a session": (3, "sessions:book", {"pk": "mentorship"}),
    "reports": (1, "reports:overview", {}),
    "participation": (1, "reports:participation", {}),
    "retention": (1, "reports:retention", {}),
}


def measure(folder: Path) -> Figures:
    """p50 and p95 in milliseconds and the number of queries of each page, over 60 organisations after a warm-up."""
    figures = Figures("pages", "milliseconds; queries", folder, budgets={"p95": P95_BUDGET})
    places = list(_places())
    for name, (who, view, kwargs, *query) in PAGES.items():
        clients = []
        for organisation, ids, users in places:
            client = Client()
            client.force_login(users[who])
            url = reverse(view, kwargs={"org": organisation.slug, **{key: ids[value] for key, value in kwargs.items()}})
            clients.append((client, url + "".join(query)))
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
