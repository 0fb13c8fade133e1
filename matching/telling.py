"""Turns reasons that were kept as JSON into sentences again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .explain import Reason, Voice, headlines
from .wording import WORDING


def reasons_from(kept: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Reasons as `Reason.as_dict` wrote them; one with a code that is no longer known is left out."""
    return [
        Reason(
            each["code"],
            each.get("params", {}),
            each.get("criterion", ""),
            value=each.get("value"),
            weight=each.get("weight", 0.0),
        )
        for each in kept
        if each.get("code") in WORDING
    ]


def sentences(kept: Iterable[Mapping[str, Any]], *, voice: Voice = "admin", limit: int | None = None) -> list[str]:
    """What is to be said of a pair: with a limit, only the few reasons that speak most for it."""
    reasons = reasons_from(kept)
    chosen = reasons if limit is None else headlines(reasons, limit=limit)
    return [reason.text(voice) for reason in chosen]


# How many reasons the two people of a pair are told.
REASONS = 4
# What somebody said of others, declared, or answered for programme admins only is nothing for the other of a pair.
PRIVATE = ("choices", "characteristic", "style", "question")


def speaking(kept: Iterable[Mapping[str, Any]], *, limit: int) -> list[Reason]:
    """The few reasons that speak most for a pair, as its two people may read them: nothing that either said privately."""
    return headlines([each for each in reasons_from(kept) if not each.criterion.startswith(PRIVATE)], limit=limit)
