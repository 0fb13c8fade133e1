"""Reasons of a match as people read them. Their sentences come with them; see services.offer_mentorship."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def sentence(reason: Any) -> str:
    text = reason.get("text", "") if isinstance(reason, dict) else str(reason)
    return text.strip()


def for_members(reasons: Iterable[Any], *, limit: int = 4) -> list[str]:
    """What speaks for a pair, heaviest first, as sentences; what speaks against it is for programme admins."""
    chosen = [sentence(each) for each in reasons if not isinstance(each, dict) or each.get("tone", "for") == "for"]
    return [text for text in chosen if text][:limit]
