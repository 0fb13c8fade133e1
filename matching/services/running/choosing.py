"""Choosing the pairs: the programme's objective, what is locked or must be, and the pairs that run already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from mentoring.jobs.progress import JobError

from ...assignment import Assignment, Pair, assign, assign_blocks, assign_stable
from ...rematching import Moved, rematch
from ...scoring import BLOCK, Candidates, People, Scorer
from .situation import Situation

# Ranks of stated choices are below this.
LAST_RANK = 100
# Beyond so many pairs all of them at once take more memory than a worker should.
MOST_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class Chosen:
    """The pairs that are to be proposed.

    assignment  everybody, those whose running pair stays included
    replaced    (mentee, old mentor, new mentor) of the running pairs that a proposal would take the place of
    """

    assignment: Assignment
    replaced: tuple[Moved, ...] = ()


def choose(
    scorer: Scorer, situation: Situation, *, criteria: Mapping[str, Any], must: Iterable[tuple[int, int]] = ()
) -> Chosen:
    """The best pairs as a whole. Raises JobError where the objective can't be had for so many people.

    must  (mentee, mentor) that are paired whatever the scores say, as long as there is room
    """
    known = frozenset(scorer.mentees.ids.tolist())
    # Whoever signed up since everybody was scored, and was placed by hand, takes a place and nothing else.
    strangers = {mentee: mentor for mentee, mentor in situation.held.items() if mentee not in known}
    capacity = dict(situation.capacity)
    for mentor in strangers.values():
        capacity[mentor] -= 1
    held = {mentee: mentor for mentee, mentor in situation.held.items() if mentee in known}
    mentees = sorted(situation.mentees - strangers.keys())
    locked = _with_must(held, must, mentees=frozenset(mentees), capacity=capacity, situation=situation)
    objective, gain = criteria.get("objective") or "most", criteria.get("keep_gain")
    if not situation.running:
        chosen = Chosen(_afresh(scorer, mentees, capacity, locked, objective=objective))
    elif gain is None and objective == "most" and _too_many(scorer, len(mentees)):
        chosen = _possible(_askers_last(scorer, situation, mentees, capacity, locked), situation)
    else:
        chosen = _anew(scorer, situation, mentees, capacity, locked, gain=gain)
        if gain is None and objective != "most":
            chosen = _by_objective(chosen, scorer, situation, mentees, capacity, locked, objective=objective)
        chosen = _possible(chosen, situation)
    if not strangers:
        return chosen
    pairs = [Pair(mentee, mentor, None, locked=True) for mentee, mentor in strangers.items()]
    return replace(
        chosen, assignment=replace(chosen.assignment, pairs=tuple(sorted([*chosen.assignment.pairs, *pairs], key=_key)))
    )


def eligible_pairs(scorer: Scorer, mentees: Iterable[int]) -> Candidates:
    """Every pair of these mentees that no rule forbids, at once. Raises JobError where those are too many."""
    wanted = np.fromiter(mentees, dtype=np.int64)
    if _too_many(scorer, wanted.size):
        raise JobError(_("There are too many people for this objective. Choose “most people” in what counts."))
    return Candidates.join(list(eligible_blocks(scorer, wanted)))


def _too_many(scorer: Scorer, mentees: int) -> bool:
    return mentees * len(scorer.mentors) > MOST_AT_ONCE


def eligible_blocks(scorer: Scorer, mentees: NDArray[np.int64]) -> Iterator[Candidates]:
    """Every pair of these mentees that no rule forbids, some mentees after others."""
    for start in range(0, len(scorer.mentees), BLOCK):
        stop = min(start + BLOCK, len(scorer.mentees))
        ids = scorer.mentees.ids[start:stop]
        here = np.isin(ids, mentees)
        if here.any():
            scores, blocked = scorer.raw_block(start, stop)
            yield Candidates.dense(ids[here], scorer.mentors.ids, scores[here], blocked[here] == 0)


def _afresh(
    scorer: Scorer, mentees: list[int], capacity: dict[int, int], locked: dict[int, int], *, objective: str
) -> Assignment:
    if objective == "fairest":
        pairs = eligible_pairs(scorer, mentees)
        return assign(pairs, mentees=mentees, capacity=capacity, locked=locked.items(), objective="fairest")
    if objective == "stable":
        pairs = eligible_pairs(scorer, mentees)
        return assign_stable(
            pairs,
            mentees=mentees,
            capacity=capacity,
            mentee_scores=_wanted(pairs.scores, scorer.mentees, pairs.mentees, pairs.mentors),
            mentor_scores=_wanted(pairs.scores, scorer.mentors, pairs.mentors, pairs.mentees),
            locked=locked.items(),
        )
    rows = np.flatnonzero(np.isin(scorer.mentees.ids, np.array(mentees, dtype=np.int64)))

    def source(start: int, stop: int) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
        wanted = rows[start:stop]
        if not wanted.size:
            return scorer.raw_block(0, 0)
        first = int(wanted[0])
        scores, blocked = scorer.raw_block(first, int(wanted[-1]) + 1)
        here = wanted - first
        return (scores, blocked) if here.size == len(scores) else (scores[here], blocked[here])

    return assign_blocks(
        source,
        mentees=scorer.mentees.ids[rows],
        mentors=scorer.mentors.ids,
        capacity=capacity,
        locked=locked.items(),
    )


def _wanted(
    scores: NDArray[np.float32], choosing: People, ids: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How much one side wants the other: whom somebody named, in that order, then whoever scores higher."""
    wanted = scores.astype(np.float64)
    for person, chosen in zip(choosing.ids.tolist(), choosing.choices, strict=True):
        if chosen:
            at = np.flatnonzero(ids == person)
            wanted[at] += [LAST_RANK - chosen[other] if other in chosen else 0 for other in others[at].tolist()]
    return wanted


