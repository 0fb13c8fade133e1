"""Numbers of feedback as people read them: {% load feedback_numbers %}."""

from django import template

register = template.Library()


@register.filter
def points(share: float) -> str:
    """A share from −1 to 1 as points from −100 to 100, with a real minus."""
    return f"{round(100 * share)}".replace("-", "−")


@register.filter
def percent(share: float) -> str:
    return f"{round(100 * share)}"


@register.filter
def signed(value: float) -> str:
    """With one decimal, and with its sign unless it is nothing."""
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")
