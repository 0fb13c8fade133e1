"""Usually free hours as a grid of two-hour blocks, Monday to Friday, and as windows in minutes of the week's days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Window = tuple[int, int, int]
BLOCKS = tuple((hour * 60, (hour + 2) * 60) for hour in range(8, 18, 2))
DAYS = range(5)


def key(day: int, start: int) -> str:
    return f"{day}-{start}"


def to_grid(windows: Iterable[Sequence[int]]) -> tuple[set[str], list[Window]]:
    """The blocks that are free as a whole, and what is free beside them."""
    blocks: set[str] = set()
    rest: list[Window] = []
    for day, start, end in windows:
        at = start
        for first, last in BLOCKS:
            if day in DAYS and start <= first and last <= end:
                blocks.add(key(day, first))
                if at < first:
                    rest.append((day, at, first))
                at = last
        if at < end:
            rest.append((day, at, end))
    return blocks, rest


def from_grid(blocks: Iterable[str], rest: Iterable[Sequence[int]] = ()) -> list[list[int]]:
    """Windows, joined where they touch."""
    chosen = set(blocks)
    found = [(day, first, last) for day in DAYS for first, last in BLOCKS if key(day, first) in chosen]
    found += [(day, start, end) for day, start, end in rest]
    joined: list[list[int]] = []
    for day, start, end in sorted(found):
        if joined and joined[-1][0] == day and start <= joined[-1][2]:
            joined[-1][2] = max(joined[-1][2], end)
        else:
            joined.append([day, start, end])
    return joined


def in_words(windows: Iterable[Sequence[int]], days: Sequence[str]) -> list[str]:
    """One line a day: "Mon 08:00–10:00, 14:00–18:00"."""
    by_day: dict[int, list[str]] = {}
    for day, start, end in sorted(tuple(window) for window in windows):
        by_day.setdefault(day, []).append(f"{_clock(start)}–{_clock(end)}")
    return [f"{days[day]} {', '.join(times)}" for day, times in by_day.items()]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
