"""What people wish, and say of themselves for matching. Everybody writes their own and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Enrolment, EnrolmentSkill, Role
from programs.services.places import TAKEN_UP, locked_enrolments

from ..gathering import taking_part
from ..models import Avoidance, Declaration, StatedChoice
from ..working_style import ITEMS, style_of
from .problems import MatchingProblem
from .refreshing import ask_for_refresh, ask_for_refresh_of_members

MOST_CHOICES = 5
MOST_AVOIDED = 100
MOST_INTERESTS = 20


@transaction.atomic
def say_choices(enrolment: Enrolment, chosen: Sequence[int], *, by: Member) -> list[StatedChoice]:
    """Keep whom somebody would like best, the first first: up to five enrolled people of the other side."""
    enrolment = _own(enrolment, by=by)
    wanted = list(dict.fromkeys(chosen))
    if len(wanted) > MOST_CHOICES:
        raise MatchingProblem(_("Choose five people at most."))
    others = set(possible_choices(enrolment).filter(pk__in=wanted).values_list("pk", flat=True))
    if others != set(wanted):
        raise MatchingProblem(_("One of the people you chose no longer takes part. Please choose again."))
    StatedChoice.objects.filter(enrolment=enrolment).delete()
    ask_for_refresh(enrolment.pk)
    return StatedChoice.objects.bulk_create(
        StatedChoice(enrolment=enrolment, chosen_id=pk, rank=rank) for rank, pk in enumerate(wanted, start=1)
    )


def possible_choices(enrolment: Enrolment) -> Any:
    """Everybody of the other side who takes part, whatever the rules say: what is missing here would tell something."""
    side = taking_part(enrolment.program).exclude(member_id=enrolment.member_id)
    return side.mentors() if enrolment.role == Role.MENTEE else side.mentees()


@transaction.atomic
def avoid(member: Member, other: Member, *, by: Member) -> Avoidance:
    """Never be paired with somebody, in any programme; nobody but the member themselves reads it. Twice is once."""
    if member.pk != by.pk:
        raise PermissionDenied
    if member.pk == other.pk:
        raise MatchingProblem(_("Choose somebody else than yourself."))
    # Held, so that the limit can't be passed by two posts at once.
    Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    said = Avoidance.objects.filter(member=member)
    if found := said.filter(avoided=other).first():
        return found
    if said.count() >= MOST_AVOIDED:
        raise MatchingProblem(_("Your list is full. Take somebody off it first."))
    ask_for_refresh_of_members([member.pk])
    return Avoidance.objects.create(member=member, avoided=other)


@transaction.atomic
def stop_avoiding(member: Member, other: int, *, by: Member) -> None:
    if member.pk != by.pk:
        raise PermissionDenied
    Avoidance.objects.filter(member=member, avoided_id=other).delete()
    ask_for_refresh_of_members([member.pk])


@transaction.atomic
def say_interests(enrolment: Enrolment, interests: Sequence[str], *, by: Member) -> Enrolment:
    enrolment = _own(enrolment, by=by)
    enrolment.interests = list(interests)[:MOST_INTERESTS]
    enrolment.save(update_fields=["interests"])
    ask_for_refresh(enrolment.pk)
    return enrolment


@transaction.atomic
def say_working_style(enrolment: Enrolment, answers: Sequence[int], *, by: Member) -> Enrolment:
    """Keep the five traits that ten answers from 1 to 5 make; the answers themselves are not kept."""
    enrolment = _own(enrolment, by=by)
    if len(answers) != len(ITEMS) or not all(1 <= answer <= 5 for answer in answers):
        raise MatchingProblem(_("Answer all ten statements, or leave all of them out."))
    enrolment.working_style = style_of(answers)
    enrolment.save(update_fields=["working_style"])
    ask_for_refresh(enrolment.pk)
    return enrolment


@transaction.atomic
def forget_working_style(enrolment: Enrolment, *, by: Member) -> Enrolment:
    enrolment = _own(enrolment, by=by)
    enrolment.working_style = None
    enrolment.save(update_fields=["working_style"])
    ask_for_refresh(enrolment.pk)
    return enrolment


@transaction.atomic
def declare(
    enrolment: Enrolment, key: str, value: str, *, consents: bool, counted: bool = False, by: Member
) -> Declaration:
    """Keep one declared characteristic. Without its own consent nothing is kept, and without another nobody counts it."""
    enrolment = _own(enrolment, by=by)
    asked = characteristic(enrolment, key)
    if not consents:
        raise MatchingProblem(_("Without your consent nothing is kept."))
    if asked is None or value not in asked["options"]:
        raise MatchingProblem(_("The programme doesn’t ask this any more."))
    now = timezone.now()
    declaration, _is_new = Declaration.objects.update_or_create(
        enrolment=enrolment,
        key=key,
        defaults={"value": value, "consented_at": now, "counted_at": now if counted else None},
    )
    ask_for_refresh(enrolment.pk)
    return declaration


@transaction.atomic
def withdraw_declaration(enrolment: Enrolment, key: str, *, by: Member) -> None:
    """Take back what was declared, and the consent with it: it is deleted at once."""
    if enrolment.member_id != by.pk:
        raise PermissionDenied
    Declaration.objects.filter(enrolment=enrolment, key=key).delete()
    ask_for_refresh(enrolment.pk)
    ask_for_refresh(enrolment.pk)


@transaction.atomic
def say_levels(enrolment: Enrolment, levels: Mapping[int, int | None], *, by: Member) -> None:
    """Keep how well a mentor knows each of the skills that they offer."""
    enrolment = _own(enrolment, by=by)
    if enrolment.role != Role.MENTOR:
        raise PermissionDenied
    offered = list(EnrolmentSkill.objects.filter(enrolment=enrolment, pk__in=list(levels)))
    for each in offered:
        each.level = levels[each.pk]
    EnrolmentSkill.objects.bulk_update(offered, ["level"])
    ask_for_refresh(enrolment.pk)


def characteristics(enrolment: Enrolment) -> list[dict[str, Any]]:
    """What the programme would like people to declare, and why."""
    return list(enrolment.program.criteria.get("characteristics") or [])


def characteristic(enrolment: Enrolment, key: str) -> dict[str, Any] | None:
    return next((each for each in characteristics(enrolment) if each.get("key") == key), None)


def _own(enrolment: Enrolment, *, by: Member) -> Enrolment:
    enrolment = locked_enrolments(enrolment.pk)[enrolment.pk]
    if enrolment.member_id != by.pk:
        raise PermissionDenied
    if enrolment.status not in TAKEN_UP:
        raise MatchingProblem(_("You no longer take part in this programme."))
    # All who ask for it are about to change something.
    ask_for_refresh(enrolment.pk)
    return enrolment
