"""Parts of a member's page that come from the apps above: they register a function, this app shows what it returns.

    @member_panel
    def programmes(member: Member, *, by: Member) -> dict | None:
        return {"template": "programs/panel.html", "enrolments": [...]}

The template finds the returned dict as `panel`. None leaves the part out.
"""

from collections.abc import Callable
from typing import Any

Panel = Callable[..., dict[str, Any] | None]

_panels: list[Panel] = []


def member_panel(show: Panel) -> Panel:
    _panels.append(show)
    return show


def panels_of(member: Any, *, by: Any) -> list[dict[str, Any]]:
    return [panel for show in _panels if (panel := show(member, by=by))]
