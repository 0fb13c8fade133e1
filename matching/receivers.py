"""What matching does when programmes speak."""

from typing import Any

from django.dispatch import receiver

from programs.signals import enrolment_ended

from . import services


@receiver(enrolment_ended, dispatch_uid="matching.enrolment_ended")
def take_back(sender: Any, *, enrolment: Any, **kwargs: Any) -> None:
    services.take_back_proposals(enrolment)
