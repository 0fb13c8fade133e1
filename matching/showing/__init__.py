"""Proposals, candidates and reasons as the pages show them."""

from .attention import Flag, Glance, Watch, glance, ordered, watch
from .comparing import Column, Comparison, Holder, compare, found_by_name, holders_of
from .groups import (
    cascade,
    compositions,
    drawn,
    group_cards,
    left_in_cascade,
    left_people,
    network,
    pair_rows,
    running_groups,
    timetable,
    waiting_people,
)
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
    "cascade",
    "compare",
    "compositions",
    "drawn",
    "found_by_name",
    "free_places",
    "glance",
    "group_cards",
    "holders_of",
    "idle_rows",
    "lanes",
    "left_in_cascade",
    "left_over",
    "left_people",
    "lines",
    "mentors_of",
    "mentors_with_places",
    "network",
    "ordered",
    "pair_rows",
    "row",
    "running_groups",
    "seen",
    "state",
    "state_of",
    "summary",
    "timetable",
    "token",
    "unmatched_mentees",
    "waiting_card",
    "waiting_cards",
    "waiting_people",
    "watch",
]
