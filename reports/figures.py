"""The charts of the reports, from what may be published."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mentoring.charts import Chart, Point, Ratio, Series, forest, step_curves
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
    at_risk_label: str = "Still followed (at risk), to the nearest 5",
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
        # Who left between two points is not told, nor when.
        straight=True,
        interval_label=interval_label,
        at_risk_label=at_risk_label,
        hidden=hidden,
        axis_note=axis_note,
        empty=empty,
        id=id,
    )


def _point(months: float, estimate: PublishedEstimate) -> Point:
    return Point(months, estimate.percent, estimate.lower, estimate.upper, estimate.at_risk)


def curve_since_joining(published: dict[str, Any]) -> Chart:
    """Participants and colleagues like them, by months since joining, as published."""
    return retention_curves(
        [
            PublishedPoint(
                float(point["months"]),
                PublishedEstimate(**point["participants"]),
                PublishedEstimate(**point["colleagues"]),
            )
            for point in published["curve"]
        ],
        title="How many are still here, by months since joining",
        description="Two curves with 95% intervals, from the day on which participants joined a programme: participants, "
        "and colleagues of the same department, level and hire years who had been here as long and had not joined. A point "
        "is told only after enough more people have left in each group. The table beside it holds the same numbers.",
        others="Colleagues like them",
        x_label="Months since joining a programme",
        empty="No curve is drawn, because there are too few people to tell.",
        id="stay",
    )


BREAKDOWNS = {"department": "Department", "level": "Level", "site": "Site", "hire_year": "Hire year"}


def forest_of(breakdown: str, rows: Sequence[dict[str, Any]]) -> Chart:
    """How fast participants of each group leave beside others of it, hidden groups included."""
    name = BREAKDOWNS[breakdown]
    return forest(
        [
            Ratio(
                row["group"],
                row.get("percent"),
                row.get("lower"),
                row.get("upper"),
                f"{_both(row)}{_when(row)}",
            )
            for row in rows
        ],
        title=f"How fast participants leave, by {name.lower()}",
        description="For each group, how fast participants leave in percent of its other people of the same length of "
        "service, with 95% interval. Where the line crosses 100%, chance alone could explain the difference. A "
        "participant is one of the others until the day of joining, so both numbers of a group may add up to more than "
        "work there.",
        label=name,
        value_label="Rate of leaving, others = 100%",
        interval_label="95% interval",
        note_label="People, to the nearest 5",
        low_label="participants leave more slowly",
        high_label="participants leave faster",
        hidden="hidden",
        empty="Nobody has a group of this kind.",
        id=f"by-{breakdown}",
    )


def _when(row: dict[str, Any]) -> str:
    """Of which month figures are that are older than the report."""
    return f", as of {date.fromisoformat(row['as_of']):%B %Y}" if "as_of" in row else ""


def _both(row: dict[str, Any]) -> str:
    """How many there are of each, or of neither: from one and the headcount, the other is known."""
    ours, theirs = row["participants"], row["others"]
    return "few" if ours is None or theirs is None else f"{ours:,} participants, {theirs:,} others"
