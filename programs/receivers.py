"""What programmes hear from the apps below."""

from datetime import date
from typing import Any

from django.dispatch import receiver

from accounts.models import Member
from accounts.signals import member_left
from mentoring.tenancy.clock import today

from . import services
from .models import Enrolment, Program


@receiver(member_left)
def end_enrolments(*, member: Member, last_day: date, **kwargs: Any) -> None:
    """Take a leaver out of their programmes. With a last day ahead they stay until the night after it."""
    if last_day >= today():
        return
    enrolments = Enrolment.objects.filter(member=member, ended_at__isnull=True)
    for enrolment in list(enrolments.exclude(program__status=Program.Status.CLOSED).select_related("program")):
        services.withdraw(enrolment, by=None)
