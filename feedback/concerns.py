"""Concerns: told in confidence to one person, sealed, and followed until they are closed. Every opening is written down.

Only two people read one: who raised it, and whom it was told to. For everybody else, whatever their role, it isn't there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.tenancy.clock import today
from programs.models import Enrolment, Mentorship, Participant, Program
from sessions.sealing import CannotUnseal, register, seal, unseal

from . import concern_letters
from .models import Concern, ConcernEntry

LONGEST = 10_000
# The same words within this time are the same concern, sent twice.
TWICE_WITHIN = timedelta(hours=1)
ENTRIES_SHOWN = 200
OTHERS_SHOWN, MOST_ASKED = 20, 500
Kind = ConcernEntry.Kind


class ConcernProblem(Exception):
    """This can't be done with a concern now; the message is a sentence for whoever tried. Nothing was changed."""


def place(concern: Concern) -> str:
    """What a concern's text is bound to."""
    return f"concern:{concern.pk}:{concern.raised_by_id}:sealed"


def entry_place(entry: ConcernEntry) -> str:
    """What an entry's text is bound to."""
    return f"concern_entry:{entry.pk}:{entry.concern_id}:{entry.kind}:sealed"


register(Concern, "sealed", place)
register(ConcernEntry, "sealed", entry_place)


@dataclass(frozen=True)
class Ways:
    """Whom somebody may tell: the contact; or where that isn't possible the first of `others`, or another of them."""

    contact: Member | None
    others: tuple[Member, ...] = ()
    # Why it can't be the contact: "nobody" was named (or can sign in), or they are "involved".
    why: str = ""

    @property
    def people(self) -> tuple[Member, ...]:
        return (self.contact,) if self.contact else self.others


@dataclass(frozen=True)
class Entry:
    """Something that happened with a concern, opened; `text` is None where it can't be opened any more."""

    kind: str
    by: Member | None
    at: datetime
    text: str | None


@dataclass(frozen=True)
class Opened:
    """A concern as one of its two people reads it."""

    concern: Concern
    text: str | None
    entries: tuple[Entry, ...]
    openings: tuple[Entry, ...]


def concerns_of(member: Member) -> QuerySet[Concern]:
    """What somebody has raised, or was told; nobody else's."""
    return Concern.objects.filter(Q(raised_by=member) | Q(contact=member)).select_related(
        "program", "contact", "raised_by", "mentorship"
    )


def waiting_for(member: Member) -> QuerySet[Concern]:
    """Those told to somebody who has not said yet that they have read them."""
    return concerns_of(member).filter(contact=member, status=Concern.Status.RAISED)


def unread_of(member: Member) -> QuerySet[Concern]:
    """Those that somebody has raised and that nobody can read any more: whoever was told has left, or can't sign in."""
    return out_of_reach().filter(raised_by=member)


def to_do_of(member: Member) -> dict[str, list[int]]:
    """What waits for a member, by id and the oldest first: to `read`, and to `hand_over` to another reader."""
    found: dict[str, list[int]] = {"read": [], "hand_over": []}
    to_read = waiting_for(member).annotate(what=Value("read"))
    to_hand_over = unread_of(member).annotate(what=Value("hand_over"))
    columns = ("what", "raised_at", "pk")
    both = to_read.values_list(*columns).union(to_hand_over.values_list(*columns), all=True)
    for what, _at, pk in both.order_by("raised_at", "pk"):
        found[what].append(pk)
    return found


def out_of_reach() -> QuerySet[Concern]:
    gone = Q(contact__user__isnull=True) | Q(contact__left_on__lt=today())
    return Concern.objects.filter(gone).exclude(status=Concern.Status.CLOSED)


def tell_of_gone_contacts() -> None:
    """Write to whoever has told somebody who can't read it any more, once for each of those told."""
    waiting = out_of_reach().filter(raised_by__user__isnull=False).select_related("contact", "raised_by__organisation")
    for concern in waiting.order_by("pk"):
        if can_read(concern.raised_by):
            concern_letters.unread(concern)


def may_raise(program: Program, member: Member) -> bool:
    """Everybody who has, or had, a place in the programme."""
    return Enrolment.objects.filter(program=program, member=member).exists()


def ways(program: Program, *, by: Member, mentorship: Mentorship | None = None) -> Ways:
    """Whom a concern of this programme may be told to."""
    involved = _people_of(mentorship) - {by.pk}
    contact = contact_of(program)
    if contact is not None and contact.pk != by.pk and contact.pk not in involved:
        return Ways(contact)
    return Ways(None, _others(program, but=involved | {by.pk}), "nobody" if contact is None else "involved")


