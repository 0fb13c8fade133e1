"""How long an HR export takes to be previewed and to be written."""

from __future__ import annotations

import csv
import io
import random
import time
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from accounts import imports, services
from accounts.models import JobChange, Member, Organisation, User
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.scope import organisation_scope

from .figures import Figures, forget_peak, peak_mb

ROWS = (10_000, 100_000)
CHANGES = 679
BUDGETS = {
    "10,000 rows: preview": 10.0,
    "10,000 rows: commit": 15.0,
    # Ten times the rows may take ten times as long.
    "preview": 100.0,
    "commit": 150.0,
    "changes": 20.0,
    "MB": 500.0,
}


def measure(folder: Path) -> Figures:
    """Seconds to plan and to apply 10,000 and 100,000 rows into an empty organisation; peak memory in MB.

    Then, among as many people, a file of 679 promotions and moves.
    """
    figures = Figures("import", "seconds; MB", folder, budgets=BUDGETS)
    for count in ROWS:
        content = people(count)
        forget_peak()
        organisation, by = _organisation()
        with organisation_scope(organisation):
            with transaction.atomic():
                people_import = imports.upload(name="people.csv", content=content, by=by)
            began = time.perf_counter()
            imports.plan_import(people_import, NoProgress())
            planned = time.perf_counter()
            imports.apply_import(people_import, NoProgress())
            applied = time.perf_counter()
            with transaction.atomic():
                assert Member.objects.count() == count + 1
                file_of_changes = imports.upload(name="changes.csv", content=changes(CHANGES), by=by)
            changes_began = time.perf_counter()
            imports.plan_import(file_of_changes, NoProgress())
            imports.apply_import(file_of_changes, NoProgress())
            changed = time.perf_counter() - changes_began
            with transaction.atomic():
                assert JobChange.objects.count() == CHANGES
        figures.add(
            f"{count:,} rows", preview=planned - began, commit=applied - planned, changes=changed,
            MB=peak_mb(),
        )  # fmt: skip
        erase_organisation(organisation)
    return figures


def _organisation() -> tuple[Organisation, Member]:
    user, _is_new = User.objects.get_or_create(email="bench@bench.example", defaults={"name": "Bench Owner"})
    organisation = services.create_organisation(name="Import bench", time_zone="Europe/London", by=user)
    with organisation_scope(organisation), transaction.atomic():
        return organisation, Member.objects.get(user=user)


def changes(count: int) -> bytes:
    """A promotion, on the day of hire at the earliest, for each of the first so many people who are still here."""
    employed = [row for row in csv.DictReader(io.StringIO(people(ROWS[0]).decode())) if not row["Termination Date"]]
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["Employee #", "Effective Date", "Change", "Department after"])
    for row in employed[:count]:
        write.writerow([row["Employee #"], row["Hire Date"], "Promotion", "Legal"])
    return out.getvalue().encode()


def people(count: int) -> bytes:
    """An HR export of so many people in a reporting tree; about a third have left."""
    rnd = random.Random(3)  # noqa: S311  (made-up people)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(
        ["Employee #", "First Name", "Last Name", "Work Email", "Hire Date", "Termination Date", "Department",
         "Job Title", "Grade", "Location", "Time Zone", "Supervisor EID"]
    )  # fmt: skip
    for number in range(count):
        hired = date(2016, 1, 1) + timedelta(days=rnd.randrange(3600))
        left = hired + timedelta(days=rnd.randrange(30, 3000)) if rnd.random() < 0.4 else None
        write.writerow(
            [
                10_000 + number, f"Given{number % 97}", f"Family{number % 1009}", f"person{number}@bench.example", hired,
                left if left and left < date(2026, 11, 1) else "", rnd.choice(["Sales", "Finance", "Legal", "People"]),
                "Specialist", rnd.randrange(1, 8), rnd.choice(["London", "Toronto"]), "Europe/London",
                10_000 + number // 8 if number else "",
            ]
        )  # fmt: skip
    return out.getvalue().encode()
