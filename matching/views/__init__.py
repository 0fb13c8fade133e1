"""The pages of matching: the board, what counts, and who chooses whom."""

from .board import (
    board,
    candidates,
    discard,
    lanes,
    lock,
    move,
    place,
    publish,
    run,
    split,
    swap,
    undo,
)
from .choosing import mentor, mentors, request_detail, requests
from .criteria import criteria, criteria_restore, criteria_try, criteria_version, criteria_versions
from .groups import group_add, group_change, group_make, group_people, groups, groups_publish
from .pair_rules import pair_rule_remove, pair_rules
from .unmatched import idle, unmatched
from .wishes import wishes

__all__ = [
    "board",
    "candidates",
    "criteria",
    "criteria_restore",
    "criteria_try",
    "criteria_version",
    "criteria_versions",
    "discard",
    "group_add",
    "group_change",
    "group_make",
    "group_people",
    "groups",
    "groups_publish",
    "idle",
    "lanes",
    "lock",
    "mentor",
    "mentors",
    "move",
    "pair_rule_remove",
    "pair_rules",
    "place",
    "publish",
    "request_detail",
    "requests",
    "run",
    "split",
    "swap",
    "undo",
    "unmatched",
    "wishes",
]
