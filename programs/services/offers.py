"""Offers in time: a reminder the day before the term ends, the end of what nobody answered, and asking for somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, Member
from accounts.services import invitation_link

from .. import emails
from ..models import Mentorship, Participant, Program
from ..signals import mentorship_ended
from .grouping import present
from .places import locked_program
from .problems import AlreadySettled

REMIND_BEFORE = timedelta(days=1)
# The night comes once a day, an hour earlier or later when the clocks change.
NIGHT_TO_NIGHT = timedelta(hours=26)


def remind_of_offers(*, now: datetime | None = None) -> int:
    """Write to everybody who hasn't answered an offer whose term ends soon. Returns how many letters.

    Each is sent a day before the term ends, once, and only to those who still owe their answer.
    """
    now = now or timezone.now()
    silent = (
        Participant.objects.filter(
            response=Participant.Response.PENDING,
            left_at__isnull=True,
            mentorship__status=Mentorship.Status.OFFERED,
            mentorship__answer_by__gt=now,
            mentorship__answer_by__lte=now + REMIND_BEFORE + NIGHT_TO_NIGHT,
            mentorship__program__in=Program.objects.working(),
        )
        .select_related("mentorship__program", "enrolment__member")
        .prefetch_related("mentorship__participants__enrolment__member")
        .order_by("pk")
    )
    written = 0
    for participant in silent:
        mentorship = participant.mentorship
        assert mentorship.answer_by is not None
        due_at = max(now, mentorship.answer_by - REMIND_BEFORE)
        # Who was asked less than a day before needs no reminder.
        if mentorship.offered_at > due_at - REMIND_BEFORE:
            continue
        written += emails.offer_reminder(
            participant,
            others=[each for each in present(mentorship.participants.all()) if each.pk != participant.pk],
            due_at=due_at,
            link=_link(participant),
        )
    return written


def lapse_offers(*, now: datetime | None = None) -> list[Mentorship]:
    """End every offer whose term is over without everybody's yes; the mentor's place is free again, and all are told."""
    now = now or timezone.now()
    late = Mentorship.objects.offered().filter(answer_by__lte=now, program__in=Program.objects.working())
    lapsed = []
    # In the order in which programmes and mentorships are locked everywhere.
    for pk, program in list(late.order_by("program_id", "pk").values_list("pk", "program_id")):
        with transaction.atomic():
            locked_program(Program(pk=program))
            mentorship = Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program")
            held = mentorship.offered().filter(pk=pk, answer_by__lte=now).first()
            if held is not None:
                lapsed.append(_lapse(held, at=now))
    return lapsed


def _lapse(mentorship: Mentorship, *, at: datetime) -> Mentorship:
    people = list(Participant.objects.present().filter(mentorship=mentorship).select_related("enrolment__member"))
    mentorship.status, mentorship.ended_at = Mentorship.Status.DECLINED, at
    mentorship.end_reason = _("Not answered in time.")
    mentorship.save(update_fields=["status", "ended_at", "end_reason"])
    mentorship_ended.send(Mentorship, mentorship=mentorship)
    emails.mentorship_lapsed(mentorship, people=people)
    return mentorship


@transaction.atomic
def ask_for_change(participant: Participant, *, reason: str = "", by: Member) -> Participant:
    """Ask, in confidence, for somebody else; only programme admins learn of it, and the mentorship goes on meanwhile."""
    participant = _held(participant, by=by)
    if participant.mentorship.status != Mentorship.Status.ACTIVE:
        raise AlreadySettled(_("Only in an active mentorship can you ask for somebody else."))
    is_first = participant.change_asked_at is None
    participant.change_asked_at = participant.change_asked_at or timezone.now()
    participant.change_reason = reason.strip()[:300]
    participant.save(update_fields=["change_asked_at", "change_reason"])
    if is_first:
        emails.change_asked(participant)
    return participant


@transaction.atomic
def take_back_change(participant: Participant, *, by: Member) -> Participant:
    """Stay with each other after all."""
    participant = _held(participant, by=by)
    participant.change_asked_at, participant.change_reason = None, ""
    participant.save(update_fields=["change_asked_at", "change_reason"])
    emails.change_taken_back(participant)
    return participant


def _held(participant: Participant, *, by: Member) -> Participant:
    found = (
        Participant.objects.select_for_update(no_key=True, of=("self",))
        .select_related("mentorship__program", "enrolment__member")
        .get(pk=participant.pk)
    )
    if found.enrolment.member_id != by.pk:
        raise PermissionDenied
    return found


def _link(participant: Participant) -> str:
    """A fresh way in for who has no login yet, from whoever asked them."""
    member = participant.enrolment.member
    if member.user_id is not None or not member.email or member.has_left:
        return ""
    page = emails.path("programs:respond", participant.mentorship_id)
    asked = Invitation.objects.filter(member=member, next_path=page).select_related("invited_by").last()
    return invitation_link(member, by=asked.invited_by, next_path=page) if asked and asked.invited_by else ""
