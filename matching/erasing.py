"""What matching forgets of somebody who was erased."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.dispatch import receiver

from accounts.erasing import ERASED
from accounts.models import Member
from accounts.signals import member_erased

from .models import Avoidance, BoardChange, Declaration, MentorRequest, StatedChoice


@receiver(member_erased, dispatch_uid="matching.member_erased")
def forget(*, member: Member, name: str, **kwargs: Any) -> None:
    Avoidance.objects.filter(Q(member=member) | Q(avoided=member)).delete()
    Declaration.objects.filter(enrolment__member=member).delete()
    StatedChoice.objects.filter(Q(enrolment__member=member) | Q(chosen__member=member)).delete()
    between = MentorRequest.objects.filter(Q(mentee__member=member) | Q(mentor__member=member))
    MentorRequest.objects.filter(pk__in=list(between.values_list("pk", flat=True))).update(
        note="", question="", answer="", decline_reason=""
    )
    BoardChange.objects.filter(text__contains=name).update(text=Replace("text", Value(name), Value(ERASED)))
