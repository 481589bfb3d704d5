"""Means over the tokens of a sequence, and the three levels at which a ratio of policies can be taken."""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor

from palestra.trainer.losses.token_loss import Tokens, masked


class Level(StrEnum):
    """What one ratio of two policies stands for."""

    TOKEN = "token"
    """Each token has its own."""
    SEQUENCE = "sequence"
    """The product over the sequence, for all its tokens."""
    GEOMETRIC = "geometric"
    """The geometric mean over the sequence, for all its tokens: it does not shrink or grow with the length."""


def sequence_sum(tokens: Tokens, values_T: Tensor) -> Tensor:
    """The sum of the values over the sequence of each token, shape (T,); 0 where the mask is False.

    Raises:
        ValueError: The tokens do not say which sequences they belong to.
    """
    if tokens.sequence_T is None:
        raise ValueError("a loss over whole sequences needs to know which sequence a token belongs to")
    sequence_T = masked(tokens.mask_T, tokens.sequence_T)
    size = int(sequence_T.max()) + 1 if len(sequence_T) else 0
    sums = values_T.new_zeros(size).index_add(0, sequence_T, masked(tokens.mask_T, values_T))
    return masked(tokens.mask_T, sums[sequence_T])


def sequence_mean(tokens: Tokens, values_T: Tensor) -> Tensor:
    """The mean of the values over the sequence of each token, shape (T,); 0 where the mask is False."""
    counts_T = sequence_sum(tokens, torch.ones_like(values_T))
    return sequence_sum(tokens, values_T) / counts_T.clamp(min=1.0)


def at_level(level: Level, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
    """Log-ratios of tokens as those of the level, shape (T,)."""
    if level is Level.TOKEN:
        return log_ratios_T
    return (sequence_sum if level is Level.SEQUENCE else sequence_mean)(tokens, log_ratios_T)
