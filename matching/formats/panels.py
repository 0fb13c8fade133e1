"""Chooses panels of juniors beside an executive group, composed like the pool they are chosen from.

What counts, in this order:
1. the largest deviation of any panel is as small as possible: for each value of each trait (department, site, level), the
   share of it in the panel less its share in the pool,
2. the sum of all deviations is as small as possible,
3. the sum of the scores of those who are chosen is as high as possible,
4. earlier ids go first: everyone chosen counts their place from the end of all ids, times the panel's, and the sum is as
   high as possible; then the solver's own choice, which sees people in the order of their ids.

Method: CP-SAT with one worker, a fixed seed and a limit of work instead of seconds; one goal after the other, each beginning
from the last answer. `proven` says whether 1 to 3 are the best there is; `least` bounds the first from below anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.formats.solving import Ids, check_scores, count_pairs, in_steps, solve_in_order, unique_ids

if TYPE_CHECKING:
    pass

# How much work each goal is worth, about in seconds.
EFFORT = 2.0


@dataclass(frozen=True)
class Share:
    """How much of a panel has one value of a trait, and how much of the pool has."""

    trait: str
    value: int
    members: int
    here: float
    pool: float

    @property
    def deviation(self) -> float:
        return round(abs(self.here - self.pool), 6)


@dataclass(frozen=True)
class Panel:
    """One panel: its members' ids in order, and the shares of all values in it, by trait and value."""

    members: tuple[int, ...]
    shares: tuple[Share, ...]

    @property
    def largest(self) -> float:
        return max((share.deviation for share in self.shares), default=0.0)


@dataclass(frozen=True)
class Panels:
    """The panels that were chosen.

    rest      ids of those who were not chosen, in order
    largest   the largest deviation of all panels
    least     no choice has a smaller one than this, allowed or not: seats are whole
    total     the sum of the scores of those who were chosen
    """

    panels: tuple[Panel, ...]
    rest: tuple[int, ...]
    largest: float
    least: float
    total: float
    proven: bool


class NoPanel(ValueError):
    """What is forbidden leaves no way to fill the panels."""


def choose_panels(
    ids: ArrayLike,
    traits: Mapping[str, ArrayLike],
    *,
    panels: int,
    size: int,
    apart: Iterable[tuple[int, int]] = (),
    barred: Iterable[tuple[int, int]] = (),
    placed: Iterable[tuple[int, int]] = (),
    scores: ArrayLike | None = None,
    effort: float = EFFORT,
) -> Panels:
    """Choose so many panels of this size, everyone in one at most.

    ids     (P,) of the pool
    traits  name → (P,) whole numbers, one for each value; whoever has not answered shares a value too
    apart   pairs of ids that are never in the same panel
    barred  (id, number of a panel from 0) that don't go together, as when an executive beside that panel is their boss
    placed  (id, number of a panel from 0) that must be
    scores  (P,) 0 to 1: who suits best among those who balance equally well
    Raises ValueError in a sentence for an id listed twice, arrays of other lengths, scores outside 0 to 1, unknown ids or
    panels, and sizes that make no sense; NoPanel when the pool is too small or too much is forbidden.
    """
    people = unique_ids(ids, "Person")
    if panels < 1 or size < 1:
        raise ValueError(f"{panels} panels of {size} can't be chosen.")
    order = np.argsort(people)
    values = {}
    for name in sorted(traits):
        given = np.asarray(traits[name]).reshape(-1)
        if given.size != people.size:
            raise ValueError(f"{name} is known of {given.size} people; the pool has {people.size}.")
        if not np.array_equal(given, given.astype(np.int64)):
            raise ValueError(f"The values of {name} must be whole numbers.")
        values[name] = given.astype(np.int64)[order]
    suits = np.zeros(people.size) if scores is None else np.asarray(scores, dtype=np.float64).reshape(-1)
    if suits.size != people.size:
        raise ValueError(f"Scores are known of {suits.size} people; the pool has {people.size}.")
    check_scores(suits)
    people, suits = people[order], suits[order]
    places = {person: at for at, person in enumerate(people.tolist())}
    kept_apart = [(places[one], places[other]) for one, other in count_pairs(apart, places, "Person")]
    closed, held = sorted(set(barred)), sorted(set(placed))
    for person, number in (*closed, *held):
        if person not in places:
            raise ValueError(f"Person {person} is not in the pool.")
        if not 0 <= number < panels:
            raise ValueError(f"There is no panel {number}; they count from 0 to {panels - 1}.")
    if people.size < panels * size:
        raise NoPanel(f"{panels} panels of {size} need {panels * size} people; the pool has {people.size}.")

    chosen, proven = _choose(
        values,
        suits,
        panels,
        size,
        kept_apart,
        {(places[person], number) for person, number in closed},
        {(places[person], number) for person, number in held},
        effort,
    )
    found = [
        Panel(tuple(people[members].tolist()), _shares(values, members)) for members in map(np.flatnonzero, chosen.T)
    ]
    if not closed and not held:
        # Nothing tells the panels apart, so they are counted by their first members.
        found.sort(key=lambda panel: panel.members)
    return Panels(
        panels=tuple(found),
        rest=tuple(people[~chosen.any(axis=1)].tolist()),
        largest=max(panel.largest for panel in found),
        least=_least(values, size),
        total=round(float(suits[chosen.any(axis=1)].sum()), 6),
        proven=proven,
    )


