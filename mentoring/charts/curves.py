"""Step curves with intervals and numbers at risk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mentoring.charts.chart import (
    MOST_SERIES,
    NOTHING,
    Chart,
    Drawing,
    Table,
    compose,
    marker,
    require_finite,
    series_class,
    stroke,
)
from mentoring.charts.scale import figure, linear, nice_range, nice_ticks
from mentoring.charts.svg import element, number, text_width, wrap

# How far to the right of the plot the names begin, beside half of a number at risk.
NAMES = 18.0


@dataclass(frozen=True)
class Point:
    """From `x` on the curve stands at `y`, with its interval; `at_risk` None is a number too small to show."""

    x: float
    y: float
    lower: float | None = None
    upper: float | None = None
    at_risk: int | None = None


@dataclass(frozen=True)
class Series:
    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class _Words:
    """What is written beside the curves; an interval or numbers without a name are not drawn."""

    x_label: str
    y_label: str
    y_suffix: str
    interval: str
    at_risk: str
    hidden: str


@dataclass(frozen=True)
class _Plot:
    """Where the curves stand on the drawing."""

    left: float
    right: float
    names: float
    top: float
    bottom: float
    x: Callable[[float], float]
    y: Callable[[float], float]
    x_ticks: list[float]
    y_ticks: list[float]
    straight: bool


def step_curves(
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
    y_suffix: str = "%",
    y_range: tuple[float, float] | None = None,
    x_steps: Sequence[float] | None = None,
    bands: bool = True,
    straight: bool = False,
    interval_label: str = "95% interval",
    at_risk_label: str = "Number at risk",
    hidden: str = "<5",
    axis_note: str = "axis starts at {start}",
    empty: str = NOTHING,
    id: str | None = None,
) -> Chart:
    """Draw curves that keep their value until the next point, each up to its own last point.

    With `straight` nothing is known of a curve between its points: they stand out, lines join them, and ticks and
    numbers at risk are at points only.
    `y_range` is 0 to 100 for percentages unless given; one that does not begin at zero is said in the y label.
    `x_steps` are the distances that ticks may have (months: 1, 3, 6, 12 …).
    """
    shown = [one for one in series if one.points]
    if len(shown) > MOST_SERIES:
        raise ValueError(f"At most {MOST_SERIES} curves can be told apart.")
    points = [point for one in shown for point in one.points]
    require_finite(value for p in points for value in (p.x, p.y, p.lower, p.upper))
    numbered = any(point.at_risk is not None for point in points)
    banded = bands and any(point.lower is not None and point.upper is not None for point in points)
    if y_range is None:
        y_range = (
            (0.0, 100.0)
            if y_suffix == "%" and all(0 <= p.y <= 100 for p in points)
            else nice_range(*(f((p.y for p in points), default=0.0) for f in (min, max)))
        )
    if y_range[0] > 0:
        y_label = f"{y_label} ({axis_note.format(start=figure(y_range[0], y_suffix))})"
    words = _Words(
        x_label=x_label,
        y_label=y_label,
        y_suffix=y_suffix,
        interval=interval_label if banded else "",
        at_risk=at_risk_label if numbered else "",
        hidden=hidden,
    )
    y_domain = y_range

    def draw(drawing: Drawing) -> float:
        top = _draw_head(drawing, shown, words)
        plot = _plot(drawing, shown, words, top=top, y_domain=y_domain, x_steps=x_steps, straight=straight)
        _draw_axes(drawing, plot, words)
        if words.interval:
            for position, one in enumerate(shown):
                _draw_band(drawing, plot, one, position)
        for position, one in enumerate(shown):
            _draw_line(drawing, plot, one, position, words)
        if not drawing.layout.compact:
            _draw_names(drawing, plot, shown, words)
        return _draw_foot(drawing, plot, shown, words)

    return compose(draw, title=title, description=description, table=_table(shown, words), empty=empty, id=id)


def _draw_head(drawing: Drawing, series: Sequence[Series], words: _Words) -> float:
    """Write what is measured, and on a narrow drawing the key with the last value of each curve."""
    layout = drawing.layout
    size, y = layout.size, layout.size
    for part in wrap(words.y_label, layout.width, size):
        drawing.text(0, y, part, muted=True)
        y += layout.line
    if layout.compact:
        for position, one in enumerate(series):
            value = figure(one.points[-1].y, words.y_suffix)
            room = layout.width - 32 - text_width(value, size) - 12
            drawing.key(0, y + 2 - size * 0.35, position)
            drawing.text(32, y + 2, wrap(one.name, room, size, lines=1)[0], strong=True)
            drawing.text(layout.width, y + 2, value, anchor="end", strong=True)
            y += layout.line + 2
    return y


def _plot(
    drawing: Drawing,
    series: Sequence[Series],
    words: _Words,
    *,
    top: float,
    y_domain: tuple[float, float],
    x_steps: Sequence[float] | None,
    straight: bool,
) -> _Plot:
    layout = drawing.layout
    first = min(one.points[0].x for one in series)
    last = max(one.points[-1].x for one in series)
    # An axis that nearly begins at zero does so, since people read lengths from there.
    x_domain = (0.0 if 0 <= first <= last / 4 else first, last if last > first else first + 1)
    y_ticks = nice_ticks(*y_domain, most=6)
    most = 5 if layout.compact else 8
    x_ticks = nice_ticks(*x_domain, most=most, steps=x_steps)
    if straight:
        points = sorted({point.x for one in series for point in one.points})
        x_ticks = _spread([tick for tick in x_ticks if tick in points], points, (x_domain[1] - x_domain[0]) / most)
    widest = max(text_width(figure(tick, words.y_suffix), layout.size) for tick in y_ticks)
    # Numbers at risk stand centred beneath the first and the last tick.
    numbers = [_number_at(one, tick, words.hidden) for one in series for tick in x_ticks] if words.at_risk else []
    half = max((text_width(text, layout.size) for text in numbers), default=0.0) / 2
    left = max(widest + 8, half)
    if layout.compact:
        right = layout.width - max(half, 14.0)
    else:
        names = max(text_width(one.name, layout.size) for one in series) * 1.08
        right = layout.width - min(200.0, max(names, 90.0) + max(half, 6.0) + NAMES)
    bottom = top + (190 if layout.compact else 250)
    return _Plot(
        left=left,
        right=right,
        names=right + max(half, 6.0) + NAMES - 4,
        top=top,
        bottom=bottom,
        x=linear(x_domain, (left, right)),
        y=linear(y_domain, (bottom, top)),
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        straight=straight,
    )


def _draw_axes(drawing: Drawing, plot: _Plot, words: _Words) -> None:
    size = drawing.layout.size
    for tick in plot.y_ticks:
        y = plot.y(tick)
        if y < plot.bottom:
            drawing.line(plot.left, y, plot.right, y, class_="chart-grid", faint=True)
        drawing.text(plot.left - 7, y + size * 0.35, figure(tick, words.y_suffix), anchor="end", muted=True)
    drawing.line(plot.left, plot.bottom, plot.right, plot.bottom, class_="chart-axis")
    for tick in plot.x_ticks:
        x = plot.x(tick)
        drawing.line(x, plot.bottom, x, plot.bottom + 5, class_="chart-axis")
        drawing.text(x, plot.bottom + 7 + size, figure(tick), anchor="middle", muted=True)


def _draw_band(drawing: Drawing, plot: _Plot, one: Series, position: int) -> None:
    uppers = [(p.x, p.upper) for p in one.points if p.upper is not None and p.lower is not None]
    lowers = [(p.x, p.lower) for p in one.points if p.upper is not None and p.lower is not None]
    if not uppers:
        return
    end = one.points[-1].x
    if not plot.straight:
        uppers, lowers = _steps(uppers, end), _steps(lowers, end)
    outline = _path(plot, uppers + lowers[::-1]) + "Z"
    band = element("path", d=outline, class_="chart-band", fill="currentColor", fill_opacity=0.16)
    drawing.add("g", band, class_=series_class(position))


def _draw_line(drawing: Drawing, plot: _Plot, one: Series, position: int, words: _Words) -> None:
    """Draw the curve, with its marker at the ticks (or its points) and at its end; each marker says its numbers when
    pointed at."""
    last = one.points[-1]
    places = [tick for tick in plot.x_ticks if one.points[0].x <= tick < last.x]
    corners = [(point.x, point.y) for point in one.points]
    if plot.straight:
        seen = _spread([plot.x(tick) for tick in places], [plot.x(x) for x, _ in corners[:-1]], 12)
        places = [x for x, _ in corners[:-1] if plot.x(x) in seen]
    else:
        corners = _steps(corners, last.x)
    if places and plot.x(last.x) - plot.x(places[-1]) < 12:
        places.pop()
    markers = []
    for x in [*places, last.x]:
        point = _point_at(one, x)
        if point:
            label = f"{one.name}, {figure(x)}: {figure(point.y, words.y_suffix)}{_interval(point, words)}"
            markers.append(marker(plot.x(x), plot.y(point.y), position, label=label))
    line = stroke(_path(plot, corners), position)
    drawing.add("g", line, *markers, class_=series_class(position))


def _draw_names(drawing: Drawing, plot: _Plot, series: Sequence[Series], words: _Words) -> None:
    """Write each name and last value beside the end of its curve, moved apart where they would touch."""
    layout = drawing.layout
    room = layout.width - plot.names
    blocks = []
    for position, one in enumerate(series):
        last = one.points[-1]
        value = figure(last.y, words.y_suffix)
        if len(series) > 3:
            left_over = room - text_width(f" {value}", layout.size)
            lines = [f"{wrap(one.name, left_over, layout.size, lines=1)[0]} {value}"]
        else:
            lines = [*wrap(one.name, room, layout.size * 1.08), value]
        blocks.append((plot.y(last.y), position, lines))
    blocks.sort()
    heights = [len(lines) * layout.line + 4 for _, _, lines in blocks]
    tops = _apart([end for end, _, _ in blocks], heights, plot.top - layout.line, plot.bottom + layout.line)
    for (end, position, lines), top, height in zip(blocks, tops, heights, strict=True):
        last_x = plot.x(series[position].points[-1].x)
        leader = f"M{number(last_x + 6)} {number(end)}L{number(plot.names - 6)} {number(top + height / 2)}"
        line = element("path", d=leader, fill="none", stroke="currentColor", stroke_width=1, stroke_opacity=0.55)
        drawing.add("g", line, class_=series_class(position))
        for index, text in enumerate(lines):
            baseline = top + layout.line * index + layout.size
            drawing.text(plot.names, baseline, text, strong=index == 0 or index < len(lines) - 1)


def _apart(middles: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Place blocks as near to their middles as they can be without touching; answer their upper edges."""
    clusters: list[tuple[float, float, int]] = []  # the middle, the height and the number of blocks
    for middle, height in zip(middles, heights, strict=True):
        clusters.append((middle, height, 1))
        while len(clusters) > 1:
            (first, upper, some), (second, lower, more) = clusters[-2:]
            if first + upper / 2 <= second - lower / 2:
                break
            clusters[-2:] = [((first * some + second * more) / (some + more), upper + lower, some + more)]
    edges: list[float] = []
    for middle, height, count in clusters:
        edge = max(
            min(middle - height / 2, bottom - height), top, edges[-1] + heights[len(edges) - 1] if edges else top
        )
        for _ in range(count):
            edges.append(edge)
            edge += heights[len(edges) - 1]
    return edges


