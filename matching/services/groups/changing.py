"""What an admin does with suggested groups before they are published. Whoever writes here holds the programme."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Participant, Program, Role
from programs.services import most_of

from ...arranging.base import busy_as, free_people
from ...models import GroupProposal, GroupSeat, Proposal
from ..board import hold
from ..changes import kept_groups, record
from ..problems import MatchingProblem, ProposalChanged
from .forbidding import Part, require_allowed, seats_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class GroupChanged(ProposalChanged):
    """Somebody else, or a run, has changed the group since it was looked at."""


def token_of(group: GroupProposal) -> str:
    """Names a group as it was when the page was made, so that a change in between is noticed."""
    return f"{group.pk}-{(group.changed_at - _EPOCH) // timedelta(microseconds=1)}"


def group_seen(program: Program, token: str) -> GroupProposal:
    """The suggestion that a token names. Raises GroupChanged if it isn't any more what was seen."""
    number = token.partition("-")[0]
    drafts = GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    found = drafts.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None or token_of(found) != token:
        raise GroupChanged
    return found


@transaction.atomic
def make_group(program: Program, *, name: str, by: Member) -> GroupProposal:
    """An empty group, for an admin to put people into."""
    program = hold(program)
    group = GroupProposal.objects.create(
        program=program, name=_tidy(name), by_hand=True, locked=True, changed_by=by, changed_at=timezone.now()
    )
    _record(_("Made %(group)s") % {"group": _called(group)}, [], [group], by=by)
    return group


@transaction.atomic
def name_group(group: GroupProposal, *, name: str, by: Member) -> GroupProposal:
    group = _held(group)
    before, was = kept_groups([group]), _called(group)
    group.name = _tidy(name)
    _changed(group, by=by, fields=["name"])
    _record(_("Called %(was)s “%(group)s”") % {"was": was, "group": _called(group)}, before, [group], by=by)
    return group


@transaction.atomic
def lock_group(group: GroupProposal, *, locked: bool, by: Member) -> GroupProposal:
    """Keep a group as it is when matching runs again, or let the next run find something better."""
    group = _held(group)
    before = kept_groups([group])
    group.locked = locked
    _changed(group, by=by, fields=["locked"])
    text = _("Locked %(group)s") if locked else _("Unlocked %(group)s")
    _record(text % {"group": _called(group)}, before, [group], by=by)
    return group


@transaction.atomic
def dissolve(group: GroupProposal, *, by: Member) -> None:
    """Take a suggested group apart; its people wait again."""
    group = _held(group)
    before, program, text = kept_groups([group]), group.program, _("Took %(group)s apart") % {"group": _called(group)}
    group.delete()
    record(program, text, before=before, after=[], by=by)


@transaction.atomic
def add_seat(group: GroupProposal, *, enrolment: Enrolment, role: str = "", by: Member) -> GroupProposal:
    """Put somebody who waits into a group, and lock it. Raises Forbidden or MatchingProblem."""
    group = _held(group)
    role = role or enrolment.role
    if enrolment.role not in (role, Role.PEER):
        raise MatchingProblem(_("%(name)s has signed up in another role.") % {"name": enrolment.member.name})
    taken = GroupSeat.objects.filter(
        enrolment=enrolment, group__status=Proposal.Status.DRAFT, group__program=group.program
    )
    if taken.filter(group__round=group.round).exists():
        raise MatchingProblem(_("%(name)s is in a group already. Move them instead.") % {"name": enrolment.member.name})
    if enrolment.pk not in free_people(group.program, [enrolment.role], busy_as=busy_as(role)):
        raise MatchingProblem(_("%(name)s is not waiting any more.") % {"name": enrolment.member.name})
    _require_room(group, role)
    require_allowed(group.program, newcomer=Part(enrolment.pk, role), others=seats_of(group))
    before = kept_groups([group])
    GroupSeat.objects.create(group=group, enrolment=enrolment, role=role)
    group.by_hand = group.locked = True
    _changed(group, by=by, fields=["by_hand", "locked"])
    text = _("Put %(name)s into %(group)s") % {"name": enrolment.member.name, "group": _called(group)}
    _record(text, before, [group], by=by)
    return group


@transaction.atomic
def remove_seat(group: GroupProposal, *, enrolment: Enrolment, by: Member) -> GroupProposal:
    """Take somebody out of a suggested group; they wait again."""
    group = _held(group)
    before = kept_groups([group])
    text = _("Took %(name)s out of %(group)s") % {"name": enrolment.member.name, "group": _called(group)}
    GroupSeat.objects.filter(group=group, enrolment=enrolment).delete()
    group.by_hand = True
    _changed(group, by=by, fields=["by_hand"])
    _record(text, before, [group], by=by)
    return group


