"""How long the page of what counts takes to show what a moved slider would change."""

from __future__ import annotations

import random
import statistics
import time
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Member, Organisation, Skill, User
from matching.services import trying
from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.scope import organisation_scope
from programs.criteria import LABELS, default_criteria
from programs.formats import TRADITIONAL
from programs.models import Enrolment, EnrolmentSkill, Program, Role

from .figures import Figures

SIZES = ((500, 150), (2_000, 500))
MOVES = 8


def measure(folder: Path) -> Figures:
    """Seconds until the answer is there: the first move of a slider, and the slowest of those that follow."""
    figures = Figures("dry run", "seconds", folder, budgets={"first": 1.0, "moved": 1.0})
    for mentees, mentors in SIZES:
        organisation, program, user = _programme(mentees, mentors)
        client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        url = reverse("matching:criteria_try", args=[organisation.slug, program])
        client.get(reverse("matching:criteria_versions", args=[organisation.slug, program]))
        trying.forget()
        times = []
        for move in range(MOVES + 1):
            weights = {f"weight_{code}": str(TRADITIONAL.weights.get(code, 0)) for code in LABELS}
            sent = {**weights, "weight_level": str(move), "level_rule": "not_below", "reporting_line": "on"}
            began = time.perf_counter()
            answer = client.post(url, sent)
            times.append(time.perf_counter() - began)
            if b"data-figure" not in answer.content:
                raise RuntimeError(f"The dry run answered {answer.status_code}: {answer.content[:300]!r}")
        figures.add(
            f"{mentees:,} × {mentors:,}", first=times[0], moved=max(times[1:]), median=statistics.median(times[1:])
        )
        erase_organisation(organisation)
    return figures


def _programme(mentees: int, mentors: int) -> tuple[Organisation, int, User]:
    rnd = random.Random(5)  # noqa: S311  (made-up people)
    user, _is_new = User.objects.get_or_create(email="bench@bench.example", defaults={"name": "Bench Owner"})
    organisation = services.create_organisation(name="Dry run bench", time_zone="Europe/London", by=user)
    with organisation_scope(organisation), transaction.atomic():
        Member.objects.filter(user=user).update(is_admin=True)
        program = Program.objects.create(
            name="Dry run",
            status=Program.Status.OPEN,
            launched_at=timezone.now(),
            criteria=default_criteria(TRADITIONAL),
        )
        zones = ("Europe/London", "America/Toronto", "Asia/Singapore")
        members = Member.objects.bulk_create(
            Member(
                given_name=f"Given{n}", family_name=f"Family{n % 97}", email=f"person{n}@bench.example",
                level=rnd.randrange(1, 8), department=f"Department {rnd.randrange(8)}", site=f"Site {rnd.randrange(5)}",
                time_zone=rnd.choice(zones), hired_on=date(2020, 1, 6),
            )
            for n in range(mentees + mentors)
        )  # fmt: skip
        for n, member in enumerate(members[1:], 1):
            member.manager = members[n // 8]
        Member.objects.bulk_update(members[1:], ["manager"], batch_size=500)
        skills = Skill.objects.bulk_create(Skill(name=f"Skill {n}", key=f"skill {n}") for n in range(60))
        enrolments = Enrolment.objects.bulk_create(
            Enrolment(
                program=program, member=member, role=Role.MENTEE if n < mentees else Role.MENTOR,
                status=Enrolment.Status.ACTIVE, capacity=0 if n < mentees else 4, languages=["English"],
                free_hours=[[day, 480 + 60 * rnd.randrange(4), 900 + 60 * rnd.randrange(3)] for day in range(3)],
                joined_at=timezone.now(),
            )
            for n, member in enumerate(members)
        )  # fmt: skip
        EnrolmentSkill.objects.bulk_create(
            EnrolmentSkill(enrolment=enrolment, skill=skill, rank=rank)
            for enrolment in enrolments
            for rank, skill in enumerate(rnd.sample(skills, 4))
        )
        primary_key = program.pk
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return organisation, primary_key, user
