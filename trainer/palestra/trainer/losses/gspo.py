"""The clipped surrogate with one ratio for a whole sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.losses.clipped import check_bounds, clipped_terms
from palestra.trainer.losses.sequences import sequence_mean
from palestra.trainer.losses.token_loss import LossTerms, Needs, Tokens, log_ratios, masked

_MAX_LOG_RATIO = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class GspoLoss:
    """`max(-s * A, -clip(s, 1 - clip_low, 1 + clip_high) * A)`, s = exp(mean over the sequence of the log-ratios).

    Every token of a sequence has its s. Where the advantages of a sequence differ from token to token, each
    token is pushed by its own (the token variant of the paper); where they are equal, that is the sequence
    loss. log s is limited to [-10, 10]. Take it with the aggregation `sequence-mean`; LUSPO is the same with
    `sequence-sum`.

    Source: "Group Sequence Policy Optimization", arXiv:2507.18071, equations 5, 7 and 14.
    """

    kind: ClassVar[str] = "gspo"
    needs: ClassVar[Needs] = Needs(sequences=True)

    clip_low: float = 3e-4
    """How far below 1 the sequence's ratio may fall before a negative advantage stops pushing."""
    clip_high: float = 4e-4
    """How far above 1 the sequence's ratio may rise before a positive advantage stops pushing."""

    def __post_init__(self) -> None:
        check_bounds(self.clip_low, self.clip_high)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        advantages_T = masked(tokens.mask_T, tokens.advantages_T)
        own_T = log_ratios(tokens)
        mean_T = sequence_mean(tokens, own_T).detach()
        limited_T = masked(mean_T.abs() <= _MAX_LOG_RATIO, own_T - own_T.detach())
        ratio_T = (mean_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO) + limited_T).exp()
        terms = clipped_terms(ratio_T, advantages_T, self.clip_low, self.clip_high)
        clipped_T = terms.clipped_T | (advantages_T != 0) & (mean_T.abs() > _MAX_LOG_RATIO)
        return LossTerms(
            value_T=terms.value_T, derivative_T=masked(~clipped_T, terms.derivative_T), clipped_T=clipped_T
        )
