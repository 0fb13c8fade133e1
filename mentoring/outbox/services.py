"""Writing letters and taking them back. Sending is the delivery loop's work; see delivery.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Max, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Replace
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from .composing import message_id as message_id_of
from .composing import place_of
from .kinds import CONFIDENTIAL
from .models import AccountMessage, BouncedAddress, DigestChoice, Dispatch, Message
from .telling import waits_for_digest

# A letter that could not be sent for so long would only confuse.
EXPIRES_AFTER = timedelta(days=3)
BODIES_KEPT = timedelta(days=30)
MARKS_KEPT = timedelta(days=90)


class Attachment(TypedDict):
    """A file of text, such as a calendar invitation with the content type "text/calendar; method=REQUEST"."""

    name: str
    content_type: str
    content: str


@transaction.atomic
def write_letter(
    kind: str,
    *,
    to: str,
    about: str,
    template: str,
    context: dict[str, Any],
    sequence: int = 0,
    due_at: datetime | None = None,
    expires_after: timedelta = EXPIRES_AFTER,
    attachments: Sequence[Attachment] = (),
    headers: dict[str, str] | None = None,
    secret: bool = False,
    again: bool = False,
    skipped: str = "",
) -> Message | None:
    """Write one letter of the organisation in scope, in the caller's transaction. Without an address, nothing.

    It is sent from `due_at` on, and `expires_after` that no more. `template` names three files: <template>.subject.txt, <template>.txt and
    <template>.html. Writing the same (kind, about, to, sequence) again changes nothing, unless that was taken back and
    is now wanted `again`. What a `secret` letter says is forgotten once it was sent. With `skipped`, a reason, it is
    written down for the record and not sent.
    """
    if not to:
        return None
    content = _content(template, context, due_at, expires_after, attachments, headers) | {"secret": secret}
    if not secret:
        content["path"] = _path(context.get("url"))
        content["for_digest"] = waits_for_digest(kind, to)
    if skipped:
        content |= {"status": Message.Status.SKIPPED, "outcome": skipped[:300]}
    message, is_new = Message.objects.get_or_create(
        organisation_id=current_organisation_id(),
        kind=kind,
        subject_ref=about,
        recipient=to.lower(),
        sequence=sequence,
        defaults=content,
    )
    if again and not is_new and not skipped:
        waiting = {"status": Message.Status.PENDING, "outcome": ""}
        is_new = bool(
            Message.objects.filter(pk=message.pk, status=Message.Status.SKIPPED).update(**(content | waiting))
        )
    if is_new and not skipped and not content.get("for_digest"):
        _dispatch(message, content["due_at"])
    return message


def _dispatch(message: Message, due_at: datetime) -> None:
    Dispatch.objects.update_or_create(
        organisation_id=current_organisation_id(), message_id=message.pk, defaults={"due_at": due_at}
    )


@transaction.atomic
def write_account_letter(
    kind: str,
    *,
    to: str,
    about: str,
    subject: str,
    text: str,
    html: str = "",
    expires_after: timedelta = EXPIRES_AFTER,
    replaces: Sequence[str] = (),
) -> AccountMessage:
    """Write a letter about somebody's own sign-in, outside every organisation.

    Unsent letters of the kinds that it `replaces`, about the same, are not sent any more.
    """
    now = timezone.now()
    sequence = 0
    if replaces:
        same = AccountMessage.objects.filter(subject_ref=about, kind__in=replaces)
        sequence = (same.aggregate(last=Max("sequence"))["last"] or 0) + 1
        unsent = same.select_for_update().filter(status=AccountMessage.Status.PENDING)
        ids = list(unsent.values_list("pk", flat=True))
        AccountMessage.objects.filter(pk__in=ids).update(
            status=AccountMessage.Status.SKIPPED, outcome=_("A later letter takes its place."), text="", html=""
        )
        Dispatch.objects.filter(organisation=None, message_id__in=ids).delete()
    message = AccountMessage.objects.create(
        kind=kind,
        subject_ref=about,
        recipient=to.lower(),
        sequence=sequence,
        subject=" ".join(subject.split())[:250],
        text=text,
        html=html,
        due_at=now,
        expires_at=now + expires_after,
    )
    Dispatch.objects.create(organisation=None, message_id=message.pk, due_at=now)
    return message


@transaction.atomic
def take_back(about: str, *, kinds: Sequence[str], outcome: str, to: str = "") -> int:
    """Skip the unsent letters of these kinds about something that has changed, all or those `to` one. Returns how many."""
    unsent = Message.objects.select_for_update().filter(
        subject_ref=about, kind__in=kinds, status=Message.Status.PENDING
    )
    if to:
        unsent = unsent.filter(recipient=to.lower())
    ids = list(unsent.values_list("pk", flat=True))
    if not ids:
        return 0
    Message.objects.filter(pk__in=ids).update(status=Message.Status.SKIPPED, outcome=outcome)
    Dispatch.objects.filter(organisation_id=current_organisation_id(), message_id__in=ids).delete()
    return len(ids)


@transaction.atomic
def readdress(moved: Mapping[str, str]) -> int:
    """Let what is still to be sent, or could not be, follow people to another address; `moved` leads from old to new.

    Without a new one it is taken back, and so is what carries a secret: that was meant for the old address alone.
    Returns how many letters follow.
    """
    moved = {old.lower(): new.lower() for old, new in moved.items() if old and old.lower() != new.lower()}
    if not moved:
        return 0
    Status = Message.Status
    to_old = Message.objects.filter(recipient__in=moved)
    _move_choices(moved)
    # Who waits is found by the pointers, which are few.
    waiting = Dispatch.objects.filter(organisation_id=current_organisation_id()).values("message_id")
    ids = {*to_old.filter(pk__in=waiting).values_list("pk", flat=True)}
    kept = Q(status=Status.FAILED) | Q(status=Status.PENDING, for_digest=True)
    ids |= {*to_old.filter(kept).values_list("pk", flat=True)}
    if not ids:
        return 0
    letters = Message.objects.select_for_update().filter(pk__in=ids, status__in=[Status.PENDING, Status.FAILED])
    following = []
    for letter in letters.order_by("pk"):
        new = moved.get(letter.recipient, "")
        if new and not letter.secret:
            if letter.status == Status.FAILED and letter.outcome:
                letter.outcome = (_("At the earlier address: %(said)s") % {"said": letter.outcome})[:300]
            letter.recipient = new
            following.append(letter)
        elif letter.status == Status.PENDING:
            Message.objects.filter(pk=letter.pk).update(status=Status.SKIPPED, outcome=_("The address has changed."))
            Dispatch.objects.filter(organisation_id=current_organisation_id(), message_id=letter.pk).delete()
    # Two people may have swapped addresses, and both have a letter about the same.
    aside = Concat(Cast("pk", CharField()), Value("@moving.invalid"))
    Message.objects.filter(pk__in=[letter.pk for letter in following]).update(recipient=aside)
    there = Message.objects.filter(
        recipient__in={letter.recipient for letter in following},
        subject_ref__in={each.subject_ref for each in following},
    )
    taken = set(there.values_list("kind", "subject_ref", "recipient", "sequence"))
    for letter in following:
        while (key := (letter.kind, letter.subject_ref, letter.recipient, letter.sequence)) in taken:
            letter.sequence += 1
        taken.add(key)
    Message.objects.bulk_update(following, ["recipient", "sequence", "outcome"], batch_size=500)
    return len(following)


class CannotSendAgain(Exception):
    """The letter has gone meanwhile, or would be of no use any more."""


def not_sent() -> QuerySet[Message]:
    """The organisation's letters that were set aside, the latest first."""
    failed = Message.objects.filter(status=Message.Status.FAILED).exclude(kind__in=CONFIDENTIAL)
    found: QuerySet[Message] = failed.order_by("-due_at", "-pk")
    return found


