"""What each criterion says about a pair: a small bar, a number and a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentoring.charts.svg import Markup, element
from programs.criteria import LABELS

from ..explain import Reason

CRITERION_LABELS: dict[str, Any] = {
    **LABELS,
    "mentee_wish": gettext_lazy("Mentee’s wish"),
    "mentor_wish": gettext_lazy("Mentor’s wish"),
}
# Declared with consent, for the score alone.
PRIVATE = "characteristic"
# Nobody misses an answer where nothing was asked for.
OPTIONAL = ("mentee_wish", "mentor_wish", "choices")
WIDTH, HEIGHT = 96, 8


@dataclass(frozen=True)
class Line:
    """What one criterion says about a pair.

    value   0 to 1, None where it could not be answered
    weight  the criterion's part of the whole weight, 0 to 1
    number  the value as it is read, empty where there is none
    share   the weight as it is read
    """

    criterion: str
    label: str
    text: str
    tone: str
    value: float | None
    weight: float
    number: str
    share: str
    bar: Markup


def lines(reasons: Iterable[Reason]) -> list[Line]:
    """The heaviest criterion first, in the same order for every pair of a programme."""
    told = [each for each in reasons if is_told(each.criterion, each.value) and each.weight > 0]
    most = max((each.weight for each in told), default=1.0)
    return [
        Line(
            criterion=each.criterion,
            label=label(each),
            text=each.text("admin"),
            tone=each.tone,
            value=each.value,
            weight=each.weight,
            number="" if each.value is None else number_format(each.value, 2),
            share=_("of %(percent)d%%") % {"percent": round(each.weight * 100)},
            bar=bar(each.value, each.weight / most),
        )
        for each in sorted(told, key=lambda each: (-each.weight, each.criterion))
    ]


def is_told(criterion: str, value: float | None) -> bool:
    return not criterion.startswith(PRIVATE) and not (value is None and criterion in OPTIONAL)


def label(reason: Reason) -> str:
    known = CRITERION_LABELS.get(reason.criterion)
    return str(known) if known else str(reason.params.get("question") or _("An answer"))


def bar(value: float | None, weight: float) -> Markup:
    """As long as the criterion weighs, filled as far as the pair meets it; hatched where that isn't known."""
    return _bar(value if value is None else round(value, 2), round(weight, 3))


# A page has hundreds, and few that differ to the eye.
@lru_cache(maxsize=4096)
def _bar(value: float | None, weight: float) -> Markup:
    length = max(6.0, WIDTH * weight)
    track = element("rect", width=length, height=HEIGHT, rx=2, class_="reason-track")
    if value is None:
        inside = element("rect", width=length, height=HEIGHT, rx=2, fill="url(#unknown)")
    else:
        kind = "reason-for" if value >= 0.5 else "reason-against"
        inside = element("rect", width=max(length * value, 1.5), height=HEIGHT, rx=2, class_=kind)
    return element(
        "svg", track, inside, class_="reason-bar", viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT,
        aria_hidden="true", focusable="false",
    )  # fmt: skip
