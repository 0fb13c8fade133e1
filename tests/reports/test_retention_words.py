"""What the report on who stays says to a reader with no statistics, and takes along in its files."""

import csv
import io

import pytest

from reports import retention_files
from reports import retention_words as words
from reports.published import mean_stay, publish_study
from reports.survival import study

from .survival_cases import simulated_rows


def compared(points, lower, upper):
    return {
        "headline": {
            "months": 12,
            "participants": {"percent": 86},
            "colleagues": {"percent": 86 - points},
            "difference": {"points": points, "lower": lower, "upper": upper},
        }
    }


@pytest.mark.parametrize(
    ("points", "lower", "upper", "expected"),
    [
        (1, -4, 6, "between 4 fewer and 6 more of 100"),
        (5, 2, 8, "between 2 and 8 more of 100"),
        (-5, -8, -2, "between 2 and 8 fewer of 100"),
        (1, -2, 0, "between 2 fewer and 0 more of 100"),
    ],
)
def test_the_comparison_in_people(points, lower, upper, expected):
    told = words.in_people(compared(points, lower, upper))
    assert told == (
        "In people: of 100 participants, 86 were still here 12 months after joining; of 100 colleagues like them, "
        f"{86 - points}. With chance allowed for, that is {expected}."
    )


def test_nothing_is_said_in_people_where_there_is_no_comparison():
    assert words.in_people({"headline": None}) == ""


@pytest.mark.parametrize(
    ("evidence", "code", "expected"),
    [
        ("unclear", "unclear", "neither that participants stay longer nor that they don’t"),
        ("not_enough", "too_few", "nothing yet"),
        ("consistent", "stayed_longer", "that participants stayed longer than colleagues like them"),
        ("consistent", "stayed_shorter", "that participants left sooner than colleagues like them"),
    ],
)
def test_what_a_reader_may_tell_others(evidence, code, expected):
    assert words.what_can_be_said({"evidence": evidence, "verdict": {"code": code}}).startswith(expected)


def curve(*points):
    """(months, participants, colleagues), each share ten points wide on both sides."""
    return [
        {
            "months": months,
            "participants": {"percent": ours, "lower": ours - 10, "upper": ours + 10, "at_risk": 345},
            "colleagues": {"percent": theirs, "lower": theirs - 10, "upper": theirs + 10, "at_risk": 900},
            "difference": {"points": ours - theirs, "lower": ours - theirs - 14, "upper": ours - theirs + 14},
        }
        for months, ours, theirs in points
    ]


def test_the_mean_is_the_area_under_the_points_that_are_told():
    found = mean_stay(curve((0, 100, 100), (3.0, 96, 94), (6.0, 94, 92), (9.0, 92, 90), (12, 90, 86), (15.0, 50, 50)))
    # 3 · (98 + 95 + 93 + 91) = 1,131; 3 · (97 + 93 + 91 + 88) = 1,107.
    assert found["of_months"] == 12
    assert (found["participants"]["months"], found["colleagues"]["months"]) == (11.3, 11.1)
    assert found["difference"] == {"months": 0.2, "lower": -1.4, "upper": 1.9}
    assert words.on_average({"means": found}) == (
        "On average, participants were still here for 11.3 of the first 12 months, and colleagues like them for 11.1: a "
        "difference of +0.2 months (95% interval −1.4 to +1.9 at the widest), read from the curves."
    )


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(0, 100, 100)],
        [(1.0, 99, 99), (2.0, 98, 98)],
        # Nine of a hundred left some time in the year: at its beginning or its end makes 12 · 0.09 / 2 = 0.54 months.
        [(0, 100, 100), (12, 92, 91)],
        [(0, 100, 100), (12, 91, 92)],
    ],
)
def test_no_mean_is_read_from_points_far_apart(points):
    assert mean_stay(curve(*points)) is None
    assert words.on_average({"means": None}) == words.on_average({}) == ""