@transaction.atomic
def send_again(letter: Message) -> None:
    """Try a letter that was set aside once more, from the beginning. Raises CannotSendAgain."""
    letter = Message.objects.select_for_update().get(pk=letter.pk)
    if not letter.can_go_again:
        raise CannotSendAgain(_("This letter can’t be sent again: it has gone already, or it is too late for it."))
    Message.objects.filter(pk=letter.pk).update(status=Message.Status.PENDING, attempts=0, outcome="")
    forgive(letter.recipient)
    _dispatch(letter, timezone.now())


def _move_choices(moved: Mapping[str, str]) -> None:
    """Who wants one letter a day wants it at the new address as well."""
    chosen = list(DigestChoice.objects.filter(address__in=moved))
    DigestChoice.objects.filter(pk__in=[each.pk for each in chosen]).delete()
    for each in chosen:
        if new := moved[each.address]:
            DigestChoice.objects.get_or_create(
                organisation_id=current_organisation_id(), address=new, defaults={"time_zone": each.time_zone}
            )


def came_back(message_id: str, *, address: str, reason: str) -> bool:
    """Mark the address of a letter that a server had taken and could not deliver. Returns whether it was one of ours.

    The letter counts as not sent from then on, and is shown among those.
    """
    place = place_of(message_id)
    if place is None:
        return False
    with organisation_scope(place[0]), transaction.atomic():
        letter = Message.objects.select_for_update().filter(pk=place[1]).first()
        if letter is None or not constant_time_compare(message_id.strip(" <>"), message_id_of(letter).strip("<>")):
            return False
        if address and address.strip(" <>").lower() != letter.recipient:
            # Somebody to whom it was passed on.
            return False
        reason = " ".join(reason.split()) or _("The mail server gave no reason.")
        if letter.status == Message.Status.SENT:
            letter.status, letter.outcome = Message.Status.FAILED, (_("It came back: %s") % reason)[:300]
            letter.save(update_fields=["status", "outcome"])
            BouncedAddress.objects.update_or_create(
                organisation_id=place[0],
                address=letter.recipient,
                defaults={"reason": reason[:300], "at": timezone.now()},
            )
    return True


