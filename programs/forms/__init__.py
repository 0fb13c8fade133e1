"""What people type about programmes, sign-ups and mentorships."""

from .launching import IMPORTANCE, LEVELS, CriteriaForm, FormatForm, ObjectiveForm, PeopleForm, ProgramForm
from .managing import (
    EnrolmentFilterForm,
    InviteFilterForm,
    InviteForm,
    QuestionForm,
    ReasonForm,
    SheetColumnsForm,
    SheetForm,
)
from .signing_up import SHORT_DAYS, SignUpForm

__all__ = [
    "IMPORTANCE",
    "LEVELS",
    "SHORT_DAYS",
    "CriteriaForm",
    "EnrolmentFilterForm",
    "FormatForm",
    "InviteFilterForm",
    "InviteForm",
    "ObjectiveForm",
    "PeopleForm",
    "ProgramForm",
    "QuestionForm",
    "ReasonForm",
    "SheetColumnsForm",
    "SheetForm",
    "SignUpForm",
]
