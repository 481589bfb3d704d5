"""GPG: centred rewards that make up for the groups which teach nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics, informative_groups
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpg:
    """`alpha * (r - mean) / f_norm`, alpha = valid samples of the batch by those in groups of different rewards.

    The gradient is as long as if every group had taught something. (verl counts rewards that are not 0 instead.)

    Source: "GPG: A Simple and Strong Reinforcement Learning Baseline for Model Reasoning", arXiv:2504.02546,
    section 3.
    """

    kind: ClassVar[str] = "gpg"

    f_norm: float = 1.0
    """Divisor of all advantages."""

    def __post_init__(self) -> None:
        if not 0.0 < self.f_norm < math.inf:
            raise ValueError(f"f_norm must be positive and finite, got {self.f_norm}")

    @property
    def normalisation(self) -> GroupCentred:
        """What becomes of an affine map of the rewards."""
        return GroupCentred()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples and in groups with fewer than two different rewards.
        """
        group = GroupStatistics.of(groups.rewards_PG)
        teaching = group.counts_P1[informative_groups(groups.rewards_PG)].sum().clamp(min=1.0)
        alpha = group.counts_P1.sum() / teaching
        return (alpha * group.centred_PG / self.f_norm).to(groups.rewards_PG.dtype)
