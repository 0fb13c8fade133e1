"""Every write of programmes, enrolments and mentorships."""

from .drafts import change_program, launch, save_draft, start_draft
from .enrolling import (
    approve,
    approve_all,
    change_sign_up,
    decline_enrolment,
    enrol,
    withdraw,
    withdraw_leavers,
)
from .lifecycle import close_program, close_sign_up, reopen_sign_up
from .mentorships import accept, complete_mentorship, decline, end_mentorship, offer_mentorship
from .places import places_free, why_closed, why_not
from .problems import (
    AlreadyEnrolled,
    AlreadyMatched,
    AlreadySettled,
    MentorFull,
    NotEligible,
    ProgramProblem,
)
from .questions import add_question, change_question, move_question, retire_question

__all__ = [
    "AlreadyEnrolled",
    "AlreadyMatched",
    "AlreadySettled",
    "MentorFull",
    "NotEligible",
    "ProgramProblem",
    "accept",
    "add_question",
    "approve",
    "approve_all",
    "change_program",
    "change_question",
    "change_sign_up",
    "close_program",
    "close_sign_up",
    "complete_mentorship",
    "decline",
    "decline_enrolment",
    "end_mentorship",
    "enrol",
    "launch",
    "move_question",
    "offer_mentorship",
    "places_free",
    "reopen_sign_up",
    "retire_question",
    "save_draft",
    "start_draft",
    "why_closed",
    "why_not",
    "withdraw",
    "withdraw_leavers",
]
