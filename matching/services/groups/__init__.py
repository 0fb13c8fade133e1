"""Suggested mentorships of every shape: made by a run, changed by an admin, and published."""

from .changing import (
    GroupChanged,
    add_seat,
    dissolve,
    group_seen,
    lock_group,
    make_group,
    move_seat,
    name_group,
    people_without_group,
    remove_seat,
    take_back_seats,
    token_of,
)
from .forbidding import why_not
from .publishing import ask_to_join, publish_groups
from .running import arrange, is_arranged

__all__ = [
    "GroupChanged",
    "add_seat",
    "arrange",
    "ask_to_join",
    "dissolve",
    "group_seen",
    "is_arranged",
    "lock_group",
    "make_group",
    "move_seat",
    "name_group",
    "people_without_group",
    "publish_groups",
    "remove_seat",
    "take_back_seats",
    "token_of",
    "why_not",
]
