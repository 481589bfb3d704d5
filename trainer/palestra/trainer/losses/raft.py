"""Supervised learning of the samples that are better than the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.token_loss import LossTerms, Tokens, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class RaftLoss:
    """`-logprob` where the advantage is positive, whatever its size; nothing elsewhere.

    Source: "RAFT: Reward rAnked FineTuning", arXiv:2304.06767, algorithm 1.
    """

    kind: ClassVar[str] = "raft"

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        return score_terms(tokens, (tokens.advantages_T > 0).to(tokens.logprobs_T.dtype))
