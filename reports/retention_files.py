"""The report on who stays as CSV, XLSX and PDF: the published figures and nothing else, all from one list of rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mentoring import pdf
from mentoring.spreadsheets import csv_file

from . import retention_words as words
from .choices import EXPOSURES
from .exports_tables import drawing_of, fill_sheet, new_book
from .figures import BREAKDOWNS, curve_since_joining, forest_of
from .published import Published

HIDDEN = "hidden"
# What was chosen, in words: the name of each choice, and what it is.
Choices = Sequence[tuple[str, str]]


class Figure(NamedTuple):
    """One number: what it is of, for whom, and its interval; where it isn't told, why."""

    section: str
    group: str
    at: str
    arm: str
    measure: str
    unit: str
    value: object
    lower: object = ""
    upper: object = ""
    note: str = ""


def figures_of(published: Published) -> Iterator[Figure]:
    """Every number of the report, one after the other."""
    yield Figure(
        "people", "", "", "participants", "people", "to the nearest 5", _number(published["people"]["participants"])
    )
    yield Figure("people", "", "", "everybody", "people", "to the nearest 5", _number(published["people"]["everybody"]))
    points = [("stay", point) for point in published["curve"]]
    if "curve" in published["carried"]:
        # Newer than the curve.
        points.append(("headline", published["headline"]))
    for section, point in points:
        at = f"{point['months']:g} months since joining"
        for arm in ("participants", "colleagues"):
            each = point[arm]
            yield Figure(section, "", at, arm, "still here", "percent", each["percent"], each["lower"], each["upper"])
            yield Figure(section, "", at, arm, "at risk", "to the nearest 5", _number(each["at_risk"]))
        gap = point["difference"]
        yield Figure(section, "", at, "difference", "still here", "points", gap["points"], gap["lower"], gap["upper"])
    if means := published.get("means"):
        at = f"first {means['of_months']:g} months since joining"
        for arm in ("participants", "colleagues", "difference"):
            yield Figure("stay", "", at, arm, "mean time still here", "months", *_interval(means[arm], "months"))
    naive = published["naive"]
    for arm in ("participants", "others"):
        each = naive[arm] if naive else {"people": None, "left": None, "stayed_percent": None}
        yield Figure("simple count", "", "", arm, "people", "to the nearest 5", _number(each["people"]))
        yield Figure("simple count", "", "", arm, "left", "to the nearest 5", _number(each["left"]))
        yield Figure("simple count", "", "", arm, "still here", "percent", _number(each["stayed_percent"]))
    flattering = naive["ratio"] if naive else {}
    yield Figure(
        "simple count",
        "",
        "",
        "participants",
        "rate of leaving",
        "percent of others",
        *_interval(flattering, "percent"),
    )
    for name in ("ratio", "ratio_plain"):
        each = published[name]
        measure = "rate of leaving, within strata" if name == "ratio" else "rate of leaving"
        yield Figure("rate", "", "", "participants", measure, "percent of others", *_interval(each, "percent"))
    for breakdown, rows in _in_order(published["groups"]):
        for row in rows:
            yield Figure(
                breakdown, row["group"], "", "participants", "people", "to the nearest 5", _number(row["participants"])
            )
            yield Figure(breakdown, row["group"], "", "others", "people", "to the nearest 5", _number(row["others"]))
            for arm in ("participants", "others"):
                left = _number(row.get(f"{arm}_left"))
                yield Figure(breakdown, row["group"], "", arm, "left", "to the nearest 5", left)
            told = _interval(row, "percent")
            yield Figure(breakdown, row["group"], "", "participants", "rate of leaving", "percent of others", *told)
    for row in published["landmarks"]:
        at = f"day {row['day']}, a year on"
        for arm, unit in (("participants", "percent"), ("others", "percent"), ("difference", "points")):
            told = _interval(row.get(arm, row), unit)
            yield Figure("landmark", "", at, arm, "still here", unit, *told)
    kinds = published["kinds"]
    for row in kinds["rows"] if kinds else ():
        for arm in ("participants", "others"):
            told = _interval(row.get(arm, {}), "percent")
            yield Figure(
                "kinds of leaving", row["kind"], f"{kinds['until_months']:g} months", arm, "left", "percent", *told
            )
    for row in published["measures"]:
        told = _interval(row, "value")
        # Shorter than a year where leavers aren't on record for so long.
        at = f"as of {row['as_of']}" if "as_of" in row else f"{published['measures_from']} to {published['as_of']}"
        yield Figure("standard measures", "", at, "everybody", row["name"], row["unit"].replace("_", " "), *told)
    for row in published.get("rates", ()):
        at = f"as of {row['as_of']}" if "as_of" in row else ""
        for arm in ("participants", "others"):
            each = row.get(arm, {})
            unit = row["unit"].replace("_", " ")
            yield Figure("careers", "", at, arm, row["name"], unit, _number(each.get("value")))
            yield Figure("careers", "", at, arm, row["name"], "years of work", _number(each.get("years")))
        told = _interval(row, "percent")
        yield Figure("careers", "", at, "participants", row["name"], "percent of others", *told)
    for row in published["funnel"]:
        yield Figure("funnel", "", "", "participants", row["step"], "to the nearest 5", _number(row["people"]))


