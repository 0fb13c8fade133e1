"""What sessions do when a mentorship starts or ends, and when somebody comes into it or leaves it."""

from collections.abc import Iterable
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.signals import members_changed
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.services import certificates
from programs.services.taking_part import parts_of
from programs.signals import (
    enrolment_ended,
    mentorship_ended,
    mentorship_paused,
    mentorship_started,
    participant_joined,
    participant_left,
    program_paused,
)

from . import services
from .models import Session
from .services import circles, groups, pausing, reminders, wishing
from .signals import attendance_added, session_held


@receiver(mentorship_started)
def let_mentees_book(mentorship: Mentorship, **kwargs: Any) -> None:
    """A mentor who has given no hours yet can be booked at once, in those of the sign-up; where all are alike, everybody.

    The meeting of an event has its time already.
    """
    if mentorship.meets_at is not None:
        circles.book_meeting(mentorship)
        return
    giving = mentorship.participants.filter(role__in=[Role.MENTOR, Role.PEER], left_at__isnull=True)
    for participant in giving.select_related("enrolment__member"):
        services.offer_usual_hours(participant.enrolment.member)


@receiver(members_changed)
def let_reminders_follow(members: Iterable[int], **kwargs: Any) -> None:
    """Who moves to another time zone reads their own clock's times."""
    reminders.follow_clocks(members)


@receiver(participant_joined)
def invite_to_what_is_to_come(participant: Participant, **kwargs: Any) -> None:
    circles.come_in(participant)


@receiver(participant_left)
def take_out_of_what_is_to_come(participant: Participant, **kwargs: Any) -> None:
    circles.go_out(participant)


@receiver(mentorship_ended)
def cancel_what_was_to_come(mentorship: Mentorship, **kwargs: Any) -> None:
    services.cancel_upcoming(mentorship, reason=_("The mentorship has ended."))


@receiver([session_held, attendance_added])
def issue_what_was_missing(session: Session, **kwargs: Any) -> None:
    """What is confirmed only after a mentorship was completed counts for its certificates too."""
    mentorship = session.mentorship
    if mentorship is not None and mentorship.status == Mentorship.Status.COMPLETED:
        certificates.issue(mentorship, parts_of(mentorship))


@receiver(enrolment_ended)
def give_seats_back(enrolment: Enrolment, **kwargs: Any) -> None:
    groups.leave_groups(enrolment)


@receiver(mentorship_paused)
def cancel_what_falls_into_the_pause(mentorship: Mentorship, **kwargs: Any) -> None:
    reason, before = _("The mentorship is paused."), mentorship.resumes_on
    services.cancel_upcoming(mentorship, reason=reason, before=before)
    wishing.end_wishes(mentorship.program, mentorship=mentorship, reason=reason, before=before)


@receiver(program_paused)
def say_that_sessions_stay(program: Program, **kwargs: Any) -> None:
    wishing.end_wishes(program, reason=_("The programme is paused."))
    pausing.tell_of_pause(program)
