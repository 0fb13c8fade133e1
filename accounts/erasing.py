"""Erasing one person on their request: who they were goes, and that somebody was here stays, for reports and for others."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from mentoring.outbox.services import forget_account, forget_name, forget_reader
from mentoring.tenancy.scope import current_organisation_id

from .models import Access, Erasure, ImportRow, Invitation, Member, User
from .rules import require
from .signals import member_erased

# What stands where their name, or words of theirs, stood.
ERASED = "Erased on request"
# Of the allauth apps: how somebody signs in.
SIGN_IN = frozenset({"account", "mfa", "socialaccount", "usersessions"})


def why_not(member: Member, *, by: Member) -> str:
    """Why somebody can't be erased as things stand; nothing where they can."""
    if member.pk == by.pk:
        return _("You can’t erase yourself. Ask another owner.")
    if not member.has_left:
        return _("%(name)s works here. Record their last day first: that ends what they take part in.") % {
            "name": member.name
        }
    return ""


@transaction.atomic
def erase_member(member: Member, *, request: str, by: Member) -> Erasure:
    """Take out who somebody was. Their employment, sessions and ratings stay, as of nobody in particular.

    Once; a second time changes nothing. Raises ValidationError with a sentence where it can't be done yet.
    """
    require(by, "organisation.manage")
    member = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if member.erased_at is not None:
        return Erasure.objects.get(member=member)
    if problem := why_not(member, by=by):
        raise ValidationError(problem)
    name, email, user = member.name, member.email, member.user
    erasure = Erasure.objects.create(
        member=member, by=by, request=request.strip(), marks=marks_of([email, member.employee_number])
    )
    member_erased.send(sender=Member, member=member, name=name)
    _forget_letters({email, user.email if user else ""} - {""}, member)
    forget_name(name, instead=ERASED)
    Invitation.objects.filter(member=member).delete()
    _forget_rows(member, name, email)
    if user is not None:
        _close_account(user)
    Member.objects.filter(manager=member).update(manager=None)
    Member.objects.filter(pk=member.pk).update(
        user=None, given_name="", family_name=ERASED, email="", employee_number="", job_title="", languages=[], manager=None,
        time_zone=member.organisation.time_zone, is_owner=False, is_admin=False, is_hr=False, erased_at=erasure.at,
    )  # fmt: skip
    return erasure


def marks_of(values: Iterable[str]) -> list[str]:
    """What an address or a number is known again by, without being kept; of this organisation alone."""
    secret = f"erased:{current_organisation_id()}:{settings.SECRET_KEY}".encode()
    return [hmac.new(secret, value.strip().lower().encode(), "sha256").hexdigest() for value in values if value.strip()]


def all_marks() -> frozenset[str]:
    """Those of everybody who was erased here."""
    return frozenset(mark for marks in Erasure.objects.values_list("marks", flat=True) for mark in marks)


def _forget_letters(addresses: set[str], member: Member) -> None:
    for number, address in enumerate(sorted(addresses)):
        forget_reader(address, alias=f"erased-{member.pk}-{number}@erased.invalid", outcome=ERASED)


def _forget_rows(member: Member, name: str, email: str) -> None:
    """What was kept of imports: the lines about them."""
    rows = ImportRow.objects.annotate(told=Cast("plan", TextField()), came=Cast("cells", TextField()))
    about = Q(plan__member_id=member.pk) | Q(label=name)
    if email:
        about |= Q(told__icontains=email) | Q(came__icontains=email)
    ImportRow.objects.filter(pk__in=list(rows.filter(about).values_list("pk", flat=True))).delete()


def _close_account(user: User) -> None:
    """Their login opens this organisation no more; where it opens no other, it is nobody's from now on."""
    Access.objects.filter(user=user, organisation_id=current_organisation_id()).delete()
    if Access.objects.filter(user=user).exists():
        return
    forget_account(user.email)
    for relation in User._meta.related_objects:
        if relation.related_model._meta.app_label in SIGN_IN:
            manager: Any = relation.related_model._default_manager
            manager.filter(**{relation.field.name: user}).delete()
    user.email, user.name, user.is_active = f"erased-{user.pk}@erased.invalid", "", False
    user.set_unusable_password()
    user.save(update_fields=["email", "name", "is_active", "password"])
