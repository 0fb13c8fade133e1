"""Which points of a fresh curve may be told beside the curves of earlier reports.

Whoever lays two curves on each other reads how many left between two points since the earlier one. So that is told only
where nobody did, or enough of each group; and where it is not, the curve stays as it was told last. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .published import Published, month_of, publish_curve, told_apart
from .survival import MatchedStay

# Among so many people for each of the floor, whole percents tell no number of leavers to within twice the floor.
MANY = 200


@dataclass(frozen=True, eq=False)
class Drawn:
    """A comparison that was told anew in an earlier report; `left` (arms × points × points) as of its day, and `months`
    those of its curve, which are none where that stood as it was told before."""

    left: NDArray[np.int64]
    months: frozenset[float]


def may_be_redrawn(fresh: MatchedStay, earlier: Sequence[Drawn], *, floor: int) -> bool:
    """Whether the headline may be told anew."""
    headline = fresh.points.index(fresh.headline)
    return all(_nobody_or_many(fresh, each, 0, headline, floor) for each in earlier)


def redraw(fresh: MatchedStay, earlier: Sequence[Drawn], last: Sequence[Any], *, floor: int) -> Published | None:
    """The points of the curve; None where it would have fewer than the `last` one, which then stays."""
    told = told_apart(
        fresh, floor, lambda one, other: all(_may_be_laid_on(fresh, each, one, other, floor) for each in earlier)
    )
    return None if len(told) < len(last) else {"curve": publish_curve(fresh, told, floor)}


def _may_be_laid_on(fresh: MatchedStay, drawn: Drawn, first: int, last: int, floor: int) -> bool:
    if not drawn.months:
        return True
    begin, end = (month_of(fresh.points[at]) for at in (first, last))
    if begin >= max(drawn.months) or _too_many_to_read(fresh, last, floor):
        return True
    if begin in drawn.months and (end in drawn.months or end > max(drawn.months)):
        return _nobody_or_many(fresh, drawn, first, last, floor)
    # A point between two that were told divides those who had left by then, too: it takes many to hide how.
    return min(_since(fresh, drawn, first, last)) >= 2 * floor


def _nobody_or_many(fresh: MatchedStay, drawn: Drawn, first: int, last: int, floor: int) -> bool:
    since = _since(fresh, drawn, first, last)
    return since == (0, 0) or min(since) >= floor or _too_many_to_read(fresh, last, floor)


def _since(fresh: MatchedStay, drawn: Drawn, first: int, last: int) -> tuple[int, int]:
    """How many more of each arm have left between two points."""
    ours, theirs = (fresh.left[:, first, last] - drawn.left[:, first, last]).tolist()
    return ours, theirs


def _too_many_to_read(fresh: MatchedStay, at: int, floor: int) -> bool:
    point = fresh.points[at]
    return min(point.participants_at_risk, point.colleagues_at_risk) >= MANY * floor
