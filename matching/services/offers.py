"""What follows when an offer comes to nothing: the two are never proposed to each other again, and the next best is."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from programs.models import Enrolment, Mentorship, Participant, Program, Role

from ..arranging import arranger_of
from ..gathering import taking_part, waiting_mentees
from ..models import MatchRun, Proposal
from .board import places_left
from .pairs import Scored, best_candidates, score_pairs


@transaction.atomic
def propose_next_best(mentorship: Mentorship) -> Proposal | None:
    """Put the mentee's best allowed mentor with a free place on the board, as a draft that the admin decides about.

    For an offer that was declined, or that nobody answered in time. Nobody is told; None where nobody is left. The
    programme must be locked.
    """
    parts = {each.role: each.enrolment for each in _parts(mentorship)}
    if set(parts) != {Role.MENTOR, Role.MENTEE} or mentorship.participants.count() != 2:
        return None
    mentor, mentee = parts[Role.MENTOR], parts[Role.MENTEE]
    _never_again(mentorship, mentor=mentor, mentee=mentee)
    program = Program.objects.get(pk=mentorship.program_id)
    # Where people are not in plain pairs of two sides, the next run looks at everybody as a whole.
    if arranger_of(program) is not None:
        return None
    if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
        return None
    # Where mentees choose for themselves, nobody places them.
    if program.pairing == Program.Pairing.CHOICE or not waiting_mentees(program).filter(pk=mentee.pk).exists():
        return None
    if Proposal.objects.filter(program=program, mentee=mentee, status=Proposal.Status.DRAFT).exists():
        return None
    best = _best(program, mentee)
    if best is None:
        return None
    run = MatchRun.objects.filter(program=program).finished().first()
    return Proposal.objects.create(program=program, run=run, mentee=mentee, mentor_id=best.mentor, **best.as_fields())


def came_to_nothing(program: Program) -> Any:
    """What was set aside because the two were offered to each other in vain."""
    return Proposal.objects.filter(
        program=program, status=Proposal.Status.DISCARDED, mentorship__status=Mentorship.Status.DECLINED
    )


def _parts(mentorship: Mentorship) -> list[Participant]:
    return list(Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member"))


def _never_again(mentorship: Mentorship, *, mentor: Enrolment, mentee: Enrolment) -> None:
    # Set aside beside what was published, which stays as it was; an admin may still take it up again by hand.
    Proposal.objects.get_or_create(
        program_id=mentorship.program_id,
        mentee=mentee,
        mentor=mentor,
        status=Proposal.Status.DISCARDED,
        defaults={"mentorship": mentorship, "score": mentorship.score},
    )


def _best(program: Program, mentee: Enrolment) -> Scored | None:
    left = places_left(program)
    paused = set(taking_part(program).filter(paused_at__isnull=False).values_list("pk", flat=True))
    free = {mentor for mentor, places in left.items() if places > 0 and mentor not in paused}
    try:
        # Those that the last run kept come first; beyond them, anybody with a place.
        for found in (best_candidates(program, mentee), None):
            if found is None:
                found = score_pairs(program, [(mentee.pk, mentor) for mentor in sorted(free)])
            suitable = [each for each in found if not each.forbidden and each.mentor in free]
            if suitable:
                return min(suitable, key=lambda each: (-each.score, each.mentor))
    except ValueError:
        # The criteria make no sense at present; the next run will say so.
        return None
    return None
