"""Scores every mentee of a programme with every mentor: arrays in, arrays out, neither Django nor a database.

Every criterion says how well a pair fits, from 0 to 1; the score of a pair is the weighted mean of the criteria that
both have answered. A missing answer drops out of that pair's mean: it neither helps nor harms. Where nothing is known,
the score is a half. Rules forbid pairs outright.

Almost every criterion is a product of a row about the mentee and a row about the mentor (the mentee's row is a look-up
table over what the mentor may be, the mentor's row says which one it is), so that all of them together are one matrix
product per block of mentees. Its factors are rounded so that every partial sum is exact in float32: the scores are the
same to the last bit whatever the order of the rows, the size of the blocks or the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.scoring.criteria import DEFAULT_CRITERIA, Criterion, Curve, Factors
from matching.scoring.people import Bits, Floats, Ids, People
from matching.scoring.rules import Blocker, Patterns, Rules, count_patterns

NOTHING_KNOWN = 0.5
BLOCK = 512
TOP_K = 20

# Weighted mentee factors are whole multiples of 2^-21 and mentor factors of 2^-2; their sums stay below 2, where
# float32 still tells multiples of 2^-23 apart.
_GRAIN = np.float64(2**21)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Some pairs with their scores, all arrays of one length A.

    mentees, mentors  int64 ids
    scores            float32, 0 to 1
    components        (A, C) float32: each criterion's 0 to 1 in the order of `Scorer.criteria`, NaN where not answered;
                      (A, 0) where nobody asked for them
    """

    mentees: Ids
    mentors: Ids
    scores: Floats
    components: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    def __post_init__(self) -> None:
        a = self.mentees.size
        if self.mentees.shape != (a,) or self.mentors.shape != (a,) or self.scores.shape != (a,):
            raise ValueError("A pair needs a mentee, a mentor and a score.")
        if self.components.shape == (0, 0):
            object.__setattr__(self, "components", np.zeros((a, 0), dtype=np.float32))
        if self.components.ndim != 2 or self.components.shape[0] != a:
            raise ValueError("Components need one row for each pair.")

    def __len__(self) -> int:
        return int(self.mentees.size)

    @classmethod
    def dense(
        cls, mentee_ids: ArrayLike, mentor_ids: ArrayLike, scores: ArrayLike, allowed: ArrayLike | None = None
    ) -> Self:
        """The allowed pairs of a full (M, N) matrix of scores; all of them without `allowed`."""
        mentees = np.asarray(mentee_ids, dtype=np.int64).reshape(-1)
        mentors = np.asarray(mentor_ids, dtype=np.int64).reshape(-1)
        matrix = np.asarray(scores, dtype=np.float32).reshape(mentees.size, mentors.size)
        mask = np.ones(matrix.shape, dtype=np.bool_) if allowed is None else np.asarray(allowed, dtype=np.bool_)
        rows, columns = np.nonzero(mask.reshape(matrix.shape))
        return cls(mentees[rows], mentors[columns], matrix[rows, columns])

    @classmethod
    def join(cls, parts: Sequence[Candidates]) -> Self:
        """One after the other."""
        if not parts:
            return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        return cls(
            np.concatenate([part.mentees for part in parts]),
            np.concatenate([part.mentors for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.components for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Block:
    """What was found for the mentees in rows `start` to `stop` (b of them) and all N mentors.

    scores    (b, N) float32, 0 to 1, of forbidden pairs too
    blocked   (b, N) uint16, the bits of the `Rule`s that forbid the pair; 0 is eligible
    patterns  how many mentors are forbidden by exactly which set of rules, by row of the block
    top       the best eligible mentors of each mentee, best first, ties by mentor id, with components
    """

    start: int
    stop: int
    mentee_ids: Ids
    mentor_ids: Ids
    scores: Floats
    blocked: Bits
    patterns: Patterns
    top: Candidates

    def eligible(self) -> Candidates:
        """Every pair that no rule forbids, without components."""
        return Candidates.dense(self.mentee_ids, self.mentor_ids, self.scores, self.blocked == 0)


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores of pairs that were asked for: candidates, and the bits of the rules that forbid each (A,) uint16."""

    candidates: Candidates
    blocked: Bits


class Scorer:
    """All that is needed to score a programme; any worker that builds the same one can do any of the blocks.

    managers       person id → their manager's person id, of everyone in the organisation: lines are followed to the
                   top, a circle once round
    earlier_pairs  (mentee's person id, mentor's person id) of those who must not meet again in these parts; give both
                   orders to forbid both
    set_aside      likewise, pairs that somebody has turned down by hand; no rule needs to be set for them
    Raises ValueError if nothing has a weight, or the two sides don't share one list of skills and of languages.
    """

    def __init__(
        self,
        mentees: People,
        mentors: People,
        *,
        criteria: Sequence[Criterion] = DEFAULT_CRITERIA,
        rules: Rules | None = None,
        managers: Mapping[int, int] | None = None,
        earlier_pairs: Iterable[tuple[int, int]] = (),
        set_aside: Iterable[tuple[int, int]] = (),
        top_k: int = TOP_K,
    ) -> None:
        codes = [criterion.code for criterion in criteria]
        if len(set(codes)) < len(codes):
            raise ValueError("Each criterion can be used once only.")
        if not sum(criterion.weight for criterion in criteria) > 0:
            raise ValueError("At least one criterion needs a weight above 0, or every pair would score the same.")
        if len(mentees) and len(mentors):
            for name, one, other in (
                ("skills", mentees.skills, mentors.skills),
                ("languages", mentees.languages, mentors.languages),
            ):
                if one.shape[1] != other.shape[1]:
                    raise ValueError(f"Mentees and mentors must share one list of {name}.")
        if top_k < 1:
            raise ValueError("At least one candidate per mentee must be kept.")
        self.mentees = mentees
        self.mentors = mentors
        self.criteria = tuple(criterion for criterion in criteria if criterion.weight > 0)
        self.rules = rules or Rules()
        self.top_k = top_k
        self._empty = not len(mentees) or not len(mentors)
        if not self._empty:
            self._prepare()
        self._blocker = Blocker(
            mentees,
            mentors,
            rules=self.rules,
            managers=managers or {},
            earlier_pairs=earlier_pairs,
            set_aside=set_aside,
        )

    @property
    def shares(self) -> tuple[float, ...]:
        """Each criterion's part of the whole weight, in the order of `criteria`."""
        whole = sum(criterion.weight for criterion in self.criteria)
        return tuple(criterion.weight / whole for criterion in self.criteria)

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """Score everyone, `size` mentees at a time, so that memory stays bounded and progress can be shown."""
        for start in range(0, len(self.mentees), size):
            yield self.block(start, min(start + size, len(self.mentees)))

    def block(self, start: int, stop: int) -> Block:
        """Score the mentees in rows `start` to `stop` with every mentor."""
        if not 0 <= start <= stop <= len(self.mentees):
            raise ValueError(f"No rows {start} to {stop} among {len(self.mentees)} mentees.")
        rows = slice(start, stop)
        scores = self._scores(rows)
        blocked = self._blocker.block(rows)
        return Block(
            start=start,
            stop=stop,
            mentee_ids=self.mentees.ids[rows],
            mentor_ids=self.mentors.ids,
            scores=scores,
            blocked=blocked,
            patterns=count_patterns(blocked),
            top=self._top(start, scores, blocked),
        )

    def raw_block(self, start: int, stop: int) -> tuple[Floats, Bits]:
        """(scores, blocked) as in `block`, and nothing else of it: for whoever scans the scores again and again."""
        rows = slice(start, stop)
        return self._scores(rows), self._blocker.block(rows)

    def pairs(self, mentee_ids: ArrayLike, mentor_ids: ArrayLike) -> PairScores:
        """Score these pairs only, with components, forbidden or not. Raises KeyError for an id that is not here."""
        rows, columns = self.mentees.positions(mentee_ids), self.mentors.positions(mentor_ids)
        if rows.size != columns.size:
            raise ValueError("A pair needs a mentee and a mentor.")
        scores = np.zeros(rows.size, dtype=np.float32)
        blocked = np.zeros(rows.size, dtype=np.uint16)
        # One block of the mentees concerned, rather than a second way of computing the same thing.
        for at in range(0, rows.size, BLOCK):
            part = slice(at, at + BLOCK)
            unique, inverse = np.unique(rows[part], return_inverse=True)
            scores[part] = self._scores(unique)[inverse, columns[part]]
            blocked[part] = self._blocker.block(unique)[inverse, columns[part]]
        found = Candidates(self.mentees.ids[rows], self.mentors.ids[columns], scores, self._components(rows, columns))
        return PairScores(found, blocked)

    def _prepare(self) -> None:
        self._fits: list[Factors | Curve] = []
        self._answers: list[Factors] = []
        self._curves: list[tuple[np.float32, Curve]] = []
        values: list[Factors] = []
        knowns: list[Factors] = []
        for criterion, share in zip(self.criteria, self.shares, strict=True):
            fit = criterion.values(self.mentees, self.mentors)
            known = criterion.known(self.mentees, self.mentors)
            self._fits.append(fit)
            self._answers.append(known)
            knowns.append(_weighted(known, share))
            if isinstance(fit, Factors):
                values.append(_weighted(fit, share))
            else:
                self._curves.append((_grained(np.array([share]))[0], fit))
        self._value = _side_by_side(values, len(self.mentees), len(self.mentors))
        self._known = _side_by_side(knowns, len(self.mentees), len(self.mentors))
        self._everyone_answered = all(
            known.left.shape[1] == 1 and known.left.all() and known.right.all() for known in self._answers
        )

    def _scores(self, rows: slice | NDArray[np.intp]) -> Floats:
        if self._empty:
            return np.zeros((len(self.mentees.ids[rows]), len(self.mentors)), dtype=np.float32)
        scores: Floats = self._value.left[rows] @ self._value.right.T
        for weight, curve in self._curves:
            fit = curve.block(rows)
            fit *= weight
            scores += fit
        if self._everyone_answered:
            scores /= self._known.left[0] @ self._known.right[0]
        else:
            known = self._known.left[rows] @ self._known.right.T
            nothing = known == 0
            if nothing.any():
                known[nothing] = 1
                scores[nothing] = NOTHING_KNOWN
            scores /= known
        np.minimum(scores, 1, out=scores)
        return scores

    def _top(self, start: int, scores: Floats, blocked: Bits) -> Candidates:
        k = min(self.top_k, len(self.mentors))
        if k == 0 or not len(scores):
            return Candidates(
                np.zeros(0, dtype=np.int64),
                np.zeros(0, dtype=np.int64),
                np.zeros(0, dtype=np.float32),
                np.zeros((0, len(self.criteria)), dtype=np.float32),
            )
        ranked = np.where(blocked == 0, scores, np.float32(-1))
        least = np.partition(ranked, len(self.mentors) - k, axis=1)[:, len(self.mentors) - k]
        # Everyone as good as the k-th, ties included: which of those stay is for the ids to say, not for their place.
        rows, columns = np.nonzero(ranked >= np.maximum(least, 0)[:, None])
        order = np.lexsort((self.mentors.ids[columns], -ranked[rows, columns], rows))
        rows, columns = rows[order], columns[order]
        rank = np.arange(rows.size) - np.searchsorted(rows, rows, side="left")
        rows, columns = rows[rank < k], columns[rank < k]
        return Candidates(
            self.mentees.ids[start + rows],
            self.mentors.ids[columns],
            scores[rows, columns],
            self._components(start + rows, columns),
        )

    def _components(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
        components = np.full((rows.size, len(self.criteria)), np.nan, dtype=np.float32)
        for at in range(0, rows.size, 16 * BLOCK):
            part = slice(at, at + 16 * BLOCK)
            for c, (fit, known) in enumerate(zip(self._fits, self._answers, strict=True)):
                value = fit.pairs(rows[part], columns[part])
                answered = known.pairs(rows[part], columns[part]) > 0
                components[part, c] = np.where(answered, np.minimum(value, 1), np.nan)
        return components


def _grained(values: NDArray[np.float64]) -> Floats:
    grained: Floats = (np.rint(values * _GRAIN) / _GRAIN).astype(np.float32)
    return grained


def _weighted(factors: Factors, share: float) -> Factors:
    return Factors(_grained(factors.left * np.float64(share)), factors.right)


def _side_by_side(parts: Sequence[Factors], mentees: int, mentors: int) -> Factors:
    if not parts:
        return Factors(np.zeros((mentees, 0), dtype=np.float32), np.zeros((mentors, 0), dtype=np.float32))
    return Factors(np.hstack([part.left for part in parts]), np.hstack([part.right for part in parts]))
