"""What may leave the computing: whole percents, counts to the nearest five."""

from dataclasses import dataclass

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
