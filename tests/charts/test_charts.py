import re
from xml.etree import ElementTree

import pytest

from mentoring.charts import Bar, Markup, Point, Series, bars, nice_ticks, step_curves
from mentoring.charts.chart import MOST_SERIES
from mentoring.charts.curves import _apart
from mentoring.charts.scale import figure, nice_range
from mentoring.charts.svg import element, escape, text_width, wrap

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</text><script>alert('1')</script> & \"quotes\" \x00\x0b\ud800"
EVIL_SHOWN = "</text><script>alert('1')</script> & \"quotes\" "


def a_curve(name="Participants", title="Who stays", **options):
    points = [Point(0, 100, 100, 100, 50), Point(6, 90, 80, 95, 45), Point(12, 75, 60, 85, None)]
    return step_curves([Series(name, points)], title=title, description=title, x_label=name, y_label=name, **options)


def some_bars(name="Engineering", title="Who took part"):
    rows = [Bar(name, 72, name), Bar("Legal", None), Bar("Sales", 0)]
    return bars(rows, title=title, description=title, label=name, value_label=name, suffix="%", maximum=100)


ALL = [a_curve, some_bars]


def parse(markup):
    return ElementTree.fromstring(markup)


def texts(markup):
    return [node.text for node in parse(markup).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", ALL)
class TestEveryChart:
    def test_is_well_formed_with_title_and_description(self, make):
        chart = make()
        for drawing in (chart.wide, chart.compact):
            root = parse(drawing)
            assert root.get("role") == "img"
            assert re.fullmatch(r"0 0 \d+(\.\d+)? \d+", root.get("viewBox"))
            title, description = root[0], root[1]
            assert (title.tag, title.text) == (f"{SVG}title", chart.title)
            assert (description.tag, description.text) == (f"{SVG}desc", chart.description)
            assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"

    def test_no_text_becomes_markup(self, make):
        chart = make(name=EVIL, title=EVIL)
        root = parse(chart.svg)
        assert not [node for node in root.iter() if node.tag.endswith("script")]
        assert "<script" not in chart.svg
        assert next(root.iter(f"{SVG}title")).text == EVIL_SHOWN

    def test_no_style_no_handler_and_no_reference_outside(self, make):
        for node in parse(make().svg).iter():
            assert not node.tag.endswith(("style", "script", "a", "image", "use", "foreignObject"))
            assert not [key for key in node.attrib if key == "style" or key.startswith("on") or "href" in key]

    def test_ids_are_unique_on_a_page_with_the_same_chart_twice(self, make):
        ids = re.findall(r' id="([^"]+)"', make().svg + make().svg)
        assert len(ids) >= 4
        assert len(ids) == len(set(ids))

    def test_every_text_stays_inside_and_can_be_read(self, make):
        chart = make(name="A rather long name of a department, as organisations have them")
        for drawing in (chart.wide, chart.compact):
            root = parse(drawing)
            _, _, width, height = (float(part) for part in root.get("viewBox").split())
            for text in root.iter(f"{SVG}text"):
                size, x, y = (float(text.get(key)) for key in ("font-size", "x", "y"))
                assert size >= 12
                wide = text_width(text.text, size)
                left = {"end": x - wide, "middle": x - wide / 2, None: x}[text.get("text-anchor")]
                assert left >= -1
                assert left + wide <= width + 4
                assert size * 0.7 <= y <= height

    def test_coordinates_are_numbers(self, make):
        assert not re.search(r"nan|inf\b|None", make().svg)

    def test_is_taken_as_safe_by_templates(self, make):
        chart = make()
        assert chart.svg.__html__() == chart.svg
        assert isinstance(chart.wide, Markup)


class TestStepCurves:
    def test_the_same_id_draws_the_same(self):
        assert a_curve(id="retention").svg == a_curve(id="retention").svg
        assert 'id="retention-wide-title"' in a_curve(id="retention").wide

    def test_the_curve_keeps_its_value_until_the_next_point(self):
        root = parse(a_curve().compact)
        group = next(g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}circle") is not None and len(g) > 2)
        corners = [tuple(map(float, pair.split())) for pair in group[0].get("d")[1:].split("L")]
        # The plot is 190 high, so 1.9 for each percent, and ends 14 before the right edge.
        (x0, y100), (x6, _), (_, y90), (x12, _), (_, y75) = corners
        assert x6 - x0 == pytest.approx((x12 - x0) / 2, abs=0.02)
        assert x12 == pytest.approx(300 - 14, abs=0.01)
        assert y90 - y100 == pytest.approx(19, abs=0.02)
        assert y75 - y100 == pytest.approx(47.5, abs=0.02)
        assert [corner[1] for corner in corners] == [y100, y100, y90, y90, y75]

    def test_the_band_goes_along_the_upper_steps_and_back_along_the_lower(self):
        band = next(node for node in parse(a_curve().compact).iter() if node.get("class") == "chart-band")
        heights = [float(pair.split()[1]) for pair in band.get("d")[1:-1].split("L")]
        top = heights[0]
        # 1.9 units for each percent: upper 100, 95, 85; lower 60, 80, 100
        below = [round((height - top) / 1.9) for height in heights]
        assert below == [0, 0, 5, 5, 15, 40, 20, 20, 0, 0]

    def test_each_marker_says_its_numbers(self):
        labels = [node.text for node in parse(a_curve().wide).iter(f"{SVG}title")][1:]
        assert labels == [
            "Participants, 0: 100% (100–100%)",
            "Participants, 2: 100% (100–100%)",
            "Participants, 4: 100% (100–100%)",
            "Participants, 6: 90% (80–95%)",
            "Participants, 8: 90% (80–95%)",
            "Participants, 10: 90% (80–95%)",
            "Participants, 12: 75% (60–85%)",
        ]

    def test_numbers_at_risk_stand_beneath_their_ticks(self):
        root = parse(a_curve(x_steps=(6,)).wide)
        by_text = {node.text: node.get("x") for node in root.iter(f"{SVG}text")}
        assert by_text["50"] == by_text["0"]
        assert by_text["45"] == by_text["6"]
        assert by_text["<5"] == by_text["12"]

    def test_straight_lines_join_points_and_ticks_are_at_points_only(self):
        points = [Point(x, y, y - 2, y + 1, n) for x, y, n in [(0, 90, 50), (5, 80, 45), (5.2, 79, 40), (12, 70, 20)]]
        chart = step_curves(
            [Series("A", points)], title="t", description="d", x_label="x", y_label="y", x_steps=(3, 6), straight=True
        )
        root = parse(chart.compact)
        group = next(g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}circle") is not None and len(g) > 2)
        assert len(group[0].get("d").split("L")) == 4
        # The third is too near to the second to stand out.
        assert [node.text for node in root.iter(f"{SVG}title")][1:] == [
            "A, 0: 90% (88–91%)", "A, 5: 80% (78–81%)", "A, 12: 70% (68–71%)"
        ]  # fmt: skip
        band = next(node for node in root.iter() if node.get("class") == "chart-band")
        assert len(band.get("d").split("L")) == 8
        by_text = {node.text: node.get("x") for node in root.iter(f"{SVG}text")}
        assert {"0", "5", "12", "50", "45", "20"} <= set(by_text)
        assert not {"3", "6", "9", "40"} & set(by_text)

    def test_table(self):
        table = a_curve(interval_label="95% interval", at_risk_label="At risk").table
        assert table.header == ("Participants", "Participants", "Participants, 95% interval", "Participants, At risk")
        assert table.rows == (
            ("0", "100%", "100–100%", "50"),
            ("6", "90%", "80–95%", "45"),
            ("12", "75%", "60–85%", "<5"),
        )

    def test_without_intervals_and_numbers_none_are_drawn(self):
        chart = step_curves(
            [Series("A", [Point(0, 100), Point(5, 80)])], title="t", description="d", x_label="x", y_label="y"
        )
        assert "chart-band" not in chart.svg
        assert "at risk" not in chart.svg
        assert chart.table.header == ("x", "A")

    def test_curves_of_different_length_leave_blanks(self):
        chart = step_curves(
            [Series("A", [Point(0, 100), Point(5, 80)]), Series("B", [Point(2, 90), Point(3, 70)])],
            title="t",
            description="d",
            x_label="x",
            y_label="y",
        )
        assert chart.table.rows == (
            ("0", "100%", ""),
            ("2", "100%", "90%"),
            ("3", "100%", "70%"),
            ("5", "80%", ""),
        )

    def test_an_axis_that_does_not_begin_at_zero_says_so(self):
        assert "Participants (axis starts at 50%)" in texts(a_curve(y_range=(50, 100)).wide)

    def test_series_differ_in_line_and_marker_not_only_in_colour(self):
        series = [Series(str(n), [Point(0, 90 - n), Point(9, 80 - n)]) for n in range(MOST_SERIES)]
        root = parse(step_curves(series, title="t", description="d", x_label="x", y_label="y").wide)
        looks = set()
        for group in root.iter(f"{SVG}g"):
            if len(group) > 1:
                looks.add((group[0].get("stroke-dasharray"), group[1].tag, group[1].get("fill")))
        assert len(looks) == MOST_SERIES

    def test_more_curves_than_can_be_told_apart_are_refused(self):
        series = [Series(str(n), [Point(0, 9)]) for n in range(MOST_SERIES + 1)]
        with pytest.raises(ValueError, match="told apart"):
            step_curves(series, title="t", description="d", x_label="x", y_label="y")

    def test_a_single_point(self):
        chart = step_curves([Series("A", [Point(3, 50)])], title="t", description="d", x_label="x", y_label="y")
        assert chart.table.rows == (("3", "50%"),)
        parse(chart.svg)

    def test_names_are_moved_apart_as_little_as_needed(self):
        assert _apart([50, 52, 200], [20, 20, 20], 0, 300) == [31, 51, 190]
        assert _apart([0, 1], [20, 20], 0, 300) == [0, 20]
        assert _apart([299, 300], [20, 20], 0, 300) == [260, 280]


class TestBars:
    def test_lengths_are_shares_of_the_maximum(self):
        root = parse(some_bars().wide)
        widths = [float(node.get("width")) for node in root.iter(f"{SVG}rect")]
        track, bar, empty_track = widths
        assert track == empty_track
        assert bar == pytest.approx(track * 0.72, abs=0.02)

    def test_hidden_values_are_words_not_bars(self):
        chart = some_bars()
        assert "too few to show" in texts(chart.compact)
        assert chart.table.rows == (
            ("Engineering", "72%", "Engineering"),
            ("Legal", "too few to show", ""),
            ("Sales", "0%", ""),
        )

    def test_a_negative_value_is_refused(self):
        with pytest.raises(ValueError, match="negative"):
            bars([Bar("a", -1)], title="t", description="d", label="l", value_label="v")


@pytest.mark.parametrize(
    "chart",
    [
        step_curves([], title="t", description="d", x_label="x", y_label="y", empty="Nobody <yet>."),
        step_curves([Series("A", [])], title="t", description="d", x_label="x", y_label="y", empty="Nobody <yet>."),
        bars([], title="t", description="d", label="l", value_label="v", empty="Nobody <yet>."),
    ],
)
def test_nothing_to_draw_is_a_sentence(chart):
    assert chart.is_empty
    assert chart.svg == '<p class="chart-empty">Nobody &lt;yet&gt;.</p>'
    assert chart.table.rows == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="finite"):
        bars([Bar("a", value)], title="t", description="d", label="l", value_label="v")
    with pytest.raises(ValueError, match="finite"):
        step_curves([Series("A", [Point(0, value)])], title="t", description="d", x_label="x", y_label="y")


