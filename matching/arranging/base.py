"""What every arranger shares: what it reads, what it finds, and the scores that all of them go by.

An arranger makes the suggested mentorships of one kind of format. It reads how things are (`situation`), gathers the
people (`prepare`) and finds who is with whom (`arrange`), which asks no database any more. Situations are compared, so
that what changed while it was computed is noticed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from mentoring.jobs.progress import JobError
from programs.models import Participant, Program, Role

from ..criteria import NothingCounts
from ..explain import Explainer, is_private
from ..gathering import TAKING_PLACES, Gathered, gather_sides, ready, scorer_of, taking_part
from ..models import GroupSeat, PairRule, Proposal
from ..scoring import RULED_OUT, Rule, Scorer

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

# How many of the reasons of a pair are kept.
REASONS = 4


@dataclass(frozen=True)
class PairFound:
    """A suggested mentor for a mentee, by enrolment."""

    mentee: int
    mentor: int
    score: float
    topic: int | None = None
    tier: int | None = None


@dataclass(frozen=True)
class Seat:
    """Somebody in a suggested group; whose score says how well they suit those whom it is about."""

    enrolment: int
    role: str
    score: float | None = None


@dataclass(frozen=True)
class GroupFound:
    """A suggested group of people."""

    seats: tuple[Seat, ...]
    score: float | None
    name: str = ""
    round: int | None = None
    place: str = ""
    # The mentorship that runs already and that these people are to join; None where they begin a new one.
    joins: int | None = None


@dataclass(frozen=True)
class LeftOver:
    """Somebody for whom nothing was found, and why, in a sentence."""

    enrolment: int
    code: str
    reason: str


@dataclass(frozen=True)
class Arranged:
    """What came of it; `told` are sentences for the admin about the whole."""

    pairs: tuple[PairFound, ...] = ()
    groups: tuple[GroupFound, ...] = ()
    left: tuple[LeftOver, ...] = ()
    told: tuple[str, ...] = ()
    # How many people were looked at, besides those who lead.
    people: int = 0
    leaders: int = 0


@dataclass(frozen=True, eq=False)
class Prepared:
    """People with the scorer that knows how well they fit, and what was read besides."""

    scorer: Scorer
    gathered: Gathered
    explainer: Explainer
    extra: dict[str, Any] = field(default_factory=dict)

    def matrix(self) -> tuple[Matrix, NDArray[np.uint16]]:
        """(scores, rules that forbid), of all mentees with all mentors, in the order of their ids."""
        scores, blocked = self.scorer.raw_block(0, len(self.scorer.mentees))
        return scores.astype(np.float64), blocked


class Arranger(ABC):
    """Makes the suggestions for formats whose `arranging` is this key."""

    key = ""
    # A page of its own shows them.
    template = ""
    # Whether two whom an admin wants together can be held to each other.
    takes_must = True
    # Whether it suggests pairs with a side each, rather than groups.
    makes_pairs = False

    @abstractmethod
    def situation(self, program: Program) -> Any:
        """How things are now, as something that can be compared."""

    @abstractmethod
    def is_wanted(self, situation: Any) -> bool:
        """Whether a run might find anything, for the night."""

    @abstractmethod
    def prepare(self, program: Program, situation: Any) -> Prepared:
        """Read the people. Raises JobError in a sentence where nothing can be found."""

    @abstractmethod
    def arrange(self, prepared: Prepared, situation: Any) -> Arranged:
        """Find who is with whom."""


def prepared(
    program: Program, *, mentees: Collection[int], mentors: Collection[int], extra: dict[str, Any] | None = None
) -> Prepared:
    """Score these enrolments as the two sides. Raises JobError where the criteria make no sense."""
    gathered = gather_sides(program, mentees=mentees, mentors=mentors)
    try:
        scorer = scorer_of(program, gathered)
    except NothingCounts:
        raise JobError(
            _("Nothing counts in this programme’s matching: give at least one criterion some importance.")
        ) from None
    except ValueError as error:
        raise JobError(str(error)) from error
    explainer = Explainer(scorer, skills=gathered.skills, languages=gathered.languages, names=gathered.names)
    return Prepared(scorer, gathered, explainer, extra or {})


def reasons_of(prepared: Prepared, pairs: Sequence[tuple[int, int]]) -> list[list[dict[str, Any]]]:
    """What speaks for each pair (mentee, mentor), as proposals keep it; nothing that was declared in confidence."""
    if not pairs:
        return []
    found = prepared.scorer.pairs([one for one, _other in pairs], [other for _one, other in pairs]).candidates
    return [
        [reason.as_dict() for reason in reasons if not is_private(reason.criterion)]
        for reasons in prepared.explainer.reasons(found)
    ]


def free_people(program: Program, roles: Collection[str], *, busy_as: Collection[str]) -> frozenset[int]:
    """Who takes part in one of these roles, is on no break, and in no open mentorship or locked group as one of these."""
    open_parts = Participant.objects.present().filter(
        mentorship__program=program,
        mentorship__status__in=TAKING_PLACES,
        mentorship__round__isnull=True,
        role__in=list(busy_as),
    )
    people = ready(program).filter(role__in=list(roles), paused_at__isnull=True)
    found = people.exclude(pk__in=open_parts.values("enrolment_id")).exclude(pk__in=locked_seats(program))
    return frozenset(found.values_list("pk", flat=True))


def busy_as(role: str) -> list[str]:
    """In which roles somebody must be free to be given this one."""
    return [Role.MENTOR] if role == Role.MENTOR else [Role.MENTEE, Role.PEER]


def locked_seats(program: Program) -> Any:
    """Enrolments that a locked suggestion holds."""
    return GroupSeat.objects.filter(
        group__program=program, group__status=Proposal.Status.DRAFT, group__locked=True
    ).values("enrolment_id")


def must_pairs(program: Program) -> frozenset[tuple[int, int]]:
    """(mentee, mentor) whom an admin wants together, who both take part and aren't together, or locked so, already."""
    here = taking_part(program).values("pk")
    rules = PairRule.objects.filter(program=program, kind=PairRule.Kind.MUST, mentee__in=here, mentor__in=here)
    wanted = set(rules.values_list("mentee_id", "mentor_id"))
    if not wanted:
        return frozenset()
    everybody = {pk for pair in wanted for pk in pair}
    together: dict[int, set[int]] = {}
    parts = Participant.objects.present().filter(
        mentorship__program=program, mentorship__status__in=TAKING_PLACES, enrolment__in=everybody
    )
    for enrolment, mentorship in parts.values_list("enrolment_id", "mentorship_id"):
        together.setdefault(enrolment, set()).add(mentorship)
    locked = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True)
    held = set(locked.values_list("mentee_id", "mentor_id"))
    return frozenset(
        (one, other) for one, other in wanted - held if not together.get(one, set()) & together.get(other, set())
    )


