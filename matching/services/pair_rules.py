"""Pairs that an admin decides by hand, whatever the scores say: who must be paired, and who must not."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Enrolment, Program, Role
from programs.services.places import locked_program, require_running

from ..arranging import PAIRS, arranger_of
from ..gathering import taking_part
from ..models import PairRule
from .problems import MatchingProblem


def is_pool(program: Program) -> bool:
    """Whether everybody signs up alike, so that a pair has no two sides."""
    return Role.PEER in program.kind.parts_for(program.format_settings)


def sides_of(program: Program) -> tuple[Any, Any]:
    """Enrolments who may be the first of a pair, the mentee where there is one, and who the second."""
    here = taking_part(program)
    if is_pool(program):
        peers = here.filter(role=Role.PEER)
        return peers, peers
    return here.mentees(), here.mentors()


def may_be_held(program: Program) -> bool:
    """Whether a run can hold two people to each other: at an event everybody meets many."""
    arranger = arranger_of(program)
    return arranger is None or arranger.takes_must


@transaction.atomic
def add_pair_rule(program: Program, *, mentee: Enrolment, mentor: Enrolment, kind: str, by: Member) -> PairRule:
    """Decide about a pair; deciding the same again changes nothing.

    Raises MatchingProblem for people who don't take part, and for what contradicts an earlier decision.
    """
    program = locked_program(program)
    require_running(program)
    names = {"mentee": mentee.member.name, "mentor": mentor.member.name}
    first, second = sides_of(program)
    if mentee.pk == mentor.pk:
        raise MatchingProblem(_("Choose two different people."))
    if not first.filter(pk=mentee.pk).exists():
        raise MatchingProblem(
            _("%(mentee)s is not enrolled.") % names
            if is_pool(program)
            else _("%(mentee)s is not enrolled as a mentee.") % names
        )
    if not second.filter(pk=mentor.pk).exists():
        raise MatchingProblem(
            _("%(mentor)s is not enrolled.") % names
            if is_pool(program)
            else _("%(mentor)s is not enrolled as a mentor.") % names
        )
    if kind == PairRule.Kind.MUST and not may_be_held(program):
        raise MatchingProblem(
            _("At an event everybody meets several people, so only who must not meet can be decided by hand.")
        )
    same_pair = Q(mentee=mentee, mentor=mentor)
    if is_pool(program):
        same_pair |= Q(mentee=mentor, mentor=mentee)
    same = PairRule.objects.filter(same_pair, program=program).first()
    if same is not None and same.kind == kind:
        return same
    if same is not None:
        raise MatchingProblem(
            _("It is decided already that %(mentee)s and %(mentor)s must not be paired: remove that first.") % names
            if kind == PairRule.Kind.MUST
            else _("It is decided already that %(mentee)s and %(mentor)s must be paired: remove that first.") % names
        )
    if kind == PairRule.Kind.MUST:
        _require_room(program, mentee, mentor, names)
    return PairRule.objects.create(program=program, mentee=mentee, mentor=mentor, kind=kind, made_by=by)


@transaction.atomic
def remove_pair_rule(rule: PairRule, *, by: Member) -> None:
    """Leave a pair to the scores again."""
    program = locked_program(rule.program)
    require_running(program)
    PairRule.objects.filter(pk=rule.pk).delete()


def _require_room(program: Program, mentee: Enrolment, mentor: Enrolment, names: dict[str, str]) -> None:
    musts = PairRule.objects.filter(program=program, kind=PairRule.Kind.MUST)
    way = program.kind.arranging
    if way == "pool":
        both = Q(mentee__in=[mentee, mentor]) | Q(mentor__in=[mentee, mentor])
        taken = musts.filter(both).select_related("mentee__member", "mentor__member").first()
        if taken is not None:
            raise MatchingProblem(
                _("%(one)s and %(other)s must be paired already, and each can be in one pair only.")
                % {"one": taken.mentee.member.name, "other": taken.mentor.member.name}
            )
        return
    other = musts.filter(mentee=mentee).select_related("mentor__member").first()
    # In a network somebody may have several, each for a topic.
    if other is not None and way != "topics":
        raise MatchingProblem(
            _("%(mentee)s must be paired with %(other)s already, and can have one mentor only.")
            % {**names, "other": other.mentor.member.name}
        )
    wanted = musts.filter(mentor=mentor).count()
    capacity = mentor.capacity if way == PAIRS else mentor.capacity or program.default_capacity
    # How many sit on a board is not theirs to say.
    if wanted >= capacity and way != "panel":
        raise MatchingProblem(
            ngettext(
                "%(mentor)s has %(count)d place, which is decided about already.",
                "%(mentor)s has %(count)d places, and all of them are decided about already.",
                capacity,
            )
            % {**names, "count": capacity}
        )