def retention_csv(published: Published, *, organisation: str, choice: Choices) -> str:
    """One row for each number, with what was chosen and the caveat in each, so that none travels without them."""
    header = [*Figure._fields, "people_data_until", "organisation", "report", "caveat"]
    chosen = "; ".join(f"{name}: {value}" for name, value in choice)
    rows = ([*row, _until(published, row), organisation, chosen, published["caveat"]] for row in figures_of(published))
    return csv_file(header, rows)


def _until(published: Published, figure: Figure) -> str:
    """The day until which the people data of a figure goes: some stand as they were told in an earlier report."""
    if figure.section in published["groups"]:
        parts = [row for row in published["groups"][figure.section] if row["group"] == figure.group]
    elif figure.section == "standard measures":
        parts = [row for row in published["measures"] if row["name"] == figure.measure]
    else:
        carried = published.get("carried", {})
        if day := carried.get("comparison") or (carried.get("curve") if figure.section == "stay" else None):
            return str(day)
        parts = [published["kinds"] or {}] if figure.section == "kinds of leaving" else []
    return str(parts[0].get("as_of", published["as_of"]) if parts else published["as_of"])


def retention_xlsx(published: Published, *, organisation: str, choice: Choices) -> bytes:
    """Four sheets: what it is of and what can be said, the figures, what they mean, and what must be read with them."""
    buffer = io.BytesIO()
    book = new_book(buffer)
    head, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    about = book.add_worksheet(_("About"))
    told = [
        *choice,
        (_("What can be said"), published["verdict"]["text"]),
        (_("Evidence"), str(words.EVIDENCE[published["evidence"]])),
        (_("People"), " ".join(filter(None, [_n(published), words.who_is_compared(published)]))),
        (_("Read with it"), published["caveat"]),
    ]
    fill_sheet(about, [_("Who stays at"), organisation], told, head, wrap)
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 90)
    data = book.add_worksheet(_("Data"))
    data.freeze_panes(1, 0)
    rows = ([*row, _until(published, row)] for row in figures_of(published))
    fill_sheet(data, [*Figure._fields, "people_data_until"], rows, head, None)
    data.set_column(0, 5, 22)
    meaning = book.add_worksheet(_("Definitions"))
    fill_sheet(meaning, [_("Measure"), _("Definition"), _("Formula")], definitions_of(published), head, wrap)
    meaning.set_column(0, 0, 30)
    meaning.set_column(1, 2, 70)
    caveats = book.add_worksheet(_("Caveats"))
    for line, text in enumerate(caveats_of(published)):
        caveats.write_string(line, 0, text, wrap)
    caveats.set_column(0, 0, 110)
    book.close()
    return buffer.getvalue()


def retention_pdf(published: Published, *, organisation: str, choice: Choices, picture: bool = False) -> bytes:
    """A few pages to print: the sentence, the curve, both counts, each breakdown, and what the words mean."""
    title = _("Who stays at %(organisation)s") % {"organisation": organisation}
    curve = curve_since_joining(published)
    files = {} if curve.is_empty else {"curve.svg": drawing_of(curve)}
    breakdowns = []
    for name, rows in _in_order(published["groups"]):
        chart = forest_of(name, rows)
        if not chart.is_empty:
            files[f"{name}.svg"] = drawing_of(chart)
        breakdowns.append(
            {
                "title": chart.title,
                "picture": "" if chart.is_empty else f"{name}.svg",
                "alt": chart.description,
                "header": list(chart.table.header),
                "rows": [list(row) for row in chart.table.rows],
            }
        )
    data = {
        "organisation": organisation,
        "choice": [list(each) for each in choice],
        "verdict": published["verdict"]["text"],
        "evidence": str(words.EVIDENCE[published["evidence"]]),
        "n": " ".join(filter(None, [_n(published), words.who_is_compared(published)])),
        "in_people": words.in_people(published),
        "to_say": [_("What you can say:"), words.what_can_be_said(published)],
        "caveats": list(caveats_of(published)),
        "curve": {
            "title": curve.title,
            "picture": "" if curve.is_empty else "curve.svg",
            "alt": curve.description,
            "empty": curve.empty,
            "header": list(curve.table.header),
            "rows": [list(row) for row in curve.table.rows],
            "text": words.on_average(published),
        },
        "breakdowns": breakdowns,
        "naive": _two_counts(published),
        "otherwise": {
            "rows": [_landmark(row) for row in published["landmarks"]],
            "text": words.by_rate(published),
            "ratios": [[row["name"], _ratio(row)] for row in words.ratios(published)],
        },
        "kinds": {
            "text": words.about_kinds(published) or published.get("kinds_why") or _("Too few to tell."),
            "rows": [_kind(row) for row in (published["kinds"] or {"rows": []})["rows"]],
        },
        "funnel": [[str(EXPOSURES[row["step"]]), _thousands(row["people"])] for row in published["funnel"]],
        "rates": [_rate(row) for row in published.get("rates", ())],
        "definitions": [list(each) for each in definitions_of(published)],
        "measures": [[row["name"], _measure(row), row["definition"]] for row in published["measures"]],
    }
    return pdf.render("retention", data, title=title, language=get_language() or "en", files=files, picture=picture)


