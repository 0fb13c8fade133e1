"""A small line that stands in a row of text or a table."""

from collections.abc import Sequence

from mentoring.charts.chart import NOTHING, Chart, Drawing, Layout, Table, compose, marker, require_finite, series_class
from mentoring.charts.scale import figure, linear, nice_range
from mentoring.charts.svg import element, number, text_width

HEIGHT = 32.0
LINE = 96.0


def sparkline(
    values: Sequence[float | None],
    *,
    title: str,
    description: str,
    labels: Sequence[str] | None = None,
    label: str = "Time",
    value_label: str = "Value",
    suffix: str = "",
    value_range: tuple[float, float] | None = None,
    empty: str = NOTHING,
    id: str | None = None,
) -> Chart:
    """Draw values in order, from zero unless `value_range` says otherwise, with the last one written out.

    None is a gap, never bridged. `labels` name the values in the table ("March").
    """
    require_finite(values)
    names = list(labels) if labels is not None else [str(position + 1) for position in range(len(values))]
    if len(names) != len(values):
        raise ValueError("labels and values must have the same length.")
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    table = Table(
        (label, value_label),
        tuple((name, "" if value is None else figure(value, suffix)) for name, value in zip(names, values, strict=True))
        if known
        else (),
    )
    last = figure(known[-1][1], suffix) if known else ""
    layout = Layout("spark", LINE + 14 + text_width(last, 13) * 1.1, 13)

    def draw(drawing: Drawing) -> float:
        shown = [value for _, value in known]
        place_x = linear((0, max(len(values) - 1, 1)), (5, LINE))
        place_y = linear(value_range or nice_range(min(shown), max(shown)), (HEIGHT - 5, 5))
        path, previous = [], -2
        for position, value in known:
            command = "L" if position == previous + 1 else "M"
            path.append(f"{command}{number(place_x(position))} {number(place_y(value))}")
            # A value between two gaps would be a line of no length: the round cap makes it a dot.
            if command == "M":
                path.append("h0")
            previous = position
        line = element(
            "path",
            d="".join(path),
            fill="none",
            stroke="currentColor",
            stroke_width=2,
            stroke_linecap="round",
            stroke_linejoin="round",
        )
        position, value = known[-1]
        end = marker(place_x(position), place_y(value), 0, radius=3.5)
        drawing.add("g", line, end, class_=series_class(0))
        drawing.text(LINE + 9, HEIGHT / 2 + drawing.layout.size * 0.35, last, strong=True)
        return HEIGHT

    return compose(
        draw, title=title, description=description, table=table, empty=empty, id=id, layouts=(layout, layout)
    )
