"""Pairs that an admin decides by hand, whatever the scores say: who must be paired, and who must not."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Enrolment, Program
from programs.services.places import locked_program, require_running

from ..gathering import taking_part
from ..models import PairRule
from .problems import MatchingProblem


@transaction.atomic
def add_pair_rule(program: Program, *, mentee: Enrolment, mentor: Enrolment, kind: str, by: Member) -> PairRule:
    """Decide about a pair; deciding the same again changes nothing.

    Raises MatchingProblem for people who don't take part, and for what contradicts an earlier decision.
    """
    program = locked_program(program)
    require_running(program)
    names = {"mentee": mentee.member.name, "mentor": mentor.member.name}
    here = taking_part(program)
    if not here.mentees().filter(pk=mentee.pk).exists():
        raise MatchingProblem(_("%(mentee)s is not enrolled as a mentee.") % names)
    if not here.mentors().filter(pk=mentor.pk).exists():
        raise MatchingProblem(_("%(mentor)s is not enrolled as a mentor.") % names)
    rules = PairRule.objects.filter(program=program)
    same = rules.filter(mentee=mentee, mentor=mentor).first()
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
    other = musts.filter(mentee=mentee).select_related("mentor__member").first()
    if other is not None:
        raise MatchingProblem(
            _("%(mentee)s must be paired with %(other)s already, and can have one mentor only.")
            % {**names, "other": other.mentor.member.name}
        )
    wanted = musts.filter(mentor=mentor).count()
    if wanted >= mentor.capacity:
        raise MatchingProblem(
            ngettext(
                "%(mentor)s has %(count)d place, which is decided about already.",
                "%(mentor)s has %(count)d places, and all of them are decided about already.",
                mentor.capacity,
            )
            % {**names, "count": mentor.capacity}
        )
