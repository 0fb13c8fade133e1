"""Who gets access to mentoring, as it may be published: counts by group, with what would tell of a few hidden.

Pure: people in, plain data out. Each group's people fall into three: not signed up, signed up and waiting, matched. How
many people a group has is taken to be known to whoever reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .estimates import median_wait
from .published import count
from .suppression import FLOOR

# Rises with every change of what the figures mean or how they are kept.
VERSION = 1

Published = dict[str, Any]
# People of a group that a published number counts, and those that it doesn't.
Cell = tuple[int, int]


@dataclass(frozen=True)
class Person:
    """Somebody who may be mentored. `wait` is in days, from the sign-up to the first match or to the day of counting."""

    enrolled: bool = False
    matched: bool = False
    wait: float = 0.0


Groups = Sequence[tuple[str, Sequence[Person]]]
# Rows as they were told last, by group, that stay as they are.
Kept = Mapping[str, Published]
NONE: Kept = {}


def publish_breakdowns(
    people: Sequence[Person],
    labels: Mapping[str, Sequence[str]],
    *,
    order: Mapping[str, Sequence[str]],
    floor: int,
    kept: Mapping[str, Kept] | None = None,
) -> dict[str, list[Published]]:
    """Each breakdown: `labels` are the group of each person, `order` the groups as they are to stand, `kept` the rows of
    each breakdown that stay as they were told last.

    Two groups of different breakdowns that differ by fewer than `floor` people are hidden together.
    """
    floor = max(floor, FLOOR)
    tables = {
        name: [(group, [each for each, own in zip(people, labels[name], strict=True) if own == group]) for group in groups]
        for name, groups in order.items()
    }  # fmt: skip
    pairs = _twins(labels, floor)
    also: dict[str, set[str]] = {name: set() for name in tables}
    while True:
        found = {
            name: _table(table, floor, also=also[name], kept=(kept or {}).get(name, NONE))
            for name, table in tables.items()
        }
        hidden = {(name, row["group"]) for name, rows in found.items() for row in rows if row["hidden"]}
        more = {twin for pair in pairs for one, twin in (pair, pair[::-1]) if one in hidden and twin not in hidden}
        if not more:
            return found
        for name, group in more:
            also[name].add(group)


def publish_everybody(people: Sequence[Person], *, floor: int, kept: Published | None = None) -> Published:
    """All of them together; as they were told last where that is kept."""
    return _table([("", people)], max(floor, FLOOR), kept={"": kept} if kept else NONE)[0]


def stays(changes: Sequence[tuple[int, int]], *, floor: int) -> bool:
    """Whether a row stays as it was told last: since some day on which it was told, fewer than `floor` people signed up
    or went, or fewer were matched or went; `changes` are (who signed up, who was matched) since each.

    It stays where nothing changed, too: one that stays would otherwise tell that somebody did.
    """
    least = max(floor, FLOOR)
    return any(max(each) < least or any(0 < number < least for number in each) for each in changes)


def publish_declared(groups: Groups, *, floor: int) -> list[Published]:
    """What people who signed up said of themselves. Nobody knows how many there are of a group, so nothing is said of
    those who did not sign up."""
    floor = max(floor, FLOOR)
    everybody = sum(len(people) for _name, people in groups)
    return [
        {key: value for key, value in row.items() if key not in ("people", "enrolled_percent")}
        for row in _table(groups, floor, sizes=[everybody] * len(groups))
    ]


def settled(changes: Iterable[tuple[int, int]], *, floor: int) -> int | None:
    """The last day up to which enough people's lots have changed since the day before that, so that no two reports
    differ by the lot of one; `changes` are (day, person). None where there never were enough."""
    last, waiting = None, set()
    by_day: dict[int, set[int]] = {}
    for day, person in changes:
        by_day.setdefault(day, set()).add(person)
    for day in sorted(by_day):
        waiting |= by_day[day]
        if len(waiting) >= max(floor, FLOOR):
            last, waiting = day, set()
    return last


def _table(
    groups: Groups,
    floor: int,
    *,
    also: Collection[str] = (),
    sizes: Sequence[int] | None = None,
    kept: Kept = NONE,
) -> list[Published]:
    people = list(sizes) if sizes is not None else [len(each) for _name, each in groups]
    enrolled = [sum(each.enrolled for each in own) for _name, own in groups]
    matched = [sum(each.matched for each in own) for _name, own in groups]
    stay = {at: kept[name] for at, (name, _own) in enumerate(groups) if name in kept}
    forced = {at for at, (name, _own) in enumerate(groups) if name in also or (at in stay and stay[at]["hidden"])}
    hidden = hide([(own, size - own) for own, size in zip(enrolled, people, strict=True)], floor=floor, also=forced)
    unmatched = {at for at, row in stay.items() if row["matched"] is None}
    untold = hide(
        [(own, size - own) for own, size in zip(matched, enrolled, strict=True)], floor=floor, also=hidden | unmatched
    )
    rows = []
    for at, (name, own) in enumerate(groups):
        row = _row(
            name, own, people[at], enrolled[at], matched[at], floor, is_hidden=at in hidden, is_untold=at in untold
        )
        if at in stay:
            row = row | {"as_of": stay[at]["as_of"]} if at in hidden else dict(stay[at])
            if at in untold:
                row |= {"matched": None, "matched_percent": None}
        rows.append(row)
    return rows


def hide(cells: Sequence[Cell], *, floor: int, also: Collection[int] = ()) -> set[int]:
    """Which groups' numbers must be hidden beside the total of all: those that would tell of fewer than `floor`, and as
    many more as it takes for what is hidden to stand for at least two groups, and for `floor` on either side."""
    hidden = {at for at, cell in enumerate(cells) if min(cell) < floor} | set(also)
    # The smallest groups are given up first: they say least.
    for at in sorted(set(range(len(cells))) - hidden, key=lambda each: (sum(cells[each]), cells[each][0], each)):
        told = [cells[each] for each in hidden if any(cells[each])]
        if not hidden or (len(told) > 1 and min(sum(cell[side] for cell in told) for side in (0, 1)) >= floor):
            break
        hidden.add(at)
    return hidden


def _row(
    name: str,
    people: Sequence[Person],
    size: int,
    enrolled: int,
    matched: int,
    floor: int,
    *,
    is_hidden: bool,
    is_untold: bool,
) -> Published:
    waiters = [each for each in people if each.enrolled]
    # Under twice the floor, half would be fewer than the floor.
    tells_wait = not is_hidden and enrolled >= 2 * floor
    wait = None
    if tells_wait and matched >= floor:
        wait = median_wait([each.wait for each in waiters], [each.matched for each in waiters])
    told = None if is_hidden else count(enrolled, floor)
    found = None if is_untold else count(matched, floor)
    return {
        "group": name,
        "hidden": is_hidden,
        "people": count(size, floor),
        "enrolled": told,
        "enrolled_percent": share(told, count(size, floor)),
        "matched": found,
        "matched_percent": share(found, told),
        "wait_days": None if wait is None else int(wait + 0.5),
        "most_wait": tells_wait and wait is None,
    }


def share(part: int | None, whole: int | None) -> int | None:
    """Whole percent of numbers that are rounded already, never none and never all."""
    return None if part is None or not whole else min(99, max(1, int(100 * part / whole + 0.5)))


def _twins(labels: Mapping[str, Sequence[str]], floor: int) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    sizes = {name: Counter(own) for name, own in labels.items()}
    return [
        ((one, group), (other, twin))
        for one, other in combinations(labels, 2)
        for (group, twin), both in Counter(zip(labels[one], labels[other], strict=True)).items()
        if sizes[one][group] + sizes[other][twin] - 2 * both < floor
    ]
