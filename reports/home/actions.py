"""What somebody can do next, in words, with the page that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import Member


@dataclass(frozen=True)
class Action:
    """Something to do: `waits` when somebody or something waits for it, otherwise a suggestion."""

    key: str
    title: str
    text: str
    label: str
    url: str
    icon: str
    waits: bool = True
    # Says how things stand rather than what could be done.
    is_state: bool = False


def address(member: Member, view_name: str, **kwargs: Any) -> str:
    """The page of that name in the member's organisation."""
    return reverse(view_name, kwargs={"org": member.organisation.slug, **kwargs})
