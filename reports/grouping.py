"""The groups that reports compare: how they are told apart, called and put in order."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DIMENSIONS = {
    "department": gettext_lazy("Department"),
    "level": gettext_lazy("Level"),
    "site": gettext_lazy("Site"),
    "tenure": gettext_lazy("Length of service"),
}
# Upper bounds in whole years, and what the band is called.
TENURES = (
    (1, gettext_lazy("under 1 year")),
    (2, gettext_lazy("1 to 2 years")),
    (5, gettext_lazy("2 to 5 years")),
    (10, gettext_lazy("5 to 10 years")),
    (1000, gettext_lazy("10 years and more")),
)


def tenure_of(hired_on: date | None, on: date) -> int | None:
    """Which of TENURES somebody is in on a day."""
    if hired_on is None:
        return None
    years = on.year - hired_on.year - ((on.month, on.day) < (hired_on.month, hired_on.day))
    return next(at for at, (below, _label) in enumerate(TENURES) if years < below)


def order_of(key: Any) -> tuple[bool, int, str]:
    """Levels and lengths by number, names by alphabet, and what isn't recorded at the end."""
    if isinstance(key, int):
        return False, key, ""
    return not key, 0, (key or "").casefold()


def name_of(dimension: str, key: Any) -> str:
    if key in ("", None):
        return _("Not recorded")
    if dimension == "tenure":
        return str(TENURES[key][1])
    return _("Level %(level)d") % {"level": key} if dimension == "level" else str(key)
