"""WCAG 2.2 contrast of every pair of tokens that the product puts together, in light and in dark."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static/src/tokens.css"
LINE = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")

SURFACES = ["background", "card", "popover", "muted", "sidebar"]
TONES = ["primary", "accent", "info", "success", "warning", "danger"]

# text 4.5:1 (success criterion 1.4.3)
TEXT = [
    *[("foreground", surface) for surface in SURFACES],
    *[("muted-foreground", surface) for surface in SURFACES],
    *[(f"{tone}-text", f"{tone}-soft") for tone in TONES],
    *[(f"{tone}-text", surface) for tone in TONES for surface in SURFACES],
    *[("muted-foreground", f"{tone}-soft") for tone in TONES],
    *[("foreground", f"{tone}-soft") for tone in TONES],
    ("sidebar-foreground", "sidebar"),
    ("sidebar-foreground", "secondary"),
    ("foreground", "sidebar-current"),
    ("primary-foreground", "primary"),
    ("primary-foreground", "primary-hover"),
    ("danger-foreground", "danger"),
    ("danger-foreground", "danger-hover"),
    ("accent-foreground", "accent"),
    ("secondary-foreground", "secondary"),
    ("secondary-foreground", "secondary-hover"),
]

# what outlines or fills a control, and graphics, 3:1 (1.4.11)
GRAPHICS = [
    *[("input", surface) for surface in SURFACES],
    *[("ring", surface) for surface in SURFACES],
    *[("primary", surface) for surface in SURFACES],
    *[("danger", surface) for surface in SURFACES],
    *[(tone, "card") for tone in ["info", "success", "warning"]],
    *[(f"chart-{number}", surface) for number in range(1, 7) for surface in ["card", "background"]],
]


def tokens() -> dict[str, dict[str, str]]:
    found = LINE.findall(TOKENS.read_text())
    return {
        "light": {name: light for name, light, _ in found},
        "dark": {name: dark for name, _, dark in found},
    }


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_the_measure_agrees_with_published_values(one, other, expected):
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)


def test_every_colour_is_written_so_that_it_is_checked():
    names = re.findall(r"^\s+--([\w-]+):", TOKENS.read_text(), re.MULTILINE)
    assert names
    assert sorted(names) == sorted(tokens()["light"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), TEXT)
def test_text_is_readable(theme, text, surface):
    colours = tokens()[theme]
    assert contrast(colours[text], colours[surface]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("graphic", "surface"), GRAPHICS)
def test_controls_and_graphics_stand_out(theme, graphic, surface):
    colours = tokens()[theme]
    assert contrast(colours[graphic], colours[surface]) >= 3
