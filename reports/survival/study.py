"""Everything that the page on retention says, from one set of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from reports.survival.arrays import count_distinct, strata_of
from reports.survival.comparison import Comparison, compare_retention
from reports.survival.competing import Incidence, aalen_johansen
from reports.survival.cox import HazardRatio, NotEstimable, SimpleCount, hazard_ratio, simple_count
from reports.survival.curves import TooFew
from reports.survival.floors import TooFewEvents
from reports.survival.landmark import YEAR, Landmark, landmarks
from reports.survival.matching import REPLICATES, SEED, MatchedStay, matched_stay
from reports.survival.rows import ExposureRows

Ratio = HazardRatio | TooFewEvents | NotEstimable


@dataclass(frozen=True)
class GroupRatio:
    """The hazard ratio within one department, level, site or hire year."""

    group: str
    people: tuple[int, int]
    ratio: Ratio
    leavers: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Study:
    """What the page says: every part is an estimate, or the reason why there is none.

    `headline` is the matched comparison; `ratio` compares within strata and `ratio_plain` does not; `naive` is what
    simple counting would have said; `kinds` the ways of leaving of participants and others over the window of `curves`;
    `groups` one forest plot for each breakdown. Means are read from what is told of the headline's curve.
    """

    headline: MatchedStay | TooFew | TooFewEvents
    ratio: Ratio
    ratio_plain: Ratio
    naive: SimpleCount
    curves: Comparison
    kinds: tuple[Incidence | TooFew, Incidence | TooFew]
    landmarks: dict[int, Landmark | TooFew | TooFewEvents]
    groups: dict[str, list[GroupRatio]] = field(default_factory=dict)


def study(
    rows: ExposureRows,
    *,
    strata: ArrayLike | None = None,
    groups: Mapping[str, ArrayLike] | None = None,
    horizon: int = YEAR,
    until: int | None = None,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Study:
    """Work everything out. `strata`, and each of `groups` by name of the breakdown, are one label for each row."""
    codes = strata_of(strata, len(rows))
    curves = compare_retention(rows, level=level)
    ours, theirs = (
        aalen_johansen(rows.entry[arm], rows.exit[arm], rows.kinds[arm], level=level, window=curves.window)
        if curves.window
        else TooFew(floor=curves.floor, most_at_risk=0)
        for arm in (rows.exposed, ~rows.exposed)
    )
    plain = hazard_ratio(rows, level=level)
    return Study(
        headline=matched_stay(
            rows, strata=codes, horizon=horizon, until=until, level=level, replicates=replicates, seed=seed
        ),
        ratio=plain if codes is None else hazard_ratio(rows, strata=codes, level=level),
        ratio_plain=plain,
        naive=simple_count(rows, level=level),
        curves=curves,
        kinds=(ours, theirs),
        landmarks=landmarks(rows, level=level),
        groups={name: ratios_by_group(rows, labels, level=level) for name, labels in (groups or {}).items()},
    )


def ratios_by_group(
    rows: ExposureRows, labels: ArrayLike, *, strata: ArrayLike | None = None, level: float = 0.95
) -> list[GroupRatio]:
    """The hazard ratio within each group of rows, in order of the labels; each group knows nothing of the others."""
    names, group = np.unique(np.asarray(labels).reshape(-1), return_inverse=True)
    if len(group) != len(rows):
        raise ValueError(f"There are {len(rows)} rows, but {len(group)} labels.")
    codes = strata_of(strata, len(rows))
    found = []
    for at, name in enumerate(names):
        inside = group == at
        chosen = rows.where(inside)
        people = (count_distinct(chosen.person[chosen.exposed]), count_distinct(chosen.person[~chosen.exposed]))
        within = None if codes is None else codes[inside]
        leavers = (int(chosen.event[chosen.exposed].sum()), int(chosen.event[~chosen.exposed].sum()))
        found.append(GroupRatio(str(name), people, hazard_ratio(chosen, strata=within, level=level), leavers))
    return found
