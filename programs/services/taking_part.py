"""Who takes part in a mentorship, asked before anything is written in it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import Member

from ..models import Mentorship, Participant
from .problems import AlreadySettled


def parts_of(mentorship: Mentorship) -> list[Participant]:
    """Everybody who is in it with their members, those who are mentored first."""
    found = Participant.objects.met().filter(mentorship=mentorship).select_related("enrolment__member")
    return list(found.order_by("role", "id"))


def held_by(mentorship: Mentorship, by: Member) -> tuple[Mentorship, list[Participant]]:
    """Lock a mentorship for one who takes part in it. Raises PermissionDenied for everybody else."""
    held = (
        Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=mentorship.pk)
    )
    parts = parts_of(held)
    if all(part.enrolment.member_id != by.pk for part in parts):
        raise PermissionDenied
    return held, parts


def require_active(mentorship: Mentorship) -> None:
    if mentorship.status != Mentorship.Status.ACTIVE:
        raise AlreadySettled(_("This mentorship is not active, so nothing can be changed in it any more."))
