"""How much of the KL penalty each sample bears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages import ScoredGroups


@dataclass(frozen=True, kw_only=True, slots=True)
class UniformKl:
    """Every sample bears all of it."""

    kind: ClassVar[str] = "uniform"

    def __call__(self, groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
        """1 for each sample, shape (P, G)."""
        return torch.ones_like(advantages_PG)


@dataclass(frozen=True, kw_only=True, slots=True)
class DifficultyAware:
    """DADS of APO: what was good bears `1 - exp(-rate * pass rate)`, so that hard tasks may move the policy further.

    All of it where the group is all right or all wrong, and for samples that were no better than their group. It
    jumps there: the rarest success bears least, and none in the group bears all.

    Source: "APO", arXiv:2506.21655, difficulty-aware divergence shaping (DADS), and its code.
    """

    kind: ClassVar[str] = "dads"

    rate: float = math.e
    """How fast the weight rises with the pass rate."""
    threshold: float = 0.5
    """Rewards above it are right."""

    def __post_init__(self) -> None:
        if not 0.0 < self.rate < math.inf:
            raise ValueError(f"rate must be positive and finite, got {self.rate}")

    def __call__(self, groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
        """Factors of the penalty in (0, 1], shape (P, G).

        Args:
            groups: Rewards of the step's samples.
            advantages_PG: As they are learned from.
        """
        right_P1 = (groups.rewards_PG > self.threshold).sum(dim=1, keepdim=True).double()
        counts_P1 = groups.valid_PG.sum(dim=1, keepdim=True)
        weights_P1 = 1.0 - torch.exp(-self.rate * right_P1 / counts_P1.clamp(min=1))
        is_mixed_P1 = (right_P1 > 0) & (right_P1 < counts_P1)
        return torch.where(is_mixed_P1 & (advantages_PG > 0.0), weights_P1, 1.0).to(advantages_PG.dtype)


KlWeighting = UniformKl | DifficultyAware
"""What a configuration can name; each maps scored groups and advantages to factors of the penalty."""
