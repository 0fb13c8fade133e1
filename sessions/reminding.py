"""Which letters around sessions people may do without, what each has chosen, and the way out that these letters carry.

Invitations, changes and cancellations are not among them: whoever takes part must know where and when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Member

from .models import ReminderChoice

SESSION = "session"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kind:
    """A kind of letter that can be chosen: one that comes at several times before a session, or one that comes or not."""

    label: Any
    help: Any
    # What the letters are, as part of a sentence.
    letters: Any
    usual: tuple[int, ...] = (0,)
    # Minutes before the session → what it is called; without, the letter comes or it doesn't.
    times: tuple[tuple[int, Any], ...] = ()


KINDS: dict[str, Kind] = {
    SESSION: Kind(
        _("Before a session"),
        _("Tick none, and no reminder comes."),
        _("reminders of your sessions"),
        (1440, 60),
        (
            (10080, _("1 week before")),
            (2880, _("2 days before")),
            (1440, _("24 hours before")),
            (180, _("3 hours before")),
            (60, _("1 hour before")),
            (15, _("15 minutes before")),
        ),
    ),
    "preparation": Kind(
        _("What to think about beforehand"),
        _("Two days before a session, where your programme has questions to prepare with."),
        _("what to think about before a session"),
    ),
    "log": Kind(
        _("How a session went"),
        _("When the other person has said whether it took place, and you have not."),
        _("the question how a session went"),
    ),
    "pulse": Kind(
        _("Two questions about a session"),
        _("After a session: was it useful, did you feel understood."),
        _("two questions after a session"),
    ),
    "survey": Kind(
        _("Surveys of a programme"),
        _("A few questions at the start, half-way and at the end, with one reminder."),
        _("surveys of your programmes"),
    ),
    "quiet": Kind(
        _("When it has gone quiet"),
        _("Once, when you have not met for much longer than planned."),
        _("a word when you have not met for long"),
    ),
}


def chosen(members: Iterable[Member], kind: str = SESSION) -> dict[int, list[int]]:
    """How many minutes before a session each of the members wants a letter of this kind; by the member's id."""
    usual = KINDS[kind].usual
    said = dict(ReminderChoice.objects.filter(member__in=list(members), kind=kind).values_list("member_id", "ahead"))
    return {member.pk: list(said.get(member.pk, usual)) for member in members}


def wants(member: Member, kind: str) -> bool:
    """Whether the member wants letters of this kind at all."""
    return bool(chosen([member], kind)[member.pk])


def unsubscribe_address(member: Member, kind: str) -> str:
    """Where these letters are stopped by one click, without signing in. It works for ever, as mail is kept for ever."""
    token = _signer().sign_object([member.organisation_id, member.pk, kind])
    return settings.SITE_URL + reverse("unsubscribe", kwargs={"token": token})


def unsubscribe_headers(member: Member, kind: str) -> dict[str, str]:
    """What lets mail programs show their own button for it (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_address(member, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def optional(member: Member, kind: str) -> dict[str, Any]:
    """For the context of a letter of this kind: its footer says how to stop it."""
    slug = member.organisation.slug
    return {
        "unsubscribe_url": unsubscribe_address(member, kind),
        "choices_url": settings.SITE_URL + reverse("sessions:reminders", kwargs={"org": slug}),
    }


def read_token(token: str) -> tuple[int, int, str] | None:
    """Whose letters of which kind an address stops, as (organisation id, member id, kind); None if it isn't ours."""
    try:
        organisation_id, member_id, kind = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (organisation_id, member_id, kind) if kind in KINDS else None


def _signer() -> signing.Signer:
    return signing.Signer(salt="sessions.reminding")