def _shares(values: Mapping[str, Ids], members: NDArray[np.int64]) -> tuple[Share, ...]:
    shares = []
    for name, given in values.items():
        for value, count in zip(*np.unique(given, return_counts=True), strict=True):
            here = int((given[members] == value).sum())
            shares.append(
                Share(name, int(value), here, round(here / members.size, 6), round(int(count) / given.size, 6))
            )
    return tuple(shares)


def _least(values: Mapping[str, Ids], size: int) -> float:
    """Seats are whole: no panel comes closer to the pool's shares than this."""
    least = Fraction(0)
    for given in values.values():
        for count in np.unique(given, return_counts=True)[1].tolist():
            wanted = Fraction(count * size, given.size)
            least = max(least, min(wanted - wanted.__floor__(), wanted.__ceil__() - wanted) / size)
    return round(float(least), 6)


def _choose(
    values: Mapping[str, Ids],
    suits: NDArray[np.float64],
    panels: int,
    size: int,
    apart: list[tuple[int, int]],
    barred: set[tuple[int, int]],
    placed: set[tuple[int, int]],
    effort: float,
) -> tuple[NDArray[np.bool_], bool]:
    """Who is in which panel (P, panels), and whether it is proven."""
    people = suits.size
    # Not above: it brings pandas along, for which every start of any process would wait.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    seats = [[model.new_bool_var(f"p{at}n{number}") for number in range(panels)] for at in range(people)]
    for row in seats:
        model.add_at_most_one(row)
    for number in range(panels):
        model.add(sum(row[number] for row in seats) == size)
        for one, other in apart:
            model.add_at_most_one([seats[one][number], seats[other][number]])
    for at, number in sorted(barred):
        model.add(seats[at][number] == 0)
    for at, number in sorted(placed):
        model.add(seats[at][number] == 1)
    # Deviations are counted in parts of people × size, so that they are whole.
    whole = people * size
    largest = model.new_int_var(0, whole, "largest")
    deviations = []
    for name, given in values.items():
        for value, count in zip(*np.unique(given, return_counts=True), strict=True):
            members = np.flatnonzero(given == value).tolist()
            # Seats are whole, so that a share can't always be met; knowing it shortens the proof.
            over = size * int(count) % people
            closest = min(over, people - over)
            for number in range(panels):
                deviation = model.new_int_var(closest, whole, f"{name}{value}n{number}")
                less = people * sum(seats[at][number] for at in members) - size * int(count)
                model.add(deviation >= less)
                model.add(deviation >= -less)
                model.add(largest >= deviation)
                deviations.append(deviation)
    steps = in_steps(suits).tolist()
    flat = [seat for row in seats for seat in row]
    found = solve_in_order(
        model,
        flat,
        [
            [(largest, -1)] if deviations else [],
            [(deviation, -1) for deviation in deviations],
            [(seat, steps[at]) for at, row in enumerate(seats) for seat in row] if any(steps) else [],
            [
                (seat, (people - at) * (panels - number))
                for at, row in enumerate(seats)
                for number, seat in enumerate(row)
            ],
        ],
        proof_of=3,
        effort=effort,
    )
    if found is None:
        raise NoPanel(f"What is forbidden leaves no way to fill {panels} panels of {size}.")
    return np.array(found.values, dtype=np.bool_).reshape(people, panels), found.proven