def bounced(addresses: Iterable[str]) -> dict[str, BouncedAddress]:
    """Those of the addresses from which letters come back, by address."""
    wanted = {address.lower() for address in addresses if address}
    return {mark.address: mark for mark in BouncedAddress.objects.filter(address__in=wanted)}


def forgive(address: str) -> None:
    """Send letters to an address again from which some came back."""
    BouncedAddress.objects.filter(address=address.lower()).delete()


@transaction.atomic
def clear_marks(*, now: datetime | None = None) -> int:
    """Forget addresses from which nothing has come back for long; nobody may have them any more. Returns how many."""
    old = BouncedAddress.objects.filter(at__lt=(now or timezone.now()) - MARKS_KEPT)
    return old.delete()[0]


@transaction.atomic
def forget_reader(address: str, *, alias: str, outcome: str) -> int:
    """Send this address nothing any more, and forget what it was told and that it was its. Returns how many letters."""
    letters = Message.objects.select_for_update().filter(recipient=address.lower())
    ids = list(letters.values_list("pk", flat=True))
    found = Message.objects.filter(pk__in=ids)
    open_states = [Message.Status.PENDING, Message.Status.FAILED]
    found.filter(status__in=open_states).update(status=Message.Status.SKIPPED, outcome=outcome)
    found.update(recipient=alias, subject="", text="", html="", headers={}, attachments=[], path="", for_digest=False)
    Dispatch.objects.filter(organisation_id=current_organisation_id(), message_id__in=ids).delete()
    DigestChoice.objects.filter(address=address.lower()).delete()
    BouncedAddress.objects.filter(address=address.lower()).delete()
    return len(ids)


def forget_name(name: str, *, instead: str) -> None:
    """Forget what others were told that names somebody. What is still to be sent is sent, and forgotten in its time."""
    told = Message.objects.exclude(status=Message.Status.PENDING)
    told.filter(Q(text__contains=name) | Q(html__contains=name)).update(text="", html="", attachments=[])
    told.filter(subject__contains=name).update(subject=Replace("subject", Value(name), Value(instead)))


def forget_account(address: str) -> None:
    """Forget what the platform wrote to a user about their sign-in."""
    AccountMessage.objects.filter(recipient=address.lower()).delete()


@transaction.atomic
def clear_bodies(*, now: datetime | None = None) -> int:
    """Forget what the organisation's letters said a month after they were due. Returns how many."""
    old = Message.objects.filter(due_at__lt=(now or timezone.now()) - BODIES_KEPT).exclude(text="")
    return old.exclude(status=Message.Status.PENDING).update(text="", html="", attachments=[])


def _content(
    template: str,
    context: dict[str, Any],
    due_at: datetime | None,
    expires_after: timedelta,
    attachments: Sequence[Attachment],
    headers: dict[str, str] | None,
) -> dict[str, Any]:
    context = {"site_url": settings.SITE_URL, **context}
    due_at = due_at or timezone.now()
    return {
        "subject": " ".join(_plain(f"{template}.subject.txt", context).split())[:250],
        "text": _plain(f"{template}.txt", context).strip() + "\n",
        "html": render_to_string(f"{template}.html", context),
        "headers": headers or {},
        "attachments": list(attachments),
        "due_at": due_at,
        "expires_at": due_at + expires_after,
    }


def _path(url: Any) -> str:
    """The page of ours that a letter leads to; none where its address carries more than a path."""
    if not isinstance(url, str) or not url.startswith(f"{settings.SITE_URL}/"):
        return ""
    path = url.removeprefix(settings.SITE_URL)
    return path if len(path) <= 500 and path.startswith("/o/") else ""


def _plain(template: str, context: dict[str, Any]) -> str:
    """Render plain text: Miss O'Brien is no O&#x27;Brien there."""
    found: Any = get_template(template)
    return str(found.template.render(Context(context, autoescape=False)))
