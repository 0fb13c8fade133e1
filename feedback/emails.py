"""The letter that asks how a session was."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mentoring.outbox.services import take_back, write_letter
from sessions.emails import names_for
from sessions.models import Attendance, Session
from sessions.reminding import chosen, optional, unsubscribe_headers

from .models import Pulse

KIND = "pulse"


def pulse_request(session: Session, *, logged_since: datetime | None = None) -> None:
    """Ask each of those who were there two questions; with `logged_since` only who has said so since then.

    Nobody is asked twice, nor after they have answered.
    """
    expected = list(session.attendances.all())
    # Of more than two, some may have been missing.
    is_group = session.has_seats or len(expected) > 2
    people = [each.member for each in expected if each.report == Attendance.Report.HELD or not is_group]
    if logged_since is not None:
        lately = {each.member_id for each in expected if each.reported_at and each.reported_at >= logged_since}
        people = [member for member in people if member.pk in lately]
    answered = set(session.pulses.values_list("member_id", flat=True))
    people = [member for member in people if member.pk not in answered]
    wanting = chosen(people, KIND)
    for member in people:
        if not wanting[member.pk]:
            continue
        write_letter(
            KIND,
            headers=unsubscribe_headers(member, KIND),
            to=member.email,
            about=_about(session.pk, member.pk),
            template="mail/feedback/pulse",
            context={
                **optional(member, KIND),
                "organisation_name": session.organisation.name,
                "given_name": member.given_name,
                "name": names_for(session, member)
                if session.has_seats
                else " & ".join(other.name for other in session.others(member)),
                "day": date_format(session.starts_at.astimezone(member.zone), "l j F"),
                "url": settings.SITE_URL
                + reverse("feedback:pulse", kwargs={"org": session.organisation.slug, "pk": session.pk}),
            },
        )


def pulse_given(pulse: Pulse) -> None:
    """Whoever has answered already needn't be asked."""
    take_back(_about(pulse.session_id, pulse.member_id), kinds=[KIND], outcome=_("The questions were answered."))


def _about(session_id: int, member_id: int) -> str:
    return f"session:{session_id}:member:{member_id}"
