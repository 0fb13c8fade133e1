"""The board by mentor: each with their places and who has them, and the mentees who are proposed nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import Member
from programs.models import Enrolment, Program

from ..gathering import places_taken, taking_part
from ..models import Proposal
from .comparing import Holder, holders_of
from .leftovers import unmatched_mentees
from .people import about
from .proposals import token


@dataclass(frozen=True)
class Card:
    """A mentee who can be moved."""

    mentee: int
    name: str
    detail: str
    # Of their proposal; empty while there is none.
    token: str = ""
    proposal: int | None = None
    score: float | None = None
    locked: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class Lane:
    """A mentor with their places."""

    mentor: Enrolment
    detail: str
    cards: Sequence[Card]
    # In mentorships and offers: these stay where they are.
    taken: Sequence[Holder]
    free: int

    @property
    def over(self) -> int:
        """How many more they are given than they have places."""
        return max(0, len(self.cards) + len(self.taken) - self.mentor.capacity)

    @property
    def places(self) -> range:
        return range(self.free)


def mentors_of(program: Program, *, search: str = "", only_free: bool = False) -> Any:
    """A programme's mentors by name; a search finds a mentor, or the mentor of a mentee of that name."""
    found = taking_part(program).mentors().select_related("member")
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    if search:
        named = Member.objects.matching_text(search).values("pk")
        of_mentee = drafts.filter(mentee__member__in=named).values("mentor_id")
        found = found.filter(Q(member__in=named) | Q(pk__in=of_mentee))
    if only_free:
        found = found.filter(pk__in=_with_places(program, drafts))
    return found.order_by("member__family_name", "member__given_name", "pk")


def _with_places(program: Program, drafts: Any) -> list[int]:
    taken = places_taken(program)
    for mentor in drafts.values_list("mentor_id", flat=True):
        taken[mentor] = taken.get(mentor, 0) + 1
    capacity = taking_part(program).mentors().values_list("pk", "capacity")
    return [pk for pk, places in capacity if places > taken.get(pk, 0)]


def lanes(program: Program, mentors: Sequence[Enrolment]) -> list[Lane]:
    """These mentors with everybody who has one of their places."""
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, mentor__in=mentors)
    cards: dict[int, list[Card]] = {}
    for each in drafts.select_related("mentee__member").order_by("mentee__member__family_name", "pk"):
        cards.setdefault(each.mentor_id, []).append(_card(each))
    holders = holders_of(program, [each.pk for each in mentors])
    found = []
    for mentor in mentors:
        own, taken = cards.get(mentor.pk, []), [each for each in holders.get(mentor.pk, []) if not each.is_proposed]
        free = max(0, mentor.capacity - len(own) - len(taken))
        found.append(Lane(mentor, about(mentor.member), own, taken, free))
    return found


def waiting_cards(program: Program, *, search: str = "") -> Any:
    """Mentees whom nobody is proposed to, as a queryset of enrolments by name."""
    waiting = unmatched_mentees(program).select_related("member")
    if search:
        waiting = waiting.filter(member__in=Member.objects.matching_text(search))
    return waiting.order_by("member__family_name", "member__given_name", "pk")


def waiting_card(mentee: Enrolment) -> Card:
    return Card(mentee.pk, mentee.member.name, about(mentee.member))


def _card(proposal: Proposal) -> Card:
    return Card(
        mentee=proposal.mentee_id,
        name=proposal.mentee.member.name,
        detail=about(proposal.mentee.member),
        token=token(proposal),
        proposal=proposal.pk,
        score=proposal.score,
        locked=proposal.locked,
        by_hand=proposal.by_hand,
    )
