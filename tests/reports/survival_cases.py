"""People who never were, for the tests of the method."""

import numpy as np
from numpy.random import PCG64, Generator

from reports.survival import ExposureRows


def simulate(seed, theta):
    """20,000 people of whom some join a programme on the way; from then on they leave `theta` times as often."""
    u = Generator(PCG64(seed)).random((20000, 5))
    censored = np.ceil((5 - 5 * u[:, 0]) * 365)
    would_join = np.where(u[:, 1] < 0.40, 3 * u[:, 2], np.inf)
    patience = -np.log1p(-u[:, 3])
    used = np.minimum(0.20 * would_join, 1e9)
    leaves = np.ceil(np.where(patience <= used, patience, used + (patience - used) / theta) / 0.20 * 365)
    joins = np.ceil(would_join * 365)
    stop, event = np.minimum(leaves, censored), leaves <= censored
    joined = joins < stop
    return stop, event, joined, np.where(joined, joins, stop)


def simulated_rows(seed, theta):
    stop, event, joined, change = simulate(seed, theta)
    before, after = np.flatnonzero(change > 0), np.flatnonzero(joined)
    return ExposureRows(
        entry=np.concatenate([np.zeros(len(before)), change[after]]).astype(np.int64),
        exit=np.concatenate([change[before], stop[after]]).astype(np.int64),
        event=np.concatenate([(event & ~joined)[before], event[after]]),
        exposed=np.concatenate([np.zeros(len(before), bool), np.ones(len(after), bool)]),
        person=np.concatenate([before, after]),
    )


def group(size, leavers, *, entry=0, exit=400, first=20):
    """`size` rows to `exit`, of which the first `leavers` end by leaving, one a day from `first` on."""
    rows = [(entry, first + i, True) for i in range(leavers)]
    return rows + [(entry, exit, False)] * (size - leavers)


def rows_of(participants, others):
    both = participants + others
    return ExposureRows(
        entry=np.array([row[0] for row in both], dtype=np.int64),
        exit=np.array([row[1] for row in both], dtype=np.int64),
        event=np.array([row[2] for row in both], dtype=bool),
        exposed=np.array([True] * len(participants) + [False] * len(others), dtype=bool),
        person=np.arange(len(both)),
    )
