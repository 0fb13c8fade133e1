"""`manage.py demo`: build the demo organisations, throw them away, or tell who can sign in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import Member, Organisation, User
from mentoring.demo import harbour
from mentoring.demo.northwind import Northwind
from mentoring.demo.people import HARBOUR_OWNER, OWNER, PASSWORD
from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.scope import organisation_scope
from mentoring.tenancy.statistics import analyse_changed

SLUGS = ("northwind", "harbour-lane")


class Command(BaseCommand):
    help = "Build two demo organisations through the services, with a fixed seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="only when there is no organisation yet")
        parser.add_argument("--reset", action="store_true", help="throw the demo organisations away first")
        parser.add_argument("--sign-ins", action="store_true", help="only say who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_ins"]:
            self.tell_sign_ins()
            return
        if options["if_empty"] and Organisation.objects.exists():
            return
        # Whole or not at all: an interrupted build leaves nothing half made.
        with transaction.atomic():
            demo = Organisation.objects.filter(slug__in=SLUGS)
            if demo and not options["reset"]:
                self.stdout.write("The demo is there already; `make demo-reset` builds it anew.")
                return
            for organisation in demo:
                erase_organisation(organisation)
            User.objects.filter(email__endswith="@northwind.example", accesses=None).delete()
            User.objects.filter(email__endswith="@harbour.example", accesses=None).delete()
            self.stdout.write("Building the demo (a minute or two)")
            Northwind(self.say, today=timezone.localdate()).build()
            harbour.build()
        analyse_changed()
        self.say("Done")

    def say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()

    def tell_sign_ins(self) -> None:
        northwind = Organisation.objects.filter(slug="northwind").first()
        if northwind is None:
            return
        people = [
            ("owner", OWNER.email),
            ("programme admin", "admin@northwind.example"),
            ("HR analyst", "hr@northwind.example"),
        ]
        with organisation_scope(northwind), transaction.atomic():
            taking_part = Member.objects.with_login().filter(enrolments__program__name="Grow together")
            people += [
                (role, email)
                for role, email in taking_part.values_list("enrolments__role", "email").order_by("enrolments__role")
                if (role, email) not in people
            ]
        people.append(("owner of the small one", HARBOUR_OWNER.email))
        self.stdout.write(f"Sign in at {settings.SITE_URL}/ with the password {PASSWORD}")
        for role, email in dict.fromkeys(people):
            self.stdout.write(f"  {role:<24}{email}")
