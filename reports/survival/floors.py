"""When there are too few to tell, and how many would be needed."""

import math
from dataclasses import dataclass
from statistics import NormalDist

LEAVERS_FLOOR = 10
# What one would like to be able to see: a quarter fewer leavers.
WORTH_SEEING = 0.75


@dataclass(frozen=True)
class TooFewEvents:
    """The answer when in one of the two arms fewer than `floor` people left (or were promoted, or were absent).

    `counts` are those of participants and of others; `needed` is how many it would take at least in both together, were
    they of equal size, to see a ratio of `ratio` four times out of five.
    """

    counts: tuple[int, int]
    floor: int
    needed: int
    ratio: float = WORTH_SEEING


def leavers_needed(ratio: float = WORTH_SEEING, *, share: float = 0.5, level: float = 0.95, power: float = 0.8) -> int:
    """How many leavers, both arms together, let a true hazard ratio be seen at `level` with probability `power`.

    `share` is the share of participants among those at risk, between 0 and 1. Source: D. A. Schoenfeld, Biometrics 39
    (1983): (z of the level + z of the power)² / (share · (1 - share) · log(ratio)²), rounded up.
    Raises ValueError when a ratio or a share can't be, or the ratio is 1, for which no number is enough.
    """
    if not (ratio > 0 and math.isfinite(ratio)) or ratio == 1:
        raise ValueError(f"No number of leavers is enough to see a ratio of {ratio}.")
    if not 0 < share < 1:
        raise ValueError(f"A share lies between 0 and 1, which {share} does not.")
    if not (0 < level < 1 and 0 < power < 1):
        raise ValueError("Level and power lie between 0 and 1.")
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + level / 2) + normal.inv_cdf(power)
    return math.ceil(z * z / (share * (1 - share) * math.log(ratio) ** 2))


def needed_at_least(*, level: float) -> int:
    """`leavers_needed` for what is worth seeing, in two arms of equal size.

    Never by how large the arms are: it is said just where an arm is small, and the formula can be solved for the share.
    """
    return leavers_needed(share=0.5, level=level)
