"""Penalties for leaving the reference policy, token by token.

All three estimate KL(policy || reference) from the log-probabilities of sampled tokens. As terms of a
loss they differ more than as estimates, because the gradient is taken through the estimate while the
samples stay fixed. In expectation over on-policy tokens the gradient of K1 is zero (it only adds
noise), that of K2 is the gradient of KL(policy || reference), and that of K3 is the gradient of
KL(reference || policy).

Source: estimators: Schulman, "Approximating KL Divergence", http://joschu.net/blog/kl-approx.html;
    gradients: "On a few pitfalls in KL divergence gradient estimation for RL", arXiv:2506.09477.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.losses import LossTerms, Needs, TokenLoss, Tokens, needs_of
from palestra.trainer.losses.token_loss import masked
from palestra.trainer.reweighting import KlWeighting, UniformKl


class KlPlace(StrEnum):
    """Where a penalty acts."""

    LOSS = "loss"
    """A term of the loss; its gradient goes through the estimate of the token."""
    REWARD = "reward"
    """Taken from the reward, token by token, before the step's first update: from what a critic is told is paid, else
    from each token's advantage what is still to be charged from it on. With K1 the gradient is that of
    KL(policy || reference)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KlSettings:
    """What all penalties have in common.

    Source: in the reward: "Fine-Tuning Language Models from Human Preferences", arXiv:1909.08593, equation 2, and
        without a critic "REINFORCE++", arXiv:2501.03262, section 3; the clamps are those of "Scaling Up RL: Unlocking
        Diverse Reasoning in LLMs via Prolonged Training", arXiv:2507.12507, in its code: 20 and 10.
    """

    coefficient: float = 1e-3
    """Weight of the penalty in the loss."""
    input_clamp: float = 20.0
    """Bound of |logprob - reference|; beyond it a token has no derivative."""
    output_clamp: float = math.inf
    """Bound of the estimate's size; beyond it a token has no derivative."""
    weighting: KlWeighting = field(default_factory=UniformKl)
    """How much of the penalty a sample bears: uniform or dads."""
    place: KlPlace = KlPlace.LOSS
    """Whether it is a term of the loss or taken from the reward: loss or reward."""

    def __post_init__(self) -> None:
        if not 0.0 < self.coefficient < math.inf:
            raise ValueError(
                f"coefficient must be positive and finite, got {self.coefficient} (no penalty: leave `kl` out)"
            )
        for name, clamp in (("input_clamp", self.input_clamp), ("output_clamp", self.output_clamp)):
            if not clamp > 0.0:
                raise ValueError(f"{name} must be positive, got {clamp} (inf: no bound)")


@dataclass(frozen=True, kw_only=True, slots=True)
class K1(KlSettings):
    """`logprob - reference`: unbiased and noisy; its expected gradient is zero."""

    kind: ClassVar[str] = "k1"

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        return excess_T, torch.ones_like(excess_T)


@dataclass(frozen=True, kw_only=True, slots=True)
class K2(KlSettings):
    """`(logprob - reference)**2 / 2`: its gradient is that of KL(policy || reference)."""

    kind: ClassVar[str] = "k2"

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        return excess_T.square() / 2, excess_T


@dataclass(frozen=True, kw_only=True, slots=True)
class K3(KlSettings):
    """`exp(-x) + x - 1`, x = logprob - reference: unbiased, never negative; the KL term of GRPO.

    Source: "DeepSeekMath", arXiv:2402.03300, equation 4.
    """

    kind: ClassVar[str] = "k3"

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        inverse_ratio_T = (-excess_T).exp()
        return inverse_ratio_T + excess_T - 1.0, 1.0 - inverse_ratio_T


KlPenalty = K1 | K2 | K3
"""The penalties that a configuration can name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PenalisedLoss:
    """A loss plus a KL penalty; `clipped_T` is the loss's own (a penalty is never clipped)."""

    loss: TokenLoss
    penalty: KlPenalty

    @property
    def needs(self) -> Needs:
        """The loss's needs; tokens without advantage are held back too."""
        return needs_of(self.loss) | Needs(idle_tokens=True)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token.

        Raises:
            ValueError: The tokens come without the reference's log-probabilities.
        """
        if tokens.reference_T is None:
            raise ValueError("a KL penalty needs the reference's log-probabilities of the tokens")
        terms = self.loss(tokens)
        excess_T = masked(tokens.mask_T, tokens.logprobs_T - tokens.reference_T)
        value_T, derivative_T = clamped_terms(self.penalty, excess_T)
        weight_T = torch.full_like(excess_T, self.penalty.coefficient)
        if tokens.kl_weight_T is not None:
            weight_T = weight_T * masked(tokens.mask_T, tokens.kl_weight_T)
        return LossTerms(
            value_T=terms.value_T + weight_T * masked(tokens.mask_T, value_T),
            derivative_T=terms.derivative_T + weight_T * masked(tokens.mask_T, derivative_T),
            clipped_T=terms.clipped_T,
        )


def clamped_terms(penalty: KlPenalty, excess_T: Tensor) -> tuple[Tensor, Tensor]:
    """Estimate and derivative within the penalty's bounds, from logprob - reference."""
    bound, ceiling = penalty.input_clamp, penalty.output_clamp
    value_T, derivative_T = penalty.terms(excess_T.clamp(-bound, bound))
    is_free_T = (excess_T.abs() <= bound) & (value_T.abs() <= ceiling)
    return value_T.clamp(-ceiling, ceiling), masked(is_free_T, derivative_T)


def k3_of(ahead_M: Tensor) -> Tensor:
    """The k3 estimate of KL(p || q) of each token that p drew, from log q - log p; for measuring, so never infinite.

    Source: "Approximating KL Divergence", Schulman, 2020, estimator k3.
    """
    return ahead_M.clamp(max=20.0).exp() - 1.0 - ahead_M


def with_kl(loss: TokenLoss, penalty: KlPenalty | None) -> TokenLoss:
    """The loss with the penalty added; the loss itself when there is none."""
    return loss if penalty is None else PenalisedLoss(loss=loss, penalty=penalty)