def _anew(
    scorer: Scorer,
    situation: Situation,
    mentees: list[int],
    capacity: dict[int, int],
    locked: dict[int, int],
    *,
    gain: float | None,
) -> Chosen:
    """Beside the running pairs: those who asked may move, the others only where that gains enough."""
    if gain is not None and _too_many(scorer, len(mentees)):
        raise JobError(_("There are too many people to replace running pairs. Let them stay, in what counts."))
    running = situation.running
    found = rematch(
        eligible_pairs(scorer, mentees),
        mentees=mentees,
        capacity=capacity,
        current={mentee: each.mentor for mentee, each in running.items()},
        may_move=[mentee for mentee, each in running.items() if each.asked],
        gain=gain,
        locked=locked.items(),
    )
    return Chosen(found.assignment, found.replaced)


def _by_objective(
    chosen: Chosen,
    scorer: Scorer,
    situation: Situation,
    mentees: list[int],
    capacity: dict[int, int],
    locked: dict[int, int],
    *,
    objective: str,
) -> Chosen:
    """Who asked for another goes where all together gain most; among those who wait, the objective counts."""
    asked = {pair.mentee: pair.mentor for pair in chosen.assignment.pairs if pair.mentee in situation.running}
    fixed = locked | asked
    found = _afresh(scorer, mentees, _roomy(capacity, fixed), fixed, objective=objective)
    pairs = tuple(replace(pair, locked=pair.mentee in locked) for pair in found.pairs)
    return replace(chosen, assignment=replace(found, pairs=pairs))


def _askers_last(
    scorer: Scorer, situation: Situation, mentees: list[int], capacity: dict[int, int], locked: dict[int, int]
) -> Chosen:
    """Of too many people to look at all pairs at once: those who wait, then whoever asked for another."""
    current = {mentee: each.mentor for mentee, each in situation.running.items()}
    staying = current | locked
    waiting = _afresh(scorer, mentees, _roomy(capacity, staying), staying, objective="most")
    made = [pair for pair in waiting.pairs if pair.mentee not in current]
    found = rematch(
        eligible_pairs(scorer, current),
        mentees=mentees,
        capacity=capacity,
        current=current,
        may_move=current.keys(),
        gain=None,
        locked=[*locked.items(), *((pair.mentee, pair.mentor) for pair in made if pair.mentee not in locked)],
    )
    asked = [pair for pair in found.assignment.pairs if pair.mentee in current]
    pairs = tuple(sorted([*made, *asked], key=_key))
    total = round(sum(pair.score for pair in pairs if pair.score is not None), 6)
    return Chosen(replace(found.assignment, pairs=pairs, total=total, bound=None), found.replaced)


def _roomy(capacity: Mapping[int, int], fixed: Mapping[int, int]) -> dict[int, int]:
    """Places enough for all that is fixed: a mentor may have more running pairs than places."""
    used = Counter(fixed.values())
    return {mentor: max(capacity.get(mentor, 0), used[mentor]) for mentor in capacity.keys() | used.keys()}


def _possible(chosen: Chosen, situation: Situation) -> Chosen:
    """Leave out changes that could never begin: an offer needs a place, and a pair goes on until the new one has begun.

    So of people who would only change places with each other, nobody can be the first.
    """
    free = dict(situation.capacity)
    for each in situation.running.values():
        free[each.mentor] -= 1
    new = [
        pair
        for pair in chosen.assignment.pairs
        if pair.mentee not in situation.running or situation.running[pair.mentee].mentor != pair.mentor
    ]
    waiting = list(new)
    while waiting:
        later = []
        for pair in waiting:
            if free.get(pair.mentor, 0) > 0:
                free[pair.mentor] -= 1
                if pair.mentee in situation.running:
                    free[situation.running[pair.mentee].mentor] += 1
            else:
                later.append(pair)
        if len(later) == len(waiting):
            break
        waiting = later
    if not waiting:
        return chosen
    stuck = {pair.mentee for pair in waiting}
    pairs = [pair for pair in chosen.assignment.pairs if pair.mentee not in stuck]
    pairs += [
        Pair(mentee, situation.running[mentee].mentor, None, locked=True) for mentee in stuck & situation.running.keys()
    ]
    assignment = replace(
        chosen.assignment,
        pairs=tuple(sorted(pairs, key=_key)),
        unmatched=tuple(sorted({*chosen.assignment.unmatched, *(stuck - situation.running.keys())})),
    )
    return Chosen(assignment, tuple(each for each in chosen.replaced if each[0] not in stuck))


def _with_must(
    held: dict[int, int],
    must: Iterable[tuple[int, int]],
    *,
    mentees: frozenset[int],
    capacity: Mapping[int, int],
    situation: Situation,
) -> dict[int, int]:
    """The locked pairs, and those that must be, as long as their mentors have room beside the running ones that stay."""
    locked = dict(held)
    left = dict(capacity)
    for mentor in locked.values():
        left[mentor] -= 1
    for mentee, each in situation.running.items():
        if mentee not in locked:
            left[each.mentor] -= 1
    for mentee, mentor in sorted(must):
        if mentee in mentees and mentee not in locked and mentee not in situation.running and left.get(mentor, 0) > 0:
            locked[mentee] = mentor
            left[mentor] -= 1
    return locked


def _key(pair: Pair) -> tuple[int, int]:
    return pair.mentee, pair.mentor
