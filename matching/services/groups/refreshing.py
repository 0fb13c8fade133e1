"""Suggested groups after people have changed what they said: whom a rule keeps apart by now is taken out again."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from programs.models import Role

from ...models import GroupProposal, GroupSeat, MatchRun, Proposal, Unmatched
from .forbidding import Clash, clashes_of, told

CODE = "unmatched.taken_back"


def take_back_forbidden(run: MatchRun, who: Collection[int]) -> int:
    """Take people out of the suggested groups of these enrolments that a rule forbids by now, with the reason.

    A group of whom one is left is taken apart. What an admin has locked stays: its page flags it, and it isn't offered.
    Returns how many groups that changed. The programme must be held.
    """
    theirs = Q(seats__enrolment__in=who) | Q(
        mentorship__participants__enrolment__in=who, mentorship__participants__left_at__isnull=True
    )
    drafts = GroupProposal.objects.filter(program=run.program, status=Proposal.Status.DRAFT, locked=False)
    touched: set[int] = set()
    while forbidden := clashes_of(run.program, drafts.filter(pk__in=drafts.filter(theirs).values("pk"))):
        for group in GroupProposal.objects.filter(pk__in=forbidden).order_by("pk"):
            _take_out(run, group, forbidden[group.pk], who)
        touched |= forbidden.keys()
    return len(touched)


def _take_out(run: MatchRun, group: GroupProposal, clash: Clash, who: Collection[int]) -> None:
    seats = {seat.enrolment_id: seat for seat in GroupSeat.objects.filter(group=group)}
    # Whoever leads stays; of two peers the one goes of whom something has changed.
    both = [pk for pk in (clash.mentee, clash.mentor) if pk in seats and seats[pk].role != Role.MENTOR]
    goes = min(both, key=lambda pk: (pk not in who, pk))
    why = str(told(clash)).rstrip(".")
    if len(seats) - 1 < (2 if group.mentorship_id is None else 1):
        reasons = dict.fromkeys(seats, _("What was suggested was taken back: %(why)s.") % {"why": why})
        is_meeting = group.round is not None
        group.delete()
        if is_meeting:
            # Both meet others at this event.
            return
    else:
        named = group.name or _("a group")
        reasons = {goes: _("Taken out of %(group)s: %(why)s.") % {"group": named, "why": why}}
        seats[goes].delete()
        group.changed_at = timezone.now()
        group.save(update_fields=["changed_at"])
    for pk, reason in reasons.items():
        Unmatched.objects.update_or_create(
            run=run, mentee_id=pk, defaults={"code": CODE, "reason": reason, "details": {}}
        )
