"""STCR of APO: long wrong responses are pushed away harder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages import ScoredGroups


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthRegularisation:
    """A wrong response that is longer than the right ones of its group on average weighs `2 - base**-excess`.

    Between 1 and 2, and next to 1 at usual lengths: 1.001 for 100 tokens too many, 1.095 for 10,000.

    Source: "APO", arXiv:2506.21655, suboptimal trajectory complexity regularisation (STCR), and its code.
    """

    kind: ClassVar[str] = "stcr"

    base: float = 1.00001
    """How fast the weight rises, per token."""
    threshold: float = 0.5
    """Rewards above it are right."""

    def __post_init__(self) -> None:
        if not 1.0 <= self.base < math.inf:
            raise ValueError(f"base must be 1 or more and finite, got {self.base}")

    def __call__(self, groups: ScoredGroups, advantages_PG: Tensor) -> Tensor:
        """Factors of 1 to 2, shape (P, G); 1 in groups without a right response.

        Args:
            groups: Rewards and lengths of the step's samples.
            advantages_PG: As they stand; they are not looked at.
        """
        right_PG = groups.rewards_PG > self.threshold
        lengths_PG = groups.lengths_PG.double()
        counts_P1 = right_PG.sum(dim=1, keepdim=True)
        usual_P1 = (lengths_PG * right_PG).sum(dim=1, keepdim=True) / counts_P1.clamp(min=1)
        excess_PG = (lengths_PG - usual_P1).clamp(min=0.0)
        is_long_PG = groups.valid_PG & ~right_PG & (counts_P1 > 0)
        factors_PG = 2.0 - torch.exp(-math.log(self.base) * excess_PG)
        return torch.where(is_long_PG, factors_PG, 1.0).to(advantages_PG.dtype)
