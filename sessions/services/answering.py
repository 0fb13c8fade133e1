"""Saying whether one comes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member

from .. import emails
from ..models import Attendance, Session
from .problems import SessionProblem


@transaction.atomic
def answer_session(session: Session, *, answer: str, sequence: int, by: Member) -> Attendance:
    """Accept or decline a session as it was in the invitation; the others hear of it when somebody declines.

    The session stands until it is moved or cancelled. Raises SessionProblem when it has begun, is off, or was changed
    since.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session.pk)
    own = Attendance.objects.filter(session=session, member=by).first()
    if own is None:
        raise PermissionDenied
    if session.status == Session.Status.CANCELLED:
        raise SessionProblem(_("This session has been cancelled."))
    if session.has_seats:
        raise SessionProblem(_("A group session is joined or left."))
    if session.status == Session.Status.WISHED:
        raise SessionProblem(_("Nobody has said yes to this session yet, or nobody answered in time."))
    if session.sequence != sequence:
        raise SessionProblem(_("This session was moved since. The newest invitation has the new time."))
    if not session.is_planned or session.has_begun:
        raise SessionProblem(_("This session has begun: say afterwards how it went."))
    was = own.answer_to(session)
    own.answer, own.answered_at, own.answered_sequence = answer, timezone.now(), sequence
    own.save(update_fields=["answer", "answered_at", "answered_sequence"])
    if answer == Attendance.Answer.ACCEPTED:
        emails.session_accepted(session, by=by)
    elif was != answer:
        emails.session_declined(session, by=by)
    return own
