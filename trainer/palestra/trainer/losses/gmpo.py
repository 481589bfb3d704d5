"""The surrogate with the geometric mean of token ratios, each clipped on the pessimistic side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.losses.sequences import sequence_mean
from palestra.trainer.losses.token_loss import LossTerms, Needs, Tokens, log_ratios, masked

_MAX_LOG_RATIO = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class GmpoLoss:
    """`-A * exp(mean over the sequence of d)`, d the log-ratios of its tokens.

    For A > 0 a d is at most `clip_high`, for A < 0 at least -`clip_low`. A is the mean of the sequence's advantages.
    Take it with the aggregation `sequence-mean`.

    Source: "Geometric-Mean Policy Optimization", arXiv:2507.20673, equation 4 and algorithm 1.
    """

    kind: ClassVar[str] = "gmpo"
    needs: ClassVar[Needs] = Needs(sequences=True)

    clip_low: float = 0.4
    """How far the log-ratio may fall below 0 before a token with negative advantage stops pushing."""
    clip_high: float = 0.4
    """How far the log-ratio may rise above 0 before a token with positive advantage stops pushing."""

    def __post_init__(self) -> None:
        for name, bound in (("clip_low", self.clip_low), ("clip_high", self.clip_high)):
            if not 0.0 <= bound < math.inf:
                raise ValueError(f"{name} must be 0 or more and finite, got {bound}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T = sequence_mean(tokens, tokens.advantages_T)
        log_ratio_T = log_ratios(tokens)
        rising_T, falling_T = log_ratio_T.clamp(max=self.clip_high), log_ratio_T.clamp(min=-self.clip_low)
        bounded_T = torch.where(advantages_T >= 0, rising_T, falling_T)
        mean_T = sequence_mean(tokens, bounded_T)
        ratio_T = mean_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp()
        silent_T = (advantages_T > 0) & (log_ratio_T > self.clip_high)
        silent_T |= (advantages_T < 0) & (log_ratio_T < -self.clip_low)
        silent_T |= (advantages_T != 0) & (mean_T.abs() > _MAX_LOG_RATIO)
        value_T = -advantages_T * ratio_T
        clipped_T = silent_T & (tokens.advantages_T != 0)
        return LossTerms(value_T=value_T, derivative_T=masked(~silent_T, value_T), clipped_T=clipped_T)
