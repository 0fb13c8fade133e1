"""Mentorships of more than two people, of equals, and the meetings of an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows, require
from accounts.services import invitation_link

from .. import emails
from ..models import Enrolment, Mentorship, Participant, Program, Role
from ..signals import mentorship_ended, mentorship_started, participant_joined, participant_left
from .grouping import can_go_on, may_begin, most_of, present
from .lifelines import own_end
from .places import has_mentor, leads_group, locked_enrolments, locked_program, require_running
from .problems import AlreadyMatched, AlreadySettled, MentorFull, ProgramProblem

OPEN = (Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE)


@dataclass(frozen=True)
class Meeting:
    """When and where the people of a mentorship meet at an event; signing up to it was their yes."""

    round: int
    meets_at: datetime
    meets_for: timedelta
    meets_where: str = ""


@transaction.atomic
def offer_group(
    program: Program,
    *,
    seats: Sequence[tuple[Enrolment, str]],
    name: str = "",
    score: float | None = None,
    reasons: Sequence[Any] = (),
    meeting: Meeting | None = None,
    by: Member,
    at: datetime | None = None,
) -> Mentorship:
    """Offer several enrolled members to each other, each in a role, as one mentorship.

    It begins as `grouping.may_begin` says; with a `meeting` at once, and it takes nobody's place then. Raises
    ProgramProblem, MentorFull or AlreadyMatched.
    """
    held = locked_program(program)
    require_running(held)
    found = locked_enrolments(*(enrolment.pk for enrolment, _role in seats))
    people = [(found[enrolment.pk], Role(role)) for enrolment, role in seats if enrolment.pk in found]
    if len(people) != len(seats) or len(found) != len(seats) or len({each.member_id for each, _role in people}) < 2:
        raise ProgramProblem(_("A mentorship needs at least two different people."))
    for enrolment, role in people:
        _require_free(held, enrolment, role, meeting=meeting is not None)
    _require_size(held, [role for _enrolment, role in people])
    offered_at = at or timezone.now()
    mentorship = Mentorship.objects.create(
        program=held,
        name=" ".join(name.split())[:100],
        score=score,
        reasons=list(reasons),
        offered_at=offered_at,
        answer_by=None if meeting else offered_at + held.answer_within,
        status=Mentorship.Status.ACTIVE if meeting else Mentorship.Status.OFFERED,
        started_at=offered_at if meeting else None,
        round=meeting.round if meeting else None,
        meets_at=meeting.meets_at if meeting else None,
        meets_for=meeting.meets_for if meeting else None,
        meets_where=meeting.meets_where if meeting else "",
    )
    yes = Participant.Response.ACCEPTED if meeting else Participant.Response.PENDING
    parts = Participant.objects.bulk_create(
        Participant(
            mentorship=mentorship,
            enrolment=enrolment,
            role=role,
            response=yes,
            responded_at=offered_at if meeting else None,
        )
        for enrolment, role in people
    )
    if meeting:
        mentorship_started.send(Mentorship, mentorship=mentorship)
    elif at is None:
        _ask(mentorship, parts, people=parts, by=by)
    return mentorship


@transaction.atomic
def add_to_group(mentorship: Mentorship, *, enrolment: Enrolment, role: str, by: Member) -> Participant:
    """Ask somebody to join a group that is offered or runs already. Raises ProgramProblem."""
    require(by, "programs.manage")
    program = locked_program(Program(pk=mentorship.program_id))
    require_running(program)
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    mentorship, people = locked(mentorship)
    if mentorship.status not in OPEN:
        raise AlreadySettled(_("This group has ended, so nobody can be added to it."))
    own = next((each for each in people if each.enrolment_id == enrolment.pk), None)
    if own is not None and own.left_at is None:
        raise AlreadyMatched(_("%(name)s is in this group already.") % {"name": enrolment.member.name})
    _require_free(program, enrolment, Role(role), meeting=False)
    _require_size(program, [*(each.role for each in present(people)), role], fewest=False)
    if own is None:
        own = Participant(mentorship=mentorship, enrolment=enrolment)
    # Who comes back is asked anew.
    own.role, own.response, own.responded_at, own.left_at, own.decline_reason = role, "pending", None, None, ""
    own.save()
    mentorship.answer_by = timezone.now() + program.answer_within
    mentorship.save(update_fields=["answer_by"])
    _ask(mentorship, [own], people=[*present(people), own], by=by)
    return own


@transaction.atomic
def leave_group(
    mentorship: Mentorship, *, enrolment: Enrolment, reason: str = "", by: Member | None, at: datetime | None = None
) -> Mentorship:
    """Take somebody out of a group, which goes on as long as two are in it; else it ends. The others are told.

    Somebody may leave at any time, without blame, and admins may take anybody out; `reason` is for admins only. A group
    without anybody to lead it waits for an admin, who is told.
    """
    locked_program(Program(pk=mentorship.program_id))
    mentorship, people = locked(mentorship)
    own = next((each for each in people if each.enrolment_id == enrolment.pk and each.left_at is None), None)
    if own is None or mentorship.status not in OPEN:
        return mentorship
    if by is not None and by.pk != own.enrolment.member_id and not allows(by, "programs.manage"):
        raise PermissionDenied
    was_in_it = own.response == Participant.Response.ACCEPTED
    _take_out(own, reason=reason, at=at)
    staying = present(people)
    if not can_go_on(mentorship, people):
        mentorship.status, mentorship.ended_at = Mentorship.Status.ENDED, at or timezone.now()
        mentorship.end_reason = (reason.strip() or _("Too few were left."))[:300]
        mentorship.save(update_fields=["status", "ended_at", "end_reason"])
        for each in staying:
            emails.no_reminder(each)
        mentorship_ended.send(Mentorship, mentorship=mentorship)
        if at is None:
            emails.mentorship_ended(mentorship, people=[own, *staying], by=by, to=staying)
        return mentorship
    if mentorship.status == Mentorship.Status.ACTIVE and was_in_it:
        participant_left.send(Participant, participant=own)
    after_a_no(mentorship, people, gone=own, at=at)
    if at is None and was_in_it:
        emails.group_left(mentorship, participant=own, others=staying, reason=reason, by=by)
    return mentorship


def after_a_no(
    mentorship: Mentorship, people: Sequence[Participant], *, gone: Participant, at: datetime | None
) -> None:
    """What follows when a group goes on without somebody: an admin looks for a leader, or it can begin now."""
    if mentorship.status == Mentorship.Status.OFFERED and may_begin(mentorship, people):
        begin(mentorship, people, at=at)
    if gone.role == Role.MENTOR and not any(each.role == Role.MENTOR for each in present(people)):
        mentorship.check_reason = _("Nobody leads it any more: %(name)s has left.") % {
            "name": gone.enrolment.member.name
        }
        mentorship.check_since = at or timezone.now()
        mentorship.save(update_fields=["check_reason", "check_since"])


def begin(mentorship: Mentorship, people: Sequence[Participant], *, at: datetime | None) -> None:
    """Enough have said yes. Those who haven't answered yet may still join."""
    mentorship.status, mentorship.started_at = Mentorship.Status.ACTIVE, at or timezone.now()
    mentorship.planned_end = mentorship.planned_end or own_end(mentorship, people)
    mentorship.save(update_fields=["status", "started_at", "planned_end"])
    mentorship_started.send(Mentorship, mentorship=mentorship)
    if at is None:
        here = [each for each in present(people) if each.response == Participant.Response.ACCEPTED]
        emails.mentorship_started(mentorship, people=here)


