"""What the choice depends on besides the scores, and what may change while they are computed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from django.db.models import Q

from programs.models import Mentorship, Participant, Program, Role

from ...criteria import stored
from ...gathering import TAKING_PLACES, places_taken, room, taking_part, waiting_mentees
from ...models import Proposal
from ..requests import choosing_mentees


@dataclass(frozen=True)
class Running:
    """A mentorship that a run may look at anew: somebody asked for another, or the programme lets pairs move."""

    mentorship: int
    mentee: int
    mentor: int
    asked: bool


@dataclass(frozen=True)
class Situation:
    """Who is to be placed, and where there is room.

    mentees   who waits and isn't waiting for a mentor's answer, and whose running mentorship may be looked at anew
    capacity  mentor → places that no mentorship takes, those of `running` counted as free
    held      mentee → mentor of the locked proposals that can be kept
    running   mentee → their mentorship, of those that may be looked at anew
    """

    mentees: frozenset[int]
    capacity: dict[int, int]
    held: dict[int, int]
    running: dict[int, Running] = field(default_factory=dict)


def situation_of(program: Program, *, may_move: bool = False) -> Situation:
    """How a programme is now; with `may_move` all its running pairs may be looked at anew."""
    running = {each.mentee: each for each in running_pairs(program, all_of_them=may_move)}
    locked = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True)
    # What an admin has locked stands, whomever the mentee has asked.
    asking = choosing_mentees(program) - frozenset(locked.values_list("mentee_id", flat=True))
    mentees = frozenset(waiting_mentees(program).values_list("pk", flat=True)) - asking | running.keys()
    taken = Counter(places_taken(program))
    taken.subtract(Counter(each.mentor for each in running.values()))
    hours_count = bool(stored(program)["rules"]["hours_capacity"])
    mentors = taking_part(program).mentors().values_list("pk", "capacity", "hours_per_month", "paused_at")
    # Whoever takes a break keeps whom they have.
    capacity = {
        mentor: max(0, room(program, people, hours, hours_count=hours_count) - taken[mentor])
        if paused is None
        else sum(each.mentor == mentor for each in running.values())
        for mentor, people, hours, paused in mentors
    }
    running = {mentee: each for mentee, each in running.items() if each.mentor in capacity}
    left, held = dict(capacity), {}
    for mentee, mentor in locked.order_by("id").values_list("mentee_id", "mentor_id"):
        # A mentor may have fewer places than when the pair was locked.
        if mentee in mentees and left.get(mentor, 0) > 0:
            held[mentee] = mentor
            left[mentor] -= 1
    return Situation(mentees, capacity, held, running)


def within(situation: Situation, known: frozenset[int]) -> Situation:
    """Only those who were scored: whoever signed up since then is for the next run, unless locked by hand."""
    held = situation.held
    mentors = known | frozenset(held.values())
    mentees = situation.mentees & (known | held.keys())
    capacity = {mentor: places for mentor, places in situation.capacity.items() if mentor in mentors}
    running = {
        mentee: each for mentee, each in situation.running.items() if mentee in mentees and each.mentor in capacity
    }
    return replace(situation, mentees=mentees, capacity=capacity, running=running)


def running_pairs(program: Program, *, all_of_them: bool) -> list[Running]:
    """Mentorships of a mentor and a mentee who go on: all, or those in which somebody asked for somebody else.

    Who has been offered another already is left alone until they have answered.
    """
    parts = Participant.objects.filter(mentorship__program=program, mentorship__status=Mentorship.Status.ACTIVE)
    if not all_of_them:
        asking = parts.filter(change_asked_at__isnull=False)
        parts = parts.filter(mentorship_id__in=asking.values("mentorship_id"))
    found: dict[int, dict[str, list[tuple[int, bool]]]] = {}
    for mentorship, role, enrolment, asked_at in parts.order_by("mentorship_id", "id").values_list(
        "mentorship_id", "role", "enrolment_id", "change_asked_at"
    ):
        found.setdefault(mentorship, {}).setdefault(role, []).append((enrolment, asked_at is not None))
    pairs = [
        Running(mentorship, mentee=mentees[0][0], mentor=mentors[0][0], asked=mentees[0][1] or mentors[0][1])
        for mentorship, sides in found.items()
        if len(mentees := sides.get(Role.MENTEE, [])) == 1 and len(mentors := sides.get(Role.MENTOR, [])) == 1
    ]
    if not pairs:
        return []
    here = set(taking_part(program).mentees().values_list("pk", flat=True))
    several = Counter(
        Participant.objects.filter(
            Q(mentorship__status__in=TAKING_PLACES),
            mentorship__program=program,
            enrolment_id__in=[each.mentee for each in pairs],
        ).values_list("enrolment_id", flat=True)
    )
    return [each for each in pairs if each.mentee in here and several[each.mentee] == 1]
