"""Who somebody is, in one line."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Member


def about(member: Member) -> str:
    """Department, level and site in one line."""
    parts = [member.department, _("level %(level)d") % {"level": member.level} if member.level else "", member.site]
    return " · ".join(part for part in parts if part)
