"""Requests that a program may send once more without anything happening twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member

from ..models import AnsweredRequest

KEPT = timedelta(days=1)


class KeyUsed(Exception):
    """The same key came with something else. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(_("This key was sent with another request. Take a new one."))


@transaction.atomic
def answer_once(key: str, *, asked: str, by: Member, act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Act and keep the status and the answer, or give those that were kept. What fails keeps nothing.

    Two at once with the same key wait for each other. Raises KeyUsed when the key came with something else before.
    """
    now = timezone.now()
    AnsweredRequest.objects.filter(made_at__lte=now - KEPT).delete()
    kept, is_new = AnsweredRequest.objects.get_or_create(
        member=by, key=key, defaults={"asked": sha256(asked.encode()).hexdigest(), "made_at": now}
    )
    if is_new:
        kept.status, kept.answer = act()
        kept.save(update_fields=["status", "answer"])
    elif kept.asked != sha256(asked.encode()).hexdigest():
        raise KeyUsed
    return kept.status, kept.answer
