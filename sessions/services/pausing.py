"""What a pause means for sessions: nothing new is planned in it, and whoever has something planned is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import tzinfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Program

from .. import emails
from ..models import Session
from ..slots import Slot
from .problems import SessionProblem


def why_not_now(mentorship: Mentorship) -> str:
    """Why nothing can be booked in a mentorship that rests, as a sentence; "" when something can.

    A pause with a last day leaves the days after it open.
    """
    if sentence := why_not_in(mentorship.program):
        return sentence
    if mentorship.paused_at is not None and mentorship.resumes_on is None:
        return _("This mentorship is paused. Go on with it on its page, and you can book again.")
    return ""


def why_not_in(program: Program) -> str:
    """Why nothing new can be planned in a programme that is paused, as a sentence; "" when something can."""
    if Program.objects.filter(pk=program.pk, paused_at__isnull=False).exists():
        return _("%(program)s is paused. What is booked takes place; new sessions can be booked when it goes on.") % {
            "program": program.name
        }
    return ""


def require_not_resting(mentorship: Mentorship) -> None:
    """Raises SessionProblem while nothing can be booked."""
    if sentence := why_not_now(mentorship):
        raise SessionProblem(sentence)


def until_when(mentorship: Mentorship) -> str:
    """Until when a mentorship rests, as a sentence beside the free times that come after it."""
    if mentorship.paused_at is None or mentorship.resumes_on is None:
        return ""
    return _("This mentorship is paused until %(day)s: nothing can be booked before.") % {
        "day": date_format(mentorship.resumes_on, "j F Y")
    }


def after_pause(mentorship: Mentorship, slots: Iterable[Slot], zone: tzinfo) -> list[Slot]:
    """Those of some times that don't fall into a mentorship's pause; as everywhere, the day is the mentor's."""
    first_day = mentorship.resumes_on if mentorship.paused_at is not None else None
    if first_day is None:
        return list(slots)
    return [slot for slot in slots if slot.starts_at.astimezone(zone).date() >= first_day]


def tell_of_pause(program: Program) -> int:
    """Tell everybody who has sessions booked in a programme that has just been paused that these stay.

    Returns how many were told.
    """
    ahead = Session.objects.planned().of_program(program).filter(starts_at__gt=timezone.now())
    by_member: dict[Member, list[Session]] = defaultdict(list)
    for session in ahead.with_people().order_by("starts_at", "pk"):
        for member in session.people():
            by_member[member].append(session)
    emails.sessions_stay(program, by_member)
    return len(by_member)
