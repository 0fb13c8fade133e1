"""Ratios with their intervals below each other, on one scale on which half and double are equally far from one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mentoring.charts.chart import NOTHING, Chart, Drawing, Table, compose, marker, require_finite, series_class
from mentoring.charts.scale import figure
from mentoring.charts.svg import element, text_width, wrap

ROW = 26.0


@dataclass(frozen=True)
class Ratio:
    """One row, in percent; a value of None is not shown, and `note` stands small below the label."""

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


def forest(
    rows: Sequence[Ratio],
    *,
    title: str,
    description: str,
    label: str,
    value_label: str,
    interval_label: str,
    note_label: str = "Note",
    low_label: str,
    high_label: str,
    hidden: str = "too few to show",
    ticks: Sequence[float] = (25, 50, 100, 200, 400),
    empty: str = NOTHING,
    id: str | None = None,
) -> Chart:
    """Draw a marker and a line for each row around the line at 100%; `low_label` and `high_label` say what each side means.

    What lies beyond the ticks ends at the edge; the table beside the chart has the numbers. With no row that may be
    shown the chart is still drawn, so that one sees what is hidden.
    """
    require_finite(value for row in rows for value in (row.value, row.lower, row.upper))
    first, last = math.log(ticks[0]), math.log(ticks[-1])

    def draw(drawing: Drawing) -> float:
        layout = drawing.layout
        size = layout.size
        left = 14.0 if layout.compact else min(200.0, max(90.0, *(text_width(row.label, size) for row in rows))) + 20
        right = layout.width - 16

        def place(value: float) -> float:
            at = min(max(math.log(max(value, 0.01)), first), last)
            return left + (at - first) / (last - first) * (right - left)

        middle = place(100)
        half = (right - left) / 2 - 6
        y = size + 2
        for x, anchor, words in ((left, "start", low_label), (right, "end", high_label)):
            for index, line in enumerate(wrap(words, half, size)):
                drawing.text(x, y + index * layout.line, line, anchor=anchor, muted=True)
        y += 2 * layout.line
        top = y - layout.line / 2
        for row in rows:
            texts = wrap(row.label, right - left if layout.compact else left - 20, size)
            if layout.compact:
                for line in texts:
                    drawing.text(left, y + size, line)
                    y += layout.line
                y += 4
            centre = y + ROW / 2
            if not layout.compact:
                baseline = centre + size * 0.35 - (len(texts) - 1) * layout.line / 2
                for index, line in enumerate(texts):
                    drawing.text(left - 14, baseline + index * layout.line, line, anchor="end")
            if row.value is None:
                drawing.text(middle + 8, centre + size * 0.35, hidden, muted=True)
            else:
                parts = []
                if row.lower is not None and row.upper is not None:
                    parts.append(
                        element(
                            "line", x1=place(row.lower), x2=place(row.upper), y1=centre, y2=centre,
                            stroke="currentColor", stroke_width=2,
                        )
                    )  # fmt: skip
                parts.append(marker(place(row.value), centre, 1, radius=4.5))
                drawing.add("g", *parts, class_=series_class(0))
            y += ROW + (6 if layout.compact else max(0.0, (len(texts) - 1) * layout.line))
        for tick in ticks:
            drawing.line(
                place(tick), top, place(tick), y + 4, class_="chart-axis" if tick == 100 else "chart-grid",
                faint=tick != 100,
            )  # fmt: skip
            drawing.text(place(tick), y + 6 + size, figure(tick, "%"), anchor="middle", muted=True)
        return y + size + 14

    cells = []
    for row in rows:
        told = row.value is not None
        interval = f"{figure(row.lower or 0)}–{figure(row.upper or 0, '%')}" if told else ""
        cells.append((row.label, figure(row.value or 0, "%") if told else hidden, interval, row.note))
    table = Table((label, value_label, interval_label, note_label), tuple(cells))
    return compose(draw, title=title, description=description, table=table, empty=empty, id=id)
