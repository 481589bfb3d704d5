"""GRPO: z-scores within the group."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupScored


@dataclass(frozen=True, kw_only=True, slots=True)
class Grpo:
    """`(r - mean) / (std + eps)` over the valid samples of a group.

    Any affine correction of all rewards of a group vanishes in the z-score.

    Source: "DeepSeekMath", arXiv:2402.03300, section 4.1.2.
    """

    kind: ClassVar[str] = "grpo"

    ddof: int = 1
    """1: unbiased standard deviation, as verl and TRL; 0: that of the population, as most papers."""
    eps: float = 1e-6
    """Added to the standard deviation."""

    def __post_init__(self) -> None:
        if self.ddof not in (0, 1):
            raise ValueError(f"ddof must be 0 or 1, got {self.ddof}")
        if not 0.0 <= self.eps < math.inf:
            raise ValueError(f"eps must be 0 or more and finite, got {self.eps}")

    @property
    def normalisation(self) -> GroupScored:
        """What becomes of an affine map of the rewards."""
        return GroupScored()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples, in groups whose valid rewards are all equal, and in groups
            with fewer than two valid samples: one sample alone cannot be better than the others.
        """
        group = GroupStatistics.of(groups.rewards_PG)
        scale_P1 = group.std_P1(self.ddof) + self.eps
        # An uninformative group divides 0 by eps, which may be 0.
        return (group.centred_PG / scale_P1.where(scale_P1 > 0.0, scale_P1.new_ones(()))).to(groups.rewards_PG.dtype)
