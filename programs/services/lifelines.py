"""Turns in the life of a mentorship: pauses, a longer time, and what was learnt from one that ended early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows
from mentoring.tenancy.clock import today

from .. import emails
from ..due import day_one
from ..models import Enrolment, Mentorship, MentorshipEvent, Participant, Role
from ..signals import mentorship_paused
from .problems import AlreadySettled, ProgramProblem
from .taking_part import held_by, parts_of, require_active

LONGEST_LESSONS = 4000


@transaction.atomic
def pause(mentorship: Mentorship, *, until: date | None, by: Member) -> Mentorship:
    """Let a mentorship rest, until a day or until somebody resumes it. Sessions that fall into the pause are cancelled."""
    held, people = _held(mentorship, by)
    require_active(held)
    if held.paused_at:
        raise AlreadySettled(_("This mentorship is paused already."))
    if until is not None and until <= today():
        raise ProgramProblem(_("Choose a day after today."))
    held.paused_at, held.resumes_on = timezone.now(), until
    held.save(update_fields=["paused_at", "resumes_on"])
    _remember(held, MentorshipEvent.Kind.PAUSED, by=by, until=until)
    mentorship_paused.send(Mentorship, mentorship=held)
    emails.mentorship_turned(held, people=people, by=by, what="paused", day=until)
    return held


@transaction.atomic
def resume(mentorship: Mentorship, *, by: Member | None) -> Mentorship:
    """Go on after a pause; without `by`, because its last day is over."""
    if by is None:
        found = Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program")
        held, people = found.get(pk=mentorship.pk), parts_of(mentorship)
    else:
        held, people = _held(mentorship, by)
    if held.paused_at is None or held.status != Mentorship.Status.ACTIVE:
        return held
    held.paused_at, held.resumes_on = None, None
    held.save(update_fields=["paused_at", "resumes_on"])
    _remember(held, MentorshipEvent.Kind.RESUMED, by=by)
    emails.mentorship_turned(held, people=people, by=by, what="resumed", day=None)
    return held


def resume_due(*, on: date | None = None) -> int:
    """Resume every mentorship whose pause is over. Returns how many."""
    due = Mentorship.objects.active().filter(paused_at__isnull=False, resumes_on__lte=on or today())
    found = list(due.order_by("pk"))
    for mentorship in found:
        resume(mentorship, by=None)
    return len(found)


def end_of(mentorship: Mentorship) -> date | None:
    """The day on which a mentorship is meant to end."""
    return mentorship.planned_end or mentorship.program.ends_on


def own_end(mentorship: Mentorship, people: Sequence[Participant]) -> date | None:
    """The day on which one that begins is to end, where each has a length of its own; None leaves it to the programme.

    It counts from the first day at work of those who have still to start.
    """
    program = mentorship.program
    if program.own_length is None or mentorship.started_at is None:
        return None
    first = mentorship.started_at.astimezone(program.organisation.zone).date()
    if program.kind.meeting_days:
        first = day_one(first, [each.enrolment.member.hired_on for each in people if each.role != Role.MENTOR])
    last = first + program.own_length
    return last if program.ends_on is None or last < program.ends_on else None


@transaction.atomic
def extend(mentorship: Mentorship, *, to: date, by: Member) -> Mentorship:
    """Move the day on which it is meant to end; earlier or later, but not into the past."""
    held, people = _held(mentorship, by)
    require_active(held)
    if to <= today():
        raise ProgramProblem(_("Choose a day after today."))
    if to == end_of(held):
        return held
    held.planned_end = to
    held.save(update_fields=["planned_end"])
    _remember(held, MentorshipEvent.Kind.EXTENDED, by=by, until=to)
    emails.mentorship_turned(held, people=people, by=by, what="extended", day=to)
    return held


@transaction.atomic
def add_lessons(mentorship: Mentorship, *, text: str, by: Member) -> Mentorship:
    """Write down, for programme admins, what to do otherwise with the next one."""
    held, _people = _held(mentorship, by)
    text = text.strip()
    if text:
        written = _("%(name)s: %(text)s") % {"name": by.name, "text": text}
        held.lessons = f"{held.lessons}\n\n{written}".strip()[:LONGEST_LESSONS]
        held.save(update_fields=["lessons"])
    return held


def earlier_of(mentee: Enrolment) -> Mentorship | None:
    """The last mentorship of somebody in the programme that ended early: the one that the next one follows."""
    parts = Participant.objects.filter(enrolment=mentee, role__in=[Role.MENTEE, Role.PEER])
    ended = Mentorship.objects.filter(
        pk__in=parts.values("mentorship_id"), status=Mentorship.Status.ENDED, started_at__isnull=False
    )
    return ended.order_by("-ended_at", "-pk").first()


def _held(mentorship: Mentorship, by: Member) -> tuple[Mentorship, list[Participant]]:
    """For its people, and for those who run programmes."""
    try:
        return held_by(mentorship, by)
    except PermissionDenied:
        if not allows(by, "programs.manage"):
            raise
    found = Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program")
    return found.get(pk=mentorship.pk), parts_of(mentorship)


def _remember(mentorship: Mentorship, kind: str, *, by: Member | None, until: date | None = None) -> None:
    MentorshipEvent.objects.create(mentorship=mentorship, kind=kind, by=by, until=until)
