"""What letters are called where they are listed. Their subjects name people's business and stay out of lists."""

from typing import Any

from django.utils.translation import gettext_lazy as _

_NAMES = {
    "invitation": _("invitation to join"),
    "sign_up": _("about a sign-up"),
    "sign_up_decided": _("answer to a sign-up"),
    "sign_up_ended": _("end of a sign-up"),
    "approval_asked": _("a sign-up to approve"),
    "approval_reminder": _("reminder of a sign-up to approve"),
    "sign_up_invitation": _("invitation to sign up"),
    "mentorship_offered": _("offer of a mentorship"),
    "group_offered": _("offer of a place in a group"),
    "group_news": _("who has joined or left a group"),
    "offer_reminder": _("reminder of an offer"),
    "offer_lapsed": _("end of an offer"),
    "mentorship_started": _("start of a mentorship"),
    "mentorship_declined": _("about a mentorship that was declined"),
    "mentorship_over": _("end of a mentorship"),
    "agreement_written": _("an agreement to accept"),
    "mentorship_paused": _("pause of a mentorship"),
    "mentorship_check": _("a mentorship to look at"),
    "closing_review": _("question how a mentorship was"),
    "mentorship_thanks": _("thanks for a mentorship"),
    "change_asked": _("about a mentorship that is to change"),
    "request_received": _("request to a mentor"),
    "request_question": _("question to a mentee"),
    "request_answer": _("answer to a mentor"),
    "request_accepted": _("request accepted"),
    "request_declined": _("request declined"),
    "request_over": _("end of a request"),
    "mentor_place_free": _("a mentor has a free place"),
    "session_booked": _("session booked"),
    "session_moved": _("session moved"),
    "session_declined": _("somebody can not come to a session"),
    "session_clocks": _("new time of a session, as the clocks have changed"),
    "session_clocks_shown": _("another clock time of a session, as the clocks have changed"),
    "session_wished": _("question whether a time suits"),
    "session_wish_over": _("end of such a question"),
    "session_cancelled": _("session cancelled"),
    "sessions_stay": _("a pause, and what is booked all the same"),
    "group_joined": _("seat in a group session"),
    "group_left": _("seat given back"),
    "session_preparation": _("what to think about before a session"),
    "mentorship_quiet": _("a mentorship that has gone quiet"),
    "session_log_request": _("question how a session went"),
    "pulse": _("two questions about a session"),
    "report_ready": _("a monthly report that is ready"),
    "survey": _("questions of a survey"),
    "survey_reminder": _("reminder of a survey"),
    "mentorship_nudge": _("reminder of a mentorship, by an admin"),
    "mentorship_talk": _("offer of a talk"),
    "announcement": _("announcement of a programme"),
    "chat_message": _("a new message"),
    "digest": _("summary of a day"),
    "concern_told": _("something in confidence"),
    "concern_news": _("something in confidence"),
    "concern_unread": _("something in confidence"),
}
# What nobody misses anything by reading a day later. Never an invitation, a change, a cancellation, or sign-in.
_MAY_WAIT = frozenset({
    "announcement", "chat_message", "group_news", "mentorship_thanks", "mentor_place_free", "mentorship_quiet", "pulse",
    "session_log_request",
})  # fmt: skip
# Even that there is one is nobody's business but its reader's: these are in no list of letters.
CONFIDENTIAL = ("concern_told", "concern_news")


def name_of(kind: str) -> Any:
    """What a kind of letter is called on screen."""
    if kind.startswith("reminder"):
        return _("reminder of a session")
    return _NAMES.get(kind) or _("letter")


def may_wait(kind: str) -> bool:
    """Whether letters of this kind may come in the summary of a day."""
    return kind in _MAY_WAIT
