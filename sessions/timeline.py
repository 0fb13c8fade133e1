"""What sessions, actions and notes add to the timeline of a mentorship, and to its certificates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Mentorship
from programs.services.certificates import counts_for_certificates
from programs.timeline import Happening, timeline_source

from .models import ActionItem, Note, Session
from .sealing import CannotUnseal, note_place, unseal

MINUTE = timedelta(minutes=1)
_ICONS = {
    Session.Status.HELD: "calendar-check",
    Session.Status.MISSED: "calendar-x",
    Session.Status.CANCELLED: "ban",
    Session.Status.PLANNED: "calendar",
}


@timeline_source
def sessions(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    """Every session that was booked; wishes that nobody answered are left out."""
    for session in Session.objects.filter(mentorship=mentorship, status__in=_ICONS).with_people():
        standing = session.standing_for(by)
        about = [session.topic]
        if session.length:
            about.append(_("%(minutes)d minutes") % {"minutes": session.length // MINUTE})
        what = _("Session: %(state)s") % {"state": standing.label}
        icon = _ICONS[Session.Status(session.status)]
        yield Happening(session.starts_at, what, icon, text=", ".join(part for part in about if part))


@timeline_source
def actions(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    for item in ActionItem.objects.filter(mentorship=mentorship).select_related("owner"):
        yield Happening(item.made_at, _("To do"), "clipboard-list", text=item.text, who=item.owner.name)
        if item.done_at is not None:
            yield Happening(item.done_at, _("Done"), "check-check", text=item.text, who=item.owner.name)


@timeline_source
def notes(mentorship: Mentorship, *, by: Member) -> Iterable[Happening]:
    """One's own, and what the others have shared; the journal stays where it is."""
    readable = Note.objects.readable_by(by).exclude(visibility=Note.Visibility.DRAFT)
    for note in readable.filter(session__mentorship=mentorship).select_related("author", "session"):
        try:
            text = unseal(note.sealed, bound_to=note_place(note))
        except CannotUnseal:
            continue
        what = _("Own note") if note.visibility == Note.Visibility.PRIVATE else _("Shared note")
        yield Happening(note.session.ends_at, what, "file-text", text=text, who=note.author.name)


@counts_for_certificates
def confirmed(mentorship: Mentorship, member: Member) -> dict[str, int]:
    """How many confirmed sessions somebody was in, and how long they took."""
    held = Session.objects.held().attended_by(member).filter(mentorship=mentorship)
    lengths = [length for length in held.values_list("length", flat=True) if length]
    return {"sessions": held.count(), "minutes": sum(lengths, timedelta(0)) // MINUTE}
