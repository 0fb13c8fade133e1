"""Supply against demand before anybody is matched: who wants what, and how many places there are for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from ..models import Enrolment, EnrolmentSkill, Program, Role
from .seeking import placed, seeking, taking_part


@dataclass
class SkillSupply:
    """One skill: how many want it, how many as the first, by how many mentors and places it is offered."""

    name: str
    wanted: int = 0
    first: int = 0
    mentors: int = 0
    places: int = 0

    @property
    def short(self) -> int:
        return max(0, self.wanted - self.places)


@dataclass(frozen=True)
class Supply:
    """All skills, those short of most first; who waits, what is free, and how many of them could be placed at best."""

    skills: list[SkillSupply]
    waiting: int
    places: int
    mentors: int
    placeable: int
    # Who named no skill, and so can be placed with anybody.
    open_minded: int = 0
    not_counted: int = 0
    short: list[SkillSupply] = field(default_factory=list)
    # Offered with free places, and wanted by nobody.
    idle: list[SkillSupply] = field(default_factory=list)


def is_counted(program: Program) -> bool:
    """Whether a programme has two sides of which one gives places; on a board, or at an event, nobody is asked how many."""
    leading = program.parts.get(Role.MENTOR)
    return leading is not None and leading.capacity is not None


def supply_of(program: Program) -> Supply:
    """Everybody enrolled who has nobody yet, against the places that are still free; five queries."""
    leading = taking_part([program]).mentors().filter(paused_at__isnull=True)
    taken = dict(
        placed([program])
        .filter(role=Role.MENTOR)
        .order_by()
        .values("enrolment_id")
        .annotate(n=Count("pk"))
        .values_list("enrolment_id", "n")
    )
    mentors = {
        pk: max(0, capacity - taken.get(pk, 0))
        for pk, capacity in leading.order_by("applied_at", "pk").values_list("pk", "capacity")
    }
    waiting = list(seeking([program]).order_by("applied_at", "pk").values_list("pk", flat=True))
    skills: dict[int, SkillSupply] = {}
    wants: dict[int, list[int]] = {pk: [] for pk in waiting}
    offers: dict[int, set[int]] = {}
    rows = EnrolmentSkill.objects.filter(enrolment__program=program, enrolment__status=Enrolment.Status.ACTIVE)
    for enrolment, skill, _rank, name in rows.order_by("enrolment_id", "rank", "pk").values_list(
        "enrolment_id", "skill_id", "rank", "skill__name"
    ):
        each = skills.setdefault(skill, SkillSupply(name))
        if enrolment in wants:
            each.wanted += 1
            each.first += not wants[enrolment]
            wants[enrolment].append(skill)
        elif mentors.get(enrolment):
            each.mentors += 1
            each.places += mentors[enrolment]
            offers.setdefault(skill, set()).add(enrolment)
    found = [each for each in skills.values() if each.wanted or each.places]
    found.sort(key=lambda each: (-each.short, -each.wanted, each.name.casefold()))
    open_minded = [pk for pk, wanted in wants.items() if not wanted]
    choices = {pk: {mentor for skill in wanted for mentor in offers.get(skill, ())} for pk, wanted in wants.items()}
    anybody = {mentor for mentor, free in mentors.items() if free}
    choices |= dict.fromkeys(open_minded, anybody)
    others = Enrolment.objects.filter(program=program, status__in=["applied", "waiting"])
    return Supply(
        skills=found,
        waiting=len(waiting),
        places=sum(mentors.values()),
        mentors=sum(free > 0 for free in mentors.values()),
        placeable=most_placed(choices, mentors),
        open_minded=len(open_minded),
        not_counted=others.count(),
        short=[each for each in found if each.short],
        idle=[each for each in found if not each.wanted],
    )


def most_placed(choices: Mapping[int, Iterable[int]], places: Mapping[int, int]) -> int:
    """How many can be placed at best, each with one of their choices and nobody above their places.

    Augmenting paths, breadth first (Kuhn's algorithm with capacities).
    """
    holds: dict[int, set[int]] = {mentor: set() for mentor in places}
    placed_with: dict[int, int] = {}
    for start in choices:
        came_from: dict[int, tuple[int, int | None]] = {}
        queue, free = [start], None
        origin: dict[int, int | None] = {start: None}
        while queue and free is None:
            mentee = queue.pop(0)
            for mentor in choices[mentee]:
                if mentor in came_from or not places.get(mentor):
                    continue
                came_from[mentor] = (mentee, origin[mentee])
                if len(holds[mentor]) < places[mentor]:
                    free = mentor
                    break
                for other in holds[mentor]:
                    origin[other] = mentor
                    queue.append(other)
        while free is not None:
            mentee, earlier = came_from[free]
            if earlier is not None:
                holds[earlier].discard(mentee)
            holds[free].add(mentee)
            placed_with[mentee] = free
            free = earlier
    return len(placed_with)
