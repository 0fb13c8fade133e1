"""Scoring a programme: by one worker, or in blocks that any number of workers share, all on one snapshot of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from mentoring.jobs.parts import share_parts
from mentoring.jobs.progress import NoProgress, Progress
from programs.models import Program

from ...explain import Explainer
from ...freezing import freeze, thaw
from ...gathering import Gathered, scorer_of
from ...scoring import BLOCK, Block, Candidates, Scorer
from ..pairs import explainer_of

# Programmes of up to so many blocks are scored where they are: sharing costs about as much as a block.
ALONE = 4
# Of how many of a mentee's candidates the reasons are kept; those of the others can be found again from the people.
EXPLAINED = 5


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A programme as it was when its run began; whoever scores a part of it sees the same.

    version   the version of the criteria that was in force
    criteria  what counted, without questions that are no longer there
    left_out  the primary keys of those questions
    """

    program: int
    format: str
    version: int
    criteria: dict[str, Any]
    left_out: list[int]
    started_at: datetime
    gathered: Gathered

    def scorer(self) -> Scorer:
        """Raises ValueError if the programme's weights or limits make no sense."""
        # What it asks the database for, if anything, needs a transaction.
        with transaction.atomic():
            return scorer_of(Program(pk=self.program, format=self.format, criteria=self.criteria), self.gathered)

    def explainer(self, scorer: Scorer) -> Explainer:
        return explainer_of(scorer, self.gathered)


@dataclass(frozen=True, eq=False)
class Scores:
    """The best candidates of each mentee, mentees in order, best first.

    told      the reasons of each mentee's first `EXPLAINED`, in the order of `top`, as JSON can hold them
    patterns  mentee → set of rules as bits → how many mentors it forbids
    """

    top: Candidates
    told: list[list[dict[str, Any]]]
    patterns: Mapping[int, Mapping[int, int]]

    def ranks(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Each candidate's place among those of the mentee, from 0."""
        return ranks(self.top)


def ranks(top: Candidates) -> np.ndarray[Any, np.dtype[np.int64]]:
    new = np.flatnonzero(np.diff(top.mentees, prepend=-1))
    return np.arange(len(top)) - np.repeat(new, np.diff(new, append=len(top)))


def score(
    snapshot: Snapshot, scorer: Scorer, progress: Progress | NoProgress, *, frozen: bytes | None = None
) -> Scores:
    """Compare every mentee with every mentor, with the help of other workers where the programme is large.

    `frozen` is the snapshot as an earlier worker of the same job laid it out.
    """
    total = len(scorer.mentees)
    note = _("Comparing every mentee with every mentor")
    if isinstance(progress, Progress) and (frozen or total > ALONE * BLOCK):
        params = [{"start": start, "stop": min(start + BLOCK, total)} for start in range(0, total, BLOCK)]
        found = share_parts(progress, shared=frozen or freeze(snapshot), params=params, note=note)
        return _join([thaw(each) for each in found])
    explainer = snapshot.explainer(scorer)
    parts = []
    # Small programmes in a few steps as well, so that people see it move and can stop it.
    for block in scorer.blocks(min(BLOCK, max(32, total // 20))):
        parts.append(_found(block, explainer))
        progress.step(block.stop, total, note)
    return _join(parts)


def start_scoring(shared: bytes, step: Callable[[], None]) -> Callable[..., bytes]:
    """Get ready to score blocks of a frozen snapshot."""
    snapshot: Snapshot = thaw(shared)
    scorer = snapshot.scorer()
    explainer = snapshot.explainer(scorer)

    def score_block(*, start: int, stop: int) -> bytes:
        return freeze(_found(scorer.block(start, stop), explainer))

    return score_block


@dataclass(frozen=True, eq=False)
class Found:
    """What one block found, ready to be frozen."""

    mentees: np.ndarray[Any, np.dtype[np.int64]]
    top: Candidates
    told: str
    patterns: list[dict[int, int]]


def _found(block: Block, explainer: Explainer) -> Found:
    top = block.top
    first = ranks(top) < EXPLAINED
    told = explainer.reasons(
        Candidates(top.mentees[first], top.mentors[first], top.scores[first], top.components[first])
    )
    return Found(
        mentees=block.mentee_ids,
        top=replace(top),
        # One text is thawed sooner than thousands of mappings.
        told=json.dumps([[reason.as_dict() for reason in each] for each in told]),
        patterns=[block.patterns.of(row) for row in range(len(block.mentee_ids))],
    )


def _join(parts: list[Found]) -> Scores:
    return Scores(
        top=Candidates.join([part.top for part in parts]),
        told=[each for part in parts for each in json.loads(part.told)],
        patterns={
            mentee: pattern
            for part in parts
            for mentee, pattern in zip(part.mentees.tolist(), part.patterns, strict=True)
        },
    )
