"""Every write of matching: runs, and what an admin does with their proposals."""

from .board import as_seen, discard, lock, places_left, propose_by_hand, reassign, swap, take_back_proposals, unlock
from .pairs import Scored, best_candidates, score_pairs
from .problems import Forbidden, MatchingProblem, ProposalChanged
from .publishing import MOST_AT_ONCE, Published, publish, publish_each, publish_in_a_job, start_publishing
from .running import run_matching, start_nightly_runs, start_run

__all__ = [
    "MOST_AT_ONCE",
    "Forbidden",
    "MatchingProblem",
    "ProposalChanged",
    "Published",
    "Scored",
    "as_seen",
    "best_candidates",
    "discard",
    "lock",
    "places_left",
    "propose_by_hand",
    "publish",
    "publish_each",
    "publish_in_a_job",
    "reassign",
    "run_matching",
    "score_pairs",
    "start_nightly_runs",
    "start_publishing",
    "start_run",
    "swap",
    "take_back_proposals",
    "unlock",
]
