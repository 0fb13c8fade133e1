"""Parts of our pages that come from the apps above: they register a function, this app shows what it returns.

    @program_panel                       # for programme admins, on the programme's page
    def matching(program: Program, *, by: Member) -> dict | None:
        return {"template": "matching/program_panel.html", "next_step": NextStep(…) or None, …}

    @participant_panel                   # for somebody who takes part, beside their part in it on the programme's page
    def choosing(enrolment: Enrolment, *, by: Member) -> dict | None:
        return {"template": "matching/participant_panel.html", "next_step": NextStep(…) or None, …}

    @mentorship_panel                    # for its two people, on the mentorship's page
    def sessions(mentorship: Mentorship, *, by: Member) -> dict | None:
        return {"template": "sessions/mentorship_panel.html", …}

    @admin_panel                         # the same for programme admins who have no part in it
    def board(mentorship: Mentorship, *, by: Member) -> dict | None:
        return {"template": "sessions/board_panel.html", …}

Of those for people, the lowest `rank` (50 without one) comes first; on a mentorship's page, with `aside` they stand beside.
The template finds the returned dict as `panel`, beside the page's own context. None leaves the part out, and a dict
without a template brings only its next step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Panel = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True)
class NextStep:
    """What to do next with a programme; of several, the lowest rank is shown. Sign-ups to approve have rank 10."""

    title: str
    text: str
    url: str
    action: str
    rank: int = 50


_program_panels: list[Panel] = []
_participant_panels: list[Panel] = []
_mentorship_panels: list[Panel] = []
_admin_panels: list[Panel] = []


def program_panel(show: Panel) -> Panel:
    _program_panels.append(show)
    return show


def participant_panel(show: Panel) -> Panel:
    _participant_panels.append(show)
    return show


def mentorship_panel(show: Panel) -> Panel:
    _mentorship_panels.append(show)
    return show


def admin_panel(show: Panel) -> Panel:
    _admin_panels.append(show)
    return show


def panels_of_program(program: Any, *, by: Any) -> list[dict[str, Any]]:
    return [panel for show in _program_panels if (panel := show(program, by=by))]


def panels_of_enrolment(enrolment: Any, *, by: Any) -> list[dict[str, Any]]:
    """Those with the lowest rank first; 50 without one."""
    panels = [panel for show in _participant_panels if (panel := show(enrolment, by=by))]
    return sorted(panels, key=lambda panel: panel.get("rank", 50))


def panels_of_mentorship(mentorship: Any, *, by: Any) -> list[dict[str, Any]]:
    """Those with the lowest rank first; 50 without one."""
    panels = [panel for show in _mentorship_panels if (panel := show(mentorship, by=by))]
    return sorted(panels, key=lambda panel: panel.get("rank", 50))


def panels_for_admin(mentorship: Any, *, by: Any) -> list[dict[str, Any]]:
    """The same on the page that a programme admin reads who has no part in it."""
    panels = [panel for show in _admin_panels if (panel := show(mentorship, by=by))]
    return sorted(panels, key=lambda panel: panel.get("rank", 50))


@dataclass(frozen=True)
class Tab:
    """One of the pages of a programme that its admins go to most; those with the lowest rank stand first."""

    key: str
    label: Any
    url: str
    rank: int = 50


_tabs: list[Callable[..., Tab | None]] = []


def program_tab(show: Callable[..., Tab | None]) -> Callable[..., Tab | None]:
    """Register `show(program, *, by) -> Tab | None`. The page itself shows tabs_of_program(…, current=its key)."""
    _tabs.append(show)
    return show


def tabs_of_program(program: Any, *, by: Any, current: str) -> list[dict[str, Any]]:
    """For components/tabs.html."""
    found = sorted((tab for show in _tabs if (tab := show(program, by=by))), key=lambda tab: tab.rank)
    return [{"label": tab.label, "url": tab.url, "current": tab.key == current} for tab in found]
