"""What somebody was told, as a page instead of a mailbox; and a letter a day instead of each one, for what may wait."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.tenancy.scope import current_organisation_id

from .kinds import CONFIDENTIAL, may_wait
from .models import DigestChoice, Dispatch, Message

# When the letter of the day comes, where its reader is.
MORNING = time(7, 30)
# Older ones are neither listed nor counted.
KEPT = timedelta(days=90)
MOST_IN_DIGEST = 50
# More than this is "99+" on screen, and not worth counting.
MOST_UNREAD = 100


def told(address: str, *, now: datetime | None = None) -> QuerySet[Message]:
    """What the organisation has told somebody, the latest first: neither what was taken back nor what lets somebody in."""
    now = now or timezone.now()
    found: QuerySet[Message] = Message.objects.filter(
        Q(for_digest=True, outcome=summed_up()) | ~Q(status=Message.Status.SKIPPED),
        # The letter about a message waits a few minutes for its reader; on the page there is nothing to wait for.
        Q(due_at__lte=now) | Q(kind="chat_message"),
        recipient=address.lower(),
        due_at__gt=now - KEPT,
        secret=False,
    ).exclude(kind__in=[*CONFIDENTIAL, "digest"])
    return found.defer("text", "html", "headers", "attachments").order_by("-due_at", "-pk")


def unread_count(address: str) -> int:
    """How many of them were not read, up to a hundred."""
    return told(address).filter(read_at__isnull=True).order_by()[:MOST_UNREAD].count() if address else 0


def mark_read(address: str, *, pk: int | None = None) -> int:
    """Note that one of them was read, or all. Returns how many."""
    unread = told(address).filter(read_at__isnull=True)
    if pk is not None:
        unread = unread.filter(pk=pk)
    return Message.objects.filter(pk__in=unread.order_by().values("pk")).update(read_at=timezone.now())


def summed_up() -> str:
    """What stands as the outcome of a letter that came in the summary of a day. Not translated: it is asked for."""
    return "in the daily summary"


def wants_digest(address: str) -> bool:
    return DigestChoice.objects.filter(address=address.lower()).exists()


def waits_for_digest(kind: str, address: str) -> bool:
    """Whether a letter of this kind to this address is kept for the summary of the day."""
    return may_wait(kind) and wants_digest(address)


@transaction.atomic
def choose_digest(address: str, *, wanted: bool, time_zone: str) -> None:
    """One letter a day, or each by itself; what was kept for the next summary goes out then."""
    if not address:
        return
    if wanted:
        DigestChoice.objects.update_or_create(
            organisation_id=current_organisation_id(), address=address.lower(), defaults={"time_zone": time_zone}
        )
        return
    DigestChoice.objects.filter(address=address.lower()).delete()
    kept = Message.objects.select_for_update().filter(
        recipient=address.lower(), for_digest=True, status=Message.Status.PENDING
    )
    waiting = list(kept)
    Dispatch.objects.bulk_create(
        Dispatch(organisation_id=letter.organisation_id, message_id=letter.pk, due_at=letter.due_at)
        for letter in waiting
    )
    Message.objects.filter(pk__in=[letter.pk for letter in waiting]).update(for_digest=False)


@transaction.atomic
def write_digests(*, organisation_name: str, choices_path: str, now: datetime | None = None) -> int:
    """Write everybody's summary of what was kept for it, to come in their next morning. Returns how many."""
    from .services import write_letter

    now = now or timezone.now()
    written = 0
    for choice in DigestChoice.objects.all():
        kept = Message.objects.select_for_update().filter(
            recipient=choice.address, for_digest=True, status=Message.Status.PENDING, due_at__lte=now
        )
        letters = list(kept.order_by("due_at", "pk"))
        if not letters:
            continue
        morning = next_morning(now, choice.time_zone)
        write_letter(
            "digest",
            to=choice.address,
            about=f"digest:{choice.pk}",
            sequence=morning.toordinal(),
            template="mail/outbox/digest",
            due_at=morning,
            expires_after=timedelta(hours=20),
            context=_context(letters, organisation_name, choices_path),
        )
        Message.objects.filter(pk__in=[letter.pk for letter in letters]).update(
            status=Message.Status.SKIPPED, outcome=summed_up()
        )
        written += 1
    return written


def next_morning(now: datetime, time_zone: str) -> datetime:
    """The next time that it is morning there."""
    zone = ZoneInfo(time_zone)
    here = now.astimezone(zone)
    morning = datetime.combine(here.date(), MORNING, tzinfo=zone)
    if morning <= here:
        morning = datetime.combine(here.date() + timedelta(days=1), MORNING, tzinfo=zone)
    return morning.astimezone(ZoneInfo("UTC"))


def _context(letters: list[Message], organisation_name: str, choices_path: str) -> dict[str, Any]:
    shown = letters[:MOST_IN_DIGEST]
    return {
        "organisation_name": organisation_name,
        "items": [
            {"subject": each.subject, "url": settings.SITE_URL + each.path if each.path else ""} for each in shown
        ],
        "count": len(letters),
        "more": len(letters) - len(shown),
        "choices_url": settings.SITE_URL + choices_path,
        "note": _("You asked for one letter a day with what may wait."),
    }
