"""What sessions do when a mentorship starts or ends."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from programs.models import Enrolment, Mentorship, Role
from programs.signals import enrolment_ended, mentorship_ended, mentorship_started

from . import services
from .services import groups


@receiver(mentorship_started)
def let_mentees_book(mentorship: Mentorship, **kwargs: Any) -> None:
    """A mentor who has given no hours yet can be booked at once, in those of the sign-up."""
    for participant in mentorship.participants.filter(role=Role.MENTOR).select_related("enrolment__member"):
        services.offer_usual_hours(participant.enrolment.member)


@receiver(mentorship_ended)
def cancel_what_was_to_come(mentorship: Mentorship, **kwargs: Any) -> None:
    services.cancel_upcoming(mentorship, reason=_("The mentorship has ended."))


@receiver(enrolment_ended)
def give_seats_back(enrolment: Enrolment, **kwargs: Any) -> None:
    groups.leave_groups(enrolment)
