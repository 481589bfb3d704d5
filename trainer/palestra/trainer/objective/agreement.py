"""How far generator and learner may be apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """How far log-probabilities of generator and learner may be apart on tokens of the same weights."""

    remark_max: float
    """Largest difference of a token that needs no remark."""
    remark_mean: float
    stop_mean: float
    """Beyond this mean the weights cannot be the same."""
