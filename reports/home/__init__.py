"""Everybody's home page: the one next action, what is coming, and what waits.

A person may have several roles at once, so everything that could be done stands in one order. The first is the next
action, and what else waits stands below it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import allows
from programs.models import Program

from . import running, standing, taking_part, waiting
from .actions import Action, address
from .running import Running
from .taking_part import Meeting, Part

__all__ = ["Action", "Home", "home_of"]

WAITING_SHOWN = 6


@dataclass
class Home:
    """What one member sees at home. `running` is None for those who run nothing."""

    next_step: Action
    waiting: list[Action]
    waiting_more: int
    upcoming: list[Meeting]
    part: Part
    joinable: list[Program]
    running: Running | None


def home_of(member: Member) -> Home:
    """Put together a member's home page.

    First comes what keeps one other person waiting (an offer, a session to confirm), then what keeps many waiting (a
    programme that isn't there, sign-ups, proposals), then the member's own next steps, then what can wait.
    """
    manages = allows(member, "programs.manage")
    part = taking_part.part_of(member)
    runs = running.running_of(member) if manages else None
    actions = list(waiting.waiting_for(member, part))
    if runs is not None:
        actions += running.to_set_up(member, runs, may_invite=allows(member, "organisation.manage"))
        actions += running.to_decide(member, runs)
    actions += waiting.waiting_later(member, part)
    if runs is not None:
        actions += running.to_look_at(member, runs)
    next_step = actions[0] if actions else _nothing_waits(member, part)
    rest = [action for action in actions[1:] if action.waits]
    return Home(
        next_step=next_step,
        waiting=rest[:WAITING_SHOWN],
        waiting_more=max(0, len(rest) - WAITING_SHOWN),
        upcoming=taking_part.meetings(member, part),
        part=part,
        # Those who run programmes find theirs in a table of their own.
        joinable=[] if manages else part.joinable[1:] if next_step.key == "join" else part.joinable,
        running=runs,
    )


def _nothing_waits(member: Member, part: Part) -> Action:
    if state := standing.state_of(member, part):
        return state
    if allows(member, "reports.view"):
        return Action(
            key="report",
            title=_("See who takes part, and who stays"),
            text=_("The reports are up to date. Small groups are hidden, and every number says what it means."),
            label=_("Open the reports"),
            url=address(member, "reports:overview"),
            icon="chart-line",
            waits=False,
        )
    for suggestion in standing.suggestions_for(member, part):
        return suggestion
    if allows(member, "programs.manage"):
        return Action(
            key="health",
            title=_("Nothing waits for you"),
            text=_("Everybody has an answer. See how the sessions of your programmes go."),
            label=_("Look at the programmes"),
            url=address(member, "reports:program_health"),
            icon="circle-check",
            waits=False,
            is_state=True,
        )
    return Action(
        key="nothing",
        title=_("Nothing waits for you"),
        text=_("No programme is open for sign-up at the moment. When one opens, you find it here."),
        label=_("Look at your profile"),
        url=address(member, "accounts:profile"),
        icon="circle-check",
        waits=False,
        is_state=True,
    )
