"""Builds chains through tiers of an organisation: whoever has a mentor in the tier above may mentor in the tier below.

What counts, from the top tier down, each as in `matching.assignment.assign`:
1. as many people of a tier as possible have a mentor in the tier above,
2. the sum of the scores is as high as possible,
3. earlier ids go first.
Everybody is in one tier and pairs are made between neighbouring tiers only, so no choice in one tier takes anything from
another: the tiers one by one are the best whole. The one exception: mentorships that run already, upwards ones too, must
not become part of a circle of persons. A pair that would close one is struck off and its tier is assigned anew; `proven`
says when no such pair stood in the way, and the whole is the best there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.assignment import Assignment, Pair, assign
from matching.scoring import Candidates

Edges = dict[int, set[int]]


@dataclass(frozen=True)
class Cascade:
    """The pairs of each step between two tiers, from the top, and the chains that they make.

    steps   one assignment for each tier but the first; its people are the mentees
    chains  ids from the first mentor down to somebody who mentors nobody, every way once, in order
    struck  (mentee, mentor) that would have closed a circle of persons and were not made, in order
    """

    steps: tuple[Assignment, ...]
    chains: tuple[tuple[int, ...], ...]
    struck: tuple[tuple[int, int], ...]
    proven: bool

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple(pair for step in self.steps for pair in step.pairs)

    @property
    def unmatched(self) -> tuple[int, ...]:
        """Who wanted a mentor and has none, tier by tier."""
        return tuple(person for step in self.steps for person in step.unmatched)


def build_cascade(
    candidates: Candidates,
    *,
    tiers: Sequence[Sequence[int]],
    capacity: Mapping[int, int],
    mentees: Iterable[int] | None = None,
    running: Iterable[tuple[int, int]] = (),
    locked: Iterable[tuple[int, int]] = (),
) -> Cascade:
    """Assign each tier to the one above it.

    candidates  pairs that may be made: mentors from one tier, mentees from the next one below
    tiers       ids of everybody, tier by tier from the top
    capacity    id → how many mentees this person takes as a mentor; a person who is missing mentors nobody
    mentees     ids of those who want a mentor, whose candidates count; everybody below the top tier without it
    running     (mentee, mentor) ids of mentorships outside of this cascade, in any direction
    locked      (mentee, mentor) ids of this cascade that stay as they are
    Raises ValueError in a sentence for a person in two tiers, pairs that don't go from one tier to the next, somebody
    in no tier, a locked pair that closes a circle, and whatever `assign` refuses.
    """
    tier_of = _tiers(tiers)
    wanting = set(mentees) if mentees is not None else {person for tier in tiers[1:] for person in tier}
    for person in (*sorted(wanting), *sorted(capacity)):
        if person not in tier_of:
            raise ValueError(f"Person {person} is in no tier.")
    pairs = list(zip(candidates.mentees.tolist(), candidates.mentors.tolist(), strict=True))
    held = sorted(set(locked))
    for mentee, mentor in (*pairs, *held):
        if mentee not in tier_of or mentor not in tier_of or tier_of[mentee] != tier_of[mentor] + 1:
            raise ValueError(f"Mentor {mentor} is not in the tier above mentee {mentee}.")

    below: Edges = {}
    for mentee, mentor in running:
        below.setdefault(mentor, set()).add(mentee)
    for mentee, mentor in held:
        if mentor in _reached(below, mentee):
            raise ValueError(f"Mentee {mentee} locked to mentor {mentor} closes a circle of persons.")
        below.setdefault(mentor, set()).add(mentee)
    steps, struck = [], []
    levels = np.array([tier_of[mentee] for mentee, _mentor in pairs], dtype=np.int64)
    for number, (above, tier) in enumerate(pairwise(tiers), 1):
        step, gone = _step(
            _only(candidates, (levels == number) & np.isin(candidates.mentees, sorted(wanting))),
            mentees=np.array(sorted(wanting.intersection(tier)), dtype=np.int64),
            capacity={mentor: capacity[mentor] for mentor in sorted(above) if mentor in capacity},
            locked=[pair for pair in held if tier_of[pair[0]] == number],
            below=below,
        )
        steps.append(step)
        struck += gone
        for pair in step.pairs:
            below.setdefault(pair.mentor, set()).add(pair.mentee)
    return Cascade(tuple(steps), _chains(steps), tuple(sorted(struck)), proven=not struck)


def _tiers(tiers: Sequence[Sequence[int]]) -> dict[int, int]:
    tier_of: dict[int, int] = {}
    for number, tier in enumerate(tiers):
        for person in tier:
            if person in tier_of:
                raise ValueError(f"Person {person} is listed twice.")
            tier_of[person] = number
    return tier_of


def _only(candidates: Candidates, keep: NDArray[np.bool_]) -> Candidates:
    return Candidates(candidates.mentees[keep], candidates.mentors[keep], candidates.scores[keep])


def _step(
    candidates: Candidates,
    *,
    mentees: NDArray[np.int64],
    capacity: dict[int, int],
    locked: list[tuple[int, int]],
    below: Edges,
) -> tuple[Assignment, list[tuple[int, int]]]:
    struck: list[tuple[int, int]] = []
    while True:
        keep = [
            pair not in struck for pair in zip(candidates.mentees.tolist(), candidates.mentors.tolist(), strict=True)
        ]
        found = assign(
            _only(candidates, np.array(keep, dtype=np.bool_)), mentees=mentees, capacity=capacity, locked=locked
        )
        closing = _closing(found, below)
        if closing is None:
            return found, struck
        struck.append(closing)


def _closing(found: Assignment, below: Edges) -> tuple[int, int] | None:
    """The first pair, best score first, that closes a circle with what stands and with the pairs before it."""
    whole = {mentor: set(mentees) for mentor, mentees in below.items()}
    for pair in sorted(found.pairs, key=lambda pair: (not pair.locked, -(pair.score or 0), pair.mentee, pair.mentor)):
        if not pair.locked and pair.mentor in _reached(whole, pair.mentee):
            return pair.mentee, pair.mentor
        whole.setdefault(pair.mentor, set()).add(pair.mentee)
    return None


def closes_circle(standing: Iterable[tuple[int, int]], mentee: int, mentor: int) -> bool:
    """Whether mentoring goes on, by pairs (mentee, mentor) that stand, from this mentee to this mentor."""
    below: Edges = {}
    for one, other in standing:
        below.setdefault(other, set()).add(one)
    return mentor in _reached(below, mentee)


def _reached(below: Edges, start: int) -> set[int]:
    """Everybody to whom mentoring goes on from here, the start included."""
    reached, waiting = {start}, [start]
    while waiting:
        for person in below.get(waiting.pop(), ()):
            if person not in reached:
                reached.add(person)
                waiting.append(person)
    return reached


def _chains(steps: Sequence[Assignment]) -> tuple[tuple[int, ...], ...]:
    below: dict[int, list[int]] = {}
    mentored = set()
    for step in steps:
        for pair in step.pairs:
            below.setdefault(pair.mentor, []).append(pair.mentee)
            mentored.add(pair.mentee)
    ways: list[tuple[int, ...]] = [(person,) for person in below if person not in mentored]
    chains = []
    while ways:
        way = ways.pop()
        after = below.get(way[-1])
        if after is None:
            chains.append(way)
        else:
            ways += [(*way, person) for person in after]
    return tuple(sorted(chains))
