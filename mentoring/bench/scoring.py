"""How long scoring and assigning take, without a database."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from matching.assignment import assign
from matching.scoring import (
    BLOCK,
    Answers,
    Candidates,
    Choices,
    Criterion,
    Department,
    Goals,
    Hours,
    Interests,
    Languages,
    LevelGap,
    MenteeWish,
    MentorWish,
    People,
    Rules,
    Scorer,
    Site,
    Skills,
    Style,
    Tenure,
    Zone,
    weekly_slots,
)

from .figures import Figures

LARGE = 20_000, 5_000
# Scoring may take so many times as long as the bare matrix product of the same work: 60% of its speed.
MOST_TIMES_THE_PRODUCT = 1 / 0.6
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CRITERIA: tuple[Criterion, ...] = (
    Skills(weight=5), Goals(weight=2), LevelGap(weight=2), Department(weight=1), Site(weight=1), Languages(weight=1),
    Hours(weight=2), Zone(weight=1), Tenure(weight=1), Style(weight=1), Interests(weight=1), Choices(weight=2),
    Answers(weight=1, about="question:2", compare="close"), MenteeWish(weight=1), MentorWish(weight=1),
)  # fmt: skip
RULES = Rules(same_team=True, min_level_gap=0, max_level_gap=5, max_zone_hours=9, mentor_min_tenure_months=6)


def measure(folder: Path) -> Figures:
    """Seconds to score all pairs and, for the smaller ones, to assign them; peak memory of the process in MB.

    The largest is scored by every criterion, with every rule, by one thread of a process of its own: `scores` is the
    scores and who is forbidden, in processor seconds, `and best` the same with the best twenty of each mentee and
    their components, `product` the bare float32 product of as many rows and columns.
    """
    figures = Figures(
        "scoring",
        "seconds; MB",
        folder,
        budgets={"score": 30.0, "assign": 3.0, "MB": 1000.0, "× product": MOST_TIMES_THE_PRODUCT},
    )
    for mentees, mentors in ((500, 150), (1_000, 300), (2_000, 500)):
        scorer = Scorer(_people(mentees, 1, 0), _people(mentors, 2, 10**6))
        began = time.perf_counter()
        pairs = Candidates.join([block.eligible() for block in scorer.blocks()])
        values = {"score": time.perf_counter() - began}
        capacity = dict.fromkeys(scorer.mentors.ids.tolist(), 4)
        began = time.perf_counter()
        assign(pairs, mentees=scorer.mentees.ids, capacity=capacity)
        values["assign"] = time.perf_counter() - began
        values["MB"] = _memory()
        figures.add(f"{mentees:,} × {mentors:,}", **values)
    found = subprocess.run(
        [sys.executable, "-m", __name__], env={**os.environ, **ONE_THREAD}, check=True, capture_output=True, text=True
    )
    figures.add(f"{LARGE[0]:,} × {LARGE[1]:,}", **json.loads(found.stdout))
    return figures


def measure_large(mentees: int, mentors: int) -> dict[str, float]:
    """Everything at once, beside the bare product; to be run with one thread."""
    scorer = crowded(mentees, mentors)
    # Processor seconds, since others may be at work on the machine.
    began = time.process_time()
    for start in range(0, mentees, BLOCK):
        scorer.raw_block(start, min(start + BLOCK, mentees))
    scores = time.process_time() - began
    began = time.process_time()
    for _ in scorer.blocks():
        pass
    best = time.process_time() - began
    memory = _memory()
    random = np.random.default_rng(1)
    left = random.random((BLOCK, scorer.width), dtype=np.float32)
    right = random.random((mentors, scorer.width), dtype=np.float32)
    out = np.empty((BLOCK, mentors), dtype=np.float32)
    times = []
    for _ in range(10):
        began = time.process_time()
        np.matmul(left, right.T, out=out)
        times.append(time.process_time() - began)
    product = min(times) * mentees / BLOCK
    return {
        "scores": scores,
        "and best": best,
        "product": product,
        "× product": scores / product,
        "columns": scorer.width,
        "MB": memory,
    }


def crowded(mentees: int, mentors: int) -> Scorer:
    """A programme in which every criterion counts and every rule forbids somebody."""
    first = 10**6
    people = (
        _whole_people(mentees, 1, 1, others=(first, mentors)),
        _whole_people(mentors, 2, first, others=(1, mentees)),
    )
    random = np.random.default_rng(3)
    managers = {person: (person - 1) // 8 + 1 for person in range(2, mentees + 1)}
    managers |= {first + at: at // 8 + 1 for at in range(mentors)}
    ruled_out = list(
        zip(
            random.integers(1, mentees + 1, mentees).tolist(),
            random.integers(first, first + mentors, mentees).tolist(),
            strict=True,
        )
    )
    third = mentees // 3
    return Scorer(
        *people,
        criteria=CRITERIA,
        rules=RULES,
        managers=managers,
        earlier_pairs=ruled_out[:third],
        set_aside=ruled_out[third : 2 * third],
        avoided=ruled_out[2 * third :],
    )


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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


def _whole_people(count: int, seed: int, first_id: int, *, others: tuple[int, int]) -> People:
    """People who answered nearly everything; `others` are the first id of the other side, and how many they are."""
    rnd = np.random.default_rng(seed)
    popularity = 1 / np.arange(2, 202)
    skills = (rnd.random((count, 200)) < popularity) * rnd.integers(1, 5, (count, 200)) / 4
    zones = rnd.choice([-300, 0, 60, 330, 600], count)
    free = [
        weekly_slots(
            [(int(day), 60 * int(hour), 60 * int(hour) + 180) for day, hour in zip(days, hours, strict=True)],
            utc_offset=float(zone),
        )
        for zone, days, hours in zip(
            zones, rnd.integers(0, 5, (count, 3)), rnd.integers(8, 16, (count, 3)), strict=True
        )
    ]
    level = rnd.integers(1, 8, count).astype(np.float64)
    level[rnd.random(count) < 0.03] = np.nan
    style = rnd.integers(4, 21, (count, 5)) / 4
    style[rnd.random(count) < 0.5] = np.nan
    often = 1 / np.arange(3, 3003)
    words = rnd.choice(3000, (count, 12), p=often / often.sum())
    interests = rnd.integers(0, 60, (count, 3))
    chosen = rnd.integers(others[0], others[0] + others[1], (count, 3))
    choosing = rnd.random(count) < 0.2
    return People.of(
        np.arange(first_id, first_id + count),
        skills=skills,
        level=level,
        department=rnd.integers(0, 12, count),
        site=rnd.integers(0, 10, count),
        languages=(rnd.random((count, 8)) < 0.2) | (np.arange(8) == 0),
        utc_offset=zones,
        free=np.array(free),
        wish=rnd.integers(0, 3, count),
        tenure=rnd.integers(0, 180, count) / 12,
        style=style,
        goals=[map(str, row[: at % 12].tolist()) for at, row in enumerate(words)],
        interests=[map(str, row[: at % 4].tolist()) for at, row in enumerate(interests)],
        choices=[
            {other: rank for rank, other in enumerate(row, 1)} if says else {}
            for says, row in zip(choosing, chosen.tolist(), strict=True)
        ],
        answers={"question:2": [(str(each),) for each in rnd.integers(1, 6, count)]},
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_large(*LARGE)))
