"""Reasons of a match as people read them. Their sentences come with them; see services.offer_mentorship."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Program


def sentence(reason: Any) -> str:
    text = reason.get("text", "") if isinstance(reason, dict) else str(reason)
    return text.strip()


def for_members(reasons: Iterable[Any], *, limit: int = 4) -> list[str]:
    """What speaks for a pair, heaviest first, as sentences; what speaks against it is for programme admins."""
    chosen = [sentence(each) for each in reasons if not isinstance(each, dict) or each.get("tone", "for") == "for"]
    return [text for text in chosen if text][:limit]


def rhythm(program: Program) -> str:
    """How often and how long people meet: "every 2 weeks, for 60 minutes"."""
    weeks, minutes = program.rhythm.days // 7, int(program.session_length.total_seconds() // 60)
    often = ngettext("every week", "every %(n)d weeks", weeks) % {"n": weeks}
    return _("%(often)s, for %(minutes)d minutes") % {"often": often, "minutes": minutes}
