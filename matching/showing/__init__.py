"""Proposals, candidates and reasons as the pages show them."""

from .attention import Flag, Glance, Watch, glance, ordered, watch
from .comparing import Column, Comparison, Holder, compare, found_by_name, holders_of
from .idle import IdleRow, free_places, idle_rows, mentors_with_places
from .lanes import Card, Lane, lanes, mentors_of, waiting_card, waiting_cards
from .leftovers import Left, left_over, unmatched_mentees
from .people import about
from .proposals import Row, Summary, row, seen, state, state_of, summary, token
from .reasons import Line, lines

__all__ = [
    "Card",
    "Column",
    "Comparison",
    "Flag",
    "Glance",
    "Holder",
    "IdleRow",
    "Lane",
    "Left",
    "Line",
    "Row",
    "Summary",
    "Watch",
    "about",
    "compare",
    "found_by_name",
    "free_places",
    "glance",
    "holders_of",
    "idle_rows",
    "lanes",
    "left_over",
    "lines",
    "mentors_of",
    "mentors_with_places",
    "ordered",
    "row",
    "seen",
    "state",
    "state_of",
    "summary",
    "token",
    "unmatched_mentees",
    "waiting_card",
    "waiting_cards",
    "watch",
]
