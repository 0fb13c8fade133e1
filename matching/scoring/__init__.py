"""Scores every mentee of a programme with every mentor: arrays and dataclasses in, arrays and dataclasses out."""

from matching.scoring.criteria import (
    CRITERIA,
    DEFAULT_CRITERIA,
    Criterion,
    Department,
    Hours,
    Languages,
    LevelGap,
    MenteeWish,
    MentorWish,
    Site,
    Skills,
)
from matching.scoring.people import SLOTS_PER_WEEK, UNKNOWN, People, Wish, weekly_slots
from matching.scoring.rules import RULED_OUT, Patterns, Rule, Rules, line_above
from matching.scoring.scorer import BLOCK, TOP_K, Block, Candidates, PairScores, Scorer

__all__ = [
    "BLOCK",
    "CRITERIA",
    "DEFAULT_CRITERIA",
    "RULED_OUT",
    "SLOTS_PER_WEEK",
    "TOP_K",
    "UNKNOWN",
    "Block",
    "Candidates",
    "Criterion",
    "Department",
    "Hours",
    "Languages",
    "LevelGap",
    "MenteeWish",
    "MentorWish",
    "PairScores",
    "Patterns",
    "People",
    "Rule",
    "Rules",
    "Scorer",
    "Site",
    "Skills",
    "Wish",
    "line_above",
    "weekly_slots",
]
