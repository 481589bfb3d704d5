"""The plain policy gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.losses.token_loss import LossTerms, Tokens, masked


@dataclass(frozen=True, kw_only=True, slots=True)
class ReinforceLoss:
    """`-A * logprob`: right for tokens that the current weights sampled; no ratio, nothing is clipped.

    Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
        learning", Machine Learning 8, 1992; for language models "Back to Basics: Revisiting REINFORCE
        Style Optimization", arXiv:2402.14740, section 2.
    """

    kind: ClassVar[str] = "reinforce"

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        return LossTerms(
            value_T=masked(tokens.mask_T, -tokens.advantages_T * tokens.logprobs_T),
            derivative_T=masked(tokens.mask_T, -tokens.advantages_T),
            clipped_T=torch.zeros_like(tokens.mask_T),
        )
