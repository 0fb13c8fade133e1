"""Undoing what was done with suggested groups: they come back as they were, with everybody in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Program

from ...arranging.base import busy_as, free_people
from ...gathering import taking_part
from ...models import BoardChange, GroupProposal, GroupSeat, MatchRun, Proposal
from ..changes import is_as_kept
from ..problems import CannotUndo


def bring_back_groups(program: Program, change: BoardChange) -> None:
    """Make the groups of a change again what they were before it. The programme must be held.

    Raises CannotUndo if one of them has changed since, or if somebody who would come back is not free any more.
    """
    now = {each.pk: each for each in GroupProposal.objects.filter(pk__in=[row["id"] for row in change.after])}
    for row in change.after:
        if row["id"] not in now or not is_as_kept(now[row["id"]], row):
            raise CannotUndo(
                _("“%(text)s” can’t be undone any more: something has been done with these groups since.")
                % {"text": change.text}
            )
    sat = {(row["id"], seat["enrolment"]) for row in change.after for seat in row["seats"]}
    old = {row["id"] for row in change.before}
    GroupSeat.objects.filter(group__in=now.keys()).delete()
    GroupProposal.objects.filter(pk__in=now.keys() - old).delete()
    were_seated = {enrolment for _group, enrolment in sat}
    for row in change.before:
        for seat in row["seats"]:
            if seat["enrolment"] not in were_seated:
                _require_free(program, row, seat)
        _bring_back(program, row, now.get(row["id"]))


def _bring_back(program: Program, row: dict[str, Any], now: GroupProposal | None) -> None:
    group = now or GroupProposal(pk=row["id"], program=program)
    for name in ("name", "score", "reasons", "round", "place", "status", "locked", "by_hand"):
        setattr(group, name, row[name])
    for name, model in (("run", MatchRun), ("mentorship", Mentorship), ("changed_by", Member)):
        found = row[name] and model._default_manager.filter(pk=row[name]).exists()
        setattr(group, f"{name}_id", row[name] if found else None)
    # As it was to the last detail, so that what was done before this can be undone as well.
    group.changed_at = datetime.fromisoformat(row["changed_at"])
    group.save(force_insert=now is None)
    GroupSeat.objects.bulk_create(
        GroupSeat(
            group=group,
            enrolment_id=seat["enrolment"],
            role=seat["role"],
            score=seat["score"],
            reasons=seat["reasons"],
        )
        for seat in row["seats"]
    )


def _require_free(program: Program, row: dict[str, Any], seat: dict[str, Any]) -> None:
    person = Enrolment.objects.select_related("member").filter(pk=seat["enrolment"]).first()
    if person is None:
        raise CannotUndo(_("Somebody who was in it is no longer in this programme."))
    seats = GroupSeat.objects.filter(
        enrolment=person, group__program=program, group__status=Proposal.Status.DRAFT, group__round=row["round"]
    )
    if row["round"] is None:
        is_free = person.pk in free_people(program, [person.role], busy_as=busy_as(seat["role"]))
    else:
        is_free = taking_part(program).filter(pk=person.pk).exists()
    if not is_free or seats.exists():
        raise CannotUndo(_("%(name)s is not waiting any more.") % {"name": person.member.name})
