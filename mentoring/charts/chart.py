"""What every chart is: two drawings of the same numbers, and the numbers."""

import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mentoring.charts.svg import Markup, element

NOTHING = "There is nothing to show yet."
# Lines and markers tell the series apart without colour: in print, and for eyes that see few colours.
DASHES = (None, "7 4", "2 3", "10 3 2 3", "4 2", "1 4")
MOST_SERIES = len(DASHES)


@dataclass(frozen=True)
class Table:
    """The numbers of a chart as text, to be shown beside it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A chart: `svg` for the page, holding `wide` and `compact`, of which the stylesheet shows the one that fits.

    With nothing to draw, `wide` and `compact` are empty and `svg` is a sentence.
    """

    title: str
    description: str
    table: Table
    wide: Markup
    compact: Markup
    empty: str = NOTHING

    @property
    def is_empty(self) -> bool:
        return not self.wide

    @property
    def svg(self) -> Markup:
        if self.is_empty:
            return element("p", self.empty, class_="chart-empty")
        return element("div", self.wide, self.compact, class_="chart")


@dataclass(frozen=True)
class Layout:
    """One of the two widths that a chart is drawn for, in units that are pixels at its smallest."""

    name: str
    width: float
    size: float

    @property
    def compact(self) -> bool:
        return self.name == "compact"

    @property
    def line(self) -> float:
        return self.size * 1.35


WIDE = Layout("wide", 640, 13)
COMPACT = Layout("compact", 300, 12)


class Drawing:
    """Collects the elements of one drawing."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.parts: list[Markup] = []

    def add(self, name: str, *children: str, **attributes: str | float | None) -> None:
        self.parts.append(element(name, *children, **attributes))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str | None = None,
        muted: bool = False,
        strong: bool = False,
    ) -> None:
        self.add(
            "text",
            text,
            x=x,
            y=y,
            class_="chart-muted" if muted else "chart-text",
            fill="currentColor",
            font_size=self.layout.size,
            font_weight="600" if strong else None,
            text_anchor=anchor,
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, class_: str, width: float = 1, faint: bool = False
    ) -> None:
        self.add(
            "line",
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            class_=class_,
            stroke="currentColor",
            stroke_width=width,
            stroke_opacity=0.25 if faint else None,
        )

    def key(self, x: float, y: float, series: int) -> None:
        """Draw a short sample of a series' line with its marker, `y` being the middle."""
        self.add("g", stroke(f"M{x:g} {y:g}h24", series), marker(x + 12, y, series), class_=series_class(series))

    def markup(self, *, id: str, title: str, description: str, height: float) -> Markup:
        own = f"{id}-{self.layout.name}"
        return element(
            "svg",
            element("title", title, id=f"{own}-title"),
            element("desc", description, id=f"{own}-desc"),
            *self.parts,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {self.layout.width:g} {math.ceil(height)}",
            class_=f"chart-svg chart-{self.layout.name}",
            role="img",
            aria_labelledby=f"{own}-title {own}-desc",
            focusable="false",
        )


def compose(
    draw: Callable[[Drawing], float],
    *,
    title: str,
    description: str,
    table: Table,
    empty: str,
    id: str | None,
    layouts: tuple[Layout, Layout] = (WIDE, COMPACT),
) -> Chart:
    """Draw a chart at both widths; `draw` answers the height that it took. An empty table is an empty chart."""
    if not table.rows:
        return Chart(title, description, table, Markup(), Markup(), empty)
    id = id or f"chart-{secrets.token_hex(4)}"
    drawn: dict[str, Markup] = {}
    for layout in layouts:
        if layout.name not in drawn:
            drawing = Drawing(layout)
            height = draw(drawing)
            drawn[layout.name] = drawing.markup(id=id, title=title, description=description, height=height)
    wide, compact = (drawn[layout.name] for layout in layouts)
    return Chart(title, description, table, wide, compact, empty)


def series_class(series: int) -> str:
    return f"chart-series-{series + 1}"


def stroke(path: str, series: int, *, width: float = 2.25) -> Markup:
    return element(
        "path",
        d=path,
        fill="none",
        stroke="currentColor",
        stroke_width=width,
        stroke_dasharray=DASHES[series % MOST_SERIES],
        stroke_linejoin="round",
    )


def marker(x: float, y: float, series: int, *, radius: float = 4, label: str = "") -> Markup:
    """Draw a series' own shape: circle, square, triangle, diamond, then hollow ones."""
    name = (element("title", label),) if label else ()
    kind = series % MOST_SERIES
    hollow = kind >= 4
    look: dict[str, str | float | None] = {
        "class_": "chart-hollow" if hollow else None,
        "fill": "none" if hollow else "currentColor",
        "stroke": "currentColor" if hollow else None,
        "stroke_width": 1.75 if hollow else None,
    }
    shape = kind % 4
    if shape == 0:
        return element("circle", *name, cx=x, cy=y, r=radius, **look)
    if shape == 1:
        side = radius * 1.75
        return element("rect", *name, x=x - side / 2, y=y - side / 2, width=side, height=side, **look)
    r = radius * 1.25
    points = (
        f"{x:.2f},{y - r:.2f} {x + r:.2f},{y + r * 0.8:.2f} {x - r:.2f},{y + r * 0.8:.2f}"
        if shape == 2
        else f"{x:.2f},{y - r:.2f} {x + r:.2f},{y:.2f} {x:.2f},{y + r:.2f} {x - r:.2f},{y:.2f}"
    )
    return element("polygon", *name, points=points, **look)


def require_finite(values: Iterable[float | None]) -> None:
    """Refuse NaN and infinity, which would draw nonsense without a word."""
    if not all(value is None or math.isfinite(value) for value in values):
        raise ValueError("A chart draws finite numbers only; None is for what is not shown.")
