"""How long people stay, for those who took part and for those who did not.

The clock is tenure: days since joining the organisation. Everybody is compared with colleagues of the same length of
service, a person counts among the participants only from the day after joining a programme, and nobody counts before
the first day that HR data covers. Arrays in, dataclasses out; nothing here knows a database.
"""

from reports.survival.arrays import combine_strata
from reports.survival.comparison import Comparison, compare_retention
from reports.survival.cox import CoxFit, HazardRatio, NotEstimable, SimpleCount, cox, hazard_ratio, simple_count
from reports.survival.curves import (
    AT_RISK_FLOOR,
    Curve,
    Estimate,
    LogRank,
    RestrictedMean,
    TooFew,
    Window,
    at_risk,
    common_window,
    kaplan_meier,
    log_rank,
    restricted_mean,
    survival_at,
)
from reports.survival.floors import LEAVERS_FLOOR, TooFewEvents, leavers_needed
from reports.survival.publishing import PublishedEstimate, PublishedPoint, publish, round_count, whole_percent
from reports.survival.rows import KINDS, NEVER, ExposureRows, Spells, continue_spells, exposure_rows
from reports.survival.wording import CAVEAT, Sentence, notices, verdict

__all__ = [
    "AT_RISK_FLOOR",
    "CAVEAT",
    "KINDS",
    "LEAVERS_FLOOR",
    "NEVER",
    "Comparison",
    "CoxFit",
    "Curve",
    "Estimate",
    "ExposureRows",
    "HazardRatio",
    "LogRank",
    "NotEstimable",
    "PublishedEstimate",
    "PublishedPoint",
    "RestrictedMean",
    "Sentence",
    "SimpleCount",
    "Spells",
    "TooFew",
    "TooFewEvents",
    "Window",
    "at_risk",
    "combine_strata",
    "common_window",
    "compare_retention",
    "continue_spells",
    "cox",
    "exposure_rows",
    "hazard_ratio",
    "kaplan_meier",
    "leavers_needed",
    "log_rank",
    "notices",
    "publish",
    "restricted_mean",
    "round_count",
    "simple_count",
    "survival_at",
    "verdict",
    "whole_percent",
]