@transaction.atomic
def move_seat(group: GroupProposal, *, enrolment: Enrolment, to: GroupProposal, by: Member) -> GroupSeat:
    """Move somebody from one suggested group to another, and lock both.

    Raises Forbidden, MatchingProblem or GroupChanged.
    """
    program = hold(group.program)
    group, to = _as_seen(group), _as_seen(to)
    seat = GroupSeat.objects.filter(group=group, enrolment=enrolment).first()
    if seat is None or to.program_id != program.pk:
        raise GroupChanged
    if group.pk == to.pk:
        return seat
    _require_room(to, seat.role)
    if GroupSeat.objects.filter(group=to, enrolment=enrolment).exists():
        raise MatchingProblem(_("%(name)s is in that group already.") % {"name": enrolment.member.name})
    require_allowed(program, newcomer=Part(enrolment.pk, seat.role), others=seats_of(to))
    before = kept_groups([group, to])
    text = _("Moved %(name)s to %(group)s") % {"name": enrolment.member.name, "group": _called(to)}
    # Their score was with those whom they leave.
    seat.group, seat.score = to, None
    seat.save(update_fields=["group", "score"])
    for each in (group, to):
        each.by_hand = each.locked = True
        _changed(each, by=by, fields=["by_hand", "locked"])
    _record(text, before, [group, to], by=by)
    return seat


def people_without_group(program: Program) -> Any:
    """Enrolments that are free and in no suggested group."""
    seats = GroupSeat.objects.filter(group__program=program, group__status=Proposal.Status.DRAFT)
    free = free_people(program, [Role.MENTEE, Role.PEER], busy_as=[Role.MENTEE, Role.PEER])
    free |= free_people(program, [Role.MENTOR], busy_as=[Role.MENTOR])
    return (
        Enrolment.objects.filter(pk__in=free)
        .exclude(pk__in=seats.values("enrolment_id"))
        .select_related("member")
        .order_by("-role", "member__family_name", "member__given_name", "pk")
    )


def take_back_seats(enrolment: Enrolment) -> None:
    """Somebody has left the programme: their seats in suggestions are free, and groups of one are no groups."""
    seats = GroupSeat.objects.filter(enrolment=enrolment, group__status=Proposal.Status.DRAFT)
    groups = list(seats.values_list("group_id", flat=True))
    seats.delete()
    for group in GroupProposal.objects.filter(pk__in=groups):
        if group.seats.count() < (2 if group.mentorship_id is None else 1):
            group.delete()
        else:
            group.changed_at = timezone.now()
            group.save(update_fields=["changed_at"])


def _require_room(group: GroupProposal, role: str) -> None:
    if group.round is not None:
        raise MatchingProblem(_("A meeting is of two. Take it out of the timetable instead."))
    most = most_of(group.program)
    if role == Role.PEER and most is None:
        most = 3
    if role == Role.MENTOR or most is None:
        return
    taken = GroupSeat.objects.filter(group=group).exclude(role=Role.MENTOR).count()
    if group.mentorship_id is not None:
        here = Participant.objects.present().filter(mentorship=group.mentorship_id)
        taken += here.exclude(role=Role.MENTOR).count()
    if taken >= most:
        raise MatchingProblem(_("This group is full: it takes at most %(most)d.") % {"most": most})


def _called(group: GroupProposal) -> str:
    names = [seat.enrolment.member.name for seat in group.seats.select_related("enrolment__member")]
    return group.name or ", ".join(names) or _("a group without a name")


def _record(text: str, before: list[dict[str, Any]], after: list[GroupProposal], *, by: Member) -> None:
    record(after[0].program, text, before=before, after=kept_groups(after), by=by)


def _tidy(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > 100:
        raise MatchingProblem(_("A name has at most 100 characters."))
    return name


def _held(group: GroupProposal) -> GroupProposal:
    hold(group.program)
    return _as_seen(group)


def _as_seen(group: GroupProposal) -> GroupProposal:
    current = GroupProposal.objects.select_related("program").filter(pk=group.pk).first()
    if current is None or current.status != Proposal.Status.DRAFT or current.changed_at != group.changed_at:
        raise GroupChanged
    return current


def _changed(group: GroupProposal, *, by: Member, fields: list[str]) -> GroupProposal:
    group.changed_by, group.changed_at = by, timezone.now()
    group.save(update_fields=[*fields, "changed_by", "changed_at"])
    return group
