"""The tapered policy gradient: what was right is imitated, what was wrong is forgotten only while it is likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.losses.sequences import Level, at_level
from palestra.trainer.losses.token_loss import LossTerms, Needs, Tokens, log_ratios, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class ToprLoss:
    """`-alpha * A * logprob`: alpha is 1 where A > threshold, else the ratio to the behaviour, cut to [0, 1].

    Rollouts of old policies stay safe: an unlikely wrong answer pushes with nearly no weight. Made for
    rewards of both signs, such as 1 and -1 less a baseline; `effective_positive_share` says what a baseline does.

    Source: "Tapered Off-Policy REINFORCE", arXiv:2503.14286, section 3: a ratio of sequences; other
        implementations take it token by token.
    """

    kind: ClassVar[str] = "topr"

    threshold: float = 0.0
    """Greatest advantage whose weight is the ratio."""
    level: Level = Level.SEQUENCE
    """What a ratio is taken of: sequence, token or geometric."""

    @property
    def needs(self) -> Needs:
        """Whole sequences, unless ratios are those of tokens."""
        return Needs(sequences=self.level is not Level.TOKEN)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        ratio_T = at_level(self.level, tokens, log_ratios(tokens)).clamp(max=0.0).exp()
        is_imitated_T = tokens.advantages_T > self.threshold
        return score_terms(tokens, torch.where(is_imitated_T, 1.0, ratio_T) * tokens.advantages_T)


def effective_positive_share(share: float, baseline: float) -> float:
    """The share of positive samples without a baseline that mixes gradients as `share` does with one.

    Args:
        share: Of samples with reward 1; the others have -1.
        baseline: Taken off every reward, in (-1, 1).

    Source: as ToprLoss, section 4.
    """
    return share * (1.0 - baseline) / (1.0 + (1.0 - 2.0 * share) * baseline)