def _draw_foot(drawing: Drawing, plot: _Plot, series: Sequence[Series], words: _Words) -> float:
    """Write the x label, what the shading is, and the numbers at risk beneath their ticks."""
    layout = drawing.layout
    size, line = layout.size, layout.line
    y = plot.bottom + 9 + size
    centre = (plot.left + plot.right) / 2
    for part in wrap(words.x_label, 2 * min(centre, layout.width - centre), size):
        y += line
        drawing.text(centre, y, part, anchor="middle", muted=True)
    if words.interval and not layout.compact:
        _draw_shading(drawing, plot.names, plot.bottom + 7 + size, words.interval, layout.width)
    elif words.interval:
        y += line + 4
        _draw_shading(drawing, 0, y, words.interval, layout.width)
    if words.at_risk:
        y += line + 10
        drawing.line(0, y - line - 1, layout.width, y - line - 1, class_="chart-grid", faint=True)
        drawing.text(0, y, words.at_risk, muted=True)
        for position, one in enumerate(series):
            y += line + 4
            if layout.compact:
                drawing.key(0, y - size * 0.35, position)
                drawing.text(32, y, wrap(one.name, layout.width - 32, size, lines=1)[0])
                y += line
            numbers = y
            for index, text in enumerate(() if layout.compact else wrap(one.name, layout.width - plot.names, size)):
                y = numbers + index * line
                drawing.text(plot.names, y, text)
            for tick in plot.x_ticks:
                if text := _number_at(one, tick, words.hidden):
                    drawing.text(plot.x(tick), numbers, text, anchor="middle")
    return y + size * 0.5


