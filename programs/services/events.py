"""After an event: who would like to meet again, and what comes of it when both would."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member

from ..models import Mentorship, Participant, Program, Role
from .groups import locked, offer_group
from .mentorships import offer_mentorship
from .places import locked_program
from .problems import ProgramProblem


@transaction.atomic
def meet_again(participant: Participant, *, wants: bool, by: Member) -> Mentorship | None:
    """Say whether somebody would like to meet again whom they met at an event. Nobody learns of it unless both would.

    Then the two are offered to each other like any pair, and the offer is returned; if that can't be, programme admins
    are asked to look at it.
    """
    program = locked_program(Program(pk=participant.mentorship.program_id))
    mentorship, people = locked(participant.mentorship)
    own = next((each for each in people if each.pk == participant.pk), None)
    if own is None or own.enrolment.member_id != by.pk:
        raise PermissionDenied
    if mentorship.round is None or mentorship.meets_at is None or mentorship.meets_at > timezone.now():
        raise ProgramProblem(_("You can say so once you have met."))
    was_mutual = all(each.again_at for each in people)
    own.again_at = (own.again_at or timezone.now()) if wants else None
    own.save(update_fields=["again_at"])
    if was_mutual or not all(each.again_at for each in people):
        return None
    try:
        with transaction.atomic():
            return _offer(program, people, by=program.created_by or by)
    except ProgramProblem as problem:
        reason = _("Both would like to meet again, but it could not be offered: %(why)s") % {"why": problem}
        mentorship.check_reason, mentorship.check_since = reason[:300], timezone.now()
        mentorship.save(update_fields=["check_reason", "check_since"])
        return None


def _offer(program: Program, people: list[Participant], *, by: Member) -> Mentorship:
    roles = {each.role: each.enrolment for each in people}
    if set(roles) == {Role.MENTOR, Role.MENTEE}:
        return offer_mentorship(program, mentor=roles[Role.MENTOR], mentee=roles[Role.MENTEE], by=by)
    return offer_group(program, seats=[(each.enrolment, each.role) for each in people], by=by)