def join(
    mentorship: Mentorship, participant: Participant, others: Sequence[Participant], *, at: datetime | None
) -> None:
    """Somebody has said yes to a group that runs already."""
    if participant.role == Role.MENTOR and mentorship.check_reason:
        mentorship.check_reason, mentorship.check_since = "", None
        mentorship.save(update_fields=["check_reason", "check_since"])
    participant_joined.send(Participant, participant=participant)
    if at is None:
        emails.mentorship_started(mentorship, people=[participant, *others], to=[participant])
        emails.group_joined(mentorship, participant=participant, others=others)


def free_seat(
    mentorship: Mentorship, participant: Participant, people: Sequence[Participant], *, at: datetime | None
) -> None:
    """A no to a group that goes on without whoever said it: their seat is free again, and programme admins are told."""
    participant.left_at = at or timezone.now()
    participant.save(update_fields=["left_at"])
    if at is None:
        emails.group_seat_free(mentorship, participant=participant, others=present(people))
    after_a_no(mentorship, people, gone=participant, at=at)


@transaction.atomic
def lapse_seats(*, now: datetime | None = None) -> int:
    """Free the seats of those who never answered a group that has begun without them. Returns how many."""
    now = now or timezone.now()
    late = Participant.objects.present().filter(
        response=Participant.Response.PENDING,
        mentorship__status=Mentorship.Status.ACTIVE,
        mentorship__answer_by__lte=now,
    )
    found = list(
        late.select_for_update(no_key=True, of=("self",)).select_related("mentorship__program", "enrolment__member")
    )
    for each in found:
        each.left_at = now
        each.save(update_fields=["left_at"])
        people = Participant.objects.met().filter(mentorship=each.mentorship).select_related("enrolment__member")
        emails.group_seat_free(each.mentorship, participant=each, others=list(people))
    return len(found)