def test_how_many_are_in_the_comparison_and_why_the_others_are_not():
    published = {
        "curve": curve((0, 100, 100), (12, 80, 70)),
        "matched": {"colleagues": 1200, "unmatched": 15, "already": 20},
    }
    assert words.who_is_compared(published) == (
        "The comparison is of 345 participants, beside 1,200 colleagues like them. Of the others, 15 had nobody like them to "
        "be compared with; 20 had joined before the time that is looked at."
    )
    few = published | {"matched": {"colleagues": 1200, "unmatched": None, "already": None}}
    assert words.who_is_compared(few) == "The comparison is of 345 participants, beside 1,200 colleagues like them."
    assert words.who_is_compared({"curve": [], "matched": None}) == ""


def test_each_way_of_comparing_how_fast_people_leave(published):
    assert [(row["percent"], row["interval"]) for row in words.ratios(published)] == [
        ("69%", "95% interval 65 to 74%"), ("69%", "95% interval 65 to 74%"), ("34%", "95% interval 32 to 36%"),
    ]  # fmt: skip
    nothing = {"why_not": "Too few to tell."}
    assert words.ratios({"naive": None, "ratio": nothing, "ratio_plain": nothing}) == []
    plain = {"percent": 69, "lower": 65, "upper": 75}
    assert [row.get("why_not") for row in words.ratios({"naive": None, "ratio": nothing, "ratio_plain": plain})] == [
        "Too few to tell.", None, "hidden",
    ]  # fmt: skip


def test_differences_have_a_sign_and_an_interval():
    assert words.difference({"points": -8, "lower": -19, "upper": 0}) == {
        "points": "−8 points",
        "interval": "95% interval −19 to 0",
    }
    assert words.number_of_points(1) == "+1 point"


def test_the_time_of_the_kinds_of_leaving():
    assert words.about_kinds({"kinds": {"from_months": 0.1, "until_months": 12.1}}).startswith(
        "How many had left within 12 months of service, and how."
    )
    assert words.about_kinds({"kinds": {"from_months": 3.0, "until_months": 15.0}}).startswith(
        "Of those who had been here for 3 months, how many had left by 15 months, and how."
    )
    assert words.about_kinds({"kinds": None}) == ""


@pytest.fixture(scope="module")
def published():
    return publish_study(study(simulated_rows(20240602, 0.7), replicates=20), people=(4392, 20000)) | {
        "as_of": "2026-10-31",
        "covered_from": None,
        "notices": [],
        "rates": [
            {
                "code": "promotion_rate", "name": "Promotion rate", "unit": "per_100_years", "percent": 124, "lower": 90,
                "upper": 160, "participants": {"value": 6.2, "years": 800}, "others": {"value": 5.0, "years": 2400},
            },
            {"code": "internal_moves", "name": "Internal moves", "unit": "per_100_years", "why_not": "Too few to tell."},
        ],
    }  # fmt: skip


def test_landmarks_and_rates_are_in_the_file_as_on_the_page(published):
    file = retention_files.retention_csv(published, organisation="Northwind", choice=[("Period", "All")])
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    told = {(row["section"], row["at"], row["arm"], row["measure"], row["unit"]): row["value"] for row in rows}
    day = "day 365, a year on"
    assert [told["landmark", day, arm, "still here", "percent"] for arm in ("participants", "others")] == ["87", "82"]
    assert told["landmark", day, "difference", "still here", "points"] == "5"
    year = "first 12 months since joining"
    assert told["stay", year, "participants", "mean time still here", "months"] == "11.2"
    assert told["simple count", "", "participants", "rate of leaving", "percent of others"] == "34"
    assert told["careers", "", "participants", "Promotion rate", "per 100 years"] == "6.2"
    assert told["careers", "", "participants", "Internal moves", "percent of others"] == "hidden"
    assert "Too few to tell." in {row["note"] for row in rows if row["measure"] == "Internal moves"}


def test_all_of_it_is_in_the_pdf(published):
    made = retention_files.retention_pdf(published, organisation="Northwind", choice=[("Period", "All")])
    assert made.startswith(b"%PDF-")
    assert retention_files._rate(published["rates"][0]) == [
        "Promotion rate, per 100 years of work", "6.2", "5.0", "124% (90–160%)",
    ]  # fmt: skip
    assert retention_files._landmark(published["landmarks"][2]) == [
        "Day 365 of service", "87%", "82%", "+5 points (95% interval +3 to +7)",
    ]  # fmt: skip
