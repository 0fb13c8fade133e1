"""Who may take part in a programme, and how many places are left. Reads only, except for the lock."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member, Skill
from mentoring.tenancy.clock import today

from ..eligibility import Facts, why_not_eligible
from ..models import Enrolment, Mentorship, Participant, Program, Role
from .problems import ProgramProblem

TAKEN_UP = (Enrolment.Status.APPLIED, Enrolment.Status.WAITING, Enrolment.Status.ACTIVE)


def locked_program(program: Program) -> Program:
    """The programme as it is now, held until the transaction ends. Whoever gives, frees or counts places holds it.

    Locks are taken in this order: programme, enrolments by id, mentorship.
    """
    return Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program.pk)


def locked_enrolments(*pks: int) -> dict[int, Enrolment]:
    found = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=pks)
        .order_by("pk")
        .select_related("member", "program")
    )
    return {each.pk: each for each in found}


def places_free(program: Program) -> int | None:
    """Places for mentees, or peers, that nobody has; None when there is no limit."""
    if program.mentee_places is None:
        return None
    taken = Enrolment.objects.filter(program=program).exclude(role=Role.MENTOR).active().count()
    return max(0, program.mentee_places - taken)


def has_mentor(enrolment: Enrolment, *, apart_from: Mentorship | None = None, topic: Skill | int | None = None) -> bool:
    """Whether somebody has a mentor, a peer, or an offer of one; with a `topic`, for that topic.

    Who mentors others as well, as in a cascade, is looked at from below only; a meeting at an event binds nobody.
    """
    open_parts = _open_parts(enrolment).exclude(role=Role.MENTOR)
    if topic is not None:
        open_parts = open_parts.filter(mentorship__topic=topic)
    if apart_from is not None:
        open_parts = open_parts.exclude(mentorship_id=apart_from.pk)
    return open_parts.exists()


def places_taken(enrolment: Enrolment) -> int:
    """Mentorships that are offered or active and take one of this enrolment's places as a mentor."""
    return _open_parts(enrolment).filter(role=Role.MENTOR).count()


def leads_group(enrolment: Enrolment) -> bool:
    """Whether somebody leads a group, or has an offer of one."""
    return _open_parts(enrolment).filter(role=Role.MENTOR).exists()


def _open_parts(enrolment: Enrolment) -> Any:
    return Participant.objects.present().filter(
        enrolment=enrolment, mentorship__status__in=["offered", "active"], mentorship__round__isnull=True
    )


def why_closed(program: Program) -> str:
    """Why nobody can sign up, in a sentence; empty when they can."""
    if program.status == Program.Status.DRAFT:
        return _("This programme has not been launched yet.")
    if program.status == Program.Status.CLOSED:
        return _("This programme is closed.")
    if program.status == Program.Status.RUNNING:
        return _("Sign-up for this programme is closed.")
    if program.ends_on and program.ends_on < today():
        return _("This programme has ended.")
    return ""


def why_not(program: Program, member: Member, *, role: str, despite_rules: bool = False) -> str:
    """Why a member can't take part in a role, in a sentence; empty when they can.

    `despite_rules` leaves out who the programme is meant for: an admin lets somebody in.
    """
    if member.has_left:
        return _("%(name)s no longer works here.") % {"name": member.name}
    if role not in program.parts:
        return _("In this programme nobody takes part as a %(role)s.") % {"role": Role(role).label}
    if role == Role.MENTEE and program.hired_within is not None:
        if member.hired_on is None:
            return _("This programme is for new colleagues, and we don’t know when %(name)s was hired.") % {
                "name": member.name
            }
        days = program.hired_within.days
        if (today() - member.hired_on).days > days:
            return ngettext(
                "As a mentee, this programme is for colleagues hired within the last %(days)d day.",
                "As a mentee, this programme is for colleagues hired within the last %(days)d days.",
                days,
            ) % {"days": days}
    rules = program.eligibility.get(role)
    if not rules or despite_rules:
        return ""
    people = str(program.parts[role].plural)
    return why_not_eligible(rules, Facts.of(member), on=today(), name=member.name, people=people)


def waiting_position(enrolment: Enrolment) -> int | None:
    """Which place somebody has on the waiting list, from 1: whoever signed up first comes first."""
    if enrolment.status != Enrolment.Status.WAITING:
        return None
    ahead = Enrolment.objects.filter(program_id=enrolment.program_id, status=Enrolment.Status.WAITING)
    ahead = ahead.exclude(role=Role.MENTOR).filter(
        Q(applied_at__lt=enrolment.applied_at) | Q(applied_at=enrolment.applied_at, pk__lt=enrolment.pk)
    )
    return ahead.count() + 1


def require_running(program: Program) -> None:
    """Raises unless the programme has been launched and isn't closed."""
    if program.status == Program.Status.DRAFT:
        raise ProgramProblem(_("This programme has not been launched yet."))
    if program.status == Program.Status.CLOSED:
        raise ProgramProblem(_("This programme is closed."))
