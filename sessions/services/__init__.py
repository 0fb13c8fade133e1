"""Every write of weekly hours, sessions, their logs and notes; and which times are free."""

from .booking import book_session, cancel_session, cancel_upcoming, move_session
from .hours import offer_usual_hours, set_weekly_hours, tidy, usual_hours
from .logs import (
    LONGEST,
    draft,
    keep_draft,
    log_session,
    own_notes,
    record_session,
    settle_silent,
    shared_notes,
    write_note,
    write_notes,
)
from .openings import Opening, free_slots, has_hours, lengths, nearest, opening, slots_to_move_to
from .policy import lengths_of, policy_of, set_policy
from .problems import SessionProblem, SlotTaken
from .reminders import choose_reminders, plan_reminders

__all__ = [
    "LONGEST",
    "Opening",
    "SessionProblem",
    "SlotTaken",
    "book_session",
    "cancel_session",
    "cancel_upcoming",
    "choose_reminders",
    "draft",
    "free_slots",
    "has_hours",
    "keep_draft",
    "lengths",
    "lengths_of",
    "log_session",
    "move_session",
    "nearest",
    "offer_usual_hours",
    "opening",
    "own_notes",
    "plan_reminders",
    "policy_of",
    "record_session",
    "set_policy",
    "set_weekly_hours",
    "settle_silent",
    "shared_notes",
    "slots_to_move_to",
    "tidy",
    "usual_hours",
    "write_note",
    "write_notes",
]
