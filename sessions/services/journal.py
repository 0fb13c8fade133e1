"""The reflection journal: what somebody writes for themselves about a mentorship, sealed like notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship, Participant

from ..models import JournalEntry
from ..sealing import CannotUnseal, journal_place, seal, unseal
from .problems import SessionProblem

LONGEST = 10_000


@dataclass(frozen=True)
class Entry:
    """An entry opened for its author; `text` is None where it can't be opened any more."""

    pk: int
    text: str | None
    written_at: datetime
    changed_at: datetime | None


def entries_of(mentorship: Mentorship, *, by: Member) -> QuerySet[JournalEntry]:
    """One's own entries, the newest first, still sealed."""
    return JournalEntry.objects.filter(mentorship=mentorship, author=by).order_by("-written_at", "-id")


def opened(entry: JournalEntry, *, by: Member) -> Entry:
    """What an entry says. Raises PermissionDenied for everybody but its author."""
    if entry.author_id != by.pk:
        raise PermissionDenied
    try:
        text = unseal(entry.sealed, bound_to=journal_place(entry))
    except CannotUnseal:
        text = None
    return Entry(entry.pk, text, entry.written_at, entry.changed_at)


@transaction.atomic
def write_entry(mentorship: Mentorship, *, text: str, by: Member) -> JournalEntry:
    """Write into one's own journal; also after the end, when one looks back."""
    if not Participant.objects.filter(mentorship=mentorship, enrolment__member=by).exists():
        raise PermissionDenied
    entry = JournalEntry(mentorship=mentorship, author=by)
    entry.sealed = seal(_checked(text), bound_to=journal_place(entry))
    entry.save()
    return entry


@transaction.atomic
def change_entry(entry: JournalEntry, *, text: str, by: Member) -> JournalEntry:
    entry = _held(entry, by)
    entry.sealed, entry.changed_at = seal(_checked(text), bound_to=journal_place(entry)), timezone.now()
    entry.save(update_fields=["sealed", "changed_at"])
    return entry


@transaction.atomic
def remove_entry(entry: JournalEntry, *, by: Member) -> None:
    _held(entry, by).delete()


def _held(entry: JournalEntry, by: Member) -> JournalEntry:
    held = JournalEntry.objects.select_for_update(no_key=True, of=("self",)).get(pk=entry.pk)
    if held.author_id != by.pk:
        raise PermissionDenied
    return held


def _checked(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise SessionProblem(_("Write between one and %(n)d characters.") % {"n": LONGEST})
    return text
