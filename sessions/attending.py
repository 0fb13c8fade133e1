"""What the words of those in a group session come to."""

from __future__ import annotations

from collections.abc import Sequence

HELD, MISSED, UNSAID = "held", "missed", ""


def group_verdict(leader: str, joined: Sequence[str]) -> str:
    """Say whether a group session was held, from what its leader and those who joined say.

    Held, once the leader and at least one of the others say so; whoever says otherwise was not there themselves.
    Missed, once everybody says so. Else nothing is settled yet, or they contradict each other.
    """
    if leader == HELD and HELD in joined:
        return HELD
    if leader == MISSED and all(report == MISSED for report in joined):
        return MISSED
    return UNSAID


def contradicts(leader: str, joined: Sequence[str]) -> bool:
    """Whether what has been said can't be true together, however long the others are silent."""
    if leader == MISSED:
        return HELD in joined
    return leader == HELD and all(report == MISSED for report in joined)
