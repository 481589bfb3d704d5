"""The plain policy gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.token_loss import LossTerms, Tokens, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class ReinforceLoss:
    """`-A * logprob`: right for tokens that the current weights sampled; no ratio, nothing is clipped.

    It is the loss of GPG too, whose advantages have a factor of their own.

    Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
        learning", Machine Learning 8, 1992; for language models "Back to Basics: Revisiting REINFORCE
        Style Optimization", arXiv:2402.14740, section 2; "GPG", arXiv:2504.02546.
    """

    kind: ClassVar[str] = "reinforce"

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        return score_terms(tokens, tokens.advantages_T)
