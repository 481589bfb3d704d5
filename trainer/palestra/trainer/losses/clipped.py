"""The clipped surrogate of PPO with separate lower and upper bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.losses.token_loss import LossTerms, Tokens, masked

_MAX_LOG_RATIO = 20.0  # as verl: exp(20) is finite in every precision that logs are kept in


@dataclass(frozen=True, kw_only=True, slots=True)
class ClippedLoss:
    """`max(-rho * A, -clip(rho, 1 - clip_low, 1 + clip_high) * A)`, rho = exp(logprob - behaviour).

    With `dual_clip` c, a negative advantage costs at most `-c * A`, however much likelier the token
    has become. The log-ratio is limited to [-20, 20].

    Source: "Proximal Policy Optimization Algorithms", arXiv:1707.06347, equation 7; separate bounds:
        "DAPO", arXiv:2503.14476, equation 10; `dual_clip`: "Mastering Complex Control in MOBA Games
        with Deep Reinforcement Learning", arXiv:1912.09729, equation 5.
    """

    kind: ClassVar[str] = "clipped"

    clip_low: float = 0.2
    """How far below 1 the ratio may fall before a token with negative advantage stops pushing."""
    clip_high: float = 0.28
    """How far above 1 the ratio may rise before a token with positive advantage stops pushing."""
    dual_clip: float | None = None
    """Ratio at which a token with negative advantage stops pushing too; none: never."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.clip_low <= 1.0:
            raise ValueError(f"clip_low must be in [0, 1], got {self.clip_low}")
        if not 0.0 <= self.clip_high < math.inf:
            raise ValueError(f"clip_high must be 0 or more and finite, got {self.clip_high}")
        if self.dual_clip is not None and not 1.0 < self.dual_clip < math.inf:
            raise ValueError(f"dual_clip must be more than 1 and finite, got {self.dual_clip}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T = masked(tokens.mask_T, tokens.advantages_T)
        log_ratio_T = masked(tokens.mask_T, tokens.logprobs_T - tokens.behaviour_T)
        ratio_T = log_ratio_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp()
        bounded_T = ratio_T.clamp(1.0 - self.clip_low, 1.0 + self.clip_high)
        value_T = torch.maximum(-ratio_T * advantages_T, -bounded_T * advantages_T)

        gains_T, costs_T = advantages_T > 0, advantages_T < 0
        clipped_T = gains_T & (ratio_T > 1.0 + self.clip_high) | costs_T & (ratio_T < 1.0 - self.clip_low)
        if self.dual_clip is not None:
            value_T = torch.where(costs_T, torch.minimum(value_T, -self.dual_clip * advantages_T), value_T)
            clipped_T |= costs_T & (ratio_T > self.dual_clip)
        clipped_T |= (gains_T | costs_T) & (log_ratio_T.abs() > _MAX_LOG_RATIO)
        derivative_T = masked(~clipped_T, -ratio_T * advantages_T)
        return LossTerms(value_T=value_T, derivative_T=derivative_T, clipped_T=clipped_T)
