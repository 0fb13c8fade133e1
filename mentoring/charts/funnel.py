"""How many people reach each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mentoring.charts.chart import NOTHING, Chart, Drawing, Table, compose, require_finite, series_class
from mentoring.charts.scale import figure
from mentoring.charts.svg import element, number, text_width, wrap

THICK = 30.0
GAP = 26.0


@dataclass(frozen=True)
class Step:
    """One step and how many reached it; None is a number too small to show."""

    label: str
    count: int | None


def funnel(
    steps: Sequence[Step],
    *,
    title: str,
    description: str,
    label: str = "Step",
    count_label: str = "People",
    share_label: str = "Share of the step before",
    carried: str = "{percent}% of the step before",
    hidden: str = "fewer than 5",
    empty: str = NOTHING,
    id: str | None = None,
) -> Chart:
    """Draw a bar for each step and, between two of them, what share goes on; `carried` words that share."""
    require_finite(step.count for step in steps)
    if any(step.count is not None and step.count < 0 for step in steps):
        raise ValueError("A step cannot have fewer than no people.")
    most = max((step.count or 0 for step in steps), default=0) or 1
    shares = [_share(before, after) for before, after in pairwise(steps)]
    if not any(step.count for step in steps):
        steps = []

    def draw(drawing: Drawing) -> float:
        layout = drawing.layout
        size = layout.size
        left = 0.0 if layout.compact else min(200.0, max(text_width(step.label, size) for step in steps)) + 14
        after = max(text_width(figure(step.count or 0), size) for step in steps) * 1.08 + 12
        length = layout.width - left - after
        y = 2.0
        previous: tuple[float, float] | None = None
        for position, step in enumerate(steps):
            width = max((step.count or 0) / most * length, 2.0) if step.count else 0.0
            top = y + (layout.line + 3 if layout.compact else 0)
            share = shares[position - 1] if position else None
            passed = "" if share is None else carried.format(percent=share)
            if layout.compact:
                room = layout.width - text_width(passed, size) - 10
                drawing.text(0, y + size, wrap(step.label, room, size, lines=1)[0])
                if passed:
                    drawing.text(layout.width, y + size, passed, anchor="end", muted=True)
            else:
                if passed and previous:
                    _draw_passage(drawing, left, previous, (top, width))
                    drawing.text(left + 10, previous[1] + GAP / 2 + size * 0.35, passed, muted=True)
                lines = wrap(step.label, left - 14, size)
                baseline = top + THICK / 2 + size * 0.35 - (len(lines) - 1) * layout.line / 2
                for index, line in enumerate(lines):
                    drawing.text(left - 14, baseline + index * layout.line, line, anchor="end")
            if step.count:
                bar = element("rect", x=left, y=top, width=width, height=THICK, rx=3, fill="currentColor")
                drawing.add("g", bar, class_=series_class(0))
            drawing.text(
                left + (width + 8 if step.count else 0),
                top + THICK / 2 + size * 0.35,
                _count(step, hidden),
                strong=step.count is not None,
                muted=step.count is None,
            )
            previous = (width, top + THICK)
            y = top + THICK + (14 if layout.compact else GAP)
        return previous[1] + 4 if previous else 0

    table = Table(
        (label, count_label, share_label),
        tuple(
            (step.label, _count(step, hidden), "" if share is None else f"{share}%")
            for step, share in zip(steps, [None, *shares], strict=False)
        ),
    )
    return compose(draw, title=title, description=description, table=table, empty=empty, id=id)


def _draw_passage(drawing: Drawing, left: float, previous: tuple[float, float], following: tuple[float, float]) -> None:
    """Shade the way from one bar down to the next."""
    (width, bottom), (top, next_width) = previous, following
    outline = (
        f"M{number(left)} {number(bottom)}H{number(left + width)}"
        f"L{number(left + next_width)} {number(top)}H{number(left)}Z"
    )
    shade = element("path", d=outline, class_="chart-band", fill="currentColor", fill_opacity=0.16)
    drawing.add("g", shade, class_=series_class(0))


def _share(before: Step, after: Step) -> int | None:
    if not before.count or after.count is None:
        return None
    return int(after.count / before.count * 100 + 0.5)


def _count(step: Step, hidden: str) -> str:
    return hidden if step.count is None else figure(step.count)
