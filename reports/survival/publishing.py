"""What may leave the computing: whole percents by month of tenure, counts to the nearest five."""

from dataclasses import dataclass

from reports.survival.comparison import Comparison
from reports.survival.curves import Estimate, survival_at

DAYS_IN_MONTH = 365.25 / 12
COUNT_FLOOR = 5


@dataclass(frozen=True)
class PublishedEstimate:
    """One point of a curve as everybody may see it; `at_risk` is None when it is under five."""

    percent: int
    lower: int
    upper: int
    at_risk: int | None


@dataclass(frozen=True)
class PublishedPoint:
    """Both groups at one length of service."""

    months: float
    participants: PublishedEstimate
    others: PublishedEstimate


def round_count(count: int) -> int | None:
    """Round a number of people to the nearest five; None, to be shown as "fewer than 5", below that."""
    return (count + 2) // 5 * 5 if count >= COUNT_FLOOR else None


def whole_percent(share: float) -> int:
    """Turn a share of 0 to 1 into whole percent, halves away from zero."""
    return int(abs(share) * 100 + 0.5 + 1e-9) * (-1 if share < 0 else 1)


def publish(comparison: Comparison, *, every_months: int = 1) -> list[PublishedPoint]:
    """Read both curves at their start, at each full month of tenure and at their end; nothing if they are not drawn.

    Page, table and CSV all take this, so that none of them shows more than another. Exact days of leaving and exact
    numbers stay behind.
    """
    window, participants, others = comparison.window, comparison.participants, comparison.others
    if window is None or participants is None or others is None:
        return []
    first = int(window.starts_at // DAYS_IN_MONTH) + 1
    last = int(window.ends_at // DAYS_IN_MONTH)
    months = [float(month) for month in range(first, last + 1) if month % every_months == 0]
    days = [round(month * DAYS_IN_MONTH) for month in months]
    asked = [(window.starts_at, round(window.starts_at / DAYS_IN_MONTH, 1))]
    asked += [(day, month) for day, month in zip(days, months, strict=True) if window.starts_at < day < window.ends_at]
    asked.append((window.ends_at, round(window.ends_at / DAYS_IN_MONTH, 1)))
    points = []
    for (_, month), ours, theirs in zip(
        asked,
        survival_at(participants, [day for day, _ in asked]),
        survival_at(others, [day for day, _ in asked]),
        strict=True,
    ):
        if ours and theirs:
            points.append(PublishedPoint(month, _published(ours), _published(theirs)))
    return points


def _published(estimate: Estimate) -> PublishedEstimate:
    return PublishedEstimate(
        percent=whole_percent(estimate.survival),
        lower=whole_percent(estimate.lower),
        upper=whole_percent(estimate.upper),
        at_risk=round_count(estimate.at_risk),
    )
