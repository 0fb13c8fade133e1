"""How long people stay, for those who took part and for those who did not.

The clock is tenure: days since joining the organisation. Everybody is compared with colleagues of the same length of
service, a person counts among the participants only from the day after joining a programme, and nobody counts before
the first day that HR data covers. Arrays in, dataclasses out; nothing here knows a database.
"""

from reports.survival.comparison import Comparison, compare_retention
from reports.survival.curves import (
    AT_RISK_FLOOR,
    Curve,
    Estimate,
    LogRank,
    TooFew,
    Window,
    at_risk,
    common_window,
    kaplan_meier,
    log_rank,
    survival_at,
)
from reports.survival.publishing import PublishedEstimate, PublishedPoint, publish, round_count, whole_percent
from reports.survival.rows import ExposureRows, continue_spells, exposure_rows
from reports.survival.wording import CAVEAT, Sentence, notices, verdict

__all__ = [
    "AT_RISK_FLOOR",
    "CAVEAT",
    "Comparison",
    "Curve",
    "Estimate",
    "ExposureRows",
    "LogRank",
    "PublishedEstimate",
    "PublishedPoint",
    "Sentence",
    "TooFew",
    "Window",
    "at_risk",
    "common_window",
    "compare_retention",
    "continue_spells",
    "exposure_rows",
    "kaplan_meier",
    "log_rank",
    "notices",
    "publish",
    "round_count",
    "survival_at",
    "verdict",
    "whole_percent",
]
