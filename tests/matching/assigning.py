"""Small assignment problems, and what is right for them by trying everything."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from matching.assignment import assign, assign_blocks
from matching.scoring import Candidates


def assign_dense(scores, capacity, *, allowed=None, locked=(), objective="most", first_mentee=1, first_mentor=101):
    scores = np.asarray(scores, dtype=float)
    mentees = np.arange(first_mentee, first_mentee + len(scores))
    mentors = np.arange(first_mentor, first_mentor + len(capacity))
    return assign(
        Candidates.dense(mentees, mentors, scores, allowed),
        mentees=mentees,
        capacity=dict(zip(mentors.tolist(), capacity, strict=True)),
        locked=locked,
        objective=objective,
    )


def assign_in_blocks(scores, capacity, *, allowed=None, random=None, **options):
    """The same from score blocks, with rows and columns in any order."""
    scores = np.asarray(scores, dtype=np.float32)
    m, n = scores.shape
    fine = np.ones(scores.shape, bool) if allowed is None else np.asarray(allowed, bool)
    rows = np.arange(m) if random is None else random.permutation(m)
    columns = np.arange(n) if random is None else random.permutation(n)
    scores, blocked = scores[np.ix_(rows, columns)], (~fine[np.ix_(rows, columns)]).astype(np.uint16)
    return assign_blocks(
        lambda start, stop: (scores[start:stop], blocked[start:stop]),
        mentees=rows + 1,
        mentors=columns + 101,
        capacity={101 + j: places for j, places in enumerate(capacity)},
        **options,
    )


def every_choice(capacity, allowed, *, locked=()):
    """All choices of pairs (row, column) that keep to the places, the locked pairs among them."""
    m, n = allowed.shape
    held = {mentee - 1: mentor - 101 for mentee, mentor in locked}
    options = [[held[i]] if i in held else [-1, *np.flatnonzero(allowed[i]).tolist()] for i in range(m)]
    for choice in product(*options):
        if all(choice.count(j) <= capacity[j] for j in range(n)):
            yield [(i, j) for i, j in enumerate(choice) if j >= 0]


def early(pairs, m, capacity):
    """How far the earlier ids go first, pairs by row and column."""
    seated = [j for j, places in enumerate(capacity) if places]
    return sum((m - i) * (len(seated) - seated.index(j)) for i, j in pairs)


def by_place(found):
    return [(pair.mentee - 1, pair.mentor - 101) for pair in found.pairs]


@st.composite
def small_problems(draw):
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    # Few different scores, so that ties are the rule.
    scores = [[draw(st.sampled_from([0.0, 0.25, 0.5, 0.50001, 1.0])) for _ in range(n)] for _ in range(m)]
    allowed = [[draw(st.booleans()) or draw(st.booleans()) for _ in range(n)] for _ in range(m)]
    return np.array(scores), [draw(st.integers(0, 3)) for _ in range(n)], np.array(allowed)


def correlated(random, m, n, *, step=None):
    """Scores of which some mentors get high ones from everybody, and people who are alike from each other."""
    tastes, offers = random.normal(size=(m, 3)), random.normal(size=(n, 3))
    scores = random.random(n) + tastes @ offers.T / 6 + 0.3 * random.random((m, n))
    scores = (scores - scores.min()) / (scores.max() - scores.min() or 1)
    return (scores if step is None else np.round(scores / step) * step).astype(np.float32)
