"""`manage.py bench`: measure, compare with the last run on this machine, and say what is over its budget."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mentoring.bench import (
    assignment,
    booking,
    crowd,
    dry_run,
    imports,
    nightly,
    organisation,
    outbox,
    pages,
    peers,
    retention,
    scoring,
    starting,
)
from mentoring.bench.figures import Figures

FOLDER = Path(settings.BASE_DIR) / ".data" / "bench-figures"
PARTS = (
    *("pages", "organisation", "import", "scoring", "assignment", "peers"),
    *("nightly", "dry-run", "outbox", "booking", "retention", "start"),
)


class Command(BaseCommand):
    help = "Measure pages at 100,000 members in 200 organisations, every page of a realistic one, the people import, scoring, pairing of peers, the night, mail, booking, what the page on retention says, and the second start."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", default=PARTS, help=f"some of: {', '.join(PARTS)}")
        parser.add_argument("--all", action="store_true", help="the whole night of 200 organisations, not estimated")
        parser.add_argument(
            "--organisations", type=int, default=crowd.ORGANISATIONS, help="measure pages over fewer, for a quick look"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A line for each of thousands of requests would bury the figures.
        logging.disable(logging.INFO)
        over = []
        for part in options["parts"]:
            figures = self.measure(part, whole=options["all"], organisations=options["organisations"])
            self.stdout.write(figures.table() + "\n")
            figures.keep()
            over += figures.over_budget
        if over:
            raise CommandError("Over budget:\n  " + "\n  ".join(over))
        self.stdout.write("All within budget.")

    def measure(self, part: str, *, whole: bool = False, organisations: int = crowd.ORGANISATIONS) -> Figures:
        if part == "pages":
            crowd.build(lambda text: self.stdout.write(f"  {text}"), organisations=organisations)
            return pages.measure(FOLDER)
        if part == "organisation":
            return organisation.measure(FOLDER, lambda text: self.stdout.write(f"  {text}"))
        if part == "import":
            return imports.measure(FOLDER)
        if part == "scoring":
            return scoring.measure(FOLDER)
        if part == "assignment":
            return assignment.measure(FOLDER)
        if part == "peers":
            return peers.measure(FOLDER)
        if part == "nightly":
            sizes = (nightly.ALL,) if whole else nightly.SOME
            return nightly.measure(FOLDER, lambda text: self.stdout.write(f"  {text}"), sizes=sizes)
        if part == "dry-run":
            return dry_run.measure(FOLDER)
        if part == "outbox":
            return outbox.measure(FOLDER)
        if part == "booking":
            return booking.measure(FOLDER)
        if part == "retention":
            return retention.measure(FOLDER)
        if part == "start":
            return starting.measure(FOLDER)
        raise CommandError(f"There is no part {part}; choose from {', '.join(PARTS)}.")
