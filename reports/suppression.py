"""Which numbers of a table may be shown, so that none of them tells of a single person.

A number is hidden when it, or its complement, is under five: "all twelve took part" tells as much of each as "none did".
Whoever knows the total could take the others from it, so more groups are hidden until what is hidden stands for enough
people together. What is shown is rounded to the nearest five.
"""

from __future__ import annotations

from collections.abc import Sequence
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
