"""Pass@k-GRPO: only the best response of a group counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.advantages.groups import GroupStatistics
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred, GroupScored


@dataclass(frozen=True, kw_only=True, slots=True)
class PassAtK:
    """The best response gets what it is better than the second best; all others get nothing.

    It is the leave-one-out advantage of the group's maximum, k the size of the group: two right responses of 0/1
    rewards are one too many, so what is easy is not learned from.

    Source: "Optimizing Language Models for Inference Time Objectives using Reinforcement Learning",
    arXiv:2503.19595, section 3; `grpo_passk` of verl.
    """

    kind: ClassVar[str] = "pass-at-k"

    divides_by_std: bool = True
    """Whether to divide by the standard deviation of the group (unbiased), as verl does."""
    eps: float = 1e-6
    """Added to the standard deviation."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.eps < 1.0:
            raise ValueError(f"eps must be in [0, 1), got {self.eps}")

    @property
    def normalisation(self) -> GroupCentred | GroupScored:
        """What becomes of an affine map of the rewards: the second best is a baseline too."""
        return GroupScored() if self.divides_by_std else GroupCentred()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for all but one sample of a group, and for all where two are best.
        """
        group = GroupStatistics.of(groups.rewards_PG)
        if groups.rewards_PG.shape[1] < 2:
            return torch.zeros_like(groups.rewards_PG)
        known_PG = torch.where(groups.valid_PG, groups.rewards_PG.double(), -torch.inf)
        best_P2, at_P2 = known_PG.topk(2, dim=1)
        lead_P1 = (best_P2[:, :1] - best_P2[:, 1:]).where(group.counts_P1 > 1.0, torch.zeros_like(group.counts_P1))
        if self.divides_by_std:
            std_P1 = group.std_P1(ddof=1) + self.eps
            lead_P1 = lead_P1 / std_P1.where(std_P1 > 0.0, torch.ones_like(std_P1))
        return torch.zeros_like(known_PG).scatter(1, at_P2[:, :1], lead_P1).to(groups.rewards_PG.dtype)
