"""How long the server takes for every page of one realistic organisation: the larger one of the demo.

It has 1,200 people, three years of programmes in every format, and all that people leave behind in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member, Organisation, User
from feedback.models import Concern, Survey
from matching.models import Proposal
from matching.services import is_arranged
from mentoring.demo.people import OWNER
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Goal, Mentorship, Participant, Program, Resource, Role
from sessions.models import Session

from .figures import Figures

SLUG = "northwind"
BUDGET = 150.0
MOST_QUERIES = 30
# The machine does other things as well: the best of so many rounds is what the page itself takes.
ROUNDS = 5
# Pages of so many objects of a kind; the slowest counts.
OBJECTS = 4

# Who opens which page, and what it shows: a kind of object of `_objects`, or nothing.
PAGES: dict[str, tuple[str, str, str, str]] = {
    "home, owner": ("owner", "reports:home", "", ""),
    "home, HR": ("hr", "reports:home", "", ""),
    "home, mentor": ("mentor", "reports:home", "", ""),
    "home, mentee": ("mentee", "reports:home", "", ""),
    "people": ("owner", "accounts:member_list", "", ""),
    "programmes": ("owner", "programs:list", "", ""),
    "programme": ("owner", "programs:detail", "programs", ""),
    "programme, mentee": ("mentee", "programs:detail", "own program", ""),
    "plan": ("owner", "programs:plan", "programs", ""),
    "readiness": ("owner", "programs:readiness", "programs", ""),
    "eligibility": ("owner", "programs:eligibility", "programs", ""),
    "supply of mentors": ("owner", "programs:supply", "programs", ""),
    "sign-up": ("hr", "programs:join", "open", ""),
    "enrolments": ("owner", "programs:enrolments", "programs", ""),
    "questions": ("owner", "programs:questions", "programs", ""),
    "what people say": ("owner", "programs:question_answers", "programs", ""),
    "approvals": ("owner", "programs:approvals", "", ""),
    "board of proposals": ("owner", "matching:board", "pairs", ""),
    "mentors in lanes": ("owner", "matching:lanes", "pairs", ""),
    "unmatched": ("owner", "matching:unmatched", "pairs", ""),
    "circles": ("owner", "matching:groups", "circle", ""),
    "peers": ("owner", "matching:groups", "peer", ""),
    "timetable": ("owner", "matching:groups", "speed", ""),
    "tree of a cascade": ("owner", "matching:groups", "cascade", ""),
    "map of a network": ("owner", "matching:groups", "network", ""),
    "panel of a shadow board": ("owner", "matching:groups", "board", ""),
    "mentors to choose from": ("chooser", "matching:mentors", "choosing", ""),
    "mentorship, mentor": ("mentor", "programs:mentorship", "mentorship", ""),
    "mentorship, mentee": ("mentee", "programs:mentorship", "mentorship", ""),
    "mentorship, admin": ("owner", "programs:mentorship", "mentorships", ""),
    "goals": ("mentee", "programs:goals", "mentorship", ""),
    "goal": ("mentee", "programs:goal", "goals", ""),
    "agreement": ("mentee", "programs:agreement", "mentorship", ""),
    "timeline": ("mentee", "programs:timeline", "mentorship", ""),
    "messages": ("mentee", "programs:messages", "mentorship", ""),
    "look back": ("mentee", "programs:closing", "mentorship", ""),
    "journal": ("mentee", "sessions:journal", "mentorship", ""),
    "actions": ("mentee", "sessions:actions", "mentorship", ""),
    "resources": ("owner", "programs:resources", "programs", ""),
    "prepare": ("mentee", "programs:prepare", "own program", ""),
    "resource": ("owner", "programs:resource", "resources", ""),
    "announcements": ("owner", "programs:announcements", "programs", ""),
    "recognition": ("mentee", "programs:recognition", "", ""),
    "sessions": ("mentor", "sessions:list", "", ""),
    "sessions, past": ("mentor", "sessions:list", "", "?tab=past"),
    "week": ("mentor", "sessions:week", "", ""),
    "month": ("mentor", "sessions:month", "", ""),
    "group sessions": ("mentee", "sessions:groups", "", ""),
    "session": ("mentee", "sessions:detail", "sessions", ""),
    "availability": ("mentor", "sessions:availability", "", ""),
    "book a session": ("mentee", "sessions:book", "mentorship", ""),
    "shadow board's work": ("owner", "sessions:board", "boards", ""),
    "agendas": ("owner", "sessions:agendas", "programs", ""),
    "relationships": ("owner", "feedback:relationships", "programs", ""),
    "help": ("owner", "feedback:help", "mentorships", ""),
    "surveys": ("owner", "feedback:surveys", "programs", ""),
    "survey": ("owner", "feedback:survey", "surveys", ""),
    "survey results": ("owner", "feedback:results", "answered", ""),
    "gains": ("owner", "feedback:gains", "", ""),
    "concerns": ("hr", "feedback:concerns", "", ""),
    "concern": ("hr", "feedback:concern", "concerns", ""),
    "raise a concern": ("mentee", "feedback:concern_raise", "own program", ""),
    "notifications": ("mentee", "outbox:told", "", ""),
    "letters": ("owner", "outbox:list", "", ""),
    "reports": ("hr", "reports:overview", "", ""),
    "participation": ("hr", "reports:participation", "", ""),
    "retention": ("hr", "reports:retention", "", ""),
    "who is left out": ("hr", "reports:access", "", ""),
    "downloads": ("hr", "reports:downloads", "", ""),
    "data quality": ("hr", "reports:data_quality", "", ""),
    "programme report": ("owner", "reports:program_health", "programs", ""),
    "all programmes' report": ("owner", "reports:program_health", "", ""),
    "comparison": ("owner", "reports:program_compare", "", ""),
    "fairness": ("owner", "reports:matching_fairness", "pairs", ""),
    "score and success": ("owner", "reports:matching_calibration", "pairs", ""),
}


def measure(folder: Path, say: Callable[[str], None]) -> Figures:
    """Milliseconds of computing for the slowest object's page, best of some rounds, and the most queries."""
    figures = Figures(
        "organisation", "milliseconds; queries", folder, budgets={"slowest": BUDGET, "queries": MOST_QUERIES}
    )
    if not Organisation.objects.filter(slug=SLUG).exists():
        call_command("demo")
    organisation = Organisation.objects.get(slug=SLUG)
    with organisation_scope(organisation), transaction.atomic():
        users, objects = _objects()
    for name, (who, view, shown, query) in PAGES.items():
        if shown and not objects[shown]:
            say(f"{name}: there is nothing to show")
            continue
        client = Client(SERVER_NAME="localhost")
        client.force_login(users[who])
        found = [
            _page(client, reverse(view, kwargs={"org": SLUG} | ({"pk": pk} if pk else {})) + query)
            for pk in (objects[shown] if shown else [None])
        ]
        figures.add(name, slowest=max(took for took, _count in found), queries=max(count for _took, count in found))
    return figures


