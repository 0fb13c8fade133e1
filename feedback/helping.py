"""What an admin can do for a mentorship that is at risk: remind both, offer a talk, look for another match."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require
from mentoring.outbox.services import write_letter
from programs.models import Mentorship, Participant

from .models import Help

# The same help twice within this time is likely a mistake.
AGAIN_AFTER = timedelta(days=7)
LONGEST = 300


class HelpProblem(Exception):
    """This can't be done now; the message is a sentence for the admin. Nothing was changed."""


@transaction.atomic
def nudge(mentorship: Mentorship, *, note: str = "", by: Member) -> Help:
    """Write to everybody in it that it is time to meet, or to answer, with a word of the admin."""
    held = _held(mentorship, by)
    if held.paused_at or held.program.paused_at:
        raise HelpProblem(_("It is paused, and nobody is reminded of anything."))
    return _help(held, Help.Kind.NUDGE, note=note, by=by)


@transaction.atomic
def offer_talk(mentorship: Mentorship, *, note: str, by: Member) -> Help:
    """Write to everybody in it that the admin would like to talk; answers go to the admin."""
    if not note.strip():
        raise HelpProblem(_("Write a few words, such as when you have time."))
    return _help(_held(mentorship, by), Help.Kind.TALK, note=note, by=by)


@transaction.atomic
def look_for_another(mentorship: Mentorship, *, by: Member) -> Help:
    """Write down that the admin went to end it and match its people anew."""
    held = _held(mentorship, by)
    earlier = _lately(held, Help.Kind.REMATCH)
    return earlier or Help.objects.create(mentorship=held, kind=Help.Kind.REMATCH, by=by)


def _held(mentorship: Mentorship, by: Member) -> Mentorship:
    require(by, "programs.manage")
    held = (
        Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=mentorship.pk)
    )
    if held.status not in (Mentorship.Status.ACTIVE, Mentorship.Status.OFFERED):
        raise HelpProblem(_("This mentorship is over."))
    return held


def _lately(mentorship: Mentorship, kind: str) -> Help | None:
    found: Help | None = Help.objects.filter(
        mentorship=mentorship, kind=kind, at__gt=timezone.now() - AGAIN_AFTER
    ).first()
    return found


def _help(held: Mentorship, kind: Help.Kind, *, note: str, by: Member) -> Help:
    note = " ".join(note.split())
    if len(note) > LONGEST:
        raise HelpProblem(_("At most %(n)d characters.") % {"n": LONGEST})
    if earlier := _lately(held, kind):
        day = date_format(earlier.at.astimezone(by.zone), "j F")
        raise HelpProblem(_("That was done on %(day)s. Wait a week before you write again.") % {"day": day})
    given = Help.objects.create(mentorship=held, kind=kind, note=note, by=by)
    parts = Participant.objects.present().filter(mentorship=held).exclude(response=Participant.Response.DECLINED)
    parts = parts.select_related("enrolment__member").order_by("id")
    if held.status == Mentorship.Status.OFFERED and kind == Help.Kind.NUDGE:
        # Who has answered already needn't be asked.
        waiting = [part for part in parts if part.response == Participant.Response.PENDING]
    else:
        waiting = list(parts)
    everybody = [part.enrolment.member for part in parts]
    for part in waiting:
        _write(given, held, part.enrolment.member, everybody, by)
    return given


def _write(given: Help, mentorship: Mentorship, reader: Member, everybody: list[Member], by: Member) -> None:
    others = [each.name for each in everybody if each.pk != reader.pk]
    view = "programs:respond" if mentorship.status == Mentorship.Status.OFFERED else "programs:mentorship"
    is_talk = given.kind == Help.Kind.TALK
    write_letter(
        "mentorship_talk" if is_talk else "mentorship_nudge",
        to=reader.email,
        about=f"mentorship:{mentorship.pk}",
        sequence=given.pk,
        template="mail/feedback/talk" if is_talk else "mail/feedback/nudge",
        # An answer goes to whoever offers the talk.
        headers={"Reply-To": by.email} if is_talk and by.email else None,
        context={
            "organisation_name": reader.organisation.name,
            "given_name": reader.given_name,
            "names": mentorship.name or " & ".join(others),
            "admin": by.name,
            "admin_email": by.email,
            "program": mentorship.program.name,
            "note": given.note,
            "is_offer": mentorship.status == Mentorship.Status.OFFERED,
            "url": settings.SITE_URL + reverse(view, kwargs={"org": reader.organisation.slug, "pk": mentorship.pk}),
        },
    )
