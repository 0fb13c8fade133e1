"""What may be told of answers, so that nothing told gives away those of one to four people.

Answers wait until five people of one group have given theirs, and then enter as a block. Of a block only its size and
its sum are told, and a sum at either end of the scale is moved one step inwards: "all gave five" would tell of each.
Everything shown is worked out from these blocks, which share no answer; so no two looks, and no group beside its total,
tell more than the blocks do. A group too small for a block of its own is told only together with another.

Intervals of means come from the mean and the number of people alone (the widest that a bounded answer can have, after
E. B. Wilson, JASA 22, 1927), because a standard deviation would tell the answers of five.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from statistics import NormalDist

FLOOR = 5
# Fewer answers than this are not drawn by how often each was given.
SPREAD_FLOOR = 10
Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Waiting:
    """An answer that no average contains yet: of whom, in which role."""

    key: int
    person: int
    role: str


@dataclass(frozen=True)
class Block:
    """Answers that enter together; without a role they count in the total only."""

    role: str
    keys: tuple[int, ...]


@dataclass(frozen=True)
class Score:
    """A mean, between which bounds the truth lies with a confidence of at least 95%, of how many people."""

    value: float
    lower: float
    upper: float
    people: int
    answers: int


def blocks_of(waiting: Sequence[Waiting], *, few: Collection[str] = (), closing: bool = False) -> list[Block]:
    """Which of the waiting answers enter now. `few` are roles of which fewer than five people are asked at all.

    Where there is such a role, everybody counts in the total only: the other role would give it away. When no more
    answers come, what is left of each role enters together, with the smallest other group if it needs one.
    """
    by_role: dict[str, list[Waiting]] = defaultdict(list)
    for each in waiting:
        by_role["" if few else each.role].append(each)
    blocks, left = [], []
    whole = sorted((role for role in by_role if _people(by_role[role]) >= FLOOR), key=lambda r: _people(by_role[r]))
    for role, given in by_role.items():
        if role not in whole:
            left += given
    if closing and left and _people(left) < FLOOR and whole:
        left += by_role[whole.pop(0)]
    for role in whole:
        blocks.append(Block(role, tuple(sorted(each.key for each in by_role[role]))))
    if closing and _people(left) >= FLOOR:
        blocks.append(Block("", tuple(sorted(each.key for each in left))))
    return blocks


def _people(given: Iterable[Waiting]) -> int:
    return len({each.person for each in given})


def told(values: Sequence[float], *, lowest: float, highest: float, step: float = 1.0) -> float:
    """The sum of a block as it is told: never that of everybody at one end."""
    return told_sum(math.fsum(values), len(values), lowest=lowest, highest=highest, step=step)


def told_sum(total: float, count: int, *, lowest: float, highest: float, step: float = 1.0) -> float:
    """The same of a block of which only the sum was read."""
    return min(max(total, lowest * count + step), highest * count - step)


def score(sums: Iterable[float], *, answers: int, people: int, lowest: float, highest: float) -> Score:
    """The mean of blocks from what is told of them."""
    value = math.fsum(sums) / answers
    p = min(1.0, max(0.0, (value - lowest) / (highest - lowest)))
    low, high = wilson(p, people)
    return Score(value, lowest + low * (highest - lowest), lowest + high * (highest - lowest), people, answers)


def wilson(p: float, n: int) -> tuple[float, float]:
    """Between which bounds a share lies that was `p` among `n`."""
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def to_five(count: int) -> int:
    """To the nearest five."""
    return 5 * ((count + 2) // 5)


def spread(blocks: Sequence[Sequence[int]], *, options: int, sums_told: bool) -> list[int] | None:
    """How often each of the options 0, 1, … was given, to the nearest five; None where that would tell too much.

    It is told only where, for each option that one to four people gave, other answers are possible with which all that
    is told would be the same: the rounded numbers here, and the sum of each block if that is told.
    """
    counts = Counter(value for block in blocks for value in block)
    if sum(counts.values()) < SPREAD_FLOOR:
        return None
    rounded = [to_five(counts[option]) for option in range(options)]
    small = {option for option in range(options) if 0 < counts[option] < FLOOR}
    for change in _other_worlds(blocks, options, sums_told):
        if not small:
            break
        if all(to_five(counts[option] + by) == rounded[option] for option, by in enumerate(change)):
            small -= {option for option, by in enumerate(change) if by}
    return None if small else rounded


def _other_worlds(blocks: Sequence[Sequence[int]], options: int, sums_told: bool) -> Iterator[tuple[int, ...]]:
    """Changes of the counts, by a few answers, that leave every sum as it is."""
    if not sums_told:
        for one in {value for block in blocks for value in block}:
            for other in range(options):
                if one != other:
                    yield tuple((option == other) - (option == one) for option in range(options))
        return
    # The same change is possible in several blocks; two of them together, in different blocks, are one more.
    where: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for number, block in enumerate(blocks):
        for change in _moves(block, options):
            where[change].add(number)
    yield from where
    for one_change, other_change in combinations_with_replacement(where, 2):
        if len(where[one_change] | where[other_change]) > 1:
            yield tuple(map(sum, zip(one_change, other_change, strict=True)))


def _moves(block: Sequence[int], options: int) -> Iterator[tuple[int, ...]]:
    """One answer up and another of the same block down by as much."""
    given = Counter(block)
    for one in given:
        for other in given:
            if one == other and given[one] < 2:
                continue
            for by in range(1, options):
                if one + by < options and other - by >= 0 and one + by != other:
                    change = [0] * options
                    for option, more in ((one, -1), (other, -1), (one + by, 1), (other - by, 1)):
                        change[option] += more
                    yield tuple(change)


@dataclass(frozen=True)
class Pair:
    """What somebody said before and after, known from `at` on."""

    at: float
    person: int
    before: float
    after: float


@dataclass(frozen=True)
class Gain:
    """Means before and after of the same people, and of the differences, with bounds of 95% confidence."""

    before: float
    after: float
    gain: float
    lower: float
    upper: float
    people: int


def chunks_of(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Five people or more at a time, in the order in which they became known; the rest waits.

    More pairs later change none of the earlier chunks. Of whom there are several, the first counts.
    """
    chunks: list[list[Pair]] = []
    waiting: list[Pair] = []
    seen: set[int] = set()
    ordered = sorted(pairs, key=lambda pair: (pair.at, pair.person))
    for position, pair in enumerate(ordered):
        if pair.person not in seen:
            seen.add(pair.person)
            waiting.append(pair)
        is_last_of_moment = position + 1 == len(ordered) or ordered[position + 1].at != pair.at
        if is_last_of_moment and len(waiting) >= FLOOR:
            chunks.append(waiting)
            waiting = []
    return chunks


