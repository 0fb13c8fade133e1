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
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.scoring.criteria import DEFAULT_CRITERIA, Criterion
from matching.scoring.factors import ByKind, Curve, Factors, Index, Rows, Shared, kinds_of, ranges
from matching.scoring.people import Bits, Floats, Ids, People
from matching.scoring.rules import Blocker, Patterns, Rules

NOTHING_KNOWN = 0.5
BLOCK = 512
TOP_K = 20
# Rows of a block that are finished together.
_AT_ONCE = 16
# The bits of 1.0, the highest score.
_ONE = int(np.float32(1).view(np.int32))
# A column of the product costs as much as adding something to one pair in so many by itself.
_WORTH_A_COLUMN = 500

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
    set_aside, must_not  likewise, pairs that somebody has turned down by hand; no rule needs to be set for them
    avoided        (person id, person id) of whom one doesn't want to be paired with the other, in whatever parts
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
        must_not: Iterable[tuple[int, int]] = (),
        avoided: Iterable[tuple[int, int]] = (),
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
            must_not=must_not,
            avoided=avoided,
        )

    @property
    def shares(self) -> tuple[float, ...]:
        """Each criterion's part of the whole weight, in the order of `criteria`."""
        whole = sum(criterion.weight for criterion in self.criteria)
        return tuple(criterion.weight / whole for criterion in self.criteria)

    @property
    def width(self) -> int:
        """How many columns the product would have if everything that is one were done as one, what is known included.

        Words, interests and choices are not, since few pairs have any of them in common; nor are columns that are rare.
        """
        if self._empty:
            return 0
        parts = [fit.left.shape[1] for fit in (*self._fits, *self._answers) if isinstance(fit, Factors)]
        return sum(parts) + sum(fit.width for fit in self._fits if not isinstance(fit, Factors | Shared))

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
            patterns=Patterns(blocked),
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
        # One block of the mentees concerned, rather than a second way of computing the same thing.
        for at in range(0, rows.size, BLOCK):
            part = slice(at, at + BLOCK)
            unique, inverse = np.unique(rows[part], return_inverse=True)
            scores[part] = self._scores(unique)[inverse, columns[part]]
        found = Candidates(self.mentees.ids[rows], self.mentors.ids[columns], scores, self._components(rows, columns))
        return PairScores(found, self._blocker.pairs(rows, columns))

    def _prepare(self) -> None:
        m, n = len(self.mentees), len(self.mentors)
        self._by_id = np.argsort(self.mentors.ids)
        self._place_of_id = np.argsort(self._by_id)
        self._fits: list[Factors | Shared | Curve] = []
        self._answers: list[Factors] = []
        self._curves: list[ByKind[np.float32]] = []
        values: list[Factors] = []
        shared: list[Shared] = []
        for criterion, share in zip(self.criteria, self.shares, strict=True):
            fit = criterion.values(self.mentees, self.mentors)
            self._fits.append(fit)
            self._answers.append(criterion.known(self.mentees, self.mentors))
            if isinstance(fit, Factors):
                values.append(_weighted(fit, share))
            elif isinstance(fit, Shared):
                shared.append(replace(fit, values=_grained(fit.values * share).astype(np.float64)))
                if fit.base is not None:
                    values.append(_weighted(fit.base, share))
            else:
                self._curves.append(_by_kind(fit, n, weight=_grained(np.array([share]))[0]))
        self._below_zero = any((part.values < 0).any() for part in shared)
        value, self._rare = _split(Factors.join(values, m, n), shared)
        self._left, self._right = value.left, np.ascontiguousarray(value.right)
        known = Factors.join(
            [_weighted(part, share) for part, share in zip(self._answers, self.shares, strict=True)], m, n
        )
        # Few of the thousands of ways to leave questions unanswered occur.
        kind, first = kinds_of(known.left)
        self._parts_known = ByKind(
            kind, first.size, n, lambda kinds: _inverse(known.left[first[kinds]] @ known.right.T)
        )

    def _scores(self, rows: Rows) -> Floats:
        if self._empty:
            return np.zeros((len(self.mentees.ids[rows]), len(self.mentors)), dtype=np.float32)
        scores: Floats = self._left[rows] @ self._right.T
        if self._rare is not None:
            self._rare.add_to(scores, rows)
        tables = [curve.rows(rows) for curve in self._curves]
        known, known_kind = self._parts_known.rows(rows)
        one_kind, something_unknown = len(known) == 1, bool((known == 0).any())
        passing = np.empty((min(_AT_ONCE, len(scores)), len(self.mentors)), dtype=np.float32)
        # A few rows after another, so that they stay near the processor from one step to the next.
        for at in range(0, len(scores), _AT_ONCE):
            few = slice(at, at + _AT_ONCE)
            part = scores[few]
            buffer = passing[: len(part)]
            for table, kind in tables:
                part += _lines(table, kind, few, buffer)
            inverse = known if one_kind else _lines(known, known_kind, few, buffer)
            part *= inverse
            if something_unknown:
                np.copyto(part, NOTHING_KNOWN, where=inverse == 0)
            np.minimum(part, 1, out=part)
            if self._below_zero:
                np.maximum(part, 0, out=part)
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
        found = []
        for at in range(0, len(scores), _AT_ONCE):
            few = slice(at, at + _AT_ONCE)
            ranked = np.where(blocked[few] == 0, scores[few], np.float32(-1))
            # Everyone as good as that, ties included: which of them stay is for the ids to say, not their place.
            good = np.flatnonzero(ranked >= np.maximum(_about_the_best(ranked, k), 0)[:, None])
            row, column = np.divmod(good, len(self.mentors))
            # Row, then score from the top, then id, in one number: that is sorted several times as fast.
            down = _ONE - scores[few].reshape(-1)[good].view(np.int32).astype(np.int64)
            keys = np.sort((row << 58) | (down << 28) | self._place_of_id[column])
            rows_here = keys >> 58
            rank = np.arange(keys.size) - np.searchsorted(rows_here, rows_here)
            kept = keys[rank < k]
            found.append(np.stack([(kept >> 58) + at, self._by_id[kept & ((1 << 28) - 1)]]))
        rows, columns = np.hstack(found)
        return Candidates(
            self.mentees.ids[start + rows],
            self.mentors.ids[columns],
            scores[rows, columns],
            self._components(start + rows, columns),
        )

    def _components(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
        components = np.full((rows.size, len(self.criteria)), np.nan, dtype=np.float32)
        for at in range(0, rows.size, 32 * BLOCK):
            part = slice(at, at + 32 * BLOCK)
            for c, (fit, known) in enumerate(zip(self._fits, self._answers, strict=True)):
                value = fit.pairs(rows[part], columns[part])
                answered = known.pairs(rows[part], columns[part]) > 0
                components[part, c] = np.where(answered, np.minimum(value, 1), np.nan)
        return components


@dataclass(frozen=True, eq=False)
class _Rare:
    """What few pairs have in common, to be added to the product: as `Shared`, in float32 and by rows."""

    starts: Index
    keys: Index
    values: Floats
    key_starts: Index
    columns: Index
    parts: Floats

    def add_to(self, scores: Floats, rows: Rows) -> None:
        """Every number is a multiple of the grain, so that the order of adding doesn't matter."""
        index = np.arange(self.starts.size - 1)[rows]
        counts = self.starts[index + 1] - self.starts[index]
        entry = ranges(self.starts[index], counts)
        if not entry.size:
            return
        keys = self.keys[entry]
        holders = self.key_starts[keys + 1] - self.key_starts[keys]
        held = ranges(self.key_starts[keys], holders)
        row = np.repeat(np.repeat(np.arange(index.size) * scores.shape[1], counts), holders)
        amounts = np.repeat(self.values[entry], holders)
        amounts *= self.parts[held]
        np.add.at(scores.reshape(-1), row + self.columns[held], amounts)


def _split(dense: Factors, shared: Sequence[Shared]) -> tuple[Factors, _Rare | None]:
    """What many pairs have in common goes into the product, what few have is added pair by pair."""
    m, n = len(dense.left), len(dense.right)
    worth = m * n / _WORTH_A_COLUMN
    lefts, rights = [dense.left], [dense.right]
    # Entries (mentee, key, value) and (key, mentor, part) of what stays rare.
    mentee_entries: list[tuple[Index, Index, NDArray[np.float64]]] = []
    mentor_entries: list[tuple[Index, Index, Floats]] = []
    keys = 0
    wide = np.count_nonzero(dense.left, axis=0) * np.count_nonzero(dense.right, axis=0) >= worth
    for part in (*(_shared_of(dense, np.flatnonzero(~wide)),), *shared):
        count = part.key_starts.size - 1
        rows = np.repeat(np.arange(m), np.diff(part.starts))
        holders = np.diff(part.key_starts)
        often = np.bincount(part.keys, minlength=count) * holders >= worth
        column_key = np.repeat(np.arange(count), holders)
        number = np.cumsum(often) - 1
        left = np.zeros((m, int(often.sum())), dtype=np.float32)
        right = np.zeros((n, left.shape[1]), dtype=np.float32)
        mine, theirs = often[part.keys], often[column_key]
        left[rows[mine], number[part.keys[mine]]] = part.values[mine]
        right[part.columns[theirs], number[column_key[theirs]]] = part.parts[theirs]
        lefts.append(left)
        rights.append(right)
        mentee_entries.append((rows[~mine], part.keys[~mine] + keys, part.values[~mine]))
        mentor_entries.append((column_key[~theirs] + keys, part.columns[~theirs], part.parts[~theirs]))
        keys += count
    lefts[0], rights[0] = dense.left[:, wide], dense.right[:, wide]
    rows, row_keys, values = (np.concatenate(each) for each in zip(*mentee_entries, strict=True))
    column_keys, columns, parts = (np.concatenate(each) for each in zip(*mentor_entries, strict=True))
    product = Factors(np.hstack(lefts), np.hstack(rights))
    if not values.size or not columns.size:
        return product, None
    order, column_order = np.argsort(rows, kind="stable"), np.argsort(column_keys, kind="stable")
    return product, _Rare(
        starts=np.searchsorted(rows[order], np.arange(m + 1)),
        keys=row_keys[order],
        values=values[order].astype(np.float32),
        key_starts=np.searchsorted(column_keys[column_order], np.arange(keys + 1)),
        columns=columns[column_order],
        parts=parts[column_order].astype(np.float32),
    )


def _shared_of(factors: Factors, chosen: Index) -> Shared:
    """Some columns of a product as what each pair has in common."""
    rows, keys = np.nonzero(factors.left[:, chosen])
    column_keys, columns = np.nonzero(factors.right[:, chosen].T)
    return Shared(
        starts=np.searchsorted(rows, np.arange(len(factors.left) + 1)),
        keys=keys,
        values=factors.left[rows, chosen[keys]].astype(np.float64),
        key_starts=np.searchsorted(column_keys, np.arange(chosen.size + 1)),
        columns=columns,
        parts=factors.right[columns, chosen[column_keys]],
    )


def _by_kind(curve: Curve, mentors: int, *, weight: np.float32) -> ByKind[np.float32]:
    count = int(curve.kind.max(initial=-1)) + 1
    return ByKind(curve.kind, count, 4 * mentors, lambda kinds: curve.of(kinds, weight=weight))


def _about_the_best(ranked: Floats, k: int) -> Floats:
    """(b,) for each row a number that at least k of its entries reach, and few more: quicker to find than the k-th."""
    columns = ranked.shape[1]
    groups = 10 * k
    if columns >= 2 * groups:
        # The best of each group; what comes after the last whole round counts for nobody's group.
        rounds = columns // groups
        ranked = ranked[:, : rounds * groups].reshape(len(ranked), rounds, groups).max(axis=1)
    place = ranked.shape[1] - k
    least: Floats = np.partition(ranked, place, axis=1)[:, place]
    return least


def _lines(table: Floats, kind: Index | None, few: slice, out: Floats) -> Floats:
    """The rows of a table that are meant for a few mentees."""
    if kind is None:
        lines: Floats = table[few]
        return lines
    return np.take(table, kind[few], axis=0, out=out, mode="clip")


def _inverse(known: Floats) -> Floats:
    """1 through each number, and 0 for 0."""
    inverse: Floats = np.divide(1, known, out=np.zeros_like(known), where=known > 0)
    return inverse


def _grained(values: NDArray[np.float64]) -> Floats:
    grained: Floats = (np.rint(values * _GRAIN) / _GRAIN).astype(np.float32)
    return grained


def _weighted(factors: Factors, share: float) -> Factors:
    return Factors(_grained(factors.left * np.float64(share)), factors.right)
