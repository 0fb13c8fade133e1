"""Reasons of a match as people read them. Their sentences come with them; see services.offer_mentorship."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Program


def sentence(reason: Any, *, role: str = "") -> str:
    """The sentence of a reason: as it is said to somebody in a role, where it knows how, else as it is told of them."""
    if not isinstance(reason, dict):
        return str(reason).strip()
    text: str = reason.get(f"{role}_text") or reason.get("text", "")
    return text.strip()


def for_members(reasons: Iterable[Any], *, role: str = "", limit: int = 4) -> list[str]:
    """What speaks for a pair, heaviest first, as sentences; what speaks against it is for programme admins."""
    speaking = [each for each in reasons if not isinstance(each, dict) or each.get("tone", "for") == "for"]
    chosen = [sentence(each, role=role) for each in speaking]
    return [text for text in chosen if text][:limit]


def rhythm(program: Program) -> str:
    """How often and how long people meet: "every 2 weeks, for 60 minutes"."""
    weeks, minutes = program.rhythm.days // 7, int(program.session_length.total_seconds() // 60)
    often = ngettext("every week", "every %(n)d weeks", weeks) % {"n": weeks}
    return _("%(often)s, for %(minutes)d minutes") % {"often": often, "minutes": minutes}
