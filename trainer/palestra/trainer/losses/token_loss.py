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
    kl_weight_T: Tensor | None = None
    """Factor of the KL penalty; None stands for 1 everywhere."""
    reference_T: Tensor | None = None
    """Under the reference policy; only a KL penalty reads it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LossTerms:
    """A loss token by token, before aggregation; each field has shape (T,)."""

    value_T: Tensor
    derivative_T: Tensor
    """Of the value with respect to the token's log-probability."""
    clipped_T: Tensor
    """Boolean: the token has an advantage, and clipping took its derivative away."""


class TokenLoss(Protocol):
    """A loss in closed form.

    The learner turns `derivative_T` into the gradient of the logits while it still holds them, so
    no graph through the vocabulary is ever kept. All fields of the result are 0 (False) where the
    mask is False.
    """

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        ...


def masked(mask_T: Tensor, values_T: Tensor) -> Tensor:
    """The values where the mask is True, else 0, whatever stood there (NaN * 0 would be NaN)."""
    return torch.where(mask_T, values_T, torch.zeros_like(values_T))
