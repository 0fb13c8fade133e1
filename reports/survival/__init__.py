"""How long people stay, for those who took part and for those who did not.

The clock is tenure: days since joining the organisation. Everybody is compared with colleagues of the same length of
service, a person counts among the participants only from the day after joining a programme, and nobody counts before
the first day that HR data covers. Arrays in, dataclasses out; nothing here knows a database.
"""

from reports.survival.arrays import combine_strata
from reports.survival.comparison import Comparison, compare_retention
from reports.survival.competing import Incidence, IncidenceAt, aalen_johansen, incidence_at
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
from reports.survival.landmark import LANDMARKS, Landmark, landmark, landmarks
from reports.survival.matching import MatchedPoint, MatchedStay, Share, matched_left, matched_stay
from reports.survival.measures import DEFINITIONS, MEASURES, Happenings, Measure, Measured, standard_measures
from reports.survival.publishing import PublishedEstimate, PublishedPoint, round_count, whole_percent
from reports.survival.rates import (
    RateComparison,
    absence_within,
    followed_between,
    matched_rates,
    spell_at,
    spread_over,
)
from reports.survival.rows import (
    INVOLUNTARY,
    KINDS,
    NEVER,
    OTHER,
    VOLUNTARY,
    ExposureRows,
    Spells,
    continue_spells,
    exposure_rows,
)
from reports.survival.study import GroupRatio, Study, ratios_by_group, study
from reports.survival.wording import CAVEAT, Sentence, evidence, explain, matched_verdict, notices, verdict

__all__ = [
    "AT_RISK_FLOOR",
    "CAVEAT",
    "DEFINITIONS",
    "INVOLUNTARY",
    "KINDS",
    "LANDMARKS",
    "LEAVERS_FLOOR",
    "MEASURES",
    "NEVER",
    "OTHER",
    "VOLUNTARY",
    "Comparison",
    "CoxFit",
    "Curve",
    "Estimate",
    "ExposureRows",
    "GroupRatio",
    "Happenings",
    "HazardRatio",
    "Incidence",
    "IncidenceAt",
    "Landmark",
    "LogRank",
    "MatchedPoint",
    "MatchedStay",
    "Measure",
    "Measured",
    "NotEstimable",
    "PublishedEstimate",
    "PublishedPoint",
    "RateComparison",
    "RestrictedMean",
    "Sentence",
    "Share",
    "SimpleCount",
    "Spells",
    "Study",
    "TooFew",
    "TooFewEvents",
    "Window",
    "aalen_johansen",
    "absence_within",
    "at_risk",
    "combine_strata",
    "common_window",
    "compare_retention",
    "continue_spells",
    "cox",
    "evidence",
    "explain",
    "exposure_rows",
    "followed_between",
    "hazard_ratio",
    "incidence_at",
    "kaplan_meier",
    "landmark",
    "landmarks",
    "leavers_needed",
    "log_rank",
    "matched_left",
    "matched_rates",
    "matched_stay",
    "matched_verdict",
    "notices",
    "ratios_by_group",
    "restricted_mean",
    "round_count",
    "simple_count",
    "spell_at",
    "spread_over",
    "standard_measures",
    "study",
    "survival_at",
    "verdict",
    "whole_percent",
]
