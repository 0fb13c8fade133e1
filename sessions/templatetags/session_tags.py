"""How sessions are written on pages."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def minutes(length: timedelta | None) -> int:
    """Count the whole minutes of a length."""
    return length // timedelta(minutes=1) if length else 0
