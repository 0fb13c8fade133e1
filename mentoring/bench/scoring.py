"""How long scoring and assigning take, without a database."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np

from matching.assignment import assign
from matching.scoring import Candidates, People, Scorer

from .figures import Figures


def measure(folder: Path) -> Figures:
    """Seconds to score all pairs and, for the smaller ones, to assign them; peak memory of the process in MB."""
    figures = Figures("scoring", "seconds; MB", folder, budgets={"score": 30.0, "assign": 3.0, "MB": 1500.0})
    for mentees, mentors, assigned in (
        (500, 150, True),
        (1_000, 300, True),
        (2_000, 500, True),
        (20_000, 5_000, False),
    ):
        scorer = Scorer(_people(mentees, 1, 0), _people(mentors, 2, 10**6))
        began = time.perf_counter()
        eligible = []
        for block in scorer.blocks():
            if assigned:
                eligible.append(block.eligible())
        values = {"score": time.perf_counter() - began}
        if assigned:
            pairs = Candidates.join(eligible)
            capacity = dict.fromkeys(scorer.mentors.ids.tolist(), 4)
            began = time.perf_counter()
            assign(pairs, mentees=scorer.mentees.ids, capacity=capacity)
            values["assign"] = time.perf_counter() - began
        values["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures.add(f"{mentees:,} × {mentors:,}", **values)
    return figures


def _people(count: int, seed: int, first_id: int) -> People:
    rnd = np.random.Generator(np.random.PCG64(seed))
    # Some skills are popular, most are rare: uniform answers would make every pair alike.
    popularity = 1 / np.arange(2, 202)
    skills = (rnd.random((count, 200)) < popularity).astype(np.float32)
    return People.of(
        np.arange(first_id, first_id + count),
        skills=skills,
        level=rnd.integers(1, 8, count).astype(np.float32),
        department=rnd.integers(0, 8, count),
        site=rnd.integers(0, 8, count),
        languages=(rnd.random((count, 8)) < 0.3) | (np.arange(8) == 0),
        utc_offset=rnd.choice([-300, 0, 60, 330, 600], count),
    )
