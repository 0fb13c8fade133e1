"""A figure with all that its reader needs, and what of it each may be told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .survival import round_count

# Goals are their owners' own, and a mean of answers tells of few: what is counted by others is hidden for readers of
# rounded reports when it stands for fewer people than this.
FEWEST = 5


@dataclass(frozen=True)
class Figure:
    """One number: `value` is None where it may not be told, or can't be yet (`why_not` says which)."""

    key: str
    section: str
    name: str
    definition: str
    value: float | None
    unit: str = ""
    # What it was counted of, in words.
    of: str = ""
    why_not: str = ""
    # Where it was asked of people: between which bounds the truth lies with 95% confidence, how many people's answers
    # are in it, and how many in a hundred of those asked have answered.
    bounds: tuple[float, float] | None = None
    people: int | None = None
    rate: int | None = None
    # With its sign, because it says what has changed.
    is_change: bool = False

    @property
    def text(self) -> str:
        if self.value is None:
            return self.why_not or _("fewer than 5")
        number = self.number(self.value)
        return f"{number} {self.unit}".strip() if self.unit != "%" else f"{number}%"

    @property
    def basis(self) -> str:
        """What it rests on: what it was counted of, its bounds, and who answered."""
        found = [self.of]
        if self.bounds is not None:
            low, high = (self.number(each) for each in self.bounds)
            found.append(_("95%% interval %(low)s to %(high)s") % {"low": low, "high": high})
        if self.people is not None:
            found.append(_("n = %(n)d") % {"n": self.people})
        if self.rate is not None:
            found.append(_("%(percent)d%% of those asked have answered") % {"percent": self.rate})
        return "; ".join(filter(None, found))

    @property
    def short_basis(self) -> str:
        """Between which bounds, of how many: what never stands apart from the value."""
        if self.bounds is None:
            return ""
        low, high = (self.number(each) for each in self.bounds)
        if self.people is None:
            return _("%(low)s to %(high)s") % {"low": low, "high": high}
        return _("%(low)s to %(high)s, n = %(n)d") % {"low": low, "high": high, "n": self.people}

    def number(self, value: float) -> str:
        """A value as people read it, with a real minus."""
        text = f"{value:+.1f}" if self.is_change else f"{value:.1f}"
        return text.removesuffix(".0").replace("-", "−").replace("−0", "0" if float(text) == 0 else "−0")


class Book:
    """Collects figures for one reader: exact, or to the nearest five with small ones hidden."""

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact
        self.figures: list[Figure] = []
        self.section = ""

    def told(self, count: int) -> int | None:
        return count if self.exact else round_count(count)

    def count(
        self, key: str, name: str, definition: str, count: int | None, *, of: str = "", why_not: str = ""
    ) -> None:
        value = None if count is None else self.told(count)
        self.figures.append(Figure(key, self.section, name, definition, value, of=of, why_not=why_not))

    def share(self, key: str, name: str, definition: str, part: int, whole: int) -> None:
        """A share; for rounded readers only of parts and rests that could be told themselves."""
        if not whole:
            figure = Figure(key, self.section, name, definition, None, "%", why_not=_("nothing to count yet"))
        elif not self.exact and (part < FEWEST or whole - part < FEWEST):
            figure = Figure(key, self.section, name, definition, None, "%")
        else:
            shown, all_of = (part, whole) if self.exact else (round_count(part) or 0, round_count(whole) or 1)
            of = _("%(part)d of %(n)d") % {"part": shown, "n": all_of}
            figure = Figure(key, self.section, name, definition, min(100, round(100 * shown / all_of)), "%", of=of)
        self.figures.append(figure)

    def mean(self, key: str, name: str, definition: str, total: float, n: int, unit: str = "") -> None:
        if not n:
            figure = Figure(key, self.section, name, definition, None, unit, why_not=_("nothing to count yet"))
        elif not self.exact and n < FEWEST:
            figure = Figure(key, self.section, name, definition, None, unit)
        else:
            of = _("n = %(n)d") % {"n": n if self.exact else round_count(n) or 0}
            figure = Figure(key, self.section, name, definition, round(total / n, 1), unit, of=of)
        self.figures.append(figure)
