"""Reasons of a match as people read them. Their sentences come with them; see services.offer_mentorship."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .formats import Format
from .models import Program, Role


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


def role_name(program: Program | None, role: str) -> str:
    """How a role is called in the format of a programme: "guide", "circle mentor"; without one, as everywhere."""
    part = program.kind.all_parts.get(role) if program is not None else None
    return str(part.name if part is not None else Role(role).label)


def rhythm(program: Program) -> str:
    """How often and how long people meet: "every 2 weeks, for 60 minutes", or on which days, where these are named."""
    weeks, minutes = program.rhythm.days // 7, int(program.session_length.total_seconds() // 60)
    if days := program.kind.meeting_days:
        named = _("%(most)s and %(last)s") % {"most": ", ".join(map(str, days[:-1])), "last": days[-1]}
        return _("on days %(days)s, for %(minutes)d minutes each") % {"days": named, "minutes": minutes}
    often = ngettext("every week", "every %(n)d weeks", weeks) % {"n": weeks}
    return _("%(often)s, for %(minutes)d minutes") % {"often": often, "minutes": minutes}


def own_length(program: Program) -> str:
    """How long each mentorship is meant to take, where each begins on a day of its own; else nothing."""
    if program.own_length is None:
        return ""
    return _("%(months)s from the day on which it begins") % {"months": in_months(program.own_length)}


def usual_length(kind: Format) -> str:
    """How long a programme of a format takes, as people say it: "6 months"."""
    return in_months(kind.duration)


def in_months(length: timedelta) -> str:
    months = round(length.days / 30.4)
    return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}


def pace(kind: Format) -> str:
    """How long and how often in a format usually: "26 weeks, every 2 weeks for 60 minutes"."""
    minutes = int(kind.session_length.total_seconds() // 60)
    if kind.meeting_days:
        days = ", ".join(str(day) for day in kind.meeting_days)
        return _("%(days)d days; meetings on days %(which)s") % {"days": kind.duration.days, "which": days}
    if kind.duration.days <= 1:
        return _("one day, in rounds of %(minutes)d minutes") % {"minutes": minutes}
    weeks = kind.rhythm.days // 7
    often = ngettext("every week", "every %(n)d weeks", weeks) % {"n": weeks}
    long = usual_length(kind)
    return _("%(long)s, %(often)s for %(minutes)d minutes") % {"long": long, "often": often, "minutes": minutes}


def settings_in_words(program: Program) -> list[dict[str, Any]]:
    """What only this format asks for, as label and value."""
    found = []
    for name, value in program.particulars.items():
        setting = program.kind.settings[name]
        match setting.kind:
            case "moment":
                local = value.astimezone(program.organisation.zone) if value else None
                text = f"{date_format(local, 'DATETIME_FORMAT')} ({program.organisation.time_zone})" if local else "–"
            case "lines":
                text = ", ".join(value) or "–"
            case "tiers":
                text = ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in value)
            case "choice":
                text = str(dict(setting.choices)[value])
            case _:
                text = str(value)
        found.append({"label": setting.label, "value": text})
    if program.kind.group_size and "group_min" not in program.kind.not_asked:
        size = _("%(low)s to %(high)s") % {"low": program.group_min, "high": program.group_max}
        found.append({"label": _("Members of a group"), "value": size})
    return found
