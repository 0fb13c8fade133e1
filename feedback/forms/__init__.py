"""The forms of feedback."""

from .pulse import PulseForm
from .surveys import AnswerForm, SurveyForm, SurveyQuestionForm

__all__ = ["AnswerForm", "PulseForm", "SurveyForm", "SurveyQuestionForm"]
