"""Every write of programmes, enrolments and mentorships."""

from .drafts import change_program, discard_draft, launch, save_draft, start_draft
from .enrolling import (
    approve,
    approve_all,
    change_sign_up,
    decline_enrolment,
    enrol,
    withdraw,
    withdraw_leavers,
)
from .grouping import fewest_of, is_group, is_led, most_of, present
from .groups import Meeting, add_to_group, lapse_seats, leave_group, offer_group
from .invitations import invite_to_sign_up, to_invite
from .lifecycle import close_program, close_sign_up, reopen_sign_up
from .mentorships import accept, complete_mentorship, decline, end_mentorship, make_way, offer_mentorship
from .offers import ask_for_change, lapse_offers, remind_of_offers, take_back_change
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
from .sheets import LARGEST as LARGEST_SHEET
from .sheets import (
    SheetRow,
    SignUpReport,
    apply_sheet,
    correct_sheet,
    forget_sheets,
    headings_of,
    import_sign_ups,
    plan_sheet,
    upload_sheet,
)

__all__ = [
    "LARGEST_SHEET",
    "AlreadyEnrolled",
    "AlreadyMatched",
    "AlreadySettled",
    "Meeting",
    "MentorFull",
    "NotEligible",
    "ProgramProblem",
    "SheetRow",
    "SignUpReport",
    "accept",
    "add_question",
    "add_to_group",
    "apply_sheet",
    "approve",
    "approve_all",
    "ask_for_change",
    "change_program",
    "change_question",
    "change_sign_up",
    "close_program",
    "close_sign_up",
    "complete_mentorship",
    "correct_sheet",
    "decline",
    "decline_enrolment",
    "discard_draft",
    "end_mentorship",
    "enrol",
    "fewest_of",
    "forget_sheets",
    "headings_of",
    "import_sign_ups",
    "invite_to_sign_up",
    "is_group",
    "is_led",
    "lapse_offers",
    "lapse_seats",
    "launch",
    "leave_group",
    "make_way",
    "most_of",
    "move_question",
    "offer_group",
    "offer_mentorship",
    "places_free",
    "plan_sheet",
    "present",
    "remind_of_offers",
    "reopen_sign_up",
    "retire_question",
    "save_draft",
    "start_draft",
    "take_back_change",
    "to_invite",
    "upload_sheet",
    "why_closed",
    "why_not",
    "withdraw",
    "withdraw_leavers",
]
