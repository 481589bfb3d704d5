"""Noise as data: rates of verifiers' errors, corrections by them, and whether these change anything.

Rates for correction come from audits of the policy's own samples (`estimate_rates`), not from a verifier's card:
a card is a stress test.

>>> NoiseModel(fpr=0.1, fnr=0.2).informedness > 0
True
"""

from palestra.verifiers.noise.appeals import (
    Appeal,
    AppealRule,
    FalseNegatives,
    JudgeErrors,
    Rejection,
    Ruling,
    UncertainAppeals,
    UniformAppeals,
    choose_appeals,
    corrected_false_negatives,
    count_false_negatives,
    fnr_given_fpr,
    naive_fnr,
    smoothed,
    unflipped,
)
from palestra.verifiers.noise.composition import (
    BatchScored,
    Composition,
    GroupCentred,
    GroupScored,
    Normalisation,
    PlainCoefficients,
    Spread,
    Thresholded,
    spread_of,
)
from palestra.verifiers.noise.corrections import (
    Backward,
    CorrectedReward,
    Correction,
    Forward,
    ObservedReward,
    correct,
    corrected_share,
)
from palestra.verifiers.noise.drift import (
    CanaryConflict,
    DiscoveryJump,
    DriftAlarm,
    DriftLimits,
    YesShareJump,
    drift_alarms,
)
from palestra.verifiers.noise.effective import Effect, Effective, Removed, Rescaled, assert_effective, effect_of
from palestra.verifiers.noise.groups import is_informative, mixed_by_noise
from palestra.verifiers.noise.model import MAX_RATE, NOISELESS, NoiseModel, NoiseTable, parent_of
from palestra.verifiers.noise.rates import RateSettings, StratumRates, estimate_rates
from palestra.verifiers.noise.sample import Audit, RatedSample, RateWindow

__all__ = [
    "MAX_RATE",
    "NOISELESS",
    "Appeal",
    "AppealRule",
    "Audit",
    "Backward",
    "BatchScored",
    "CanaryConflict",
    "Composition",
    "CorrectedReward",
    "Correction",
    "DiscoveryJump",
    "DriftAlarm",
    "DriftLimits",
    "Effect",
    "Effective",
    "FalseNegatives",
    "Forward",
    "GroupCentred",
    "GroupScored",
    "JudgeErrors",
    "NoiseModel",
    "NoiseTable",
    "Normalisation",
    "ObservedReward",
    "PlainCoefficients",
    "RateSettings",
    "RateWindow",
    "RatedSample",
    "Rejection",
    "Removed",
    "Rescaled",
    "Ruling",
    "Spread",
    "StratumRates",
    "Thresholded",
    "UncertainAppeals",
    "UniformAppeals",
    "YesShareJump",
    "assert_effective",
    "choose_appeals",
    "correct",
    "corrected_false_negatives",
    "corrected_share",
    "count_false_negatives",
    "drift_alarms",
    "effect_of",
    "estimate_rates",
    "fnr_given_fpr",
    "is_informative",
    "mixed_by_noise",
    "naive_fnr",
    "parent_of",
    "smoothed",
    "spread_of",
    "unflipped",
]
