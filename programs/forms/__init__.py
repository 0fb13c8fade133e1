"""What people type about programmes, sign-ups and mentorships."""

from .answering import SHORT_DAYS, as_lines
from .asking import QuestionForm
from .criteria import LEVELS, CriteriaForm, CriteriaStepForm
from .launching import FormatForm, ObjectiveForm, PeopleForm, ProgramForm
from .managing import (
    EnrolmentFilterForm,
    InviteFilterForm,
    InviteForm,
    ReasonForm,
    SheetColumnsForm,
    SheetForm,
)
from .signing_up import SignUpForm, TokensField
from .templates import NominationForm, TemplateForm

__all__ = [
    "LEVELS",
    "SHORT_DAYS",
    "CriteriaForm",
    "CriteriaStepForm",
    "EnrolmentFilterForm",
    "FormatForm",
    "InviteFilterForm",
    "InviteForm",
    "NominationForm",
    "ObjectiveForm",
    "PeopleForm",
    "ProgramForm",
    "QuestionForm",
    "ReasonForm",
    "SheetColumnsForm",
    "SheetForm",
    "SignUpForm",
    "TemplateForm",
    "TokensField",
    "as_lines",
]
