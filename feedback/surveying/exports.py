"""The results of a survey as a file: one row for each number, the same numbers as on the page."""

from __future__ import annotations

from mentoring.spreadsheets import csv_file

from ..averaging import Score
from ..models import SurveyQuestion
from .results import Results, Told

HIDDEN = "hidden"
HEADER = ["question", "group", "measure", "value", "interval_95_lower", "interval_95_upper", "people", "as_of"]


def results_csv(results: Results) -> str:
    """One row for each score, option and text, of everybody and of each role."""
    day = results.as_of.date().isoformat()
    rows: list[list[object]] = [
        ["", group, "percent_answered", rate.percent, round(100 * rate.lower), round(100 * rate.upper), rate.asked, day]
        for group, rate in [("everybody", results.rate), *results.rates]
        if rate is not None
    ]
    rows += [[told.question.text, *row, day] for told in results.questions for row in _rows(told)]
    return csv_file(HEADER, rows)


def _rows(told: Told) -> list[list[object]]:
    kind = told.question.kind
    rows: list[list[object]] = []
    if kind in (SurveyQuestion.Kind.SCALE, SurveyQuestion.Kind.RECOMMEND):
        measure, factor, digits = ("net_promoter_score", 100, 0) if told.is_recommending else ("mean_1_to_5", 1, 2)
        for group, score in [("everybody", told.score), *((part.role, part.score) for part in told.parts)]:
            rows.append([group, measure, *_numbers(score, factor, digits)])
    for option, count in told.spread or []:
        rows.append(["everybody", "count_to_nearest_5", count, "", "", f"option: {option}"])
    for text in told.texts:
        rows.append(["everybody", "text", text, "", "", told.people])
    return rows


def _numbers(score: Score | None, factor: int, digits: int) -> list[object]:
    if score is None:
        return [HIDDEN, HIDDEN, HIDDEN, HIDDEN]
    return [*(round(each * factor, digits) for each in (score.value, score.lower, score.upper)), score.people]
