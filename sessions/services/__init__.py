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
from .openings import free_slots, has_hours, nearest, slots_to_move_to
from .problems import SessionProblem, SlotTaken
from .reminders import choose_reminders, plan_reminders

__all__ = [
    "LONGEST",
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
    "log_session",
    "move_session",
    "nearest",
    "offer_usual_hours",
    "own_notes",
    "plan_reminders",
    "record_session",
    "set_weekly_hours",
    "settle_silent",
    "shared_notes",
    "slots_to_move_to",
    "tidy",
    "usual_hours",
    "write_note",
    "write_notes",
]
