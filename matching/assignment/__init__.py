"""Chooses who is paired with whom: candidates and capacities in, pairs out, neither Django nor a database.

What counts, in this order:
1. as many mentees as possible have a mentor,
2. the sum of the scores, counted in steps of 0.00001, is as high as possible,
3. earlier ids go first: every pair counts the mentee's place from the end of all mentees' ids, times the mentor's from
   the end of those with any capacity, and the sum is as high as possible. Where such numbers would outgrow the solver,
   in programmes far beyond 20,000 × 5,000, neighbouring ids share a place,
4. a draw between the ids that always comes out the same.
So the same people give the same pairs, however they are listed, and however few of the pairs the solver gets to see.

Each of these is a minimum-cost flow among those choices that are best by the ones before, which the prices of the
mentors tell apart. The same prices prove that no pair that was left out would improve anything.
"""

from matching.assignment.aims import STEPS
from matching.assignment.flow import SolverFailed
from matching.assignment.result import Assignment, Pair
from matching.assignment.search import Round
from matching.assignment.solve import Objective, assign, assign_blocks
from matching.assignment.sources import Scores
from matching.assignment.stable import assign_stable

__all__ = [
    "STEPS",
    "Assignment",
    "Objective",
    "Pair",
    "Round",
    "Scores",
    "SolverFailed",
    "assign",
    "assign_blocks",
    "assign_stable",
]
