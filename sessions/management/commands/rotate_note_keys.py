from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Organisation
from mentoring.tenancy.scope import organisation_scope
from sessions.sealing import rotate_keys


class Command(BaseCommand):
    help = (
        "Give organisations a new key for notes and calendar addresses, and seal everything with it. "
        "Where a run was cut off, the next one finishes it. "
        "For a new platform key put it before the old one in NOTES_KEY, parted by a comma, and run this."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")

    def handle(self, *args: Any, organisation: str | None, **options: Any) -> None:
        organisations = Organisation.objects.order_by("pk")
        if organisation:
            organisations = organisations.filter(slug=organisation)
        for each in organisations:
            with organisation_scope(each):
                count = rotate_keys()
            self.stdout.write(f"{each.slug}: {count} sealed anew")
