"""What people are called in a programme, on its pages: {% load formats %}."""

from __future__ import annotations

from django import template

from .. import wording
from ..formats import Part
from ..models import Program

register = template.Library()


@register.filter
def role_name(program: Program, role: str) -> str:
    """ "guide", "circle mentor": how a role is called in the format of this programme."""
    return wording.role_name(program, role) if role else ""


@register.filter
def part(program: Program, role: str) -> Part | None:
    """All that its format says of a role."""
    return program.kind.all_parts.get(role)
