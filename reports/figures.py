"""The charts of the reports, from what may be published."""

from collections.abc import Sequence

from mentoring.charts import Chart, Point, Series, step_curves
from reports.survival import PublishedEstimate, PublishedPoint

MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


def retention_curves(
    points: Sequence[PublishedPoint],
    *,
    title: str,
    description: str,
    participants: str = "Participants",
    others: str = "Other colleagues",
    x_label: str = "Months since joining the organisation",
    y_label: str = "Still employed",
    interval_label: str = "95% interval",
    at_risk_label: str = "Number at risk, to the nearest 5",
    hidden: str = "<5",
    axis_note: str = "axis starts at {start}",
    empty: str,
    id: str | None = None,
) -> Chart:
    """Draw both curves from one scale; `empty` is the sentence for when there are none."""
    lowest = min((min(point.participants.lower, point.others.lower) for point in points), default=0)
    return step_curves(
        [
            Series(participants, [_point(point.months, point.participants) for point in points]),
            Series(others, [_point(point.months, point.others) for point in points]),
        ],
        title=title,
        description=description,
        x_label=x_label,
        y_label=y_label,
        # Half of the height would be blank where most people stay; below that, the whole scale.
        y_range=(50, 100) if lowest >= 55 else (0, 100),
        x_steps=MONTHS,
        interval_label=interval_label,
        at_risk_label=at_risk_label,
        hidden=hidden,
        axis_note=axis_note,
        empty=empty,
        id=id,
    )


def _point(months: float, estimate: PublishedEstimate) -> Point:
    return Point(months, estimate.percent, estimate.lower, estimate.upper, estimate.at_risk)
