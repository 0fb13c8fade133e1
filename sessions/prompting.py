"""Letters that come unasked: what to think about before a session, and that it has gone quiet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.outbox.models import Message
from mentoring.outbox.services import write_letter
from programs.models import Mentorship

from .emails import about, names_of, session_times
from .models import Session
from .reminding import chosen, optional, unsubscribe_headers

PREPARATION = "session_preparation"
QUIET = "mentorship_quiet"


def session_preparation(session: Session, *, points: list[str], questions: str, due_at: datetime) -> int:
    """Ask everybody in a session to think about it beforehand; once, though it may move. Returns how many letters."""
    people = session.people()
    wanting = chosen(people, "preparation")
    told = Message.objects.filter(kind=PREPARATION, subject_ref=about(session), status=Message.Status.SENT)
    told_addresses = set(told.values_list("recipient", flat=True))
    count = 0
    for member in people:
        if not wanting[member.pk] or member.email.lower() in told_addresses:
            continue
        context = _context(member, "preparation") | {
            "names": names_of(session.others(member)),
            "facts": [{"label": _("When"), "value": session_times(session.starts_at, session.ends_at, member.zone)}],
            "day": date_format(session.starts_at.astimezone(member.zone), "l j F"),
            "questions": questions,
            "points": points,
            "url": settings.SITE_URL
            + reverse("sessions:detail", kwargs={"org": member.organisation.slug, "pk": session.pk}),
        }
        written = write_letter(
            PREPARATION,
            to=member.email,
            about=about(session),
            template="mail/sessions/session_preparation",
            context=context,
            sequence=session.sequence,
            due_at=due_at,
            expires_after=session.starts_at - due_at,
            headers=unsubscribe_headers(member, "preparation"),
        )
        count += written is not None
    return count


def mentorship_quiet(mentorship: Mentorship, *, people: list[Member], last: Session | None) -> None:
    """Tell everybody in a mentorship that it has gone quiet, once for each time that it has."""
    wanting = chosen(people, "quiet")
    for member in people:
        if not wanting[member.pk]:
            continue
        zone = member.zone
        context = _context(member, "quiet") | {
            "names": names_of(person for person in people if person.pk != member.pk),
            "program": mentorship.program.name,
            "day": date_format(last.starts_at.astimezone(zone), "l j F") if last else "",
            "url": settings.SITE_URL
            + reverse("sessions:book", kwargs={"org": member.organisation.slug, "pk": mentorship.pk}),
            "mentorship_url": settings.SITE_URL
            + reverse("programs:mentorship", kwargs={"org": member.organisation.slug, "pk": mentorship.pk}),
        }
        write_letter(
            QUIET,
            to=member.email,
            # A spell begins with the last session, or with the mentorship itself.
            about=f"quiet:{mentorship.pk}:{last.pk if last else 0}",
            template="mail/sessions/mentorship_quiet",
            context=context,
            due_at=timezone.now(),
            headers=unsubscribe_headers(member, "quiet"),
        )


def _context(member: Member, kind: str) -> dict[str, Any]:
    return {
        "organisation_name": member.organisation.name,
        "given_name": member.given_name,
        **optional(member, kind),
    }
