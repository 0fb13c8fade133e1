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


def who_is_compared(published: Published) -> str:
    """How many of the participants are in the comparison, beside how many, and why the others are not; empty where there
    is none."""
    found = published["matched"]
    start = next((point for point in published["curve"] if point["months"] == 0), None)
    if not found or not start or start["participants"]["at_risk"] is None:
        return ""
    told = _("The comparison is of %(ours)s participants, beside %(theirs)s colleagues like them.") % {
        "ours": f"{start['participants']['at_risk']:,}",
        "theirs": f"{found['colleagues']:,}",
    }
    reasons = [
        reason % {"n": f"{found[name]:,}"}
        for name, reason in (
            ("unmatched", _("%(n)s had nobody like them to be compared with")),
            ("already", _("%(n)s had joined before the time that is looked at")),
        )
        if found.get(name)
    ]
    return " ".join([told, *([_("Of the others, %(why)s.") % {"why": "; ".join(reasons)}] if reasons else [])])


def on_average(published: Published) -> str:
    """How long both were still here on average; empty where the curve doesn't say."""
    found = published.get("means")
    if not found:
        return ""
    ours, theirs, apart = (found[part] for part in ("participants", "colleagues", "difference"))
    return _(
        "On average, participants were still here for %(ours).1f of the first %(of)g months, and colleagues like them for %(theirs).1f: a difference of %(apart)s months (95%% interval %(lower)s to %(upper)s at the widest), read from the curves."
    ) % {
        "of": found["of_months"],
        "ours": ours["months"],
        "theirs": theirs["months"],
        "apart": _months(apart["months"]),
        "lower": _months(apart["lower"]),
        "upper": _months(apart["upper"]),
    }


def _months(number: float) -> str:
    """With a sign, unless there is nothing."""
    return f"{number:+.1f}".replace("-", "−") if round(number, 1) else "0.0"


def ratios(published: Published) -> list[dict[str, str]]:
    """How fast participants leave in percent of others, in each way of comparing them; none where no way tells it."""
    naive = published["naive"]
    ways = [
        (_("Within the same department, levels and hire years"), published["ratio"]),
        (_("Without regard to these"), published["ratio_plain"]),
        (
            _("Simple count: as if who ever took part had done so from the first day"),
            naive["ratio"] if naive else {"why_not": _("hidden")},
        ),
    ]
    told = [
        {"name": name, "why_not": found["why_not"]}
        if "why_not" in found
        else {
            "name": name,
            "percent": f"{found['percent']}%",
            "interval": _("95%% interval %(lower)d to %(upper)d%%") % found,
        }
        for name, found in ways
    ]
    return told if any("percent" in row for row in told) else []


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
