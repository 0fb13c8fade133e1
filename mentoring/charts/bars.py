"""Horizontal bars with their values beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from mentoring.charts.chart import NOTHING, Chart, Drawing, Table, compose, require_finite, series_class
from mentoring.charts.scale import figure
from mentoring.charts.svg import element, text_width, wrap

THICK = 18.0


@dataclass(frozen=True)
class Bar:
    """One row; a value of None is not shown, and `note` stands small behind the value ("n = 120")."""

    label: str
    value: float | None
    note: str = ""


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    description: str,
    label: str,
    value_label: str,
    note_label: str = "Note",
    suffix: str = "",
    maximum: float | None = None,
    hidden: str = "too few to show",
    empty: str = NOTHING,
    id: str | None = None,
) -> Chart:
    """Draw one bar for each row, from zero; with a `maximum` (100 for percentages) its rest is a faint track."""
    require_finite(row.value for row in rows)
    if any(row.value is not None and row.value < 0 for row in rows):
        raise ValueError("A bar begins at zero and cannot be negative.")
    most = maximum or max((row.value or 0 for row in rows), default=0) or 1

    def draw(drawing: Drawing) -> float:
        layout = drawing.layout
        size = layout.size
        widest = max(text_width(row.label, size) for row in rows)
        left = 0.0 if layout.compact else min(210.0, max(90.0, widest)) + 12
        texts = [_value(row, suffix, hidden) for row in rows]
        # A hidden value has no bar before it: its text may stand where the bar would.
        # On a narrow screen the note stands above the bar, where there is room for all of it.
        written = [
            text if layout.compact else f"{text}  {row.note}"
            for row, text in zip(rows, texts, strict=True)
            if row.value is not None
        ]
        after = min(max((text_width(text, size) for text in written), default=0.0) * 1.05, layout.width * 0.4)
        length = layout.width - left - after - 10
        y = 2.0
        for row, text in zip(rows, texts, strict=True):
            lines = wrap(row.label, layout.width if layout.compact else left - 12, size)
            if layout.compact:
                for line in lines:
                    drawing.text(0, y + size, line)
                    y += layout.line
                if row.note and row.value is not None:
                    taken = text_width(lines[-1], size) * 1.08 + 12 + text_width(row.note, size) * 1.08
                    if taken <= layout.width:
                        drawing.text(layout.width, y - layout.line + size, row.note, anchor="end", muted=True)
                    else:
                        for line in wrap(row.note, layout.width, size):
                            drawing.text(0, y + size, line, muted=True)
                            y += layout.line
                y += 4
            else:
                height = len(lines) * layout.line
                y += max(0.0, (height - THICK) / 2)
                baseline = y + (THICK - height) / 2 + size
                for index, line in enumerate(lines):
                    drawing.text(left - 12, baseline + index * layout.line, line, anchor="end")
            width = 0.0 if row.value is None else min(row.value / most, 1) * length
            if maximum and row.value is not None:
                drawing.add(
                    "rect", x=left, y=y, width=length, height=THICK, rx=3, class_="chart-track", fill_opacity=0.1
                )
            if width:
                bar = element("rect", x=left, y=y, width=max(width, 2), height=THICK, rx=3, fill="currentColor")
                drawing.add("g", bar, class_=series_class(0))
            reach = length if maximum else width
            start = left if row.value is None or not reach else left + max(reach, 2) + 8
            middle = y + THICK / 2 + size * 0.35
            drawing.text(start, middle, text, strong=row.value is not None, muted=row.value is None)
            if row.note and row.value is not None and not layout.compact:
                aside = start + text_width(text, size) * 1.08 + 6
                drawing.text(aside, middle, wrap(row.note, layout.width - aside, size, lines=1)[0], muted=True)
            y += THICK + (12 if layout.compact else max(0.0, (len(lines) * layout.line - THICK) / 2) + 10)
        return y - 6

    noted = any(row.note for row in rows)
    cells = [(row.label, _value(row, suffix, hidden), "" if row.value is None else row.note) for row in rows]
    columns = 3 if noted else 2
    table = Table((label, value_label, note_label)[:columns], tuple(row[:columns] for row in cells))
    return compose(draw, title=title, description=description, table=table, empty=empty, id=id)


def _value(row: Bar, suffix: str, hidden: str) -> str:
    return hidden if row.value is None else figure(row.value, suffix)
