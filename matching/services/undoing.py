"""Undoing what was done on the board: the proposals concerned come back as they were."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Program
from programs.services import MentorFull

from ..gathering import mentees_without_mentor, taking_part
from ..models import BoardChange, MatchRun, Proposal
from .board import hold, places_left, scored
from .changes import is_as_kept
from .groups.undoing import bring_back_groups
from .pairs import Scored
from .problems import CannotUndo


@transaction.atomic
def undo(change: BoardChange, *, by: Member) -> BoardChange:
    """Bring the pairs or groups of a change back as they were before it.

    Raises CannotUndo if one of them has changed since or was published, MentorFull if a place has gone meanwhile, and
    Forbidden if a rule now stands in the way.
    """
    program = hold(change.program)
    change = BoardChange.objects.get(pk=change.pk)
    if change.undone_at is not None:
        raise CannotUndo(_("“%(text)s” was undone already.") % {"text": change.text})
    if any(row.get("group") for row in (*change.before, *change.after)):
        bring_back_groups(program, change)
    else:
        _bring_back_pairs(program, change)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    return change


def _bring_back_pairs(program: Program, change: BoardChange) -> None:
    now = _rows_now(program, change)
    old = {row["id"]: row for row in change.before}
    Proposal.objects.filter(pk__in=now.keys() - old.keys()).delete()
    gained = set()
    for row in change.before:
        if _bring_back(program, row, now.get(row["id"])):
            gained.add(row["mentor"])
    if program.kind.arranging != "tiers":
        # In a cascade nobody is only a mentor; what is too much there is told when it is published.
        _require_places(program, gained)


def _rows_now(program: Program, change: BoardChange) -> dict[int, Proposal]:
    """The proposals as the change left them. Raises CannotUndo if they are not like that any more."""
    now = {each.pk: each for each in Proposal.objects.filter(pk__in=[row["id"] for row in change.after])}
    changed = CannotUndo(
        _("“%(text)s” can’t be undone any more: something has been done with these proposals since.")
        % {"text": change.text}
    )
    for row in change.after:
        if row["id"] not in now or not is_as_kept(now[row["id"]], row):
            raise changed
    # In a network a mentee may have another mentor for another topic.
    wanted = {(row["mentee"], row.get("topic")) for row in change.before if row["status"] == Proposal.Status.DRAFT}
    mentees = [mentee for mentee, _topic in wanted]
    others = Proposal.objects.filter(program=program, mentee__in=mentees, status=Proposal.Status.DRAFT)
    if wanted & set(others.exclude(pk__in=now).values_list("mentee_id", "topic_id")):
        raise changed
    return now


def _bring_back(program: Program, row: dict[str, Any], now: Proposal | None) -> bool:
    """Make one proposal again what it was; returns whether its mentor gains a mentee by it."""
    is_new = now is None
    proposal = now or Proposal(
        pk=row["id"], program=program, mentee_id=row["mentee"], topic_id=row.get("topic"), tier=row.get("tier")
    )
    is_draft = row["status"] == Proposal.Status.DRAFT
    is_other = is_new or proposal.status != row["status"] or proposal.mentor_id != row["mentor"]
    if is_draft and is_other:
        pair = _pair(program, row)
        for name, value in pair.as_fields().items() if pair else ():
            setattr(proposal, name, value)
    proposal.mentor_id = row["mentor"]
    for name in ("status", "locked", "by_hand"):
        setattr(proposal, name, row[name])
    proposal.run_id = row["run"] if MatchRun.objects.filter(pk=row["run"]).exists() else None
    for name, model in (("replaces", Mentorship), ("mentorship", Mentorship), ("changed_by", Member)):
        found = row.get(name) and model._default_manager.filter(pk=row[name]).exists()
        setattr(proposal, f"{name}_id", row[name] if found else None)
    # As it was to the last detail, so that what was done before this can be undone as well.
    proposal.changed_at = datetime.fromisoformat(row["changed_at"])
    proposal.save(force_insert=is_new)
    return is_draft and is_other


def _pair(program: Program, row: dict[str, Any]) -> Scored | None:
    """The two as they score now; None in a cascade, where its page turns pairs down and never deletes them."""
    people = Enrolment.objects.select_related("member").in_bulk([row["mentee"], row["mentor"]])
    if len(people) != 2:
        raise CannotUndo(_("One of the two is no longer in this programme."))
    mentee, mentor = people[row["mentee"]], people[row["mentor"]]
    is_waiting = mentees_without_mentor(program).filter(pk=mentee.pk).exists()
    stays = row["replaces"] or program.kind.arranging != "pairs"
    if not is_waiting and not (stays and taking_part(program).filter(pk=mentee.pk).exists()):
        raise CannotUndo(_("%(name)s is not waiting for a mentor any more.") % {"name": mentee.member.name})
    if program.kind.arranging == "tiers":
        return None
    return scored(program, mentee=mentee, mentor=mentor)


def _require_places(program: Program, mentors: set[int]) -> None:
    left = places_left(program)
    full = [mentor for mentor in sorted(mentors) if left.get(mentor, -1) < 0]
    if full:
        name = Enrolment.objects.select_related("member").get(pk=full[0]).member.name
        raise MentorFull(_("%(name)s has no free place any more.") % {"name": name})
