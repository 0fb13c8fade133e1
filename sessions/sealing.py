"""What only its writers may read, sealed with a key of the organisation's own (AES-256-GCM).

A sealed value names the key's number; the organisation and what it belongs to are bound into it, so that it opens in no
other row, field or organisation. The organisations' keys are sealed themselves, with the platform's (setting NOTES_KEY).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from mentoring.tenancy.scope import current_organisation_id

from .models import BusyCalendar, JournalEntry, Note, NoteKey

# One byte says how it is sealed, four the key's number, twelve are the nonce.
FORM = b"\x01"
NUMBER, NONCE = 4, 12
HEAD = len(FORM) + NUMBER + NONCE
BATCH = 200
# A transaction that sealed with the key before may still be open when a new one is made.
KEPT = timedelta(days=1)


class CannotUnseal(Exception):
    """The value was not sealed here for this place, was changed, or its key is gone."""


class Sealed(NamedTuple):
    """A field that holds sealed values, and what each row's value is bound to."""

    model: type[models.Model]
    field: str
    bound_to: Callable[[Any], str]


_registered: list[Sealed] = []
# (organisation, number) → key; unsealing the same few keys for each row would cost a query a row.
_keys: dict[tuple[int, int], AESGCM] = {}


def register(model: type[models.Model], field: str, bound_to: Callable[[Any], str]) -> None:
    """Have a rotation seal this field of every row anew. `bound_to` says what a row's value was sealed with."""
    _registered.append(Sealed(model, field, bound_to))


def seal(text: str, *, bound_to: str) -> bytes:
    """Seal a text with the newest key of the organisation in scope; the first time, make one."""
    newest = NoteKey.objects.order_by("-number").first() or _make_key(1)
    key = _opened(newest)
    nonce = os.urandom(NONCE)
    sealed = key.encrypt(nonce, text.encode(), _bound(bound_to))
    return FORM + newest.number.to_bytes(NUMBER, "big") + nonce + sealed


def unseal(sealed: bytes | memoryview, *, bound_to: str) -> str:
    """What was sealed for this place. Raises CannotUnseal for everything else."""
    sealed = bytes(sealed)
    if len(sealed) <= HEAD or not sealed.startswith(FORM):
        raise CannotUnseal
    number = key_number(sealed)
    nonce = sealed[HEAD - NONCE : HEAD]
    organisation_id = current_organisation_id()
    for key in (_keys.get((organisation_id, number)), None):
        # The kept one first; should it not fit, what the database says now.
        key = key or _load(number)
        try:
            return key.decrypt(nonce, sealed[HEAD:], _bound(bound_to)).decode()
        except InvalidTag:
            _keys.pop((organisation_id, number), None)
    raise CannotUnseal


def key_number(sealed: bytes | memoryview) -> int:
    """By which of the organisation's keys it was sealed."""
    return int.from_bytes(bytes(sealed)[len(FORM) : len(FORM) + NUMBER], "big")


def rotate_keys(*, each: Callable[[int], None] = lambda count: None) -> int:
    """Make a new key and seal everything of the organisation in scope with it. Returns how many values that were.

    Where the last rotation was cut off, it is finished instead. It commits as it goes; `each` hears how far it is.
    """
    with transaction.atomic():
        _reseal_keys()
        newest = NoteKey.objects.order_by("-number").first()
        if newest is None:
            return 0
        if not any(_older(kind, newest.number) for kind in _registered):
            newest = _make_key(newest.number + 1)
    count = 0
    for kind in _registered:
        last = 0
        while True:
            with transaction.atomic():
                rows = kind.model._default_manager.select_for_update(no_key=True).filter(pk__gt=last)
                batch = list(rows.order_by("pk")[:BATCH])
                for row in batch:
                    sealed = bytes(getattr(row, kind.field) or b"")
                    if sealed and key_number(sealed) != newest.number:
                        bound_to = kind.bound_to(row)
                        sealed = seal(unseal(sealed, bound_to=bound_to), bound_to=bound_to)
                        kind.model._default_manager.filter(pk=row.pk).update(**{kind.field: sealed})
                        count += 1
            if not batch:
                break
            last = batch[-1].pk
            each(count)
    _forget_keys()
    return count


@transaction.atomic
def _forget_keys() -> None:
    """Delete the keys that nothing is sealed with any more."""
    newest = NoteKey.objects.order_by("-number").first()
    if newest is None or newest.made_at > timezone.now() - KEPT:
        return
    if not any(_older(kind, newest.number) for kind in _registered):
        NoteKey.objects.filter(number__lt=newest.number).delete()


def _older(kind: Sealed, number: int) -> bool:
    """Whether some value is sealed by a key before this one."""
    # Only where the key's number stands, and each once: the values themselves may be very many.
    head = models.Func(
        models.F(kind.field), 1, len(FORM) + NUMBER, function="SUBSTR", output_field=models.BinaryField()
    )
    heads = kind.model._default_manager.order_by().annotate(head=head).values_list("head", flat=True).distinct()
    return any(value and key_number(value) < number for value in heads)


def _make_key(number: int) -> NoteKey:
    sealed = _seal_key(AESGCM.generate_key(256), number)
    key, _is_new = NoteKey.objects.get_or_create(
        organisation_id=current_organisation_id(), number=number, defaults={"sealed": sealed}
    )
    return key


def _load(number: int) -> AESGCM:
    key = NoteKey.objects.filter(number=number).first()
    if key is None:
        raise CannotUnseal
    return _opened(key)


def _opened(key: NoteKey) -> AESGCM:
    opened = AESGCM(_open_key(key))
    _keys[current_organisation_id(), key.number] = opened
    return opened


def _open_key(key: NoteKey) -> bytes:
    sealed = bytes(key.sealed)
    for platform in _platform_keys(settings.NOTES_KEY):
        try:
            return platform.decrypt(sealed[:NONCE], sealed[NONCE:], _bound(f"note_key:{key.number}"))
        except InvalidTag:
            continue
    raise CannotUnseal


def _seal_key(key: bytes, number: int) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _platform_keys(settings.NOTES_KEY)[0].encrypt(nonce, key, _bound(f"note_key:{number}"))


def _reseal_keys() -> None:
    """Seal the organisation's keys with the first of the platform's, so that those after it can be taken away."""
    for key in NoteKey.objects.select_for_update(no_key=True):
        key.sealed = _seal_key(_open_key(key), key.number)
        key.save(update_fields=["sealed"])


def _bound(bound_to: str) -> bytes:
    return f"{current_organisation_id()}|{bound_to}".encode()


@cache
def _platform_keys(secret: str) -> list[AESGCM]:
    """The platform's keys: the first seals, and those after it, parted by commas, still open."""
    return [
        AESGCM(
            HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mentoring note keys").derive(each.strip().encode())
        )
        for each in secret.split(",")
    ]


def calendar_place(calendar: BusyCalendar) -> str:
    """What a calendar's secret is bound to."""
    return f"busy_calendar:{calendar.pk}:secret"


def note_place(note: Note) -> str:
    """What a note's text is bound to: the row's own session and author, and who may read it."""
    return f"note:{note.session_id}:{note.author_id}:{note.visibility}:sealed"


def journal_place(entry: JournalEntry) -> str:
    """What a journal entry's text is bound to: the entry itself, its author and the mentorship."""
    return f"journal:{entry.mentorship_id}:{entry.author_id}:{entry.key}:sealed"


register(BusyCalendar, "secret", calendar_place)
register(Note, "sealed", note_place)
register(JournalEntry, "sealed", journal_place)
