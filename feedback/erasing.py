"""What feedback forgets of somebody who was erased. Ratings stay: they are shown of groups only."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import Member
from accounts.signals import member_erased

from .models import Concern, SurveyAnswer, SurveyQuestion


@receiver(member_erased, dispatch_uid="feedback.member_erased")
def forget(*, member: Member, **kwargs: Any) -> None:
    # What is still looked into stays with its contact, without the name: somebody else may be in danger. What was told
    # to them belongs to whoever told it, who is asked for another reader.
    Concern.objects.filter(raised_by=member, status=Concern.Status.CLOSED).delete()
    own = SurveyAnswer.objects.filter(invitation__enrolment__member=member)
    own.filter(question__kind=SurveyQuestion.Kind.TEXT).delete()
