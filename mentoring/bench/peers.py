"""How long it takes to pair one pool with itself, without a database."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.formats.peers import pair_peers

from .figures import Figures

BUDGET = 10.0


def measure(folder: Path) -> Figures:
    """Seconds to find everyone a peer when all pairs are allowed; peak memory of the process in MB."""
    figures = Figures("peers", "seconds; MB", folder, budgets={"pair": BUDGET})
    for name, scores in (
        ("1,000 people", _scores(1_000)),
        ("999 people", _scores(999)),
        ("1,000 alike", np.full((1_000, 1_000), 0.5)),
    ):
        began = time.perf_counter()
        found = pair_peers(np.arange(len(scores)), scores)
        taken = time.perf_counter() - began
        if found.alone or not found.proven:
            raise RuntimeError(f"{name}: {len(found.alone)} were left alone.")
        figures.add(name, pair=taken, MB=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def _scores(people: int) -> NDArray[np.float64]:
    """What everyone wants of what everyone offers: popular and rare skills, so that scores are alike and correlated."""
    rnd = np.random.Generator(np.random.PCG64(1))
    popularity = 1 / np.arange(2, 202)
    wanted, offered = (rnd.random((2, people, 200)) < popularity).astype(np.float64)
    shared = wanted @ offered.T
    return shared / shared.max()
