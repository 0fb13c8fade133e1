"""Forest plots: how fast participants of each group leave, hidden groups among them."""

from xml.etree import ElementTree

import pytest

from mentoring.charts import Ratio, forest
from reports.figures import forest_of

SVG = "{http://www.w3.org/2000/svg}"
TEXT = {
    "title": "By department", "description": "Rates", "label": "Department", "value_label": "Rate",
    "interval_label": "95% interval", "low_label": "slower", "high_label": "faster",
}  # fmt: skip


def test_half_and_double_are_equally_far_from_one():
    rows = [Ratio("Half", 50, 40, 60), Ratio("One", 100, 90, 110), Ratio("Double", 200, 150, 260)]
    drawing = ElementTree.fromstring(forest(rows, **TEXT).wide)
    squares = [float(each.get("x")) + float(each.get("width")) / 2 for each in drawing.iter(f"{SVG}rect")]
    assert squares[1] - squares[0] == pytest.approx(squares[2] - squares[1], abs=0.02)


def test_what_lies_beyond_the_scale_ends_at_its_edge():
    drawing = ElementTree.fromstring(forest([Ratio("Wide", 100, 1, 9999)], **TEXT).wide)
    ends = [float(line.get(end)) for line in drawing.iter(f"{SVG}line") for end in ("x1", "x2")]
    assert max(ends) <= 640
    assert min(ends) >= 0


def test_hidden_groups_are_named_and_not_drawn():
    shown = {
        "group": "Sales",
        "hidden": False,
        "participants": 1200,
        "others": 60,
        "percent": 69,
        "lower": 61,
        "upper": 78,
    }
    hidden = {"group": "Legal", "hidden": True, "participants": None, "others": None}
    # Reports that were made before told one of the two.
    older = {"group": "Sites", "hidden": True, "participants": None, "others": 25}
    chart = forest_of("department", [shown, hidden, older])
    assert chart.title == "How fast participants leave, by department"
    assert chart.table.rows == (
        ("Sales", "69%", "61–78%", "1,200 participants, 60 others"),
        ("Legal", "hidden", "", "few"),
        ("Sites", "hidden", "", "few"),
    )
    drawing = ElementTree.fromstring(chart.compact)
    assert len(list(drawing.iter(f"{SVG}rect"))) == 1
    assert "hidden" in [each.text for each in drawing.iter(f"{SVG}text")]


def test_without_groups_a_sentence():
    assert forest_of("site", []).svg == '<p class="chart-empty">Nobody has a group of this kind.</p>'
