"""The pages of matching: the board, what counts, and who chooses whom."""

from .board import (
    board,
    candidates,
    discard,
    lock,
    place,
    publish,
    run,
    swap,
    unmatched,
)
from .criteria import criteria

__all__ = [
    "board",
    "candidates",
    "criteria",
    "discard",
    "lock",
    "place",
    "publish",
    "run",
    "swap",
    "unmatched",
]
