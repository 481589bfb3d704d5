"""Modes of training: what of a step overlaps with what of the next."""

from palestra.trainer.modes.colocated import Colocated, WakefulGenerator
from palestra.trainer.modes.pipelined import (
    AtBoundary,
    CarryOver,
    Finish,
    InFlight,
    NextToken,
    Pipelined,
    WaitForAll,
)
from palestra.trainer.modes.synchronous import Synchronous
from palestra.trainer.objective.staleness import DropSamples, Freshness, MaskTokens, TooOld, Wait

Mode = Synchronous | Pipelined | Colocated
"""What a configuration can name."""

__all__ = [
    "AtBoundary",
    "CarryOver",
    "Colocated",
    "DropSamples",
    "Finish",
    "Freshness",
    "InFlight",
    "MaskTokens",
    "Mode",
    "NextToken",
    "Pipelined",
    "Synchronous",
    "TooOld",
    "Wait",
    "WaitForAll",
    "WakefulGenerator",
]
