"""Shaping: what is added to corrected rewards, or makes others of them, before advantages are taken."""

from palestra.trainer.shaping.bounded import AffineShaping, LogSigmoidShaping, ParShaping
from palestra.trainer.shaping.length import (
    EfficientReasoningPenalty,
    LengthUnit,
    LongHorizonPenalty,
    OverlongPenalty,
    RelativeLengthBonus,
)
from palestra.trainer.shaping.paid import Paid, SurpriseOf, no_surprise
from palestra.trainer.shaping.self_aligned import SelfAligned
from palestra.trainer.shaping.stopping import MissingEnd, TruncatedFactor

Shaping = (
    OverlongPenalty
    | RelativeLengthBonus
    | EfficientReasoningPenalty
    | LongHorizonPenalty
    | ParShaping
    | LogSigmoidShaping
    | AffineShaping
    | TruncatedFactor
    | MissingEnd
    | SelfAligned
)
"""The stages that a configuration can name; they come in the order in which it names them.

Each says whether it `mixes` something into rewards of 0 and 1, or maps both values alike.
"""

__all__ = [
    "AffineShaping",
    "EfficientReasoningPenalty",
    "LengthUnit",
    "LogSigmoidShaping",
    "LongHorizonPenalty",
    "MissingEnd",
    "OverlongPenalty",
    "Paid",
    "ParShaping",
    "RelativeLengthBonus",
    "SelfAligned",
    "Shaping",
    "SurpriseOf",
    "TruncatedFactor",
    "no_surprise",
]
