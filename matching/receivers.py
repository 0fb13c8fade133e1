"""What matching does when programmes speak."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import members_changed
from programs.models import Mentorship, Role
from programs.signals import answers_changed, enrolment_ended, mentorship_ended, mentorship_started, program_resumed

from . import services
from .services import requests


@receiver(enrolment_ended, dispatch_uid="matching.enrolment_ended")
def take_back(sender: Any, *, enrolment: Any, **kwargs: Any) -> None:
    services.take_back_proposals(enrolment)
    services.take_back_seats(enrolment)
    services.void_requests(enrolment.pk)
    services.forget_declarations(enrolment)


@receiver(mentorship_started, dispatch_uid="matching.mentorship_started")
def void_requests(sender: Any, *, mentorship: Any, **kwargs: Any) -> None:
    mentees = mentorship.participants.filter(role=Role.MENTEE)
    services.void_requests(*mentees.values_list("enrolment_id", flat=True))


@receiver(mentorship_started, dispatch_uid="matching.replaced")
def end_what_it_replaces(sender: Any, *, mentorship: Any, **kwargs: Any) -> None:
    services.end_what_it_replaces(mentorship)


@receiver(mentorship_ended, dispatch_uid="matching.mentorship_ended")
def tell_of_free_place(sender: Any, *, mentorship: Any, **kwargs: Any) -> None:
    services.tell_of_free_place(mentorship)


@receiver(mentorship_ended, dispatch_uid="matching.next_best")
def propose_next_best(sender: Any, *, mentorship: Any, **kwargs: Any) -> None:
    """An offer that was declined, or not answered in time, has a next best."""
    if mentorship.status == Mentorship.Status.DECLINED:
        services.propose_next_best(mentorship)


@receiver(answers_changed, dispatch_uid="matching.answers_changed")
def refresh(sender: Any, *, enrolment: Any, had: Any, **kwargs: Any) -> None:
    services.ask_for_refresh(enrolment.pk)
    requests.serve_more(enrolment, had=had)


@receiver(members_changed, dispatch_uid="matching.members_changed")
def refresh_members(sender: Any, *, members: Any, **kwargs: Any) -> None:
    services.ask_for_refresh_of_members(members)


@receiver(program_resumed, dispatch_uid="matching.program_resumed")
def give_time(sender: Any, *, program: Any, rested: Any, **kwargs: Any) -> None:
    requests.give_time(program, rested)
