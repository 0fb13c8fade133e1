"""Inviting members to sign up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Invitation, Member
from accounts.services import invitation_link
from mentoring.tenancy.clock import today

from .. import emails
from ..models import Enrolment, Program
from .places import require_running
from .planning import eligible_ids


class Watcher(Protocol):
    def step(self, done: int, total: int, note: str = "") -> None: ...


def to_invite(program: Program, *, only_new_hires: bool = False) -> QuerySet[Member]:
    """Members who could sign up and haven't: they work here, have an address, and the programme is meant for them."""
    members = Member.objects.current().exclude(email="")
    enrolled = Enrolment.objects.filter(program=program).values("member_id")
    if only_new_hires and program.hired_within is not None:
        members = members.filter(hired_on__gte=today() - program.hired_within)
    if all(program.eligibility.get(role) for role in program.parts):
        # With a role that is open to everybody, everybody may be invited.
        members = members.filter(pk__in=set().union(*eligible_ids(program.eligibility).values()))
    return members.exclude(pk__in=enrolled)


@transaction.atomic
def invite_to_sign_up(
    program: Program, *, members: Iterable[Member], message: str = "", by: Member, progress: Watcher | None = None
) -> int:
    """Write to each member once, however often they are invited. Who has no login gets one with the letter.

    Returns how many were written to now.
    """
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    require_running(program)
    members = list(members)
    page = emails.path("programs:join", program.pk)
    already = emails.invited_addresses(program)
    links = Invitation.objects.filter(next_path=page)
    open_links = set(links.filter(expires_at__gt=timezone.now()).values_list("member_id", flat=True))
    earlier = Counter(links.values_list("member_id", flat=True))
    written = 0
    for number, member in enumerate(members):
        if progress is not None and number % 20 == 0:
            progress.step(number, len(members))
        if member.user_id is None:
            # Whose link has expired gets another letter.
            if member.pk in open_links:
                continue
            link = invitation_link(member, by=by, next_path=page)
        elif member.email.lower() in already:
            continue
        else:
            link = ""
        emails.invited_to_sign_up(program, member, by=by, message=message, link=link, sequence=earlier[member.pk])
        written += 1
    return written
