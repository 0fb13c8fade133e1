"""From numbers to places on the drawing, with ticks that people count in."""

import math
from collections.abc import Callable, Sequence

DECIMAL_STEPS = (1.0, 2.0, 2.5, 5.0)


def nice_ticks(low: float, high: float, *, most: int = 6, steps: Sequence[float] | None = None) -> list[float]:
    """List the multiples of a round step from `low` to `high`, at most `most` of them (or the coarsest of `steps`)."""
    if not (math.isfinite(low) and math.isfinite(high)) or high < low:
        raise ValueError("Ticks need a finite range.")
    if high == low:
        return [low]
    if steps is None:
        size = 10.0 ** math.floor(math.log10((high - low) / max(most, 1)))
        steps = [size * factor * power for power in (1, 10, 100) for factor in DECIMAL_STEPS]
    ticks: list[float] = []
    for step in steps:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        ticks = [round(position * step, 10) for position in range(first, min(last, first + most) + 1)]
        if len(ticks) <= most and last - first < most:
            break
    return ticks


def nice_range(low: float, high: float) -> tuple[float, float]:
    """Widen a range to round numbers, with zero in it."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.0, 1.0
    ticks = nice_ticks(low, high)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def linear(domain: tuple[float, float], target: tuple[float, float]) -> Callable[[float], float]:
    """Map the domain onto the target in a straight line; what lies outside stays at its edge."""
    (low, high), (start, end) = domain, target
    width = high - low or 1.0

    def place(value: float) -> float:
        return start + (min(max(value, low), high) - low) / width * (end - start)

    return place


def figure(value: float, suffix: str = "") -> str:
    """Write a number for people: 1,200 · 4.5 · 88%."""
    rounded = round(value, 2)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.2f}".rstrip("0")
    return text.replace("-", "−") + suffix