def _page(client: Client, url: str) -> tuple[float, int]:
    """The best time of some rounds, and the queries of one more."""
    response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}")
    times = []
    for _round in range(ROUNDS):
        began = _now()
        client.get(url)
        times.append((_now() - began) * 1000)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    # That a transaction begins and ends asks nothing.
    return min(times), sum(each["sql"] not in ("BEGIN", "COMMIT") for each in queries.captured_queries)


def _now() -> float:
    """Seconds that we and our database connection have computed; where the server's can't be read, that have passed."""
    connection.ensure_connection()
    try:
        nanoseconds = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    except OSError:
        return time.perf_counter()
    return time.process_time() + int(nanoseconds) / 1e9


def _objects() -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Who signs in, and the objects that pages show: of many, those with most in them."""

    def some(found: Any) -> list[int]:
        return list(found.values_list("pk", flat=True)[:OBJECTS])

    launched = Program.objects.launched().annotate(people=Count("enrolments")).order_by("-people", "pk")
    running = launched.exclude(status=Program.Status.CLOSED)
    own = _pair_that_signs_in()
    people = {part.role: part.enrolment.member for part in own.participants.select_related("enrolment__member__user")}
    chooser = (
        Enrolment.objects.active()
        .filter(
            program__in=running.filter(pairing=Program.Pairing.CHOICE), role=Role.MENTEE, member__user__isnull=False
        )
        .select_related("member__user")
        .first()
    )
    users = {
        "chooser": chooser.member.user if chooser else None,
        "owner": User.objects.get(email=OWNER.email),
        "hr": Member.objects.get(email="hr@northwind.example").user,
        "mentor": people[Role.MENTOR].user,
        "mentee": people[Role.MENTEE].user,
    }
    others = Mentorship.objects.active().exclude(
        pk__in=Mentorship.objects.involving(Member.objects.get(user=users["owner"]))
    )
    objects = {
        "programs": some(running),
        "own program": [own.program_id],
        "open": some(running.filter(status=Program.Status.OPEN, format="traditional")),
        "pairs": _boards(running),
        "choosing": [chooser.program_id] if chooser else [],
        "mentorship": [own.pk],
        "mentorships": some(others.annotate(met=Count("sessions")).order_by("-met", "pk")),
        "goals": some(Goal.objects.filter(mentorship=own)),
        "resources": some(Resource.objects.filter(removed_at__isnull=True)),
        "sessions": some(Session.objects.filter(mentorship=own).order_by("-starts_at")),
        "boards": some(Mentorship.objects.active().filter(program__format="board")),
        "surveys": some(Survey.objects.order_by("-pk")),
        "answered": some(
            Survey.objects.exclude(opened_at=None).annotate(said=Count("invitations__answers")).order_by("-said")
        ),
        "concerns": some(Concern.objects.filter(contact__user=users["hr"])),
    }
    for format in ("circle", "peer", "speed", "cascade", "network", "board"):
        objects[format] = some(running.filter(format=format))
    return users, objects


def _boards(running: Any) -> list[int]:
    """Programmes of whatever format whose pairs are decided on a board, those with most to decide first."""
    to_decide = Count("proposals", filter=Q(proposals__status=Proposal.Status.DRAFT))
    return [each.pk for each in running.annotate(drafts=to_decide).order_by("-drafts", "pk") if not is_arranged(each)][
        :OBJECTS
    ]


def _pair_that_signs_in() -> Mentorship:
    """Of the running pairs whose people both have a login, the one that has met most."""
    without = Participant.objects.filter(enrolment__member__user__isnull=True).values("mentorship_id")
    found = Mentorship.objects.active().filter(participants__role=Role.MENTOR).exclude(pk__in=without)
    return found.annotate(met=Count("sessions", distinct=True)).order_by("-met", "pk")[0]
