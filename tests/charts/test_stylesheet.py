import re
from pathlib import Path

from mentoring.charts import Bar, Point, Series, bars, step_curves
from mentoring.charts.chart import MOST_SERIES

CSS = (Path(__file__).parents[2] / "static/src/charts.css").read_text()


def test_every_class_of_a_drawing_has_a_rule():
    text = {"title": "t", "description": "d"}
    points = [Point(0, 90, 80, 95, 50), Point(9, 70, 60, 80, 40)]
    drawn = [
        step_curves([Series(str(n), points) for n in range(MOST_SERIES)], x_label="x", y_label="y", **text),
        bars([Bar("a", 5), Bar("b", None)], label="l", value_label="v", maximum=10, **text),
        bars([], label="l", value_label="v", **text),
    ]
    used = {name for chart in drawn for names in re.findall(r'class="([^"]+)"', chart.svg) for name in names.split()}
    # The hollow markers and the bands look the same in every theme: their attributes are enough.
    assert used - {"chart-hollow", "chart-band"} == set(re.findall(r"\.(chart[\w-]*)", CSS))
