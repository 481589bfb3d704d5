"""The score function, weighed by a ratio that is bounded but never silences a token."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.token_loss import LossTerms, Tokens, log_ratios, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class CispoLoss:
    """`-min(rho, upper) * A * logprob`, without a gradient through rho.

    Source: "MiniMax-M1", arXiv:2506.13585, section 3.1; the bound: "The Art of Scaling Reinforcement Learning
        Compute for LLMs", arXiv:2510.13786.
    """

    kind: ClassVar[str] = "cispo"

    upper: float = 5.0
    """Greatest weight of a token."""
    lower: float = 0.0
    """Least weight of a token; 0: no bound."""

    def __post_init__(self) -> None:
        if not 0.0 < self.upper < math.inf:
            raise ValueError(f"upper must be positive and finite, got {self.upper}")
        if not 0.0 <= self.lower <= self.upper:
            raise ValueError(f"lower must be in [0, upper], got {self.lower}")

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        return score_terms(tokens, log_ratios(tokens).exp().clamp(self.lower, self.upper) * tokens.advantages_T)
