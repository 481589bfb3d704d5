"""Which tokens of a demonstration are worth learning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class AllTokens:
    """All that the policy should have written."""

    kind: ClassVar[str] = "all"

    needs_scan: ClassVar[bool] = False

    def __call__(self, logprobs_M: Tensor, entropies_M: Tensor) -> Tensor:
        """Which of the policy's tokens are learned: a boolean for each."""
        return torch.ones_like(logprobs_M, dtype=torch.bool)


@dataclass(frozen=True, kw_only=True, slots=True)
class SurprisingTokens:
    """The tokens of a batch that are least likely for how sure the policy is: the largest `-logp - c * H`.

    Source: Entropy-SFT of "Light-IF", arXiv:2508.03178.
    """

    kind: ClassVar[str] = "surprising"
    needs_scan: ClassVar[bool] = True

    entropy_weight: float = 1.0
    """c, the factor of the entropy."""
    share: float = 0.2
    """Share of the tokens that are learned; at least one is."""

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            raise ValueError(f"share must be in (0, 1], got {self.share}")
        if not 0.0 <= self.entropy_weight < math.inf:
            raise ValueError(f"entropy_weight must be 0 or more and finite, got {self.entropy_weight}")

    def excess(self, logprobs_M: Tensor, entropies_M: Tensor) -> Tensor:
        """How much more surprising each token is than the policy expects, shape (M,)."""
        return -logprobs_M - self.entropy_weight * entropies_M

    def __call__(self, logprobs_M: Tensor, entropies_M: Tensor) -> Tensor:
        """Which of the policy's tokens are learned: a boolean for each; of equal ones the earlier."""
        count = min(len(logprobs_M), max(1, math.floor(self.share * len(logprobs_M) + 1e-9)))
        order = self.excess(logprobs_M, entropies_M).argsort(descending=True, stable=True)
        chosen_M = torch.zeros_like(logprobs_M, dtype=torch.bool)
        chosen_M[order[:count]] = True
        return chosen_M


TokenChoice = AllTokens | SurprisingTokens
"""The choices that a configuration can name."""
