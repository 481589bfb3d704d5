"""Offline learning of what is better than expected, weighed by a clipped ratio to the behaviour policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.sequences import Level, at_level
from palestra.trainer.losses.token_loss import LossTerms, Needs, Tokens, log_ratios, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class ALolLoss:
    """`-clip(ratio, 1 - clip, 1 + clip) * A * logprob` where A > 0, without a gradient through the ratio.

    Source: "Leftover Lunch: Advantage-based Offline Reinforcement Learning for Language Models",
        arXiv:2305.14718, section 2; the default of `clip` is ours.
    """

    kind: ClassVar[str] = "a-lol"

    clip: float = 0.9
    """How far the ratio may be from 1."""
    level: Level = Level.SEQUENCE
    """What a ratio is taken of: sequence, token or geometric."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.clip < math.inf:
            raise ValueError(f"clip must be 0 or more and finite, got {self.clip}")

    @property
    def needs(self) -> Needs:
        """Whole sequences, unless ratios are those of tokens."""
        return Needs(sequences=self.level is not Level.TOKEN)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        ratio_T = (
            at_level(self.level, tokens, log_ratios(tokens)).exp().clamp(max(1.0 - self.clip, 0.0), 1.0 + self.clip)
        )
        return score_terms(tokens, ratio_T * tokens.advantages_T.clamp(min=0.0))