def _others(program: Program, *, but: set[int]) -> tuple[Member, ...]:
    """Who can be told where there is no contact: owners first; for a concern about them, contacts elsewhere and HR."""
    elsewhere = set(
        Program.objects.running()
        .exclude(pk=program.pk)
        .filter(safeguarding_contact__isnull=False)
        .values_list("safeguarding_contact_id", flat=True)
    )
    staying = Member.objects.with_login().filter(left_on__isnull=True).exclude(pk__in=but)
    found = staying.filter(Q(is_owner=True) | Q(is_hr=True) | Q(pk__in=elsewhere))
    order = sorted(
        found.order_by("family_name", "given_name", "pk")[:MOST_ASKED],
        key=lambda each: 0 if each.is_owner else 1 if each.pk in elsewhere else 2,
    )
    return tuple(order[:OTHERS_SHOWN])


def standing_of(member: Member) -> str:
    """As what somebody is told a concern who isn't the contact of the programme; said before it is sent."""
    if member.is_owner and member.is_admin:
        return _("an owner of the organisation, who runs programmes too")
    if member.is_owner:
        return _("an owner of the organisation")
    if member.is_hr:
        return _("HR")
    return _("safeguarding contact of another programme")


def contact_of(program: Program) -> Member | None:
    """The safeguarding contact, if somebody is named who still works here and can sign in."""
    contact: Member | None = program.safeguarding_contact
    return contact if contact is not None and can_read(contact) else None


def can_read(member: Member) -> bool:
    return member.user_id is not None and not member.has_left


@transaction.atomic
def raise_concern(
    program: Program, *, text: str, to: Member, by: Member, mentorship: Mentorship | None = None
) -> Concern:
    """Tell somebody in confidence what is wrong. The letter says only that there is something to read."""
    if not may_raise(program, by) or (mentorship is not None and by.pk not in _people_of(mentorship)):
        raise PermissionDenied
    if to.pk not in {each.pk for each in ways(program, by=by, mentorship=mentorship).people}:
        raise ConcernProblem(_("This person can’t be told any more. Look who can, and choose."))
    text = _checked(text)
    # One after the other, so that what is sent twice is raised once.
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    lately = Concern.objects.filter(
        program=program, raised_by=by, contact=to, mentorship=mentorship, raised_at__gt=timezone.now() - TWICE_WITHIN
    )
    for earlier in lately:
        if _text_of(earlier.sealed, place(earlier)) == text:
            return earlier
    concern = Concern.objects.create(program=program, mentorship=mentorship, raised_by=by, contact=to, sealed=b"")
    concern.sealed = seal(text, bound_to=place(concern))
    concern.save(update_fields=["sealed"])
    concern_letters.told(concern)
    return concern


@transaction.atomic
def open_concern(concern: Concern, *, by: Member) -> Opened:
    """What it says and what happened, written down as opened by this person."""
    if by.pk not in (concern.raised_by_id, concern.contact_id):
        raise PermissionDenied
    _note(concern, Kind.OPENED, by=by)
    is_contact = by.pk == concern.contact_id
    found = concern.entries.select_related("by").order_by("-at", "-id")
    openings = list(found.filter(kind=Kind.OPENED)[:ENTRIES_SHOWN])
    rest = found.exclude(kind=Kind.OPENED)
    if not is_contact:
        rest = rest.exclude(kind=Kind.NOTE)
    entries = [_opened(each) for each in rest[:ENTRIES_SHOWN]]
    return Opened(
        concern=concern,
        text=_text_of(concern.sealed, place(concern)),
        entries=tuple(reversed(entries)),
        openings=tuple(_opened(each) for each in openings),
    )


@transaction.atomic
def acknowledge(concern: Concern, *, by: Member) -> Concern:
    """Say that it was read and is looked into; whoever raised it is told."""
    held = _held(concern, by)
    if held.status == Concern.Status.RAISED:
        entry = _acknowledge(held, by=by)
        concern_letters.news(held, what="acknowledged", sequence=entry.pk)
    return held


@transaction.atomic
def answer(concern: Concern, *, text: str, by: Member) -> ConcernEntry:
    """Write to the other of the two. The first answer says that it was read, too."""
    held = _held(concern, by, raiser=True)
    _require_open(held)
    text = _checked(text)
    if by.pk == held.contact_id and held.status == Concern.Status.RAISED:
        _acknowledge(held, by=by)
    entry = _note(held, Kind.ANSWER, by=by, text=text)
    if by.pk == held.contact_id:
        concern_letters.news(held, what="answer", sequence=entry.pk)
    else:
        concern_letters.answered(held, sequence=entry.pk)
    return entry