def gain_of(
    chunks: Sequence[Sequence[Pair]], *, lowest: float, highest: float, step: float, from_nothing: bool = False
) -> Gain | None:
    """What has changed, from what is told of each chunk. None without any. `from_nothing`: all began at the lowest.

    The interval is Student's t of the differences, its ends moved outwards to a whole step of a twentieth of the
    scale, so that it doesn't tell their standard deviation.
    """
    people = sum(map(len, chunks))
    if not people:
        return None
    after = _told_of(chunks, "after", lowest, highest, step)
    before = lowest * people if from_nothing else _told_of(chunks, "before", lowest, highest, step)
    gain = (after - before) / people
    differences = [pair.after - pair.before for chunk in chunks for pair in chunk]
    mean = math.fsum(differences) / people
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in differences) / (people - 1))
    half = _t_quantile(people - 1) * deviation / math.sqrt(people)
    grain, width = (highest - lowest) / 20, highest - lowest
    lower = max(-width, math.floor((gain - half) / grain - 0.5) * grain)
    upper = min(width, math.ceil((gain + half) / grain + 0.5) * grain)
    return Gain(before / people, after / people, gain, lower, upper, people)


def _told_of(chunks: Sequence[Sequence[Pair]], side: str, lowest: float, highest: float, step: float) -> float:
    sums = (
        told([getattr(pair, side) for pair in chunk], lowest=lowest, highest=highest, step=step) for chunk in chunks
    )
    return math.fsum(sums)


def _t_quantile(v: int) -> float:
    """Student's t at 97.5%, by the expansion of Abramowitz and Stegun 26.7.5."""
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return Z + sum(term / v ** (power + 1) for power, term in enumerate(terms))
