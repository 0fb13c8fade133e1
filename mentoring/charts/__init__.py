"""Charts drawn on the server: SVG with title, description, direct labels and a table of the same numbers.

Colours, light, dark and print live in static/src/charts.css. Nothing here knows Django; `Chart.svg` and the drawings in
it are safe in a template as they are, since every text was escaped on its way in.
"""

from mentoring.charts.bars import Bar, bars
from mentoring.charts.chart import Chart, Table
from mentoring.charts.curves import Point, Series, step_curves
from mentoring.charts.forest import Ratio, forest
from mentoring.charts.scale import nice_ticks
from mentoring.charts.svg import Markup

__all__ = [
    "Bar",
    "Chart",
    "Markup",
    "Point",
    "Ratio",
    "Series",
    "Table",
    "bars",
    "forest",
    "nice_ticks",
    "step_curves",
]
