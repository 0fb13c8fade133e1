"""Signing up, being approved, waiting for a place, and leaving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows, require
from accounts.services import skills_named
from mentoring.tenancy.clock import today

from .. import answers as answering
from .. import emails
from ..models import Answer, Enrolment, EnrolmentSkill, Mentorship, Program, Question, Role
from ..signals import answers_changed, enrolment_ended
from .approving import approver_of, ask_approver, is_approver, require_approver
from .mentorships import end_because_somebody_left
from .places import (
    TAKEN_UP,
    has_mentor,
    locked_enrolments,
    locked_program,
    places_free,
    places_taken,
    require_running,
    why_closed,
    why_not,
)
from .problems import AlreadyEnrolled, AlreadySettled, NotEligible, ProgramProblem

MOST_SKILLS = 20


@transaction.atomic
def enrol(
    program: Program,
    member: Member,
    *,
    role: str,
    by: Member,
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
    free_hours: Sequence[Sequence[int]] = (),
    capacity: int | None = None,
    hours_per_month: int | None = None,
    goal: str = "",
    preference: str = "",
    note: str = "",
    answers: Mapping[int, Any] | None = None,
    tier: int | None = None,
    nomination: str = "",
    despite: str = "",
    at: datetime | None = None,
) -> Enrolment:
    """Sign a member up: enrolled at once, to be approved, or on the waiting list, as the programme has it.

    What a programme admin enters needs no approval and may come after sign-up has closed. `nomination` says why
    somebody else should take part, `despite` why an admin lets somebody in for whom the programme is not meant. `at` is for history that is brought along: it sets the dates, and nobody is written
    to. Raises NotEligible or AlreadyEnrolled.
    """
    program = locked_program(program)
    is_managed = allows(by, "programs.manage")
    if by.pk != member.pk and not (nomination and may_nominate(program, member, by=by)):
        require(by, "programs.manage")
    require_running(program)
    if not is_managed and (closed := why_closed(program)):
        raise NotEligible(closed)
    despite = despite.strip() if is_managed else ""
    if at is None and (refusal := why_not(program, member, role=role, despite_rules=bool(despite))):
        raise NotEligible(refusal)
    enrolment = Enrolment.objects.filter(program=program, member=member).first()
    if enrolment is not None and enrolment.status in TAKEN_UP:
        raise AlreadyEnrolled(_("%(name)s has signed up already.") % {"name": member.name})
    if enrolment is not None and enrolment.status == Enrolment.Status.DECLINED and not is_managed:
        raise NotEligible(_("This sign-up was not accepted. Please ask the programme admin."))
    enrolment = enrolment or Enrolment(program=program, member=member)
    # The same objects, so that nothing is loaded again to write to them.
    enrolment.program, enrolment.member = program, member
    enrolment.role = role
    enrolment.applied_at = at or timezone.now()
    enrolment.ended_at = enrolment.decided_by = None
    enrolment.decision_reason = ""
    _fill(enrolment, capacity, hours_per_month, languages, free_hours, goal, preference, note)
    enrolment.tier = _tier(program, tier)
    enrolment.nominated_by = by if nomination else None
    enrolment.nomination = nomination.strip()
    # A reason is kept only where one was needed.
    enrolment.let_in_because = despite if despite and why_not(program, member, role=role) else ""
    needs_approval = program.needs_approval and program.hired_within is None and not is_managed
    if nomination and is_approver(program, member, by=by):
        # Whoever has to say yes has said it.
        needs_approval, enrolment.decided_by = False, by
    enrolment.status = Enrolment.Status.APPLIED if needs_approval else _status_for(program, role)
    if enrolment.status == Enrolment.Status.ACTIVE:
        enrolment.joined_at = enrolment.joined_at or enrolment.applied_at
    enrolment.save()
    enrolment.skills.all().delete()
    _write_skills(enrolment, skills)
    _write_answers(enrolment, answers)
    if at is None:
        emails.signed_up(enrolment, by=by, approver=approver_of(enrolment))
        ask_approver(enrolment)
    return enrolment


@transaction.atomic
def nominate(program: Program, member: Member, *, role: str, reason: str, by: Member) -> Enrolment:
    """Put somebody forward, with the reason that programme admins read. Their manager's word needs approval, an admin's none."""
    if not may_nominate(program, member, by=by):
        raise PermissionDenied
    if not reason.strip():
        raise ProgramProblem(_("Say why this person should take part."))
    return enrol(program, member, role=role, by=by, nomination=reason)


def may_nominate(program: Program, member: Member, *, by: Member) -> bool:
    """Where people are nominated: programme admins anybody, managers those who report to them."""
    return program.takes_nominations and (allows(by, "programs.manage") or member.manager_id == by.pk)


def takes_mentees(enrolment: Enrolment) -> bool:
    """Whether somebody in this role has mentees, and so a number of them."""
    part = enrolment.program.parts.get(enrolment.role)
    return enrolment.role == Role.MENTOR or (part is not None and part.capacity is not None)


def stays_open(enrolment: Enrolment) -> bool:
    """Whether what was said at sign-up is of use after the first match, too."""
    return takes_mentees(enrolment) or enrolment.program.kind.several


@transaction.atomic
def change_sign_up(
    enrolment: Enrolment,
    *,
    by: Member,
    skills: Sequence[str],
    languages: Sequence[str] = (),
    free_hours: Sequence[Sequence[int]] = (),
    capacity: int | None = None,
    hours_per_month: int | None = None,
    goal: str = "",
    preference: str = "",
    note: str = "",
    answers: Mapping[int, Any] | None = None,
    tier: int | None = None,
) -> Enrolment:
    """Change what somebody said when signing up: a mentee until they have a mentor, a mentor at any time."""
    program = locked_program(enrolment.program)
    require_running(program)
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    if by.pk != enrolment.member_id:
        require(by, "programs.manage")
    if enrolment.status not in TAKEN_UP:
        raise AlreadySettled(_("This sign-up has ended. Sign up again to take part."))
    if not stays_open(enrolment) and has_mentor(enrolment):
        raise AlreadySettled(_("You have a mentor already, so these answers are no longer used."))
    taken = places_taken(enrolment)
    if capacity is not None and capacity < taken:
        raise ProgramProblem(
            _("You have %(taken)d mentees or offers already, so you can’t take fewer.") % {"taken": taken}
        )
    had = enrolment.capacity, enrolment.hours_per_month
    _fill(enrolment, capacity, hours_per_month, languages, free_hours, goal, preference, note)
    enrolment.tier = _tier(program, tier) if tier is not None else enrolment.tier
    enrolment.save()
    # What a mentor said of how well they know a skill stays with it.
    levels = dict(enrolment.skills.values_list("skill_id", "level"))
    enrolment.skills.all().delete()
    _write_skills(enrolment, skills, levels=levels)
    _write_answers(enrolment, answers)
    answers_changed.send(Enrolment, enrolment=enrolment, had=had)
    return enrolment


@transaction.atomic
def approve(enrolment: Enrolment, *, by: Member, at: datetime | None = None) -> Enrolment:
    """Give a place, or a place on the waiting list. Approving what is enrolled or waiting changes nothing."""
    program = locked_program(enrolment.program)
    require_running(program)
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    if enrolment.status in (Enrolment.Status.ACTIVE, Enrolment.Status.WAITING):
        return enrolment
    require_approver(enrolment, by)
    if enrolment.status == Enrolment.Status.WITHDRAWN:
        raise AlreadySettled(_("%(name)s has withdrawn meanwhile.") % {"name": enrolment.member.name})
    enrolment.status = _status_for(program, enrolment.role)
    enrolment.decided_by, enrolment.decision_reason, enrolment.ended_at = by, "", None
    if enrolment.status == Enrolment.Status.ACTIVE:
        enrolment.joined_at = enrolment.joined_at or at or timezone.now()
    enrolment.save(update_fields=["status", "decided_by", "decision_reason", "ended_at", "joined_at"])
    emails.no_approval_needed(enrolment)
    if at is None:
        emails.place_given(enrolment)
    return enrolment


def approve_all(enrolments: Iterable[Enrolment], *, by: Member) -> int:
    """Approve several, first come first served. Returns how many were approved; who has withdrawn is left out."""
    approved = 0
    for enrolment in sorted(enrolments, key=lambda each: (each.applied_at, each.pk)):
        if enrolment.status == Enrolment.Status.APPLIED:
            try:
                approve(enrolment, by=by)
            except AlreadySettled:
                continue
            approved += 1
    return approved


@transaction.atomic
def decline_enrolment(enrolment: Enrolment, *, reason: str, by: Member) -> Enrolment:
    """Say no to a sign-up, with a reason that the member reads."""
    program = locked_program(enrolment.program)
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    require_approver(enrolment, by)
    if enrolment.status == Enrolment.Status.DECLINED:
        return enrolment
    if enrolment.status not in (Enrolment.Status.APPLIED, Enrolment.Status.WAITING):
        raise AlreadySettled(_("%(name)s is no longer waiting for an answer.") % {"name": enrolment.member.name})
    enrolment.status, enrolment.decided_by = Enrolment.Status.DECLINED, by
    enrolment.decision_reason, enrolment.ended_at = reason.strip(), timezone.now()
    enrolment.save(update_fields=["status", "decided_by", "decision_reason", "ended_at"])
    emails.no_approval_needed(enrolment)
    emails.sign_up_declined(enrolment)
    enrolment_ended.send(Enrolment, enrolment=enrolment)
    move_up(program)
    return enrolment


@transaction.atomic
def withdraw(enrolment: Enrolment, *, by: Member | None, at: datetime | None = None) -> Enrolment:
    """Leave a programme: open mentorships end without blame, and the waiting list moves up.

    Without `by`, it is the platform that takes out somebody whose employment has ended.
    """
    program = locked_program(enrolment.program)
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    if by is not None and by.pk != enrolment.member_id:
        require(by, "programs.manage")
    # Who was in a programme when it closed has taken part to its end.
    if enrolment.status not in TAKEN_UP or program.status == Program.Status.CLOSED:
        return enrolment
    enrolment.status, enrolment.ended_at = Enrolment.Status.WITHDRAWN, at or timezone.now()
    enrolment.save(update_fields=["status", "ended_at"])
    emails.no_approval_needed(enrolment)
    involved = Mentorship.objects.taking_places().filter(participants__enrolment=enrolment).order_by("pk")
    for mentorship in list(involved):
        end_because_somebody_left(mentorship, enrolment=enrolment, by=by, at=at)
    if at is None and by is not None and by.pk != enrolment.member_id:
        emails.taken_out(enrolment)
    enrolment_ended.send(Enrolment, enrolment=enrolment)
    move_up(program)
    return enrolment


def withdraw_leavers() -> int:
    """Take out everybody whose employment is over. Returns how many."""
    left = Enrolment.objects.filter(status__in=TAKEN_UP, ended_at__isnull=True, member__left_on__lt=today()).exclude(
        program__status=Program.Status.CLOSED
    )
    leavers = list(left.select_related("program", "member"))
    for enrolment in leavers:
        withdraw(enrolment, by=None)
    return len(leavers)


def move_up(program: Program) -> list[Enrolment]:
    """Give free places to those who have waited longest, and tell them. The programme must be locked."""
    waiting = Enrolment.objects.filter(program=program, status=Enrolment.Status.WAITING).exclude(role=Role.MENTOR)
    free = places_free(program)
    moved = list(waiting.select_for_update(no_key=True, of=("self",)).select_related("member", "program")[:free])
    now = timezone.now()
    for enrolment in moved:
        enrolment.status, enrolment.joined_at = Enrolment.Status.ACTIVE, enrolment.joined_at or now
        enrolment.save(update_fields=["status", "joined_at"])
        emails.place_given(enrolment, waited=True)
    return moved


def _status_for(program: Program, role: str) -> str:
    if role != Role.MENTOR and places_free(program) == 0:
        return Enrolment.Status.WAITING
    return Enrolment.Status.ACTIVE


def _tier(program: Program, tier: int | None) -> int | None:
    if tier is not None and not 0 <= tier < len(program.tiers or ()):
        raise ProgramProblem(_("This programme has no such tier."))
    return tier


def _fill(
    enrolment: Enrolment,
    capacity: int | None,
    hours_per_month: int | None,
    languages: Sequence[str],
    free_hours: Sequence[Sequence[int]],
    goal: str,
    preference: str,
    note: str,
) -> None:
    mentors = takes_mentees(enrolment)
    if mentors:
        enrolment.capacity = capacity if capacity is not None else enrolment.program.default_capacity
    else:
        enrolment.capacity = 0
    enrolment.hours_per_month = hours_per_month if mentors else None
    enrolment.languages = list(languages)
    enrolment.free_hours = [list(window) for window in free_hours]
    enrolment.goal, enrolment.preference, enrolment.note = goal.strip(), preference, note.strip()


def _write_skills(
    enrolment: Enrolment, names: Sequence[str], *, levels: Mapping[int, int | None] | None = None
) -> None:
    found = {skill.pk: skill for skill in skills_named(list(names)[:MOST_SKILLS])}
    EnrolmentSkill.objects.bulk_create(
        EnrolmentSkill(enrolment=enrolment, skill=skill, rank=rank, level=(levels or {}).get(skill.pk))
        for rank, skill in enumerate(found.values())
    )


def _write_answers(enrolment: Enrolment, answers: Mapping[int, Any] | None) -> None:
    if answers is None:
        return
    questions = list(Question.objects.filter(program=enrolment.program, audience__in=["both", enrolment.role]))
    if answers.keys() - {each.pk for each in questions}:
        raise ProgramProblem(_("One of these questions isn’t asked on this sign-up page any more."))
    # What follows from an answer that wasn't given is not kept.
    asked = answering.asked(questions, answers)
    Answer.objects.filter(enrolment=enrolment, question_id__in=list(answers)).delete()
    Answer.objects.bulk_create(
        Answer(enrolment=enrolment, question_id=question_id, value=value)
        for question_id, value in answers.items()
        if question_id in asked and value not in answering.NOTHING
    )
