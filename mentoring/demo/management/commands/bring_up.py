"""`manage.py bring_up`: what `make run` does with the database at every start, in one process instead of three."""

from __future__ import annotations

import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import Organisation
from mentoring.run import NO_ORGANISATION


class Command(BaseCommand):
    help = "Migrate, as the owner of the tables, and write down who can sign in. Ends with 3 when there is nobody yet."
    # Somebody waits for it, and `make lint` has checked.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sign-ins", type=Path, required=True, help="the file that says who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if not Organisation.objects.exists():
            sys.exit(NO_ORGANISATION)
        said = io.StringIO()
        call_command("demo", "--sign-ins", stdout=said)
        options["sign_ins"].write_text(said.getvalue())
