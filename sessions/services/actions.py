"""What somebody of a mentorship has promised to do, and by when."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Participant

from ..models import ActionItem, Session
from .problems import SessionProblem

MOST_OPEN = 50


def people_of(mentorship: Mentorship) -> list[Member]:
    """Who can promise something in it, mentors last."""
    found = Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member").order_by("role", "id")
    return [participant.enrolment.member for participant in found]


def actions_of(mentorship: Mentorship, *, session: Session | None = None) -> list[ActionItem]:
    """What is open in a mentorship, the earliest due first; with a session, also what was promised and done there."""
    items = ActionItem.objects.filter(mentorship=mentorship).select_related("owner")
    shown = Q(done_at=None)
    if session is not None:
        shown |= Q(session=session)
    return list(items.filter(shown).order_by("done_at", "due_on", "id")[: 2 * MOST_OPEN])


def overdue_of(member: Member) -> list[ActionItem]:
    """What this member should have done by now, in mentorships that go on."""
    today = timezone.now().astimezone(member.zone).date()
    items = ActionItem.objects.filter(owner=member, done_at=None, due_on__lt=today)
    items = items.filter(mentorship__status=Mentorship.Status.ACTIVE)
    return list(items.order_by("due_on", "id")[:5])


@transaction.atomic
def add_action(
    mentorship: Mentorship, *, text: str, owner: Member, due_on: date | None, by: Member, session: Session | None = None
) -> ActionItem:
    """Write down who does what by when."""
    people = {member.pk for member in people_of(mentorship)}
    if by.pk not in people:
        raise PermissionDenied
    if owner.pk not in people:
        raise SessionProblem(_("Only somebody of this mentorship can promise something here."))
    text = " ".join(text.split())
    if not text:
        raise SessionProblem(_("Write what is to be done."))
    # One row more at a time, so that the limit holds.
    Mentorship.objects.select_for_update(no_key=True, of=("self",)).get(pk=mentorship.pk)
    if ActionItem.objects.filter(mentorship=mentorship, done_at=None).count() >= MOST_OPEN:
        raise SessionProblem(_("There are %(n)d open actions already: finish or remove some first.") % {"n": MOST_OPEN})
    return ActionItem.objects.create(
        mentorship=mentorship, session=session, text=text[:300], owner=owner, due_on=due_on, made_by=by
    )


@transaction.atomic
def tick_action(item: ActionItem, *, done: bool, by: Member) -> ActionItem:
    """Say that an action is done, or not after all."""
    item = _locked(item, by)
    if done != bool(item.done_at):
        item.done_at = timezone.now() if done else None
        item.save(update_fields=["done_at"])
    return item


@transaction.atomic
def remove_action(item: ActionItem, *, by: Member) -> None:
    """Take an action off the list for good."""
    _locked(item, by).delete()


def _locked(item: ActionItem, by: Member) -> ActionItem:
    if by.pk not in {member.pk for member in people_of(item.mentorship)}:
        raise PermissionDenied
    found = ActionItem.objects.select_for_update(of=("self",)).filter(pk=item.pk).first()
    if found is None:
        raise SessionProblem(_("Somebody has removed this action meanwhile."))
    return found