def _draw_shading(drawing: Drawing, x: float, y: float, label: str, right: float) -> None:
    size = drawing.layout.size
    drawing.add(
        "rect",
        x=x,
        y=y - size * 0.8,
        width=18,
        height=size * 0.9,
        rx=2,
        class_="chart-muted",
        fill="currentColor",
        fill_opacity=0.22,
    )
    drawing.text(x + 24, y, wrap(label, right - x - 24, size, lines=1)[0], muted=True)


def _steps(points: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """List the corners of a curve that keeps each value until the next point."""
    corners: list[tuple[float, float]] = []
    for x, y in points:
        if corners and corners[-1][1] != y:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    if corners[-1][0] < end:
        corners.append((end, corners[-1][1]))
    return corners


def _spread(chosen: Sequence[float], more: Sequence[float], least: float) -> list[float]:
    """Add to the chosen numbers those of the others that are at least so far from each."""
    found = list(chosen)
    for each in more:
        if all(abs(each - other) >= least for other in found):
            found.append(each)
    return sorted(found)


def _path(plot: _Plot, corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(plot.x(x))} {number(plot.y(y))}" for x, y in corners)


def _point_at(one: Series, x: float) -> Point | None:
    """Find the point whose value still holds at x; None outside the curve."""
    if x > one.points[-1].x + 1e-9:
        return None
    return next((point for point in reversed(one.points) if point.x <= x + 1e-9), None)


def _number_at(one: Series, x: float, hidden: str) -> str:
    point = _point_at(one, x)
    if point is None:
        return ""
    return hidden if point.at_risk is None else figure(point.at_risk)


def _interval(point: Point, words: _Words) -> str:
    if point.lower is None or point.upper is None:
        return ""
    return f" ({figure(point.lower)}–{figure(point.upper, words.y_suffix)})"


def _table(series: Sequence[Series], words: _Words) -> Table:
    """One row for each x, for each curve its value, interval and number at risk."""
    header = [words.x_label]
    for one in series:
        header.append(one.name)
        header += [f"{one.name}, {label}" for label in (words.interval, words.at_risk) if label]
    rows = []
    for x in sorted({point.x for one in series for point in one.points}):
        row = [figure(x)]
        for one in series:
            point = _point_at(one, x)
            row.append(figure(point.y, words.y_suffix) if point else "")
            if words.interval:
                row.append(_interval(point, words).strip(" ()") if point else "")
            if words.at_risk:
                row.append(_number_at(one, x, words.hidden))
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))
