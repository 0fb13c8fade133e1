"""The report on who stays in words that need no statistics; everything from the published figures."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .published import Published

KINDS = {
    "voluntary": gettext_lazy("Chose to leave"),
    "involuntary": gettext_lazy("Had to leave"),
    "other": gettext_lazy("Other, or not recorded"),
}
UNITS = {
    "percent": "%",
    "per_100_years": gettext_lazy("per 100 years of work"),
    "days_per_year": gettext_lazy("days per year of work"),
}
EVIDENCE = {
    "consistent": gettext_lazy("Consistent difference"),
    "unclear": gettext_lazy("Unclear: chance alone could explain it"),
    "not_enough": gettext_lazy("Not enough to tell"),
}


def in_people(published: Published) -> str:
    """The comparison as numbers of a hundred people; empty where there is none."""
    found = published["headline"]
    if not found:
        return ""
    lower, upper = found["difference"]["lower"], found["difference"]["upper"]
    between = (
        _("between %(lower)d fewer and %(upper)d more")
        if lower < 0 <= upper
        else _("between %(lower)d and %(upper)d more")
        if lower >= 0
        else _("between %(upper)d and %(lower)d fewer")
    ) % {"lower": abs(lower), "upper": abs(upper)}
    return _(
        "In people: of 100 participants, %(ours)d were still here %(months)d months after joining; of 100 colleagues like them, %(theirs)d. With chance allowed for, that is %(between)s of 100."
    ) % {
        "ours": found["participants"]["percent"],
        "theirs": found["colleagues"]["percent"],
        "months": found["months"],
        "between": between,
    }


def what_can_be_said(published: Published) -> str:
    """What a reader may tell others."""
    if published["evidence"] == "unclear":
        return _("neither that participants stay longer nor that they don’t. With these numbers, either may be so.")
    if published["evidence"] == "not_enough":
        return _("nothing yet. More people, or more time, will tell.")
    if published["verdict"]["code"] == "stayed_shorter":
        return _("that participants left sooner than colleagues like them. Not that mentoring was the reason.")
    return _("that participants stayed longer than colleagues like them. Not that mentoring was the reason.")


def by_rate(published: Published) -> str:
    """The comparison of how fast people leave, or why there is none."""
    found = published["ratio"]
    if "why_not" in found:
        return str(found["why_not"])
    return _(
        "And by how fast people leave: among equally many people of the same length of service, department, levels and hire years, where 100 of the others leave, %(percent)d participants do (95%% interval %(lower)d to %(upper)d; 100 is no difference)."
    ) % {"percent": found["percent"], "lower": found["lower"], "upper": found["upper"]}


def about_kinds(published: Published) -> str:
    """Which time the kinds of leaving are of; empty where there are none."""
    kinds = published["kinds"]
    if not kinds:
        return ""
    start, until = round(kinds["from_months"]), round(kinds["until_months"])
    if start < 1:
        told = _("How many had left within %(until)d months of service, and how.") % {"until": until}
    else:
        told = _("Of those who had been here for %(start)d months, how many had left by %(until)d months, and how.") % {
            "start": start,
            "until": until,
        }
    return told + " " + _("In brackets the 95% interval: where two of them overlap, chance alone could explain the difference.")  # fmt: skip


def what_is_carried(published: Published) -> list[str]:
    """What is older than the rest, in sentences."""
    found = []
    if day := published["carried"].get("comparison"):
        found.append(
            _("The comparison and the counts are as of %(day)s: since then too little has changed to show them without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    elif published["kinds"] and (day := published["kinds"].get("as_of")):
        found.append(
            _("The kinds of leaving are as of %(day)s: since then too few have left in each way to show them without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    if day := published["carried"].get("curve"):
        found.append(
            _("The curves are as of %(day)s: since then too few have left between their points to draw them anew without telling of single people.")
            % {"day": day_in_words(day)}
        )  # fmt: skip
    if any("as_of" in row for rows in published["groups"].values() for row in rows):
        found.append(
            _("Groups with a month beside them are as of that month: since then too little has changed in them to show it without telling of single people.")
        )  # fmt: skip
    for part, sentence in (
        ("measures", _("%(measure)s is as of %(day)s: since then too little has changed to show it without telling of single people.")),
        ("rates", _("%(measure)s of participants beside others is as of %(day)s: since then too little has changed to show it without telling of single people.")),
    ):  # fmt: skip
        told = [(row["name"], row["as_of"]) for row in published[part] if "as_of" in row]
        found += [sentence % {"measure": name, "day": day_in_words(day)} for name, day in told]
    return found


def difference(points: dict[str, int]) -> dict[str, str]:
    """A difference of shares, and its interval."""
    lower, upper = (signed(points[end]) for end in ("lower", "upper"))
    return {
        "points": number_of_points(points["points"]),
        "interval": _("95%% interval %(lower)s to %(upper)s") % {"lower": lower, "upper": upper},
    }


def number_of_points(points: int) -> str:
    return ngettext("%(n)s point", "%(n)s points", abs(points)) % {"n": signed(points)}


def signed(number: int) -> str:
    """With a sign that is as wide as a plus."""
    return f"+{number}" if number > 0 else str(number).replace("-", "−")


def day_in_words(told: str) -> str:
    """A day of the published figures, as it is read."""
    return date_format(date.fromisoformat(told), "j F Y")
