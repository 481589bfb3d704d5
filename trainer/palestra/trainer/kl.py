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
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.losses.token_loss import LossTerms, TokenLoss, Tokens, masked

_MAX_LOG_RATIO = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class K1:
    """`logprob - reference`: unbiased and noisy; its expected gradient is zero."""

    kind: ClassVar[str] = "k1"

    coefficient: float = 1e-3
    """Weight of the penalty in the loss."""

    def __post_init__(self) -> None:
        _check(self.coefficient)

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        return excess_T, torch.ones_like(excess_T)


@dataclass(frozen=True, kw_only=True, slots=True)
class K2:
    """`(logprob - reference)**2 / 2`: its gradient is that of KL(policy || reference)."""

    kind: ClassVar[str] = "k2"

    coefficient: float = 1e-3
    """Weight of the penalty in the loss."""

    def __post_init__(self) -> None:
        _check(self.coefficient)

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        return excess_T.square() / 2, excess_T


@dataclass(frozen=True, kw_only=True, slots=True)
class K3:
    """`exp(-x) + x - 1`, x = logprob - reference: unbiased, never negative; the KL term of GRPO.

    x is limited to [-20, 20]: beyond, the derivative is 0.

    Source: "DeepSeekMath", arXiv:2402.03300, equation 4.
    """

    kind: ClassVar[str] = "k3"

    coefficient: float = 1e-3
    """Weight of the penalty in the loss."""

    def __post_init__(self) -> None:
        _check(self.coefficient)

    def terms(self, excess_T: Tensor) -> tuple[Tensor, Tensor]:
        """Estimate and derivative, from logprob - reference."""
        limited_T = excess_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO)
        inverse_ratio_T = (-limited_T).exp()
        derivative_T = masked(excess_T.abs() <= _MAX_LOG_RATIO, 1.0 - inverse_ratio_T)
        return inverse_ratio_T + limited_T - 1.0, derivative_T


KlPenalty = K1 | K2 | K3
"""The penalties that a configuration can name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PenalisedLoss:
    """A loss plus a KL penalty; `clipped_T` is the loss's own (a penalty is never clipped)."""

    loss: TokenLoss
    penalty: KlPenalty

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token.

        Raises:
            ValueError: The tokens come without the reference's log-probabilities.
        """
        if tokens.reference_T is None:
            raise ValueError("a KL penalty needs the reference's log-probabilities of the tokens")
        terms = self.loss(tokens)
        excess_T = masked(tokens.mask_T, tokens.logprobs_T - tokens.reference_T)
        estimate_T, derivative_T = self.penalty.terms(excess_T)
        weight = self.penalty.coefficient
        return LossTerms(
            value_T=terms.value_T + weight * masked(tokens.mask_T, estimate_T),
            derivative_T=terms.derivative_T + weight * masked(tokens.mask_T, derivative_T),
            clipped_T=terms.clipped_T,
        )


def with_kl(loss: TokenLoss, penalty: KlPenalty | None) -> TokenLoss:
    """The loss with the penalty added; the loss itself when there is none."""
    return loss if penalty is None else PenalisedLoss(loss=loss, penalty=penalty)


def _check(coefficient: float) -> None:
    if not 0.0 < coefficient < math.inf:
        raise ValueError(f"coefficient must be positive and finite, got {coefficient} (no penalty: leave `kl` out)")