@transaction.atomic
def add_note(concern: Concern, *, text: str, by: Member) -> ConcernEntry:
    """Write something down for the contact alone, and for whoever it is handed over to."""
    held = _held(concern, by)
    return _note(held, Kind.NOTE, by=by, text=_checked(text))


@transaction.atomic
def hand_over(concern: Concern, *, to: Member, by: Member) -> Concern:
    """Give it to somebody else, who reads it from then on instead; both they and whoever raised it are told.

    Whoever raised it may do so only when its contact can't read it any more.
    """
    held = _held(concern, by, raiser=True)
    _require_open(held)
    if to.pk not in {each.pk for each in successors(held, by=by)}:
        raise ConcernProblem(_("It can’t be handed over to this person."))
    held.contact = to
    held.status, held.acknowledged_at = Concern.Status.RAISED, None
    held.save(update_fields=["contact", "status", "acknowledged_at"])
    entry = _note(held, Kind.HANDED_OVER, by=by, text=to.name)
    concern_letters.told(held, sequence=entry.pk)
    if by.pk != held.raised_by_id:
        concern_letters.news(held, what="handed_over", sequence=entry.pk)
    return held


@transaction.atomic
def close(concern: Concern, *, text: str = "", by: Member) -> Concern:
    """End it, with a last word to whoever raised it."""
    held = _held(concern, by)
    _require_open(held)
    text = text.strip()
    entry = _note(held, Kind.CLOSED, by=by, text=_checked(text) if text else "")
    held.status, held.closed_at = Concern.Status.CLOSED, timezone.now()
    held.save(update_fields=["status", "closed_at"])
    concern_letters.news(held, what="closed", sequence=entry.pk)
    return held


def successors(concern: Concern, *, by: Member) -> Sequence[Member]:
    """Who may take it over: the contacts of programmes, HR and owners, but nobody whom it may be about."""
    if concern.status == Concern.Status.CLOSED:
        return []
    if by.pk == concern.raised_by_id:
        return [] if can_read(concern.contact) else ways(concern.program, by=by, mentorship=concern.mentorship).people
    if by.pk != concern.contact_id:
        return []
    named = Program.objects.filter(safeguarding_contact__isnull=False).values("safeguarding_contact_id")
    found = Member.objects.current().with_login().filter(Q(pk__in=named) | Q(is_hr=True) | Q(is_owner=True))
    out = _people_of(concern.mentorship) | {concern.raised_by_id, concern.contact_id}
    return list(found.exclude(pk__in=out).order_by("family_name", "given_name", "pk")[:100])


def _held(concern: Concern, by: Member, *, raiser: bool = False) -> Concern:
    held = Concern.objects.select_for_update(no_key=True, of=("self",)).get(pk=concern.pk)
    if by.pk != held.contact_id and not (raiser and by.pk == held.raised_by_id):
        raise PermissionDenied
    return held


def _require_open(concern: Concern) -> None:
    if concern.status == Concern.Status.CLOSED:
        raise ConcernProblem(_("This concern is closed. If something is still wrong, raise another one."))


def _acknowledge(concern: Concern, *, by: Member) -> ConcernEntry:
    concern.status, concern.acknowledged_at = Concern.Status.ACKNOWLEDGED, timezone.now()
    concern.save(update_fields=["status", "acknowledged_at"])
    return _note(concern, Kind.ACKNOWLEDGED, by=by)


def _note(concern: Concern, kind: str, *, by: Member, text: str = "") -> ConcernEntry:
    entry = ConcernEntry.objects.create(concern=concern, kind=kind, by=by)
    if text:
        entry.sealed = seal(text, bound_to=entry_place(entry))
        entry.save(update_fields=["sealed"])
    return entry


def _opened(entry: ConcernEntry) -> Entry:
    text = _text_of(entry.sealed, entry_place(entry)) if entry.sealed else ""
    return Entry(entry.kind, entry.by, entry.at, text)


def _text_of(sealed: bytes | memoryview, bound_to: str) -> str | None:
    try:
        return unseal(sealed, bound_to=bound_to)
    except CannotUnseal:
        return None


def _people_of(mentorship: Mentorship | None) -> set[int]:
    """Everybody who is, or was, in a mentorship."""
    if mentorship is None:
        return set()
    found = Participant.objects.filter(mentorship=mentorship).values_list("enrolment__member_id", flat=True)
    return set(found)


def _checked(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ConcernProblem(_("Write between one and %(n)d characters.") % {"n": LONGEST})
    return text
