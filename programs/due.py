"""When the people of a mentorship are to meet: on the days that its format names, else as often as its programme says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

# A day that is named may be met a little later, and takes a while to be confirmed.
LEEWAY = timedelta(days=3)


def day_one(began_on: date, hired: Iterable[date | None]) -> date:
    """The day on which it began, or the first one at work of those who have still to start."""
    return max([began_on, *(day for day in hired if day)])


def sessions_due(after: timedelta, *, rhythm: timedelta, days: Sequence[int] = ()) -> int | None:
    """How many sessions were due so long after the beginning of day 1; None where there is nothing to keep."""
    if days:
        return sum(after >= timedelta(days=day) + LEEWAY for day in days)
    return None if rhythm <= timedelta(0) else int(after / rhythm)


def overdue_after(days: Sequence[int]) -> list[timedelta]:
    """For a mentorship of no session, one, two and so on: how long after day 1 began the next day has passed by a week.

    Sessions stand for the days in their order, whenever they were; beyond the last day nothing is overdue.
    """
    return [timedelta(days=day + 7) for day in days]
