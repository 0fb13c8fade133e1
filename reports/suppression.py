"""Which numbers of a table may be shown, so that none of them tells of a single person.

A number is hidden when it, or its complement, is under five: "all twelve took part" tells as much of each as "none did".
Whoever knows the total could take the others from it, so more groups are hidden until what is hidden stands for enough
people together. What is shown is rounded to the nearest five.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reports.survival import round_count

FLOOR = 5


@dataclass(frozen=True)
class Shown:
    """How many of a group may be said to do something, both to the nearest five; None is hidden."""

    people: int | None
    count: int | None

    @property
    def percent(self) -> int | None:
        """The share, worked out from the rounded numbers so that it tells no more than they do."""
        if not self.people or self.count is None:
            return None
        return min(100, int(100 * self.count / self.people + 0.5))


def is_small(people: int, count: int) -> bool:
    """Whether so many of so many people, or the rest of them, are too few to be shown."""
    return count < FLOOR or people - count < FLOOR


def shown(people: int, count: int) -> Shown:
    """One number that stands alone, such as a total."""
    return Shown(round_count(people), None if is_small(people, count) else round_count(count))


def shown_together(groups: Sequence[tuple[int, int]]) -> list[Shown]:
    """Numbers of groups that stand beside their total, each as (people, count).

    What is hidden is nothing, or at least two groups in which five people are counted and five are not.
    """
    hidden = {position for position, (people, count) in enumerate(groups) if is_small(people, count)}
    # The smallest groups are given up first: they say least.
    visible = sorted(set(range(len(groups))) - hidden, key=lambda position: (groups[position][0], position))
    for position in visible:
        people = sum(groups[each][0] for each in hidden)
        count = sum(groups[each][1] for each in hidden)
        if not hidden or (len(hidden) > 1 and not is_small(people, count)):
            break
        hidden.add(position)
    return [
        Shown(round_count(people), None if position in hidden else round_count(count))
        for position, (people, count) in enumerate(groups)
    ]


def shown_sizes(sizes: Sequence[int]) -> list[bool]:
    """Of which groups something more than a count may be shown, such as a mean, beside that of all together.

    None of fewer than five people; and what is hidden is nothing, or at least two groups of five people together, so
    that the mean of all doesn't give away the mean of one.
    """
    hidden = {position for position, size in enumerate(sizes) if size < FLOOR}
    if not sum(sizes[position] for position in hidden):
        # Where nobody is counted, there is nothing to give away.
        return [position not in hidden for position in range(len(sizes))]
    for position in sorted(set(range(len(sizes))) - hidden, key=lambda each: (sizes[each], each)):
        told = [each for each in hidden if sizes[each]]
        if len(told) > 1 and sum(sizes[each] for each in told) >= FLOOR:
            break
        hidden.add(position)
    return [position not in hidden for position in range(len(sizes))]


# What somebody knows of a cell before anything is published: the least and the most that it may be.
Bounds = tuple[int, int]
# One arm of a group: its people, and how many of them left.
Arm = tuple[int, int]


def hidden_pairs(
    groups: Sequence[tuple[Arm, Arm]], *, floor: int = FLOOR, also: Collection[int] = frozenset()
) -> set[int]:
    """Which groups must be hidden, with both of their arms, beside the total of each arm; `also` those of `also`.

    Whoever reads is taken to know everybody's arm, how many left each group altogether and the exact total of each arm.
    What is hidden then stands for `floor` leavers and `floor` others in each arm, and no hidden number can be worked
    out from the rest.
    """
    hidden = {
        position
        for position, arms in enumerate(groups)
        if position in also or any(min(left, people - left) < floor for people, left in arms)
    }
    # The smallest groups are given up first: they say least.
    visible = sorted(
        set(range(len(groups))) - hidden, key=lambda position: (sum(arm[0] for arm in groups[position]), position)
    )
    for position in visible:
        if _is_safe([groups[each] for each in sorted(hidden)], floor):
            break
        hidden.add(position)
    return hidden


def total_is_safe(groups: Sequence[tuple[Arm, Arm]], *, floor: int = FLOOR) -> bool:
    """Whether the exact totals of both arms, of groups that are all hidden, would leave every small number open."""
    return all(
        most - least >= min(high - low, 1)
        for arm in (0, 1)
        for (people, left), (low, high), (least, most) in zip(
            (group[arm] for group in groups), *_known(groups, arm), strict=True
        )
        if people > 0 and min(left, people - left) < floor
    )


def _is_safe(groups: Sequence[tuple[Arm, Arm]], floor: int) -> bool:
    if not groups:
        return True
    for arm in (0, 1):
        people, left = sum(group[arm][0] for group in groups), sum(group[arm][1] for group in groups)
        if min(left, people - left) < floor:
            return False
        # Where nobody, or everybody, was known to have left already, there is nothing to give away.
        if any(
            most - least < min(high - low, 2)
            for (low, high), (least, most) in zip(*_known(groups, arm), strict=True)
        ):  # fmt: skip
            return False
    return True


def _known(groups: Sequence[tuple[Arm, Arm]], arm: int) -> tuple[list[Bounds], list[Bounds]]:
    """What is known of an arm of each group, without its total and with it."""
    left = sum(group[arm][1] for group in groups)
    bounds = [_bounds(group, arm) for group in groups]
    lowest, highest = sum(low for low, _ in bounds), sum(high for _, high in bounds)
    with_total = [
        (max(low, left - (highest - high)), min(high, left - (lowest - low))) for low, high in bounds
    ]  # fmt: skip
    return bounds, with_total


def _bounds(group: tuple[Arm, Arm], arm: int) -> Bounds:
    """What somebody who knows how many left the whole group knows of one of its arms."""
    altogether, other = group[0][1] + group[1][1], group[1 - arm][0]
    return max(0, altogether - other), min(group[arm][0], altogether)
