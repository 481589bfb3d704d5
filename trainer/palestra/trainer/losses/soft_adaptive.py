"""The surrogate with a smooth gate in the place of a clip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.losses.token_loss import LossTerms, Tokens, log_ratios, masked

_MAX_LOG_RATIO = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SoftAdaptiveLoss:
    """`-A * 4 / tau * sigmoid(tau * (rho - 1))`: its derivative is that of rho * A at 1, and fades away from there.

    The log-ratio is limited to [-20, 20]. Nothing is clipped.

    Source: "Soft Adaptive Policy Optimization", arXiv:2511.20347, equations 5 and 6.
    """

    kind: ClassVar[str] = "soft-adaptive"

    temperature_gain: float = 1.0
    """tau of tokens with positive advantage."""
    temperature_cost: float = 1.05
    """tau of the others: greater, so that they fade sooner."""

    def __post_init__(self) -> None:
        for name, value in (
            ("temperature_gain", self.temperature_gain),
            ("temperature_cost", self.temperature_cost),
        ):
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} must be positive and finite, got {value}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T = masked(tokens.mask_T, tokens.advantages_T)
        log_ratio_T = log_ratios(tokens)
        ratio_T = log_ratio_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp()
        tau_T = torch.full_like(ratio_T, self.temperature_cost).masked_fill(advantages_T > 0, self.temperature_gain)
        gate_T = torch.sigmoid(tau_T * (ratio_T - 1.0))
        slope_T = masked(log_ratio_T.abs() <= _MAX_LOG_RATIO, 4.0 * gate_T * (1.0 - gate_T) * ratio_T)
        return LossTerms(
            value_T=-advantages_T * gate_T * 4.0 / tau_T,
            derivative_T=-advantages_T * slope_T,
            clipped_T=torch.zeros_like(tokens.mask_T),
        )
