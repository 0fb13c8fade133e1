"""How long choosing the best pairs takes, without a database, and how long what others choose with."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.assignment import STEPS, Assignment, Round, assign, assign_blocks
from matching.scoring import Candidates, Scorer

from .figures import Figures
from .scoring import _people

PLACES = 4
# So many seconds munkres may try what takes us a fraction of one; on a busy machine, longer than 50 times as long.
PATIENCE = 20.0
MUNKRES_SIZES = (40, 80, 160)
BUDGETS = {
    "assign 1,000": 0.3,
    "assign 5,000": 2.0,
    "prove 20,000": 30.0,
    "MB": 2500.0,
    # At least 50 times as fast.
    "of munkres": 1 / 50,
}


def measure(folder: Path) -> Figures:
    """Seconds to the proven optimum, best of three where short, checked with SciPy where it ends; peak memory in MB."""
    figures = Figures("assignment", "seconds; MB", folder, budgets=BUDGETS)
    ours = 0.0
    for mentees, mentors in ((1_000, 300), (5_000, 1_500)):
        scores = sought_after(mentees, mentors)(0, mentees)[0]
        taken, found = _assigned(scores)
        ours = ours or taken
        began = time.perf_counter()
        _compare(found, scores, _scipy(scores))
        values = {f"assign {mentees:,}": taken, "scipy": time.perf_counter() - began}
        figures.add(f"{mentees:,} × {mentors:,}", **values)
    for name in SOURCES:
        figures.add(f"20,000 × 5,000, tight, {name}", **_in_a_child("prove", name))
    _against_munkres(figures, ours)
    return figures


def _assigned(scores: NDArray[np.float32]) -> tuple[float, Assignment]:
    m, n = scores.shape
    candidates = Candidates.dense(np.arange(m), np.arange(n), scores)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        found = assign(candidates, mentees=np.arange(m), capacity=dict.fromkeys(range(n), PLACES))
        times.append(time.perf_counter() - began)
    return min(times), found


def _seats(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """A column for each place, in steps."""
    return np.repeat(np.rint(scores.astype(np.float64) * STEPS).astype(np.int64), PLACES, axis=1)


def _scipy(scores: NDArray[np.float32]) -> int:
    from scipy.optimize import linear_sum_assignment

    seats = _seats(scores)
    return int(seats[linear_sum_assignment(seats, maximize=True)].sum())


def _compare(found: Assignment, scores: NDArray[np.float32], theirs: int) -> None:
    steps = np.rint(scores.astype(np.float64) * STEPS).astype(np.int64)
    mine = sum(int(steps[pair.mentee, pair.mentor]) for pair in found.pairs)
    if mine != theirs or found.bound != found.total:
        raise RuntimeError(f"{mine} steps were found, proven up to {found.bound}, but {theirs} by the other way.")


def _against_munkres(figures: Figures, ours: float) -> None:
    """Measured where it finishes, given up at 1,000 × 300, and what it would take there if it grew on as it did."""
    times = []
    for places in MUNKRES_SIZES:
        scores = sought_after(places, places // PLACES)(0, places)[0]
        taken, found = _assigned(scores)
        theirs = _in_a_child("munkres", str(places))
        _compare(found, scores, int(theirs["steps"]))
        times.append(theirs["seconds"])
        name = f"munkres 1.1 in Python, {places} × {places // PLACES}"
        figures.add(name, munkres=times[-1], ours=taken, share=taken / times[-1])
    fitted = np.polyfit(np.log(MUNKRES_SIZES[-2:]), np.log(times[-2:]), 1)
    patience = max(PATIENCE, 60 * ours)
    try:
        values = {"of munkres": ours / _in_a_child("munkres", "1000", "300", limit=patience)["seconds"]}
    except subprocess.TimeoutExpired:
        # It is less than this.
        values = {"of munkres": ours / patience, "given up after": patience}
    figures.add("munkres 1.1 in Python, 1,000 × 300", **values)
    figures.add("munkres, fitted to 1,000 × 300", seconds=float(np.exp(np.polyval(fitted, np.log(1_200)))))


Blocks = Callable[[int, int], tuple[NDArray[np.float32], NDArray[np.unsignedinteger]]]


def sought_after(mentees: int, mentors: int) -> Blocks:
    """Scores of people who are alike in many ways, and of mentors of whom some suit everybody."""
    rnd = np.random.Generator(np.random.PCG64(7))
    tastes = rnd.normal(size=(mentees, 12)).astype(np.float32)
    offers = rnd.normal(size=(mentors, 12)).astype(np.float32)
    liked = rnd.random(mentors).astype(np.float32)

    def block(start: int, stop: int) -> tuple[NDArray[np.float32], NDArray[np.unsignedinteger]]:
        scores = 1 / (1 + np.exp(-(tastes[start:stop] @ offers.T / 4 + 2 * liked - 1)))
        return scores.astype(np.float32), np.zeros(scores.shape, dtype=np.uint8)

    return block


def scored(mentees: int, mentors: int) -> Blocks:
    """What the scorer makes of sign-ups, anew each time."""
    return Scorer(_people(mentees, 1, 0), _people(mentors, 2, 10**6)).raw_block


SOURCES: dict[str, Callable[[int, int], Blocks]] = {"scored anew": scored, "some mentors sought after": sought_after}


def _in_a_child(*words: str, limit: float | None = None) -> dict[str, float]:
    """By itself, so that its memory can be told, and its patience can end. Raises TimeoutExpired."""
    done = subprocess.run(
        [sys.executable, "-m", "mentoring.bench.assignment", *words], stdout=subprocess.PIPE, check=True, timeout=limit
    )
    values: dict[str, float] = json.loads(done.stdout)
    return values


def _prove(name: str) -> dict[str, float]:
    mentees, mentors = 20_000, 5_000
    source = SOURCES[name](mentees, mentors)
    rounds: list[Round] = []
    began = time.perf_counter()
    found = assign_blocks(
        source,
        mentees=np.arange(mentees),
        mentors=np.arange(mentors),
        capacity=dict.fromkeys(range(mentors), PLACES),
        on_round=rounds.append,
    )
    taken = time.perf_counter() - began
    if found.bound != found.total or len(found.pairs) != mentees or rounds[-1].improving:
        raise RuntimeError(f"{len(found.pairs)} pairs with {found.total} are proven up to {found.bound} only.")
    return {"prove 20,000": taken, "MB": _peak(), "looks": len(rounds) + 1}


def _peak() -> float:
    """Of this process alone: what getrusage tells on Linux begins with the parent's."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _munkres(mentees: int, mentors: int) -> dict[str, float]:
    from munkres import Munkres

    seats = _seats(sought_after(mentees, mentors)(0, mentees)[0])
    costs = (STEPS - seats).tolist()
    began = time.perf_counter()
    pairs = Munkres().compute(costs)
    return {"seconds": time.perf_counter() - began, "steps": float(sum(seats[pair] for pair in pairs))}


if __name__ == "__main__":
    if sys.argv[1] == "prove":
        result = _prove(sys.argv[2])
    else:
        mentees = int(sys.argv[2])
        result = _munkres(mentees, int(sys.argv[3]) if len(sys.argv) > 3 else mentees // PLACES)
    sys.stdout.write(json.dumps(result))
