"""Likelihood of right samples up, of wrong ones down, the latter with less weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.token_loss import LossTerms, Tokens, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class RediLoss:
    """`-logprob` where the advantage is positive, `alpha * logprob` where it is negative.

    No reference policy and no ratio: made for samples of another policy, such as a teacher. The paper's division
    by a sample's length is the aggregation `sequence-mean`.

    Source: "Harnessing Negative Signals: Reinforcement Distillation from Teacher Data for LLM Reasoning",
        arXiv:2505.24850, equation 7.
    """

    kind: ClassVar[str] = "redi"

    alpha: float = 0.8
    """Weight of the negative samples."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.alpha < math.inf:
            raise ValueError(f"alpha must be 0 or more and finite, got {self.alpha}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T, dtype = tokens.advantages_T, tokens.logprobs_T.dtype
        return score_terms(tokens, (advantages_T > 0).to(dtype) - self.alpha * (advantages_T < 0).to(dtype))
