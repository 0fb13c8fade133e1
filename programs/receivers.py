"""What programmes hear from the apps below."""

from datetime import date
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.signals import member_left, members_changed
from mentoring.tenancy.clock import today

from . import services
from .models import Enrolment, Mentorship, Program
from .services import certificates, rechecking
from .services.taking_part import parts_of
from .signals import mentorship_ended


@receiver(member_left)
def end_enrolments(*, member: Member, last_day: date, **kwargs: Any) -> None:
    """Take a leaver out of their programmes. With a last day ahead they stay until the night after it."""
    if last_day >= today():
        rechecking.leaves(member, last_day)
        return
    running = list(Mentorship.objects.active().involving(member).values_list("pk", flat=True))
    enrolments = Enrolment.objects.filter(member=member, ended_at__isnull=True)
    for enrolment in list(enrolments.exclude(program__status=Program.Status.CLOSED).select_related("program")):
        services.withdraw(enrolment, by=None)
    # A group may go on without them.
    for mentorship in Mentorship.objects.filter(pk__in=running, status=Mentorship.Status.ENDED).order_by("pk"):
        rechecking.raise_check(mentorship, _("%(name)s has left the organisation.") % {"name": member.name})


@receiver(members_changed, dispatch_uid="programs.members_changed")
def look_again(*, members: Any, **kwargs: Any) -> None:
    """A new manager, place or level may part people whom matching would not put together today."""
    rechecking.look_again(members)


@receiver(mentorship_ended, dispatch_uid="programs.certificates")
def issue_certificates(*, mentorship: Mentorship, **kwargs: Any) -> None:
    """However it was completed: by its people, by an admin, or with its programme."""
    if mentorship.status == Mentorship.Status.COMPLETED:
        certificates.issue(mentorship, parts_of(mentorship))
