"""Mentorships: offered, accepted or declined by each side, and ended without blame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, Skill
from accounts.rules import allows

from .. import emails
from ..models import Enrolment, Mentorship, Participant, Program, Role
from ..signals import mentorship_ended
from .grouping import is_group, is_led, may_begin, present
from .groups import begin, free_seat, join, leave_group, links_for
from .lifelines import earlier_of
from .places import has_mentor, locked_enrolments, locked_program, places_taken, require_running
from .problems import AlreadyMatched, AlreadySettled, MentorFull, ProgramProblem

OPEN = (Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE)


@transaction.atomic
def offer_mentorship(
    program: Program,
    *,
    mentor: Enrolment,
    mentee: Enrolment,
    score: float | None = None,
    reasons: Sequence[Any] = (),
    instead_of: Mentorship | None = None,
    topic: Skill | None = None,
    tier: int | None = None,
    by: Member,
    at: datetime | None = None,
) -> Mentorship:
    """Offer two enrolled members to each other; it takes one of the mentor's places until somebody says no.

    Each of `reasons` is a sentence, or a mapping with a sentence under "text" and a "tone" (for, against, unknown);
    members read those that speak for the pair. `instead_of` is a running mentorship of the mentee that goes on
    meanwhile, with its place; whoever offers ends it when the new one begins. With a `topic` the mentee may have other
    mentors for other topics. Raises MentorFull or AlreadyMatched.
    """
    # Held, so that it can't be closed meanwhile and no two who offer wait for each other's people.
    held = locked_program(program)
    require_running(held)
    # Both rows are held, so that of any number of offers at once only as many succeed as there are places.
    found = locked_enrolments(mentor.pk, mentee.pk)
    mentor, mentee = found[mentor.pk], found[mentee.pk]
    if mentor.program_id != program.pk or mentee.program_id != program.pk:
        raise ProgramProblem(_("These two are not enrolled in the same programme."))
    if (
        mentor.role not in (Role.MENTOR, Role.PEER)
        or mentee.role not in (Role.MENTEE, Role.PEER)
        or mentor.member_id == mentee.member_id
    ):
        raise ProgramProblem(_("A mentorship needs a mentor and a mentee."))
    for enrolment in (mentor, mentee):
        if enrolment.status != Enrolment.Status.ACTIVE:
            raise ProgramProblem(_("%(name)s is not enrolled any more.") % {"name": enrolment.member.name})
    if has_mentor(mentee, apart_from=instead_of, topic=topic):
        raise AlreadyMatched(_("%(name)s has a mentor or an offer already.") % {"name": mentee.member.name})
    # Where all are alike, nobody was asked how many they take.
    if places_taken(mentor) >= (mentor.capacity or (held.default_capacity if mentor.role == Role.PEER else 0)):
        raise MentorFull(_("%(name)s has no place left for another mentee.") % {"name": mentor.member.name})
    offered_at = at or timezone.now()
    mentorship = Mentorship.objects.create(
        program=mentor.program,
        score=score,
        reasons=list(reasons),
        offered_at=offered_at,
        answer_by=offered_at + held.answer_within,
        topic=topic,
        tier=tier,
        follows=earlier_of(mentee),
    )
    Participant.objects.bulk_create(
        Participant(mentorship=mentorship, enrolment=enrolment, role=role)
        for enrolment, role in ((mentor, Role.MENTOR), (mentee, Role.MENTEE))
    )
    if at is None:
        # An answer needs a login, so the letter brings one.
        links = links_for(mentorship, (mentor.member, mentee.member), by=by)
        emails.mentorship_offered(mentorship, mentor=mentor.member, mentee=mentee.member, links=links)
    return mentorship


@transaction.atomic
def accept(participant: Participant, *, by: Member, at: datetime | None = None) -> Mentorship:
    """Say yes. Once everybody has, the mentorship is active; a group once enough have, and whoever is later joins."""
    mentorship, participant, others = _own_part(participant, by=by)
    if participant.response == Participant.Response.ACCEPTED:
        return mentorship
    has_begun = mentorship.status == Mentorship.Status.ACTIVE and is_group(mentorship.program, [participant, *others])
    if not has_begun:
        _require_offered(mentorship)
    participant.response, participant.responded_at = Participant.Response.ACCEPTED, at or timezone.now()
    participant.save(update_fields=["response", "responded_at"])
    emails.no_reminder(participant)
    if has_begun:
        join(mentorship, participant, _in_it(others), at=at)
    elif may_begin(mentorship, [participant, *others]):
        begin(mentorship, [participant, *others], at=at)
    return mentorship


@transaction.atomic
def decline(participant: Participant, *, reason: str = "", by: Member, at: datetime | None = None) -> Mentorship:
    """Say no. The mentor's place is free again; only programme admins read the reason.

    A group goes on asking the others, as long as two are left, and the seat can be given to somebody else.
    """
    # Whoever frees a place holds the programme, before the mentorship as everywhere.
    locked_program(Program(pk=participant.mentorship.program_id))
    mentorship, participant, others = _own_part(participant, by=by)
    if participant.response == Participant.Response.DECLINED:
        return mentorship
    everybody = [participant, *others]
    goes_on = is_group(mentorship.program, everybody) and len(present(everybody)) > 2
    if not goes_on or mentorship.status != Mentorship.Status.ACTIVE or participant.response != "pending":
        _require_offered(mentorship)
    now = at or timezone.now()
    participant.response, participant.responded_at = Participant.Response.DECLINED, now
    participant.decline_reason = reason.strip()
    participant.save(update_fields=["response", "responded_at", "decline_reason"])
    if goes_on:
        emails.no_reminder(participant)
        free_seat(mentorship, participant, everybody, at=at)
        return mentorship
    others = present(others)
    mentorship.status, mentorship.ended_at = Mentorship.Status.DECLINED, now
    mentorship.save(update_fields=["status", "ended_at"])
    mentorship_ended.send(Mentorship, mentorship=mentorship)
    for each in (participant, *others):
        emails.no_reminder(each)
    if at is None:
        emails.mentorship_declined(mentorship, participant=participant, others=others)
    return mentorship


@transaction.atomic
def end_mentorship(mentorship: Mentorship, *, reason: str = "", by: Member, at: datetime | None = None) -> Mentorship:
    """End an offer or a running mentorship early, without blame; only programme admins read the reason.

    Both stay enrolled, so that the next matching finds them somebody else. One of a group only leaves it; the group ends
    when an admin ends it.
    """
    locked_program(Program(pk=mentorship.program_id))
    mentorship, everybody = _locked(mentorship)
    people = present(everybody)
    if mentorship.status not in OPEN:
        return mentorship
    own = next((each for each in people if each.enrolment.member_id == by.pk), None)
    if own is not None and is_group(mentorship.program, everybody) and not allows(by, "programs.manage"):
        return leave_group(mentorship, enrolment=own.enrolment, reason=reason, by=by, at=at)
    if not any(each.enrolment.member_id == by.pk for each in people) and not allows(by, "programs.manage"):
        raise PermissionDenied
    _end(mentorship, Mentorship.Status.ENDED, reason=reason, at=at)
    if at is None:
        emails.mentorship_ended(mentorship, people=people, by=by)
    return mentorship


@transaction.atomic
def complete_mentorship(mentorship: Mentorship, *, by: Member, at: datetime | None = None) -> Mentorship:
    """Bring an active mentorship to its good end. Raises PermissionDenied for who may not say so for all."""
    mentorship, everybody = _locked(mentorship)
    people = _in_it(everybody)
    if mentorship.status == Mentorship.Status.COMPLETED:
        return mentorship
    if mentorship.status != Mentorship.Status.ACTIVE:
        raise AlreadySettled(_("Only an active mentorship can be completed."))
    if not may_complete(mentorship, people, by=by):
        raise PermissionDenied
    _end(mentorship, Mentorship.Status.COMPLETED, reason="", at=at)
    if at is None:
        emails.mentorship_thanks(mentorship, people=people)
    return mentorship


def may_complete(mentorship: Mentorship, people: Sequence[Participant], *, by: Member) -> bool:
    """Whether somebody may say for all that it is complete: one of a pair, in a circle or a board who leads it."""
    if allows(by, "programs.manage"):
        return True
    own = next((each for each in people if each.enrolment.member_id == by.pk), None)
    return own is not None and (own.role == Role.MENTOR or not is_led(mentorship.program, people))


def end_because_somebody_left(
    mentorship: Mentorship, *, enrolment: Enrolment, by: Member | None, at: datetime | None
) -> None:
    """One of its members has left the programme: it ends, or goes on without them if it is a group.

    The enrolment must be locked.
    """
    mentorship, everybody = _locked(mentorship)
    people = present(everybody)
    if mentorship.status not in OPEN:
        return
    reason = _("%(name)s left the programme.") % {"name": enrolment.member.name}
    if is_group(mentorship.program, everybody):
        leave_group(mentorship, enrolment=enrolment, reason=reason, by=None, at=at)
        return
    _end(mentorship, Mentorship.Status.ENDED, reason=reason, at=at)
    if at is None:
        staying = [each for each in people if each.enrolment_id != enrolment.pk]
        emails.mentorship_ended(mentorship, people=people, by=by, to=staying)


@transaction.atomic
def make_way(mentorship: Mentorship) -> None:
    """End what is still open because its mentee has begun another mentorship instead, without blame, and tell both."""
    mentorship, people = _locked(mentorship)
    if mentorship.status not in OPEN:
        return
    _end(mentorship, Mentorship.Status.ENDED, reason=_("Matched with somebody else."), at=None)
    emails.mentorship_ended(mentorship, people=people, by=None)


def close_mentorship(mentorship: Mentorship, *, at: datetime | None = None) -> None:
    """End what is open when its programme closes: the running are completed with thanks to all in them, the offers end.

    The meetings of an event were many and short, so they bring no letter each.
    """
    mentorship, everybody = _locked(mentorship)
    if mentorship.status == Mentorship.Status.ACTIVE:
        _end(mentorship, Mentorship.Status.COMPLETED, reason="", at=None)
        if at is None and mentorship.round is None:
            emails.mentorship_thanks(mentorship, people=_in_it(everybody))
    elif mentorship.status == Mentorship.Status.OFFERED:
        _end(mentorship, Mentorship.Status.ENDED, reason=_("The programme was closed."), at=None)


def _end(mentorship: Mentorship, status: str, *, reason: str, at: datetime | None) -> None:
    mentorship.status, mentorship.ended_at = status, at or timezone.now()
    mentorship.end_reason = reason.strip()[:300]
    mentorship.save(update_fields=["status", "ended_at", "end_reason"])
    for each in Participant.objects.filter(mentorship=mentorship, response=Participant.Response.PENDING):
        emails.no_reminder(each)
    mentorship_ended.send(Mentorship, mentorship=mentorship)


def _locked(mentorship: Mentorship) -> tuple[Mentorship, list[Participant]]:
    held = (
        Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=mentorship.pk)
    )
    return held, list(Participant.objects.filter(mentorship=held).select_related("enrolment__member"))


def _in_it(people: Sequence[Participant]) -> list[Participant]:
    return [each for each in present(people) if each.response == Participant.Response.ACCEPTED]


def _own_part(participant: Participant, *, by: Member) -> tuple[Mentorship, Participant, list[Participant]]:
    mentorship, people = _locked(participant.mentorship)
    own = next(each for each in people if each.pk == participant.pk)
    if own.enrolment.member_id != by.pk or (own.left_at is not None and own.response != "declined"):
        raise PermissionDenied
    return mentorship, own, [each for each in people if each.pk != own.pk]


def _require_offered(mentorship: Mentorship) -> None:
    if mentorship.status == Mentorship.Status.ACTIVE:
        raise AlreadySettled(_("This mentorship has begun already. You can end it on its page."))
    if mentorship.status != Mentorship.Status.OFFERED:
        raise AlreadySettled(_("This match has been withdrawn meanwhile; there is nothing to answer any more."))
