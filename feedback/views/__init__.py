"""The pages of feedback."""

from .answers import survey_answer
from .pulse import pulse
from .results import gains, program_gains, survey_results, survey_results_csv
from .surveys import (
    survey_close,
    survey_copy,
    survey_create,
    survey_detail,
    survey_edit,
    survey_hold,
    survey_list,
    survey_open,
    survey_preview,
    survey_question,
    survey_question_create,
    survey_question_move,
    survey_question_remove,
    survey_remove,
)

__all__ = [
    "gains",
    "program_gains",
    "pulse",
    "survey_answer",
    "survey_close",
    "survey_copy",
    "survey_create",
    "survey_detail",
    "survey_edit",
    "survey_hold",
    "survey_list",
    "survey_open",
    "survey_preview",
    "survey_question",
    "survey_question_create",
    "survey_question_move",
    "survey_question_remove",
    "survey_remove",
    "survey_results",
    "survey_results_csv",
]
