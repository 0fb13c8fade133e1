"""What a report on who stays is asked for, and the one form in which each question is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import parse_qs, urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Who joins is followed for a year, so a period must be longer than that, lest nobody is.
PERIODS: dict[str, str | Promise] = {
    "all": _("Everything the data covers"),
    "36": _("The last three years"),
    "24": _("The last two years"),
    "18": _("The last eighteen months"),
}
# Offered no longer, but there may be reports of it.
PERIODS_ONCE: dict[str, str | Promise] = PERIODS | {"12": _("The last year")}
EXPOSURES: dict[str, str | Promise] = {
    "place": _("Signed up and given a place"),
    "matched": _("Matched: their first mentorship began"),
    "met": _("Met: their first confirmed session"),
}
POPULATIONS: dict[str, str | Promise] = {
    "all": _("Everybody"),
    "mentees": _("Participants as mentees, beside everybody else"),
    "mentors": _("Participants as mentors, beside everybody else"),
    "hired": _("Only people hired in the period"),
}
MONTHS_BACK = 24
MOST_PROGRAMS = 20


@dataclass(frozen=True)
class Choice:
    """What is compared: by the end of which month, over which period, since which step, of which programmes."""

    month: date
    period: str = "all"
    exposure: str = "place"
    population: str = "all"
    # All programmes when empty.
    programs: tuple[int, ...] = field(default=())

    @property
    def key(self) -> str:
        """What was chosen besides the month; the same choice is always written in the same way."""
        return urlencode(
            {
                "period": self.period,
                "exposure": self.exposure,
                "population": self.population,
                "programs": ".".join(str(each) for each in sorted(set(self.programs))),
            }
        )

    @property
    def is_default(self) -> bool:
        return self.key == Choice(self.month).key

    @property
    def counting(self) -> tuple[str, str, tuple[int, ...]]:
        """Who counts as a participant, and since when, whatever the period."""
        return self.exposure, self.population, tuple(sorted(set(self.programs)))

    @property
    def counts_everybody(self) -> bool:
        """Whether everybody who got a place counts."""
        return self.counting == Choice(self.month).counting

    @property
    def file_name(self) -> str:
        """The month, and what is otherwise than usual: 2026-10-24-months-mentees."""
        usual = Choice(self.month)
        parts = [f"{self.month:%Y-%m}"]
        if self.period != usual.period:
            parts.append(f"{self.period}-months")
        parts += [each for each in (self.exposure, self.population) if each not in (usual.exposure, usual.population)]
        parts += [f"programme-{pk}" for pk in sorted(set(self.programs))[:3]]
        return "-".join(parts)

    @property
    def last_day(self) -> date:
        return (self.month + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def first_day(self) -> date | None:
        """The first day of the period; None where it begins with the data."""
        if self.period == "all":
            return None
        months = self.month.year * 12 + self.month.month - int(self.period)
        return date(months // 12, months % 12 + 1, 1)

    @property
    def query(self) -> str:
        """For the address of the page."""
        return urlencode(
            {
                "month": f"{self.month:%Y-%m}",
                "period": self.period,
                "exposure": self.exposure,
                "population": self.population,
                "programs": self.programs,
            },
            doseq=True,
        )


def read_key(month: date, key: str) -> Choice:
    """The choice that was kept. Raises ValueError for what was never one."""
    told = {name: values[0] for name, values in parse_qs(key).items()}
    choice = Choice(
        month=month,
        period=told.get("period", ""),
        exposure=told.get("exposure", ""),
        population=told.get("population", ""),
        programs=tuple(int(each) for each in told.get("programs", "").split(".") if each),
    )
    known: Mapping[str, Mapping[str, object]] = {
        "period": PERIODS_ONCE, "exposure": EXPOSURES, "population": POPULATIONS,
    }  # fmt: skip
    if any(getattr(choice, name) not in values for name, values in known.items()):
        raise ValueError(f"{key} was never chosen.")
    return choice


def last_full_month(today: date) -> date:
    """The first day of the month before that of `today`."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_to_choose(today: date) -> list[date]:
    """Full months, the latest first."""
    found = [last_full_month(today)]
    while len(found) < MONTHS_BACK:
        found.append(last_full_month(found[-1]))
    return found
