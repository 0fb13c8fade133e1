"""Who somebody is, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.models import Member


def about(member: Member) -> str:
    """Department, level and site in one line."""
    parts = [member.department, _("level %(level)d") % {"level": member.level} if member.level else "", member.site]
    return " · ".join(part for part in parts if part)


def told_apart(members: Mapping[int, Member]) -> dict[int, str]:
    """The same keys with what each is called among these: their name, and who namesakes are; else their address."""
    called = {key: member.name for key, member in members.items()}
    for more in (about, lambda member: member.email):
        people = {(called[key], member.pk) for key, member in members.items()}
        count = Counter(name for name, _pk in people)
        called = {
            key: f"{member.name} ({more(member)})" if count[called[key]] > 1 and more(member) else called[key]
            for key, member in members.items()
        }
    return called
