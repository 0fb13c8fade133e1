"""Participants beside colleagues of the same length of service."""

from dataclasses import dataclass

from reports.survival.arrays import count_distinct
from reports.survival.curves import (
    AT_RISK_FLOOR,
    Curve,
    Estimate,
    LogRank,
    Window,
    common_window,
    kaplan_meier,
    log_rank,
    survival_at,
)
from reports.survival.floors import LEAVERS_FLOOR
from reports.survival.landmark import YEAR, difference
from reports.survival.rows import ExposureRows


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two curves over the same days of tenure, or neither of them.

    The curves start together, where both groups have enough people at risk: a curve that set out later than the other
    would stand above it for no other reason. `at` is the day of tenure for which the verdict gives percentages, and
    `difference` is participants minus others there, with its interval.
    """

    people: int
    people_joined: int
    people_other: int
    floor: int
    leavers_floor: int
    level: float
    window: Window | None = None
    participants: Curve | None = None
    others: Curve | None = None
    at: float | None = None
    participants_at: Estimate | None = None
    others_at: Estimate | None = None
    difference: tuple[float, float, float] | None = None
    test: LogRank | None = None

    @property
    def drawn(self) -> bool:
        return self.participants is not None

    @property
    def leavers(self) -> tuple[int, int]:
        """How many left while followed: participants, others."""
        if self.participants is None or self.others is None:
            return 0, 0
        return int(self.participants.leavers.sum()), int(self.others.leavers.sum())


def compare_retention(
    rows: ExposureRows,
    *,
    level: float = 0.95,
    floor: int = AT_RISK_FLOOR,
    leavers_floor: int = LEAVERS_FLOOR,
    horizon: float = YEAR,
) -> Comparison:
    """Follow both groups from the first tenure at which both are large enough, and compare them `horizon` days on.

    The interval of the difference combines those of the two curves (G. Y. Zou and A. Donner, Statistics in Medicine
    27, 2008), which needs no symmetry. One person may be in both curves, but never at the same time.
    """
    exposed = rows.exposed
    summary = Comparison(
        people=count_distinct(rows.person),
        people_joined=count_distinct(rows.person[exposed]),
        people_other=count_distinct(rows.person[~exposed]),
        floor=floor,
        leavers_floor=leavers_floor,
        level=level,
    )
    window = common_window(
        [(rows.entry[exposed], rows.exit[exposed]), (rows.entry[~exposed], rows.exit[~exposed])], floor=floor
    )
    if window is None:
        return summary

    curves = [
        kaplan_meier(rows.entry[arm], rows.exit[arm], rows.event[arm], level=level, floor=floor, window=window)
        for arm in (exposed, ~exposed)
    ]
    participants, others = curves
    if not (isinstance(participants, Curve) and isinstance(others, Curve)):
        return summary
    at = min(window.starts_at + horizon, window.ends_at)
    ours, theirs = survival_at(participants, [at])[0], survival_at(others, [at])[0]
    return Comparison(
        people=summary.people,
        people_joined=summary.people_joined,
        people_other=summary.people_other,
        floor=floor,
        leavers_floor=leavers_floor,
        level=level,
        window=window,
        participants=participants,
        others=others,
        at=at,
        participants_at=ours,
        others_at=theirs,
        difference=difference(ours, theirs) if ours and theirs else None,
        test=log_rank(rows.entry, rows.exit, rows.event, exposed, window=window),
    )
