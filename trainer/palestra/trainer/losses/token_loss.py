"""The contract of a loss: a scalar function of a token's log-probability, with its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """What a loss may know of a chunk of T policy tokens; each field has shape (T,)."""

    logprobs_T: Tensor
    """Under the learner's current weights."""
    behaviour_T: Tensor
    """Under the policy that sampled the tokens."""
    advantages_T: Tensor
    mask_T: Tensor
    """Boolean; where it is False the other fields may hold anything, NaN included."""
    sequence_T: Tensor | None = None
    """Number of the sample that a token belongs to; losses over whole sequences read it."""
    foreign_T: Tensor | None = None
    """Boolean: no policy of this run sampled the token, so `behaviour_T` is the learner's; None: all are its own."""
    kl_weight_T: Tensor | None = None
    """Factor of the KL penalty; None stands for 1 everywhere."""
    reference_T: Tensor | None = None
    """Under the reference policy; only a KL penalty reads it."""
    old_T: Tensor | None = None
    """Under the learner's weights before the step's first update; None: the current ones are those. Only an
    importance correction reads it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LossTerms:
    """A loss token by token, before aggregation; each field has shape (T,)."""

    value_T: Tensor
    derivative_T: Tensor
    """Of the value with respect to the token's log-probability."""
    clipped_T: Tensor
    """Boolean: the token has an advantage, and clipping took its derivative away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What a loss asks of the learner beyond the tokens of a chunk."""

    sequences: bool = False
    """It looks at whole sequences: it is called once with all tokens of a micro-batch, which never splits one."""
    idle_tokens: bool = False
    """It acts on tokens whose advantage is 0 too, so that samples without advantage must be read."""

    def __or__(self, other: Needs) -> Needs:
        """What two losses need together."""
        return Needs(sequences=self.sequences or other.sequences, idle_tokens=self.idle_tokens or other.idle_tokens)


POINTWISE = Needs()


class TokenLoss(Protocol):
    """A loss in closed form.

    The learner turns `derivative_T` into the gradient of the logits while it still holds them, so
    no graph through the vocabulary is ever kept. All fields of the result are 0 (False) where the
    mask is False. A loss that needs more than the tokens of a chunk has an attribute `needs` of type `Needs`.
    Factors that a paper puts behind a stop-gradient are detached in the value, so that automatic
    differentiation of the values' sum gives `derivative_T`.
    """

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        ...


def needs_of(loss: TokenLoss) -> Needs:
    """What a loss asks for; nothing, if it does not say."""
    needs: Needs = getattr(loss, "needs", POINTWISE)
    return needs


def masked(mask_T: Tensor, values_T: Tensor) -> Tensor:
    """The values where the mask is True, else 0, whatever stood there (NaN * 0 would be NaN)."""
    return torch.where(mask_T, values_T, torch.zeros_like(values_T))


def log_ratios(tokens: Tokens) -> Tensor:
    """Log-probability less that of the behaviour policy, shape (T,)."""
    return masked(tokens.mask_T, tokens.logprobs_T - tokens.behaviour_T)


def score_terms(tokens: Tokens, coefficient_T: Tensor, clipped_T: Tensor | None = None) -> LossTerms:
    """`-coefficient * logprob` with a coefficient that no gradient goes through: the score function, weighed."""
    coefficient_T = masked(tokens.mask_T, coefficient_T.detach())
    return LossTerms(
        value_T=masked(tokens.mask_T, -coefficient_T * tokens.logprobs_T),
        derivative_T=-coefficient_T,
        clipped_T=torch.zeros_like(tokens.mask_T) if clipped_T is None else clipped_T & tokens.mask_T,
    )
