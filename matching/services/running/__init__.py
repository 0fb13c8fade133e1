"""A run: score everybody with everybody, choose the best pairs as a whole, and write down why."""

from .choosing import choose
from .outcome import outcome
from .run import run_matching
from .scoring import start_scoring
from .situation import Situation, situation_of, within
from .starting import forget_old_runs, start_nightly_runs, start_run

__all__ = [
    "Situation",
    "choose",
    "forget_old_runs",
    "outcome",
    "run_matching",
    "situation_of",
    "start_nightly_runs",
    "start_run",
    "start_scoring",
    "within",
]
