"""Finds the best choice among all pairs while solving with few of them, and proves that no other pair would improve it.

Column generation (Gilmore and Gomory 1961): solve with the most promising pairs, derive prices from the solution, look
through all pairs for those worth more than the prices of their two ends, add them, repeat. When there is none left, the
prices are a proof: nothing that can be made of all pairs is worth more than they are together, which is what was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.assignment.aims import Aim, Goal, Settled
from matching.assignment.flow import Whole, best_flow, prices_of
from matching.assignment.sources import FORBIDDEN, Arcs, Source, Table

# Neighbouring rows see the mentors in another order, so that equally good ones are not all taken from the same few.
ROWS_ALIKE = 32
# Prices up to here leave room for FORBIDDEN in 32 bits, which are twice as fast: that is up to some 5,000 mentors.
LARGEST_SHORT = 2**29
NEVER = np.int64(-(2**60))
# A few times `keep` are worth looking at one by one.
MOST_OF_EACH = 4
# Pairs that fall short by so many steps may be wanted after the next round: every round costs a look through all pairs.
SLACK = 150
# So many rounds start afresh with the best of what is known: at first prices are far off, and so are the pairs.
ROUGH = 2
# How many pairs that may still be part of a best choice are kept; beyond that they are looked for again.
MOST_LEVEL = 3_000_000


@dataclass(frozen=True)
class Round:
    """How far the search is after looking through all pairs.

    number     counts from 1
    known      pairs that the solver has seen
    placed     mentees with a mentor
    improving  pairs found that would improve the choice; 0 once it is proven
    """

    number: int
    known: int
    placed: int
    improving: int


@dataclass(frozen=True, eq=False)
class Found:
    """The chosen pairs, and by how much prices exceed them at the first aim (0: proven)."""

    arcs: Arcs
    gap: int


def search(
    source: Source,
    seats: Whole,
    aims: Sequence[Aim],
    *,
    keep: int,
    on_round: Callable[[Round], None] | None = None,
) -> Found:
    """The pairs that place most mentees and, among those choices, are best by each aim in turn."""
    pool = source.everything()
    complete = pool is not None
    if pool is None:
        pool = _promising(source, keep)
    settled: list[Settled] = []
    chosen = pool
    gap = 0
    rounds = 0
    for aim in aims:
        goal = Goal.after(settled[-1].prices, aim) if settled else Goal.first(aim, source.m, source.n)
        while True:
            worth = goal.aim.worth(pool.rows, pool.columns, pool.steps)
            taken = best_flow(pool.rows, pool.columns, worth, seats, source.m, must=goal.must)
            worth = goal.worth(pool.rows, pool.columns, pool.steps)
            prices = prices_of(pool.rows, pool.columns, worth, seats, source.m, taken)
            chosen = pool.where(taken)
            now = Settled(goal, prices)
            if complete:
                break
            rough = not settled and rounds < ROUGH
            new, improving, whole = _look(source, seats, [*settled, now], keep, slack=0 if settled else SLACK)
            rounds += 1
            if on_round is not None:
                on_round(Round(rounds, len(pool), len(chosen), improving))
            if not improving:
                pool, complete = Arcs.join([pool, new], source.n), whole
                break
            if rough:
                kept = _best_of_each(pool, now.gain(pool.rows, pool.columns, pool.steps), keep)
                pool = Arcs.join([kept, chosen], source.n)
            pool = Arcs.join([pool, new], source.n)
        if not settled:
            gap = prices.total(seats) - int(worth[taken].sum())
        settled.append(now)
        pool = pool.where(now.gain(pool.rows, pool.columns, pool.steps) == 0)
        if complete and len(pool) == len(chosen):
            # Nothing is left to choose.
            break
    return Found(chosen, gap)


def _promising(source: Source, keep: int) -> Arcs:
    """The best `keep` pairs of each mentee, and as many others, so that those whom nobody likes best have a price."""
    parts = []
    for table in source.tables():
        for at in range(0, table.rows.size, ROWS_ALIKE):
            part = slice(at, at + ROWS_ALIKE)
            turn = int(table.rows[at])
            spread = _spread(table.rows[part], source.n, keep)
            for picked in (_highest(table.steps[part], keep, turn=turn), spread):
                arcs = _picked(table, part, *picked)
                parts.append(arcs.where(arcs.steps >= 0))
    return Arcs.join(parts, source.n)


def _look(source: Source, seats: Whole, settled: Sequence[Settled], keep: int, *, slack: int) -> tuple[Arcs, int, bool]:
    """Pairs that would improve the choice, or fall short of it by `slack`: the best `keep` of each mentee; how many do.

    Where none does, it is those that are worth their prices instead, and whether these are all of them. All but the
    last goal are reached: only pairs that are worth their prices there count.
    """
    first, last = settled[0], settled[-1]
    highest = max(int(side.max(initial=0)) for side in (first.prices.mentors, first.prices.mentees, first.goal.mentees))
    exact = np.int32 if highest < LARGEST_SHORT else np.int64
    asked: NDArray[np.signedinteger] = (first.prices.mentors - first.goal.mentors).astype(exact)
    left: NDArray[np.signedinteger] = (first.prices.mentees - first.goal.mentees).astype(exact)
    # Where the mentees would be if all pairs were equal: the earlier ids go first.
    beside = np.minimum(np.searchsorted(np.cumsum(seats), np.arange(source.m), side="right"), source.n - 1)
    better: list[Arcs] = []
    level: list[Arcs] = []
    whole = True
    number = improving = 0
    for table in source.tables():
        for at in range(0, table.rows.size, ROWS_ALIKE):
            part = slice(at, at + ROWS_ALIKE)
            here = table.rows[part]
            steps: NDArray[np.signedinteger] = table.steps[part]
            if exact is np.int64:
                steps = np.where(steps == FORBIDDEN, NEVER, steps)
            gains: NDArray[np.signedinteger] = np.subtract(steps, asked)
            picked = _at_least(gains, left[here] - slack)
            if slack and picked[0].size > MOST_OF_EACH * keep * here.size:
                picked = _at_least(gains, left[here])
            if last is first and picked[0].size > MOST_OF_EACH * keep * here.size:
                # At first nearly everything is better than what there is. When the best is found, everything may be
                # as good as everything else.
                equal = gains == left[here][:, None]
                if equal.sum() > keep * here.size:
                    whole = False
                    apart = np.where(equal, np.abs(np.arange(source.n) - beside[here][:, None]), source.n)
                    arcs = _picked(table, part, *_highest(-apart, keep, turn=0))
                    level.append(arcs.where(last.gain(arcs.rows, arcs.columns, arcs.steps) == 0))
                picked = _highest(gains - left[here][:, None], keep, turn=int(here[0]))
            arcs = _picked(table, part, *picked)
            arcs = arcs.where(arcs.steps >= 0)
            for stage in settled[:-1]:
                arcs = arcs.where(stage.gain(arcs.rows, arcs.columns, arcs.steps) == 0)
            gain = last.gain(arcs.rows, arcs.columns, arcs.steps)
            improving += int((gain > 0).sum())
            new = gain > -slack if slack else gain > 0
            better.append(_best_of_each(arcs.where(new), gain[new], keep))
            if not improving and number < MOST_LEVEL:
                level.append(arcs.where(gain == 0))
                number += len(level[-1])
            else:
                whole = False
    if not improving:
        return Arcs.join(level, source.n), 0, whole
    return Arcs.join(better, source.n), improving, False


def _at_least(
    gains: NDArray[np.signedinteger], least: NDArray[np.signedinteger]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.divmod(np.flatnonzero(gains >= least[:, None]), gains.shape[1])
    return rows, columns


def _highest(values: NDArray[np.signedinteger], keep: int, *, turn: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the `keep` highest of each row are; among equals it depends on `turn` which."""
    b, n = values.shape
    if keep >= n:
        rows, columns = np.indices((b, n))
        return rows.ravel(), columns.ravel()
    shift = turn * 40503 % n
    turned = np.concatenate([values[:, shift:], values[:, :shift]], axis=1)
    columns = np.argpartition(turned, n - keep, axis=1)[:, n - keep :]
    return np.repeat(np.arange(b), keep), (columns.ravel() + shift) % n


def _spread(rows: Whole, n: int, number: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Some columns for each row that together hold every column equally often."""
    number = min(number, n)
    first = rows[:, None] * number + np.arange(number)
    return np.repeat(np.arange(rows.size), number), (first % n).ravel()


def _picked(table: Table, part: slice, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Arcs:
    steps = table.steps[part][rows, columns].astype(np.int64)
    return Arcs(table.rows[part][rows], columns, table.scores[part][rows, columns], steps)


def _best_of_each(arcs: Arcs, gain: Whole, keep: int) -> Arcs:
    """The `keep` highest gains of each row."""
    if len(arcs) <= keep:
        return arcs
    order = np.lexsort((-gain, arcs.rows))
    rows = arcs.rows[order]
    rank = np.arange(rows.size) - np.searchsorted(rows, rows)
    return arcs.at(order[rank < keep])
