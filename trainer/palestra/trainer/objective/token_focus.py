"""Which tokens of an update are learned from, by the entropy at which they were drawn.

The choice is made over all tokens of an update, so that micro-batches change nothing; it costs one pass of the
model without a gradient. Tokens that are passed over keep their place in the aggregation and in a KL penalty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class HighEntropyTokens:
    """The share of tokens with the greatest entropy: those at which the response could have gone elsewhere.

    Source: "Beyond the 80/20 Rule: High-Entropy Minority Tokens Drive Effective Reinforcement Learning for LLM
        Reasoning", arXiv:2506.01939, section 5.
    """

    kind: ClassVar[str] = "high-entropy"

    share: float = 0.2
    """Of the tokens."""

    def __post_init__(self) -> None:
        _check("share", self.share)

    def __call__(self, advantages_M: Tensor, entropies_M: Tensor, progress: float) -> Tensor:
        """Which tokens are learned from, boolean, shape (M,).

        Args:
            advantages_M: Of the update's policy tokens.
            entropies_M: Of the distributions that they were drawn from.
            progress: Share of the run that is done, in [0, 1].
        """
        return _greatest(entropies_M, self.share)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdvantageEntropyTokens:
    """The share of tokens with the greatest product of |advantage| and entropy, falling over the run: D3S.

    Source: D3S, arXiv:2509.22115, token level.
    """

    kind: ClassVar[str] = "d3s-tokens"

    initial: float = 0.2
    """Share of the tokens at the start of the run."""
    final: float = 0.2
    """Share at its end; in between in a straight line."""

    def __post_init__(self) -> None:
        _check("initial", self.initial)
        _check("final", self.final)

    def __call__(self, advantages_M: Tensor, entropies_M: Tensor, progress: float) -> Tensor:
        """Which tokens are learned from; arguments as of HighEntropyTokens."""
        share = (1.0 - progress) * self.initial + progress * self.final
        return _greatest(advantages_M.abs() * entropies_M, share)


TokenFocus = HighEntropyTokens | AdvantageEntropyTokens
"""The choices that a configuration can name."""


def _greatest(scores_M: Tensor, share: float) -> Tensor:
    """The greatest scores: at least the share of them, rounded up; of equal ones those that come first."""
    count = math.ceil(share * len(scores_M) - 1e-9)
    chosen_M = torch.zeros(len(scores_M), dtype=torch.bool, device=scores_M.device)
    chosen_M[scores_M.argsort(descending=True, stable=True)[:count]] = True
    return chosen_M


def _check(name: str, share: float) -> None:
    if not 0.0 < share <= 1.0:
        raise ValueError(f"{name} must be in (0, 1], got {share}")