def _in_order(groups: Published) -> list[tuple[str, Any]]:
    """As on the page: what was stored keeps no order."""
    return [(name, groups[name]) for name in BREAKDOWNS if name in groups]


def _two_counts(published: Published) -> list[list[str]]:
    rows = []
    if naive := published["naive"]:
        ours, theirs = (f"{naive[arm]['stayed_percent']}%" for arm in ("participants", "others"))
        rows.append([_("Simple count"), ours, theirs, words.number_of_points(naive["points"])])
    if found := published["headline"]:
        ours, theirs = (f"{found[arm]['percent']}%" for arm in ("participants", "colleagues"))
        rows.append([_("Like with like"), ours, theirs, _points(found["difference"])])
    return rows


def _landmark(row: Any) -> list[str]:
    name = _("Day %(day)d of service") % {"day": row["day"]}
    if "why_not" in row:
        return [name, row["why_not"], "", ""]
    ours, theirs = (f"{row[arm]['percent']}%" for arm in ("participants", "others"))
    return [name, ours, theirs, _points(row["difference"])]


def _n(published: Published) -> str:
    return _("n = %(people)s participants of %(all)s people.") % {
        "people": _thousands(published["people"]["participants"]),
        "all": _thousands(published["people"]["everybody"]),
    }


def _ratio(row: dict[str, str]) -> str:
    return row.get("why_not") or f"{row['percent']} ({row['interval']})"


def _points(difference: Any) -> str:
    told = words.difference(difference)
    return f"{told['points']} ({told['interval']})"


def _kind(row: Any) -> list[str]:
    shares = [
        _("hidden") if row["hidden"] else f"{row[arm]['percent']}% ({row[arm]['lower']}–{row[arm]['upper']}%)"
        for arm in ("participants", "others")
    ]
    return [str(words.KINDS[row["kind"]]), *shares]


def _rate(row: Any) -> list[str]:
    name = f"{row['name']}, {words.UNITS[row['unit']]}"
    if "why_not" in row:
        return [name, row["why_not"], "", ""]
    ours, theirs = (f"{row[arm]['value']:.1f}" for arm in ("participants", "others"))
    return [name, ours, theirs, f"{row['percent']}% ({row['lower']}–{row['upper']}%)"]


def _measure(row: Any) -> str:
    if "value" not in row:
        return str(row["why_not"])
    unit = "%" if row["unit"] == "percent" else f" {words.UNITS[row['unit']]}"
    ends = "" if row.get("lower") is None else f" ({row['lower']:g}–{row['upper']:g})"
    return f"{row['value']:g}{unit}{ends}"


def definitions_of(published: Published) -> Iterator[tuple[str, str, str]]:
    yield (
        _("Still here, since joining"),
        _(
            "Each participant is compared with all colleagues of the same department, band of levels and band of hire years who had the same length of service that day and had not joined. Department and level are those of the day on which following began, as far as promotions and moves on record tell. Both are followed from there; a colleague who joins is followed until then."
        ),
        _("Risk-set matching with Kaplan–Meier; 95% interval by drawing persons anew 200 times"),
    )
    yield (
        _("Rate of leaving"),
        _(
            "How fast participants leave, in percent of others with the same length of service: under 100% is slower. A participant is one of the others until the day of joining, so both numbers of a group may add up to more than work there."
        ),
        _("Cox regression with delayed entry; participation begins on the day after joining"),
    )
    yield (
        _("Simple count"),
        _("Of all who ever took part, and of all who never did, the share that has not left."),
        _("people who have not left ÷ people, both to the nearest five"),
    )
    for row in published["measures"]:
        yield row["name"], row["definition"], row["formula"]


def caveats_of(published: Published) -> Iterator[str]:
    yield published["caveat"]
    yield _("People data until %(day)s.") % {"day": words.day_in_words(published["as_of"])}
    if published["covered_from"]:
        yield _("Followed from %(day)s on.") % {"day": words.day_in_words(published["covered_from"])}
    yield _(
        "Shares are whole percents and counts are to the nearest five. What tells of fewer than %(floor)d people is hidden, and so is what would give it away."
    ) % {"floor": published["floor"]}
    if published["curve"]:
        yield _(
            "The curves have a point only where at least %(floor)d more people have left in each group since the point before."
        ) % {"floor": published["floor"]}
    yield _("Departments, levels and sites are those of today, or of the last day of work.")
    yield from published["notices"]


def _thousands(people: int | None) -> str:
    return HIDDEN if people is None else f"{people:,}"


def _number(value: object) -> object:
    return HIDDEN if value is None else value


def _interval(row: Any, key: str) -> tuple[object, object, object, str]:
    if row.get(key) is None:
        return HIDDEN, "", "", str(row.get("why_not", ""))
    return row[key], *("" if row.get(end) is None else row[end] for end in ("lower", "upper")), ""