class TestWriting:
    @pytest.mark.parametrize("attribute", ["style", "onclick", "on_load", 'x="1" y'])
    def test_what_the_security_policy_refuses_cannot_be_written(self, attribute):
        with pytest.raises(ValueError, match="not allowed"):
            element("g", **{attribute: "x"})

    def test_escaping_happens_once(self):
        assert escape("a & b") == "a &amp; b"
        assert escape(escape("a & b")) == "a &amp; b"
        assert element("text", "<", element("title", ">"), x=1.239, y=2.0) == (
            '<text x="1.24" y="2">&lt;<title>&gt;</title></text>'
        )

    def test_long_text_is_wrapped_and_cut(self):
        assert wrap("one two three", 1000, 12) == ["one two three"]
        first, second = wrap("People and culture, learning and development worldwide", 150, 12)
        assert first == "People and culture,"
        assert second.endswith("…")
        assert wrap("", 100, 12) == [""]
        (only,) = wrap("Donaudampfschifffahrtsgesellschaft", 100, 12)
        assert only.startswith("Donau")
        assert only.endswith("…")

    def test_wide_characters_are_wide(self):
        assert text_width("漢字", 10) == 20


@pytest.mark.parametrize(
    ("low", "high", "most", "steps", "ticks"),
    [
        (0, 100, 6, None, [0, 20, 40, 60, 80, 100]),
        (0, 1, 6, None, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 7, 6, None, [0, 2, 4, 6]),
        (3, 40, 6, (1, 3, 6, 12), [6, 12, 18, 24, 30, 36]),
        (0, 61, 8, (1, 2, 3, 6, 12, 24), [0, 12, 24, 36, 48, 60]),
        (5, 5, 6, None, [5]),
    ],
)
def test_nice_ticks(low, high, most, steps, ticks):
    assert nice_ticks(low, high, most=most, steps=steps) == ticks


def test_ticks_need_a_range():
    with pytest.raises(ValueError, match="finite"):
        nice_ticks(0, float("nan"))


@pytest.mark.parametrize(
    ("low", "high", "widened"), [(3, 87, (0, 100)), (0, 0, (0, 1)), (-4, 9, (-5, 10)), (0, 4.6, (0, 5))]
)
def test_nice_range(low, high, widened):
    assert nice_range(low, high) == widened


@pytest.mark.parametrize(
    ("value", "text"), [(1200, "1,200"), (4.5, "4.5"), (4.567, "4.57"), (0, "0"), (-3, "−3"), (88.0, "88")]
)
def test_figure(value, text):
    assert figure(value) == text
