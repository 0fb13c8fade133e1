"""How a mentorship does, from facts alone: no database, no words. What somebody answered or wrote is no fact here.

A sign is what the facts say of one thing; it is good, worth a look, or a risk. One risk, or two things worth a look at
once, and the mentorship is at risk. Whoever has paused is left in peace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from programs.due import sessions_due

GOOD, LOOK, RISK = "good", "look", "risk"
WELL, WATCH, AT_RISK, PAUSED = "well", "watch", "at_risk", "paused"

# Nothing is said of the rhythm before this many sessions were due.
DUE_AT_LEAST = 2
KEPT = 0.75
# How often somebody has to fail to come, or to say how it went, before it is worth a look.
MISSED, UNCONFIRMED = 2, 2
# So long without a goal, and without one moving.
GOALS_AFTER = timedelta(days=45)
GOALS_STILL = timedelta(days=90)
# An offer without an answer is worth a look after so long, and a risk when it lapses so soon.
OFFER_LOOK = timedelta(days=3)
OFFER_RISK = timedelta(days=2)
# A letter needs so long before it can be said to have changed nothing.
TIME_TO_ACT = timedelta(days=2)


@dataclass(frozen=True)
class Facts:
    """What is known of one mentorship. Numbers of sessions are since its start; `lately` is four times the rhythm."""

    now: datetime
    is_active: bool = True
    is_paused: bool = False
    started_at: datetime | None = None
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    unanswered: int = 0
    # Between two sessions; zero where there is none to keep, as in an event.
    rhythm: timedelta = timedelta(0)
    # Where the format names the days on which to meet: which, and when day 1 begins.
    meeting_days: tuple[int, ...] = ()
    day_one: datetime | None = None
    # For how long it has rested since its start: nothing was due then.
    rested: timedelta = timedelta(0)
    held: int = 0
    last_at: datetime | None = None
    next_at: datetime | None = None
    missed_lately: int = 0
    unconfirmed: int = 0
    # No session, held or planned, when there should long have been one; as the nightly letter counts it.
    is_quiet: bool = False
    nudged_at: datetime | None = None
    # None where goals are not asked for.
    goals: int | None = None
    goals_open: int = 0
    goal_moved_at: datetime | None = None
    asks_for_change: bool = False
    to_check: bool = False


@dataclass(frozen=True)
class Sign:
    """What the facts say of one thing. `key` and `values` are put into words elsewhere."""

    key: str
    tone: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Health:
    """How a mentorship does, and every sign for it, the worst first."""

    state: str
    signs: tuple[Sign, ...]


def health_of(facts: Facts) -> Health:
    """Judge one mentorship."""
    if facts.is_paused:
        return Health(PAUSED, (Sign("paused", GOOD),))
    signs = _of_offer(facts) if not facts.is_active else _of_active(facts)
    order = {RISK: 0, LOOK: 1, GOOD: 2}
    signs.sort(key=lambda sign: order[sign.tone])
    looks = sum(sign.tone == LOOK for sign in signs)
    state = AT_RISK if any(sign.tone == RISK for sign in signs) or looks > 1 else WATCH if looks else WELL
    return Health(state, tuple(signs))


def _of_offer(facts: Facts) -> list[Sign]:
    if not facts.unanswered or facts.offered_at is None:
        return []
    values = {"n": facts.unanswered, "at": facts.offered_at, "by": facts.answer_by}
    if facts.answer_by is not None and facts.answer_by - facts.now <= OFFER_RISK:
        return [Sign("unanswered", RISK, values)]
    return [Sign("unanswered", LOOK if facts.now - facts.offered_at >= OFFER_LOOK else GOOD, values)]


def _of_active(facts: Facts) -> list[Sign]:
    signs = []
    if facts.asks_for_change:
        signs.append(Sign("change_asked", RISK))
    if facts.to_check:
        signs.append(Sign("to_check", LOOK))
    signs += _of_meetings(facts)
    if facts.missed_lately >= MISSED:
        signs.append(Sign("missed", LOOK, {"n": facts.missed_lately}))
    if facts.unconfirmed >= UNCONFIRMED:
        signs.append(Sign("unconfirmed", LOOK, {"n": facts.unconfirmed}))
    signs += _of_goals(facts)
    return signs


def _of_meetings(facts: Facts) -> list[Sign]:
    if facts.started_at is None:
        return []
    after = facts.now - (facts.day_one or facts.started_at) - facts.rested
    due = sessions_due(after, rhythm=facts.rhythm, days=facts.meeting_days)
    if due is None:
        return []
    signs = []
    if facts.is_quiet:
        key = "quiet" if facts.last_at else "not_met"
        signs.append(Sign(key, RISK, {"at": facts.last_at or facts.started_at}))
        if facts.nudged_at and facts.now - facts.nudged_at >= TIME_TO_ACT:
            signs.append(Sign("nudged", LOOK, {"at": facts.nudged_at}))
        return signs
    values = {"held": facts.held, "due": due}
    if due < DUE_AT_LEAST:
        signs.append(Sign("new", GOOD, values))
    elif facts.held >= KEPT * due:
        signs.append(Sign("rhythm_kept", GOOD, values))
    else:
        signs.append(Sign("rhythm_slow", LOOK, values))
    if facts.next_at:
        signs.append(Sign("next", GOOD, {"at": facts.next_at}))
    return signs


def _of_goals(facts: Facts) -> list[Sign]:
    if facts.goals is None or facts.started_at is None:
        return []
    if not facts.goals:
        return [Sign("no_goals", LOOK)] if facts.now - facts.started_at >= GOALS_AFTER else []
    moved = facts.goal_moved_at
    if facts.goals_open and (moved is None or facts.now - moved >= GOALS_STILL):
        return [Sign("goals_still", LOOK, {"n": facts.goals_open, "at": moved})] if moved else []
    return [Sign("goals_move", GOOD, {"at": moved})] if moved else []
