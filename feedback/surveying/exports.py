"""The results of a survey as a file: one row for each number, the same numbers as on the page."""

from __future__ import annotations

import csv
import io

from accounts.importing.refused import disarm

from ..averaging import Score
from ..models import SurveyQuestion
from .results import Results, Told

HIDDEN = "hidden"
HEADER = ["question", "group", "measure", "value", "interval_95_lower", "interval_95_upper", "people", "as_of"]


def results_csv(results: Results) -> str:
    """One row for each score, option and text, of everybody and of each role."""
    buffer = io.StringIO()
    # The mark lets Excel see that this is UTF-8.
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    day = results.as_of.date().isoformat()
    writer.writerow(HEADER)
    rates = [("everybody", results.rate), *results.rates]
    for group, rate in rates:
        if rate is not None:
            row = ["", group, "percent_answered", rate.percent, round(100 * rate.lower), round(100 * rate.upper)]
            _write(writer, [*row, rate.asked, day])
    for told in results.questions:
        for row in _rows(told):
            _write(writer, [told.question.text, *row, day])
    return buffer.getvalue()


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


def _write(writer: object, row: list[object]) -> None:
    # Numbers are ours and may be negative; texts are anybody's.
    writer.writerow([disarm(cell) if isinstance(cell, str) else cell for cell in row])  # type: ignore[attr-defined]