def locked(mentorship: Mentorship) -> tuple[Mentorship, list[Participant]]:
    """The mentorship, held, and all who were ever asked."""
    held = (
        Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=mentorship.pk)
    )
    return held, list(Participant.objects.filter(mentorship=held).select_related("enrolment__member"))


def links_for(mentorship: Mentorship, members: Iterable[Member], *, by: Member) -> dict[int, str]:
    """An answer needs a login, so the letter brings one to those who have none."""
    page = emails.path("programs:respond", mentorship.pk)
    return {
        member.pk: invitation_link(member, by=by, next_path=page)
        for member in members
        if member.user_id is None and member.email and not member.has_left
    }


def _take_out(participant: Participant, *, reason: str, at: datetime | None) -> None:
    participant.left_at = at or timezone.now()
    if participant.response == Participant.Response.PENDING:
        participant.response, participant.responded_at = Participant.Response.DECLINED, participant.left_at
    participant.decline_reason = reason.strip()[:300]
    participant.save(update_fields=["left_at", "response", "responded_at", "decline_reason"])
    emails.no_reminder(participant)


def _ask(mentorship: Mentorship, asked: Sequence[Participant], *, people: Sequence[Participant], by: Member) -> None:
    links = links_for(mentorship, [each.enrolment.member for each in asked], by=by)
    emails.group_offered(mentorship, people=people, to=asked, links=links)


def _require_free(program: Program, enrolment: Enrolment, role: Role, *, meeting: bool) -> None:
    name = enrolment.member.name
    if enrolment.program_id != program.pk:
        raise ProgramProblem(_("These people are not enrolled in the same programme."))
    if enrolment.status != Enrolment.Status.ACTIVE:
        raise ProgramProblem(_("%(name)s is not enrolled any more.") % {"name": name})
    if enrolment.role not in (role, Role.PEER):
        raise ProgramProblem(_("%(name)s has signed up in another role.") % {"name": name})
    if meeting:
        return
    if role == Role.MENTOR and leads_group(enrolment):
        raise MentorFull(_("%(name)s has a group or an offer already.") % {"name": name})
    if role != Role.MENTOR and has_mentor(enrolment):
        raise AlreadyMatched(_("%(name)s is in a group or has an offer already.") % {"name": name})


def _require_size(program: Program, roles: Sequence[str], *, fewest: bool = True) -> None:
    others, most = sum(role != Role.MENTOR for role in roles), most_of(program)
    if most is not None and others > most:
        raise ProgramProblem(_("A group of this programme takes at most %(most)d.") % {"most": most})
    if fewest and not others:
        raise ProgramProblem(_("Somebody has to lead it, and somebody to be in it."))
