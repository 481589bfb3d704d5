"""The clipped surrogate of PPO with separate lower and upper bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.losses.token_loss import LossTerms, Tokens, log_ratios, masked


@dataclass(frozen=True, kw_only=True, slots=True)
class ClippedLoss:
    """`max(-rho * A, -clip(rho, 1 - clip_low, 1 + clip_high) * A)`, rho = exp(logprob - behaviour).

    With `dual_clip` c, a negative advantage costs at most `-c * A`, however much likelier the token
    has become; for c of at least 1 + clip_high that is also the cap on the unclipped ratio that TRL calls
    `delta`. Before all that, rho is limited to [1 / max_ratio, max_ratio].

    Source: "Proximal Policy Optimization Algorithms", arXiv:1707.06347, equation 7; separate bounds:
        "DAPO", arXiv:2503.14476, equation 10; `dual_clip`: "Mastering Complex Control in MOBA Games
        with Deep Reinforcement Learning", arXiv:1912.09729, equation 5; `max_ratio`: "R1-Reward",
        arXiv:2505.02835, section 4 (pre-clip).
    """

    kind: ClassVar[str] = "clipped"

    clip_low: float = 0.2
    """How far below 1 the ratio may fall before a token with negative advantage stops pushing."""
    clip_high: float = 0.28
    """How far above 1 the ratio may rise before a token with positive advantage stops pushing."""
    dual_clip: float | None = None
    """Ratio at which a token with negative advantage stops pushing too; none: never."""
    max_ratio: float = 1e3
    """Bound of the ratio and of its inverse before anything else, so that no exponential overflows."""

    def __post_init__(self) -> None:
        check_bounds(self.clip_low, self.clip_high)
        if self.dual_clip is not None and not 1.0 < self.dual_clip < math.inf:
            raise ValueError(f"dual_clip must be more than 1 and finite, got {self.dual_clip}")
        if not 1.0 < self.max_ratio <= 1e8:
            raise ValueError(f"max_ratio must be more than 1 and at most 1e8, got {self.max_ratio}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T = masked(tokens.mask_T, tokens.advantages_T)
        log_ratio_T, limit = log_ratios(tokens), math.log(self.max_ratio)
        ratio_T = log_ratio_T.clamp(-limit, limit).exp()
        terms = clipped_terms(ratio_T, advantages_T, self.clip_low, self.clip_high)
        value_T, clipped_T = terms.value_T, terms.clipped_T
        if self.dual_clip is not None:
            costs_T = advantages_T < 0
            value_T = torch.where(costs_T, torch.minimum(value_T, -self.dual_clip * advantages_T), value_T)
            clipped_T = clipped_T | costs_T & (ratio_T > self.dual_clip)
        clipped_T = clipped_T | (advantages_T != 0) & (log_ratio_T.abs() > limit)
        return LossTerms(value_T=value_T, derivative_T=masked(~clipped_T, -ratio_T * advantages_T), clipped_T=clipped_T)


def clipped_terms(ratio_T: Tensor, advantages_T: Tensor, clip_low: float, clip_high: float) -> LossTerms:
    """The surrogate for ratios whose derivative by the log-probability is the ratio; 0 where the advantage is 0."""
    bounded_T = ratio_T.clamp(1.0 - clip_low, 1.0 + clip_high)
    clipped_T = (advantages_T > 0) & (ratio_T > 1.0 + clip_high) | (advantages_T < 0) & (ratio_T < 1.0 - clip_low)
    return LossTerms(
        value_T=torch.maximum(-ratio_T * advantages_T, -bounded_T * advantages_T),
        derivative_T=masked(~clipped_T, -ratio_T * advantages_T),
        clipped_T=clipped_T,
    )


def check_bounds(clip_low: float, clip_high: float) -> None:
    """Refuse bounds that no ratio can have.

    Raises:
        ValueError: One is out of range.
    """
    if not 0.0 <= clip_low <= 1.0:
        raise ValueError(f"clip_low must be in [0, 1], got {clip_low}")
    if not 0.0 <= clip_high < math.inf:
        raise ValueError(f"clip_high must be 0 or more and finite, got {clip_high}")
