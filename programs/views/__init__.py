"""The pages of programmes; each module holds those of one subject."""

from .agreements import agreement, agreement_edit
from .closing import (
    certificate,
    certificate_pdf,
    certificate_withdraw,
    mentor_next,
    mentorship_closing,
    recognition,
)
from .enrolments import (
    enrolment_approve,
    enrolment_decline,
    enrolment_detail,
    enrolment_list,
    enrolment_remove,
)
from .goals import (
    goal_close,
    goal_create,
    goal_detail,
    goal_edit,
    goal_list,
    goal_progress,
    milestone,
    milestone_add,
)
from .invitations import program_invite
from .lifelines import mentorship_extend, mentorship_keep, mentorship_lessons, mentorship_pause
from .mentorships import mentorship_change, mentorship_complete, mentorship_detail, mentorship_end, mentorship_respond
from .nominations import program_nominate
from .programs import (
    program_close,
    program_detail,
    program_discard,
    program_edit,
    program_list,
    program_sign_up,
)
from .questions import question_create, question_edit, question_list, question_move, question_retire
from .sheets import sheet_columns, sheet_detail, sheet_refused, sheet_upload
from .sign_up import program_join, program_leave
from .templates import program_copy, template_create, template_edit, template_remove
from .timeline import mentorship_timeline, mentorship_timeline_csv
from .wizard import program_start, program_wizard

__all__ = [
    "agreement",
    "agreement_edit",
    "certificate",
    "certificate_pdf",
    "certificate_withdraw",
    "enrolment_approve",
    "enrolment_decline",
    "enrolment_detail",
    "enrolment_list",
    "enrolment_remove",
    "goal_close",
    "goal_create",
    "goal_detail",
    "goal_edit",
    "goal_list",
    "goal_progress",
    "mentor_next",
    "mentorship_change",
    "mentorship_closing",
    "mentorship_complete",
    "mentorship_detail",
    "mentorship_end",
    "mentorship_extend",
    "mentorship_keep",
    "mentorship_lessons",
    "mentorship_pause",
    "mentorship_respond",
    "mentorship_timeline",
    "mentorship_timeline_csv",
    "milestone",
    "milestone_add",
    "program_close",
    "program_copy",
    "program_detail",
    "program_discard",
    "program_edit",
    "program_invite",
    "program_join",
    "program_leave",
    "program_list",
    "program_nominate",
    "program_sign_up",
    "program_start",
    "program_wizard",
    "question_create",
    "question_edit",
    "question_list",
    "question_move",
    "question_retire",
    "recognition",
    "sheet_columns",
    "sheet_detail",
    "sheet_refused",
    "sheet_upload",
    "template_create",
    "template_edit",
    "template_remove",
]