def not_held(count: int) -> tuple[str, ...]:
    """What is told of pairs that were decided by hand and could not be made."""
    if not count:
        return ()
    told = ngettext(
        "%(n)d pair that was decided by hand could not be made: a rule forbids it, or there is no place for it.",
        "%(n)d pairs that were decided by hand could not be made: a rule forbids them, or there is no place for them.",
        count,
    )
    return (told % {"n": count},)


def both_ways(blocked: NDArray[np.uint16]) -> Mask:
    """(P, P) who may meet whom in one pool: forbidden in neither direction."""
    allowed = blocked == 0
    return np.asarray(allowed & allowed.T, dtype=np.bool_)


def forbidding(blocked: Iterable[int], *, others: int) -> str:
    """Which rules forbid somebody everybody, in words, each with how many it takes."""
    told = ruled_out(blocked)
    head = ngettext(
        "Nobody suits: the rules forbid the %(n)d person there is",
        "Nobody suits: the rules forbid all %(n)d people there are",
        others,
    ) % {"n": others}
    return f"{head}: {told}." if told else f"{head}."


def ruled_out(blocked: Iterable[int]) -> str:
    """Which rules forbid these, each with how many it takes; the first of each counts."""
    counts: dict[str, int] = {}
    for bits in blocked:
        rule = next((rule for rule in Rule if bits & rule.bit), None)
        if rule is not None and rule != Rule.SAME_PERSON:
            words = _rule_words(rule)
            counts[words] = counts.get(words, 0) + 1
    return ", ".join(f"{words} ({n})" for words, n in sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _rule_words(rule: Rule) -> str:
    # Who ruled somebody out, and how, is never told.
    if rule in RULED_OUT:
        return _("ruled out for each other")
    return {
        Rule.REPORTING_LINE: _("in one reporting line"),
        Rule.SAME_TEAM: _("the same manager"),
        Rule.EARLIER_PAIR: _("together, or offered to each other, before"),
        Rule.LANGUAGE: _("no language in common"),
        Rule.SITE: _("at different locations"),
        Rule.ZONE: _("too far apart in time zones"),
        Rule.LEVEL_TOO_LOW: _("level too low"),
        Rule.LEVEL_TOO_HIGH: _("level too high"),
        Rule.NOT_ELIGIBLE: _("not here long enough"),
    }.get(rule, _("ruled out"))


__all__ = [
    "REASONS",
    "Arranged",
    "Arranger",
    "GroupFound",
    "LeftOver",
    "PairFound",
    "Prepared",
    "Seat",
    "both_ways",
    "forbidding",
    "free_people",
    "locked_seats",
    "must_pairs",
    "not_held",
    "prepared",
    "reasons_of",
    "ruled_out",
]
