"""A cast for the tests: two organisations and the people in them, made as the product makes them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Access, Member, Organisation, Spell, User
from mentoring.tenancy.scope import organisation_scope


def make_organisation(slug: str = "northwind", **fields: Any) -> Organisation:
    fields.setdefault("name", slug.title())
    fields.setdefault("time_zone", "Europe/London")
    return Organisation.objects.create(slug=slug, **fields)


@contextmanager
def inside(organisation: Organisation):
    """An organisation's scope with a transaction, as requests and tasks have it."""
    with organisation_scope(organisation), transaction.atomic():
        yield


def make_member(organisation: Organisation, given_name: str = "Alice", *, login: bool = True, **fields: Any) -> Member:
    """A member with a login of the same e-mail address (password: "a long password") unless told otherwise."""
    slug = given_name.lower()
    fields.setdefault("email", f"{slug}@{organisation.slug}.example")
    fields.setdefault("family_name", "Osei")
    fields.setdefault("time_zone", organisation.time_zone)
    fields.setdefault("hired_on", date(2020, 1, 6))
    with inside(organisation):
        user = None
        if login:
            user = User.objects.filter(email=fields["email"]).first() or User.objects.create_user(
                fields["email"], "a long password", name=f"{given_name} {fields['family_name']}"
            )
            from allauth.account.models import EmailAddress

            EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
            Access.objects.get_or_create(user=user, organisation=organisation)
        member = Member.objects.create(given_name=given_name, user=user, **fields)
        Spell.objects.create(member=member, started_on=member.hired_on, ended_on=member.left_on)
    return member


def make_mentorship(mentor: Member, mentee: Member, *, program: Any = None, free_hours: Any = (), **fields: Any) -> Any:
    """A mentorship of two, active for a month; `free_hours` are what the mentor gave when signing up."""
    from programs.models import Enrolment, Mentorship, Participant, Program

    now = timezone.now()
    fields.setdefault("status", Mentorship.Status.ACTIVE)
    fields.setdefault("started_at", now - timedelta(days=30))
    with inside(mentor.organisation):
        program = program or Program.objects.create(
            name="Growing together", status=Program.Status.RUNNING, created_by=mentor, launched_at=now
        )
        mentorship = Mentorship.objects.create(program=program, **fields)
        for member, role in ((mentor, "mentor"), (mentee, "mentee")):
            enrolment, _is_new = Enrolment.objects.get_or_create(
                program=program,
                member=member,
                defaults={
                    "role": role, "status": Enrolment.Status.ACTIVE, "joined_at": now, "capacity": 5,
                    "free_hours": list(free_hours) if role == "mentor" else [],
                },
            )  # fmt: skip
            Participant.objects.create(
                mentorship=mentorship, enrolment=enrolment, role=role, response=Participant.Response.ACCEPTED
            )
    return mentorship
