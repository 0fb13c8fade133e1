"""How long the night takes: every organisation's programme matched by two real workers, the database included."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Member, Organisation, Skill
from matching.models import MatchRun, Proposal
from mentoring.jobs.models import Job, JobRun, PendingJob
from mentoring.jobs.services import start_nightly_jobs
from mentoring.tenancy.scope import organisation_scope
from programs.criteria import default_criteria
from programs.formats import TRADITIONAL
from programs.models import Enrolment, EnrolmentSkill, Program, Role

from .crowd import DEPARTMENTS, SITES, SKILLS
from .figures import Figures

MENTEES = 500
MENTORS = 150
WORKERS = 2
# What is measured, and what is promised.
SOME = (10, 20)
ALL = 200
BUDGET = 600.0
LANGUAGES = ("English", "French", "German", "Spanish")


def measure(folder: Path, say: Callable[[str], None], *, sizes: tuple[int, ...] = SOME) -> Figures:
    """Seconds for so many organisations of 500 × 150, and what that makes for 200 of them."""
    figures = Figures("nightly", "seconds", folder, budgets={"for 200": BUDGET})
    organisations = _organisations(max(sizes), say)
    with _workers():
        # The first night of a worker reads all its modules.
        _night(organisations[: 2 * WORKERS])
        for count in sizes:
            seconds = _night(organisations[:count])
            figures.add(
                f"{count} organisations", night=seconds, each=seconds / count, **{"for 200": seconds / count * ALL}
            )
    return figures


def _night(organisations: list[Organisation]) -> float:
    for organisation in organisations:
        with organisation_scope(organisation), transaction.atomic():
            Proposal.objects.all().delete()
            MatchRun.objects.all().delete()
            JobRun.objects.all().delete()
    hour = timezone.now().astimezone(organisations[0].zone).hour
    began = time.perf_counter()
    start_nightly_jobs(organisations, night_hour=hour)
    while PendingJob.objects.filter(organisation__in=organisations).exists():
        time.sleep(0.1)
    seconds = time.perf_counter() - began
    for organisation in organisations:
        with organisation_scope(organisation), transaction.atomic():
            run = MatchRun.objects.first()
            if run is None or run.proposed < MENTORS:
                job = Job.objects.filter(kind="matching.run").first()
                raise RuntimeError(f"{organisation.slug} was not matched: {job and job.error}")
    return seconds


@contextlib.contextmanager
def _workers() -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "mentoring",
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "error",
    ]
    started = [
        subprocess.Popen(
            [*command, "--hostname", f"bench{number}@%h"],
            cwd=settings.BASE_DIR,
            # On machines with as many cores as workers, threads of the matrix products would only wait for each other.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        for number in range(WORKERS)
    ]
    try:
        while len(current_app.control.ping(timeout=1)) < WORKERS:
            if any(each.poll() is not None for each in started):
                raise RuntimeError("A worker did not start.")
        yield
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait()


def _organisations(count: int, say: Callable[[str], None]) -> list[Organisation]:
    present = Organisation.objects.filter(slug__startswith="night-").count()
    for number in range(present, count):
        with transaction.atomic():
            _organisation(number)
        if number % 10 == 9:
            say(f"{number + 1} organisations of {MENTEES} × {MENTORS}")
    return list(Organisation.objects.filter(slug__startswith="night-").order_by("pk")[:count])


def _organisation(number: int) -> None:
    rnd = random.Random(number)  # noqa: S311  (made-up people)
    organisation = Organisation.objects.create(
        name=f"Night {number}", slug=f"night-{number}", time_zone="Europe/London"
    )
    with organisation_scope(organisation):
        members = []
        for n in range(MENTEES + MENTORS):
            site, zone = rnd.choice(SITES)
            is_mentor = n < MENTORS
            members.append(
                Member(
                    given_name=f"Given{n}", family_name=f"Family{rnd.randrange(400)}", time_zone=zone, site=site,
                    email=f"person{n}@{organisation.slug}.example", employee_number=str(n),
                    level=rnd.randrange(4, 9) if is_mentor else rnd.randrange(1, 6),
                    department=rnd.choice(DEPARTMENTS), hired_on=date(2018, 1, 1) + timedelta(days=rnd.randrange(2900)),
                )
            )  # fmt: skip
        Member.objects.bulk_create(members)
        for n, member in enumerate(members[1:], 1):
            member.manager = members[n // 8]
        Member.objects.bulk_update(members[1:], ["manager"], batch_size=500)
        skills = Skill.objects.bulk_create(Skill(name=name, key=name.casefold()) for name in SKILLS)
        joined = timezone.now() - timedelta(days=30)
        program = Program.objects.create(
            name="Grow together", status=Program.Status.OPEN, criteria=default_criteria(TRADITIONAL),
            starts_on=date(2026, 1, 5), launched_at=joined, created_by=members[0],
        )  # fmt: skip
        enrolments = Enrolment.objects.bulk_create(
            Enrolment(
                program=program, member=member, role=Role.MENTOR if n < MENTORS else Role.MENTEE,
                status=Enrolment.Status.ACTIVE, capacity=3 if n < MENTORS else 0,
                languages=["English", *rnd.sample(LANGUAGES[1:], rnd.randrange(3))], applied_at=joined, joined_at=joined,
                free_hours=[[day, 540 + 60 * rnd.randrange(6), 960] for day in rnd.sample(range(5), 3)],
                goal=rnd.choice(["Lead a team", "Become a better engineer", "Change to sales", ""]),
            )
            for n, member in enumerate(members)
        )  # fmt: skip
        EnrolmentSkill.objects.bulk_create(
            EnrolmentSkill(enrolment=enrolment, skill=skill, rank=rank)
            for enrolment in enrolments
            for rank, skill in enumerate(rnd.sample(skills, 4))
        )
