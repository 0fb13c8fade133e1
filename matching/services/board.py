"""What an admin does with proposals before they are published. Whoever writes here holds the programme."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, Program
from programs.services import MentorFull
from programs.services.places import locked_program, require_running

from ..criteria import stored
from ..gathering import mentees_without_mentor, places_taken, room, taking_part
from ..models import Proposal
from ..scoring import Rule
from .changes import kept, record
from .pairs import Scored, score_pair
from .problems import Forbidden, MatchingProblem, ProposalChanged


@transaction.atomic
def lock(proposal: Proposal, *, by: Member) -> Proposal:
    """Keep a proposal as it is when matching runs again."""
    return _set_locked(proposal, True, _("Locked %(mentee)s with %(mentor)s"), by=by)


@transaction.atomic
def unlock(proposal: Proposal, *, by: Member) -> Proposal:
    """Let the next run find somebody better."""
    return _set_locked(proposal, False, _("Unlocked %(mentee)s with %(mentor)s"), by=by)


@transaction.atomic
def discard(proposal: Proposal, *, by: Member) -> Proposal:
    """Turn a pair down. The mentee waits again, and no run of this programme proposes the two again."""
    program = hold(proposal.program)
    proposal = as_seen(proposal)
    before = kept([proposal])
    proposal.status, proposal.locked = Proposal.Status.DISCARDED, False
    _changed(proposal, by=by)
    proposal.save(update_fields=["status", "locked", "changed_by", "changed_at"])
    record(
        program, _told(_("Discarded %(mentor)s for %(mentee)s"), proposal), before=before, after=kept([proposal]), by=by
    )
    return proposal


@transaction.atomic
def split(proposal: Proposal, *, by: Member) -> Proposal:
    """Take a pair apart. The mentee waits again, and a run may propose the two to each other once more."""
    program = hold(proposal.program)
    proposal = as_seen(proposal)
    before = kept([proposal])
    record(program, _told(_("Split %(mentee)s from %(mentor)s"), proposal), before=before, after=[], by=by)
    Proposal.objects.filter(pk=proposal.pk).delete()
    return proposal


@transaction.atomic
def reassign(proposal: Proposal, *, mentor: Enrolment, by: Member) -> Proposal:
    """Give the mentee another mentor, who has a free place, and lock that choice.

    Raises MentorFull, Forbidden, or ProposalChanged.
    """
    program = hold(proposal.program)
    proposal = as_seen(proposal)
    if proposal.mentor_id == mentor.pk:
        return proposal
    pair = scored(program, mentee=proposal.mentee, mentor=mentor)
    _require_place(program, mentor)
    before = kept([proposal]) + _taken_up(proposal.mentee_id, mentor.pk)
    text = _("Gave %(mentee)s %(mentor)s instead of %(earlier)s") % {
        "mentee": proposal.mentee.member.name, "mentor": mentor.member.name, "earlier": proposal.mentor.member.name,
    }  # fmt: skip
    _give(proposal, pair, by=by)
    record(program, text, before=before, after=kept([proposal]), by=by)
    return proposal


@transaction.atomic
def swap(first: Proposal, second: Proposal, *, by: Member) -> tuple[Proposal, Proposal]:
    """Let two mentees change mentors, and lock both choices. Raises Forbidden, ProposalChanged or MatchingProblem."""
    program = hold(first.program)
    first, second = as_seen(first), as_seen(second)
    if first.pk == second.pk or first.mentor_id == second.mentor_id:
        raise MatchingProblem(_("These two have the same mentor, so there is nothing to swap."))
    if second.program_id != program.pk:
        raise MatchingProblem(_("Only proposals of one programme can be swapped."))
    one = scored(program, mentee=first.mentee, mentor=second.mentor)
    other = scored(program, mentee=second.mentee, mentor=first.mentor)
    before = kept([first, second])
    before += _taken_up(one.mentee, one.mentor) + _taken_up(other.mentee, other.mentor)
    text = _("Swapped the mentors of %(first)s and %(second)s") % {
        "first": first.mentee.member.name, "second": second.mentee.member.name,
    }  # fmt: skip
    _give(first, one, by=by)
    _give(second, other, by=by)
    record(program, text, before=before, after=kept([first, second]), by=by)
    return first, second


@transaction.atomic
def propose_by_hand(mentee: Enrolment, mentor: Enrolment, *, by: Member) -> Proposal:
    """Propose a mentor to a mentee who has neither a mentor nor a proposal, and lock it.

    Raises MentorFull, Forbidden or MatchingProblem.
    """
    program = hold(mentee.program)
    if not mentees_without_mentor(program).filter(pk=mentee.pk).exists():
        raise MatchingProblem(_("%(name)s is not waiting for a mentor any more.") % {"name": mentee.member.name})
    if Proposal.objects.filter(program=program, mentee=mentee, status=Proposal.Status.DRAFT).exists():
        raise ProposalChanged
    pair = scored(program, mentee=mentee, mentor=mentor)
    _require_place(program, mentor)
    before = _taken_up(mentee.pk, mentor.pk)
    proposal = Proposal(program=program, mentee=mentee, mentor=mentor)
    _give(proposal, pair, by=by)
    text = _told(_("Placed %(mentee)s with %(mentor)s"), proposal)
    record(program, text, before=before, after=kept([proposal]), by=by)
    return proposal


def take_back_proposals(enrolment: Enrolment) -> None:
    """Somebody has left the programme: nobody is to be proposed to them any more."""
    Proposal.objects.filter(Q(mentee=enrolment) | Q(mentor=enrolment), status=Proposal.Status.DRAFT).delete()


def as_seen(proposal: Proposal) -> Proposal:
    """The proposal as it is now, if it is still as it was when it was looked at. Raises ProposalChanged."""
    current = (
        Proposal.objects.select_related("program", "mentee__member", "mentor__member").filter(pk=proposal.pk).first()
    )
    if current is None or current.status != Proposal.Status.DRAFT or current.changed_at != proposal.changed_at:
        raise ProposalChanged
    return current


def places_left(program: Program) -> dict[int, int]:
    """Mentor → places that neither a mentorship nor a proposal takes; below zero where places were taken back."""
    taken = places_taken(program)
    hours_count = bool(stored(program)["rules"]["hours_capacity"])
    left = {
        mentor: room(program, people, hours, hours_count=hours_count) - taken.get(mentor, 0)
        for mentor, people, hours in taking_part(program).mentors().values_list("pk", "capacity", "hours_per_month")
    }
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    for mentor in drafts.values_list("mentor_id", flat=True):
        if mentor in left:
            left[mentor] -= 1
    return left


def hold(program: Program) -> Program:
    program = locked_program(program)
    require_running(program)
    return program


def _set_locked(proposal: Proposal, locked: bool, text: str, *, by: Member) -> Proposal:
    program = hold(proposal.program)
    proposal = as_seen(proposal)
    if proposal.locked != locked:
        before = kept([proposal])
        proposal.locked = locked
        _changed(proposal, by=by)
        proposal.save(update_fields=["locked", "changed_by", "changed_at"])
        record(program, _told(text, proposal), before=before, after=kept([proposal]), by=by)
    return proposal


def _told(text: str, proposal: Proposal) -> str:
    return text % {"mentee": proposal.mentee.member.name, "mentor": proposal.mentor.member.name}


def scored(program: Program, *, mentee: Enrolment, mentor: Enrolment) -> Scored:
    """The pair's score and reasons. Raises Forbidden, or MatchingProblem when one of them has left."""
    pair = score_pair(program, mentee, mentor)
    if pair is None:
        raise MatchingProblem(
            _("%(mentor)s or %(mentee)s no longer takes part in this programme.")
            % {"mentor": mentor.member.name, "mentee": mentee.member.name}
        )
    for rule in pair.forbidden:
        # What an admin set aside, an admin may take up again.
        if rule != Rule.SET_ASIDE:
            raise Forbidden(rule, mentee=mentee.member.name, mentor=mentor.member.name)
    return pair


def _require_place(program: Program, mentor: Enrolment) -> None:
    if mentor.paused_at:
        raise MentorFull(_("%(name)s is pausing and takes nobody new for now.") % {"name": mentor.member.name})
    if places_left(program).get(mentor.pk, 0) < 1:
        raise MentorFull(_("%(name)s has no free place any more.") % {"name": mentor.member.name})


def _give(proposal: Proposal, pair: Scored, *, by: Member) -> None:
    for name, value in pair.as_fields().items():
        setattr(proposal, name, value)
    proposal.mentor_id = pair.mentor
    proposal.by_hand = proposal.locked = True
    _changed(proposal, by=by)
    proposal.save()
    _discarded(pair.mentee, pair.mentor).delete()


def _discarded(mentee: int, mentor: int) -> Any:
    return Proposal.objects.filter(mentee_id=mentee, mentor_id=mentor, status=Proposal.Status.DISCARDED)


def _taken_up(mentee: int, mentor: int) -> list[dict[str, Any]]:
    """What was set aside for this pair and is forgotten when they are given to each other."""
    return kept(_discarded(mentee, mentor))


def _changed(proposal: Proposal, *, by: Member) -> None:
    proposal.changed_by, proposal.changed_at = by, timezone.now()
